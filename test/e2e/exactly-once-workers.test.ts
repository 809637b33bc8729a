import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { type Bridge, startBridge } from '../support/clickhouse-bridge.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const TOPIC = `exactly-once-workers-${process.pid}`;
const EVENTS = 40_000;
const BATCH = 1_000;
const KILLS = 5;

describe('ingest as separate processes', () => {
  const folder = temporaryFolder('workers');
  const { brokers } = sharedBroker();
  let bridge: Bridge;
  let lane: ClickHouse;
  const workers: RunningCommand[] = [];

  beforeAll(async () => {
    bridge = await startBridge(join(folder.path, 'clickhouse'));
    lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'bonafide');
    await migrate(lane, { retentionDays: 30, ttl: true });
    await createTopic(brokers, TOPIC, 4);
  });

  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map((worker) => worker.exited));
    await lane.close();
    await bridge.close();
    folder.remove();
  });

  function startWorker(n: number): RunningCommand {
    const worker = startCommand(['ingest'], {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC: TOPIC,
      KAFKA_GROUP: TOPIC,
      CLICKHOUSE_URL: bridge.url,
      BONAFIDE_GATEWAY_KEYS: 'gateway:a-key-for-tests-only',
      BONAFIDE_DATA_DIR: join(folder.path, `worker-${n}`),
      BONAFIDE_PORT: '0',
      LOG_LEVEL: 'warn',
    });
    workers[n] = worker;
    return worker;
  }

  /** Produces all events over the time of the test, so that kills meet blocks of every size. */
  async function produce(): Promise<void> {
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    const now = Date.now();
    for (let from = 0; from < EVENTS; from += BATCH) {
      const messages = Array.from({ length: BATCH }, (_, i) => {
        const n = from + i;
        return { partition: n % 4, value: JSON.stringify(madeUpEvent(n, now - 60_000 + n)) };
      });
      await producer.send({ topic: TOPIC, messages });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await producer.disconnect();
  }

  const totals = async () => (await lane.rows<Totals>(TOTALS))[0];

  it('stores every event once, raw and in every roll-up, while workers are killed in mid-flight', async () => {
    startWorker(0);
    startWorker(1);
    const producing = produce();
    for (let kill = 0; kill < KILLS; kill++) {
      const before = (await totals())?.raw ?? 0;
      await until('more was stored', async () => ((await totals())?.raw ?? 0) > before, { timeoutMs: 60_000 });
      const victim = kill % 2;
      workers[victim]?.kill('SIGKILL');
      await workers[victim]?.exited;
      startWorker(victim);
    }
    await producing;
    await until('all is stored', async () => ((await totals())?.raw ?? 0) >= EVENTS, { timeoutMs: 90_000 });
    // A survivor may still complete the block of one that was killed: roll-ups come to rest at the same number.
    await until('roll-ups are whole', async () => ((await totals())?.by_ip ?? 0) >= EVENTS);
    expect(await totals()).toEqual(totalsOf(EVENTS));
    // A member that joins takes partitions over and inserts their last blocks again: nothing may change.
    const again = startWorker(2);
    await again.waitFor('listens on');
    await until('the third has claimed', async () => {
      const [row] = await lane.rows<{ claims: number }>(
        'SELECT count() AS claims FROM {db}.ingest_cuts_v1 WHERE last < first',
      );
      return (row?.claims ?? 0) > KILLS;
    });
    expect(await totals()).toEqual(totalsOf(EVENTS));
  });
});
