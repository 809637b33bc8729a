import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLane } from '../../shared/clickhouse/client.ts';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const TOPIC = `exactly-once-embedded-${process.pid}`;
const KEY = 'a-key-for-tests-only';
const FROM_KAFKA = 12_000;
const BY_HTTP = 6_000;
const BODY = 100;
const KILLS = 4;

describe('the all-in-one process', () => {
  const folder = temporaryFolder('embedded');
  const { brokers } = sharedBroker();
  let port = 0;
  let service: RunningCommand;

  const start = () => {
    service = startCommand(['serve'], {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC: TOPIC,
      KAFKA_GROUP: TOPIC,
      BONAFIDE_DATA_DIR: folder.path,
      BONAFIDE_PORT: String(port),
      BONAFIDE_GATEWAY_KEYS: `gateway:${KEY}`,
      LOG_LEVEL: 'warn',
    });
    return service.waitFor('listens on');
  };

  beforeAll(async () => {
    port = await freePort();
    await createTopic(brokers, TOPIC, 3);
    await start();
  });

  afterAll(async () => {
    service.kill('SIGKILL');
    await service.exited;
    folder.remove();
  });

  async function counts(): Promise<{ events: number; scored: number; rolled_up: number }> {
    const { adminToken } = JSON.parse(readFileSync(join(folder.path, 'running.json'), 'utf8')) as {
      adminToken: string;
    };
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/counts`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    return (await response.json()) as { events: number; scored: number; rolled_up: number };
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
  async function post(now: number): Promise<void> {
    for (let from = 0; from < BY_HTTP; from += BODY) {
      const body = Array.from({ length: BODY }, (_, i) =>
        JSON.stringify(madeUpEvent(FROM_KAFKA + from + i, now - 60_000 + from + i)),
      ).join('\n');
      const key = randomUUID();
      await until('the body was taken', () => send(key, body), { timeoutMs: 60_000, everyMs: 100 });
    }
  }

  async function send(key: string, body: string): Promise<boolean> {
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

  it('stores Kafka and HTTP events once, raw and in every roll-up, though it is killed again and again', async () => {
    const now = Date.now();
    const sending = Promise.all([produce(now), post(now)]);
    for (let kill = 0; kill < KILLS; kill++) {
      const before = (await until('it counts', counts)).events;
      await until('more was stored', async () => (await counts()).events > before + 50 * kill, { timeoutMs: 60_000 });
      service.kill('SIGKILL');
      await service.exited;
      await start();
    }
    await sending;
    await until('all is stored', async () => (await counts()).events >= FROM_KAFKA + BY_HTTP, { timeoutMs: 90_000 });
    const told = await counts();
    expect(told.scored).toBe(FROM_KAFKA + BY_HTTP);
    expect(told.rolled_up).toBe(FROM_KAFKA + BY_HTTP);
    await service.stop();

    const lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'bonafide');
    const [row] = await lane.rows<Totals>(TOTALS);
    await lane.close();
    expect(row).toEqual(totalsOf(FROM_KAFKA + BY_HTTP));
  });
});
