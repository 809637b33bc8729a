import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { ensureJava, ensureMaven, freePort } from './tools.ts';
import { until } from './until.ts';

const LIBRARY = join(PACKAGE_ROOT, '.tools', 'kafka-4.1.1');
const PASSWORD = 'for-tests-only';

/** Who may sign in at the SASL_SSL listener. */
export const KAFKA_USER = { username: 'bonafide', password: 'kafka-secret-for-tests' };

/** A real Apache Kafka, one broker in KRaft mode, on free loopback ports with its data in a temporary folder. */
export interface Broker {
  /** `127.0.0.1:port`, plain. */
  readonly brokers: string;
  /** `localhost:port`, TLS with SASL PLAIN and SCRAM. */
  readonly secureBrokers: string;
  /** File: the authority that signed the broker's certificate (PEM). */
  readonly caFile: string;
  /** SIGTERM, and its data gone. */
  stop(): Promise<void>;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  /** Starts again on the same ports and data. */
  start(): Promise<void>;
}

/** Fetches Apache Kafka once, by Maven. */
export function ensureKafka(): string {
  if (existsSync(LIBRARY)) return LIBRARY;
  const mvn = ensureMaven();
  mkdirSync(join(PACKAGE_ROOT, '.tools'), { recursive: true });
  // Into a draft first: an interrupted download must not look like a whole one.
  const draft = mkdtempSync(join(PACKAGE_ROOT, '.tools', 'kafka-draft-'));
  const pom = join(PACKAGE_ROOT, 'test', 'support', 'kafka-pom.xml');
  execFileSync(mvn, ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${draft}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (existsSync(LIBRARY)) rmSync(draft, { recursive: true });
  else renameSync(draft, LIBRARY);
  return LIBRARY;
}

/** A self-made authority and a certificate for `localhost`, as Kafka and as its clients want them. */
function makeCertificates(folder: string): { keystore: string; caFile: string } {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=tests',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-keyout',
    'broker.key',
    '-out',
    'broker.csr',
  );
  writeFileSync(at('san.cnf'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    'x509',
    '-req',
    '-in',
    'broker.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'san.cnf',
    '-out',
    'broker.pem',
  );
  openssl(
    'pkcs12',
    '-export',
    '-in',
    'broker.pem',
    '-inkey',
    'broker.key',
    '-certfile',
    'ca.pem',
    '-name',
    'broker',
    '-passout',
    `pass:${PASSWORD}`,
    '-out',
    'broker.p12',
  );
  return { keystore: at('broker.p12'), caFile: at('ca.pem') };
}

function properties(
  folder: string,
  ports: { plain: number; secure: number; controller: number },
  keystore: string,
  { more = [], advertised = ports.plain }: BrokerOptions,
): string {
  const plainLogin = `org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="${PASSWORD}" user_${KAFKA_USER.username}="${KAFKA_USER.password}";`;
  const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const secure = (mechanism: string, login: string) => `listener.name.sasl_ssl.${mechanism}.sasl.jaas.config=${login}`;
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports.controller}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `listeners=PLAINTEXT://127.0.0.1:${ports.plain},SASL_SSL://127.0.0.1:${ports.secure},CONTROLLER://127.0.0.1:${ports.controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${advertised},SASL_SSL://localhost:${ports.secure}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    secure('plain', plainLogin),
    secure('scram-sha-256', scramLogin),
    secure('scram-sha-512', scramLogin),
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.location=${keystore}`,
    `ssl.keystore.password=${PASSWORD}`,
    `ssl.key.password=${PASSWORD}`,
    `log.dirs=${join(folder, 'data')}`,
    'num.partitions=4',
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    // A killed broker is known again at once, not after nine seconds.
    'broker.session.timeout.ms=2000',
    'broker.heartbeat.interval.ms=500',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'log.retention.check.interval.ms=1000',
    ...more,
    '',
  ].join('\n');
}

