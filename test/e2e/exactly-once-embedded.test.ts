import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLane } from '../../shared/clickhouse/client.ts';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { outcomeOf } from '../support/outcome.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const TOPIC = `exactly-once-embedded-${process.pid}`;
const KEY = 'a-key-for-tests-only';
const FROM_KAFKA = 12_000;
const BY_HTTP = 6_000;
const BODY = 100;
const KILLS = 4;

/** A running `serve` and where its data lies. */
interface Install {
  folder: { path: string; remove(): void };
  port: number;
  group: string;
  service: RunningCommand;
}

describe('the all-in-one process', () => {
  const { brokers } = sharedBroker();
  const installs: Install[] = [];

  beforeAll(() => createTopic(brokers, TOPIC, 3));

  afterAll(async () => {
    for (const { service } of installs) service.kill('SIGKILL');
    await Promise.all(installs.map(({ service }) => service.exited));
    for (const { folder } of installs) folder.remove();
  });

  async function install(group: string): Promise<Install> {
    const folder = temporaryFolder(group);
    const port = await freePort();
    const made: Install = { folder, port, group, service: start({ folder, port, group }) };
    installs.push(made);
    await made.service.waitFor('listens on');
    return made;
  }

  function start({ folder, port, group }: Omit<Install, 'service'>): RunningCommand {
    return startCommand(['serve'], {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC: TOPIC,
      KAFKA_GROUP: group,
      BONAFIDE_DATA_DIR: folder.path,
      BONAFIDE_PORT: String(port),
      BONAFIDE_GATEWAY_KEYS: `gateway:${KEY}`,
      LOG_LEVEL: 'warn',
    });
  }

  async function killAndStart(at: Install): Promise<void> {
    at.service.kill('SIGKILL');
    await at.service.exited;
    at.service = start(at);
    await at.service.waitFor('listens on');
  }

  async function counts({
    folder,
    port,
  }: Install): Promise<{ events: number; scored: number; rolled_up: number; dead_letters: number }> {
    const { adminToken } = JSON.parse(readFileSync(join(folder.path, 'running.json'), 'utf8')) as {
      adminToken: string;
    };
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/counts`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    return (await response.json()) as { events: number; scored: number; rolled_up: number; dead_letters: number };
  }

  async function produce(now: number): Promise<void> {
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    for (let from = 0; from < FROM_KAFKA; from += 500) {
      const messages = Array.from({ length: 500 }, (_, i) => ({
        partition: (from + i) % 3,
        value: JSON.stringify(madeUpEvent(from + i, now - 60_000 + from + i)),
      }));
      await producer.send({ topic: TOPIC, messages });
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    await producer.disconnect();
  }

  /** A client that repeats a body under its Idempotency-Key until it was told that the body is durable. */
  async function post(to: Install, now: number): Promise<void> {
    for (let from = 0; from < BY_HTTP; from += BODY) {
      const body = Array.from({ length: BODY }, (_, i) =>
        JSON.stringify(madeUpEvent(FROM_KAFKA + from + i, now - 60_000 + from + i)),
      ).join('\n');
      const key = randomUUID();
      await until('the body was taken', () => send(to, key, body), { timeoutMs: 60_000, everyMs: 100 });
    }
  }

  async function send({ port }: Install, key: string, body: string): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${port}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': key,
      },
      body,
    });
    const answer = (await response.json()) as { accepted: number; duplicates: number };
    return response.status === 202 && answer.accepted + answer.duplicates === BODY;
  }

  /** Waits for everything, stops the process, and answers what it stored and which risks that makes. Keys are random. */
  async function outcome(at: Install, stepsMs: readonly number[]) {
    await until('all is stored', async () => (await counts(at)).events >= FROM_KAFKA + BY_HTTP, { timeoutMs: 90_000 });
    const told = await counts(at);
    expect(told).toMatchObject({ scored: FROM_KAFKA + BY_HTTP, rolled_up: FROM_KAFKA + BY_HTTP, dead_letters: 0 });
    await at.service.stop();
    const lane = openLane({ kind: 'embedded', path: join(at.folder.path, 'clickhouse') }, 'bonafide');
    const [totals] = await lane.rows<Totals>(TOTALS);
    const stored = await outcomeOf(lane, stepsMs, { places: false });
    await lane.close();
    return { totals, ...stored };
  }

  it('stores Kafka and HTTP events once, raw and in every roll-up, and scores them as if it had never been killed', async () => {
    const now = Date.now();
    const killed = await install('embedded-killed');
    const sending = Promise.all([produce(now), post(killed, now)]);
    for (let kill = 0; kill < KILLS; kill++) {
      const before = (await until('it counts', () => counts(killed))).events;
      await until('more was stored', async () => (await counts(killed)).events > before + 50 * kill, {
        timeoutMs: 60_000,
      });
      await killAndStart(killed);
    }
    await sending;
    // Once amid the window of ten minutes, once behind it.
    const steps = [now + 300_000, now + 900_000];
    const disturbed = await outcome(killed, steps);
    expect(disturbed.totals).toEqual(totalsOf(FROM_KAFKA + BY_HTTP));

    // The same topic and the same bodies into an install that nothing happens to.
    const calm = await install('embedded-calm');
    await post(calm, now);
    const undisturbed = await outcome(calm, steps);
    expect(disturbed).toEqual(undisturbed);
  }, 600_000);
});
