import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIngest } from '../../services/ingest/main.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createKafkaConsumer } from '../../shared/kafka/consumer.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { createTopic, kafkaOf, startBroker } from '../support/kafka.ts';
import { until } from '../support/until.ts';
import { engineFloor } from './engine-floor.ts';

// Events per second from Kafka to durable raw rows and roll-ups, beside its floor in the same run: the same messages
// consumed and JSON-parsed by the same client. The broker runs on the same machine. Then what of the CPU is whose: the same
// rows read and encoded, their text taken in by the engine and kept nowhere, in the raw table alone, and with every roll-up.
//   npm run -s bench:ingest -- [events] [views]     views: each roll-up for itself too
const EVENTS = Number(process.argv[2] ?? 200_000);
const EACH_VIEW = process.argv[3] === 'views';
const PARTITIONS = 4;
const TOPIC = 'bench.access-log';

const log = createLogger('warn');

const start = Date.now() - 60_000;
/** A minute of traffic, whatever the number of events. */
const message = (n: number) => JSON.stringify(madeUpEvent(n, start + Math.floor((60_000 * n) / EVENTS)));

async function produce(brokers: string): Promise<void> {
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  for (let from = 0; from < EVENTS; from += 5_000) {
    const messages = Array.from({ length: Math.min(5_000, EVENTS - from) }, (_, i) => ({
      partition: (from + i) % PARTITIONS,
      value: message(from + i),
    }));
    await producer.send({ topic: TOPIC, messages });
  }
  await producer.disconnect();
}

interface Measured {
  seconds: number;
  cpu: number;
}

/** @param work resolves when the last event is where it should be; `first` is called when the first one arrives. */
async function measure(work: (first: () => void) => Promise<void>): Promise<Measured> {
  let began = performance.now();
  let cpu = process.cpuUsage();
  let started = false;
  await work(() => {
    if (started) return;
    started = true;
    began = performance.now();
    cpu = process.cpuUsage();
  });
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1000, cpu: (used.user + used.system) / 1e6 };
}

function floor(brokers: string): Promise<Measured> {
  return measure(async (first) => {
    let parsed = 0;
    let paths = 0;
    const consumer = createKafkaConsumer({
      connection: { brokers: [brokers], ssl: null, sasl: null },
      topic: TOPIC,
      group: 'floor',
      log,
      onAssigned: first,
      onPassed: () => undefined,
      async onBatch(batch, control) {
        for (const { value } of batch.messages) {
          const event = JSON.parse(value.toString('utf8')) as Record<string, unknown>;
          paths += String(event['url.path']).length;
        }
        parsed += batch.messages.length;
        control.advance(batch.messages.at(-1)?.offset ?? 0);
      },
    });
    consumer.start();
    await until('all is parsed', () => parsed >= EVENTS && paths > 0, { timeoutMs: 120_000, everyMs: 10 });
    await consumer.stop();
  });
}

async function ingest(brokers: string): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
  const target = { kind: 'embedded' as const, path: join(folder, 'clickhouse') };
  const lane = openLane(target, 'bonafide');
  await migrate(lane, { retentionDays: 30, ttl: true });
  const metrics = createMetrics();
  const service = await createIngest({
    kafka: { brokers: [brokers], topic: TOPIC, group: 'ingest', ssl: null, sasl: null },
    folder,
    openLane: () => openLane(target, 'bonafide'),
    scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
    pseudonymKey: null,
    clock: systemClock,
    health: createHealth(['ingest']),
    metrics,
    log,
  });
  const stored = () => Number(/result="accepted"\} (\d+)/.exec(metrics.text())?.[1] ?? 0);
  const measured = await measure(async (first) => {
    service.start();
    await until('it is assigned', () => service.status().lagMessages !== 0, { everyMs: 5 });
    first();
    await until('all is stored', () => stored() >= EVENTS, { timeoutMs: 300_000, everyMs: 10 });
  });
  const [row] = await lane.rows<{ raw: number; rolled: number }>(
    `SELECT (SELECT count() FROM {db}.events_raw_v1) AS raw,
            (SELECT sum(requests) FROM {db}.entity_1s_v1 WHERE kind = 4) AS rolled`,
  );
  if (row?.raw !== EVENTS || row.rolled !== EVENTS) throw new Error(`not exactly once: ${JSON.stringify(row)}`);
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
  return measured;
}

const rate = ({ seconds }: Measured) => Math.round(EVENTS / seconds);
const told = (name: string, measured: Measured) =>
  `${name.padEnd(34)} ${rate(measured).toLocaleString('en').padStart(9)} events/s  ${((measured.cpu * 1e6) / EVENTS).toFixed(1).padStart(6)} µs CPU/event\n`;

// First of all: a process opens one data folder at a time, and keeps that of the whole way.
const messages = Array.from({ length: EVENTS }, (_, n) => Buffer.from(message(n)));
const { reading, taking, raw, whole: engine, views } = await engineFloor(messages, EACH_VIEW);
messages.length = 0;

const broker = await startBroker();
await createTopic(broker.brokers, TOPIC, PARTITIONS);
await produce(broker.brokers);
const base = await floor(broker.brokers);
const whole = await ingest(broker.brokers);
process.stdout.write(
  `${told('floor: consumed and JSON-parsed', base)}${told('Kafka to durable raw and roll-ups', whole)}` +
    `ratio ${(rate(whole) / rate(base)).toFixed(3)} of the floor, ${EVENTS.toLocaleString('en')} events\n`,
);
await broker.stop();

const micros = (name: string, cost: number) =>
  process.stdout.write(`${name.padEnd(54)} ${cost.toFixed(1).padStart(6)} µs CPU/event\n`);
micros('worker: from bytes to encoded rows', reading);
micros('engine: the text of the rows, kept nowhere', taking);
micros('engine: raw table alone', raw);
micros('engine: raw table and every roll-up', engine);
micros('the rest: messages, claims and cuts, merges', (whole.cpu * 1e6) / EVENTS - reading - engine);
for (const { name, cost } of views) micros(`  of the roll-ups: ${name}`, cost);
process.exit(0);
