import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockReader } from '../../services/ingest/read-block.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { canonicalBlockReader } from '../support/engine.ts';
import { startKafkaWorker } from '../support/kafka-worker.ts';
import { createPartitionWorld } from '../support/partition-world.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('kafka-memory');
let lane: ClickHouse;
beforeAll(async () => {
  lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'kafka_memory');
  await migrate(lane, { retentionDays: 30, ttl: false });
});
afterAll(async () => {
  await lane.close();
  folder.remove();
});

describe('a worker with many partitions and a backlog', () => {
  it('reads no more than it can hold while ClickHouse is away, and goes on in each partition afterwards', async () => {
    const [partitions, each] = [40, 3_000];
    const world = createPartitionWorld(partitions);
    const now = Date.now() - 60_000;
    for (let p = 0; p < partitions; p++) {
      const message = (n: number) =>
        `{"time":${now + n},"http.request.method":"GET","url.path":"/p${p}","http.response.status_code":200,"client.address":"10.0.0.${p}"}`;
      world.append(
        p,
        Array.from({ length: each }, (_, n) => message(n)),
      );
    }
    let isAway = true;
    const door: ClickHouse = {
      ...lane,
      async insertEncoded(table, ...rest) {
        if (isAway && table === 'events_raw_v1') throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
        return lane.insertEncoded(table, ...rest);
      },
    };
    let rows = 0;
    const real = canonicalBlockReader();
    const read: BlockReader = async (...args) => {
      const block = await real(...args);
      rows += block.rows.length;
      return block;
    };
    const worker = startKafkaWorker(world.join(), 'many', lane, { read, inserts: door });
    world.rebalance(0);
    const deliver = () => {
      for (let p = 0; p < partitions; p++) worker.deliver(p, each);
    };
    deliver();
    await until('nothing more is read', async () => {
      const before = rows;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return rows > 0 && rows === before;
    });
    expect(rows).toBeLessThanOrEqual(60_000);

    isAway = false;
    await until(
      'all is stored',
      () => {
        deliver();
        return world.isIdle() && world.isDone();
      },
      { timeoutMs: 90_000 },
    );
    const stored = await lane.rows<{ path: string; n: number }>(
      'SELECT path, count() AS n FROM {db}.events_raw_v1 GROUP BY path HAVING n != 3000',
    );
    expect(stored).toEqual([]);
    expect(rows).toBe(partitions * each);
    await worker.ingest.stop();
  });
});