export interface BrokerOptions {
  /** Lines of its `server.properties`. */
  more?: readonly string[];
  /** The plain port that it tells clients to come to; default its own. */
  advertised?: number;
  /** Told its own plain port before it starts. */
  onPort?(port: number): void;
}

/** Starts a broker of its own and waits until it answers. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const java = ensureJava();
  const classPath = join(ensureKafka(), '*');
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-kafka-'));
  const ports = { plain: await freePort(), secure: await freePort(), controller: await freePort() };
  const { keystore, caFile } = makeCertificates(folder);
  const config = join(folder, 'server.properties');
  writeFileSync(config, properties(folder, ports, keystore, options));
  options.onPort?.(ports.plain);
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${KAFKA_USER.username},password=${KAFKA_USER.password}]`,
  ]);
  const storage = ['-cp', classPath, 'kafka.tools.StorageTool'];
  execFileSync(java, [...storage, 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', config, ...scram], {
    stdio: 'ignore',
  });

  const brokers = `127.0.0.1:${ports.plain}`;
  let child: ChildProcess | undefined;
  let output = '';
  // A failed test or an interrupted run must leave no broker behind.
  process.on('exit', () => child?.kill('SIGKILL'));

  async function start(): Promise<void> {
    output = '';
    child = spawn(java, ['-Xmx512m', '-XX:+UseSerialGC', '-cp', classPath, 'kafka.Kafka', config], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (text: Buffer) => {
      output = (output + text.toString()).slice(-8000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await until('the broker answers', () => answers(brokers, ports.plain, child, () => output), {
      timeoutMs: 180_000,
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const gone = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await gone;
  }

  await start();
  return {
    brokers,
    secureBrokers: `localhost:${ports.secure}`,
    caFile,
    start,
    kill: () => end('SIGKILL'),
    async stop() {
      // Nobody reads its data again: no need to wait for an orderly end.
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function answers(
  brokers: string,
  port: number,
  child: ChildProcess | undefined,
  output: () => string,
): Promise<boolean> {
  if (child === undefined || child.exitCode !== null) throw new Error(`Kafka ended:\n${output()}`);
  if (!(await listens(port))) return false;
  const admin = kafkaOf(brokers).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } finally {
    await admin.disconnect();
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A client for tests that produce and look. */
export function kafkaOf(brokers: string): Kafka {
  return new Kafka({
    clientId: 'test',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: 3, initialRetryTime: 100 },
  });
}

/** Sends lines as Kafka's own console producer does, in one batch packed by the codec. */
export async function sendPacked(
  brokers: string,
  topic: string,
  codec: string,
  lines: readonly string[],
): Promise<void> {
  const options = ['--bootstrap-server', brokers, '--topic', topic, '--compression-codec', codec];
  const child = spawn(
    ensureJava(),
    [
      '-Xmx256m',
      ...['-cp', join(ensureKafka(), '*'), 'org.apache.kafka.tools.ConsoleProducer', ...options],
      ...['--batch-size', '500000', '--timeout', '500'],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let told = '';
  child.stderr.on('data', (text: Buffer) => {
    told += text.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdin.end(`${lines.join('\n')}\n`);
  if ((await ended) !== 0) throw new Error(`The console producer failed:\n${told}`);
}

/** Makes a topic. */
export async function createTopic(brokers: string, topic: string, partitions: number): Promise<void> {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false });
  await until('the topic has its leaders', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length === partitions && topics[0].partitions.every(({ leader }) => leader >= 0);
  });
  await admin.disconnect();
}

/** The broker that `kafka-setup.ts` started for this run. Topics of tests have names of their own. */
export function sharedBroker(): Pick<Broker, 'brokers' | 'secureBrokers' | 'caFile'> {
  const told = process.env.BONAFIDE_TEST_KAFKA;
  if (told === undefined)
    throw new Error('No broker was started: test/support/kafka-setup.ts is a globalSetup of e2e.');
  return JSON.parse(told) as Pick<Broker, 'brokers' | 'secureBrokers' | 'caFile'>;
}
