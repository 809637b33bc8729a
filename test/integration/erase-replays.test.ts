import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createErase } from '../../services/ingest/erase.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { startKafkaWorker } from '../support/kafka-worker.ts';
import { createPartitionWorld, type WorldMember } from '../support/partition-world.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const log = createLogger('silent');
const folder = temporaryFolder('erase-replays');
const TOPIC = 'replays';
const world = createPartitionWorld(3);
let lane: ClickHouse;
beforeAll(async () => {
  lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'erase_replays');
  await migrate(lane, { retentionDays: 30, ttl: false });
});
afterAll(async () => {
  await lane.close();
  folder.remove();
});

function startWorker(): WorldMember {
  const worker = startKafkaWorker(world.join(), TOPIC, lane);
  world.rebalance(0);
  return worker;
}

const of = (user: string, n: number) =>
  JSON.stringify({ ...madeUpEvent(n, Date.now() - 30_000 + n), 'user.id': user, 'session.id': undefined });
async function readAll(worker: WorldMember): Promise<void> {
  await until('all is committed', () => {
    for (const partition of [0, 1, 2]) worker.deliver(partition, 1_000);
    return world.isIdle() && world.isDone();
  });
}
const users = async () =>
  (
    await lane.rows<{ user: string; n: number }>(
      'SELECT user_id AS user, count() AS n FROM {db}.events_raw_v1 GROUP BY user ORDER BY user',
    )
  ).map(({ user, n }) => [user, n]);

describe('a person who was erased', () => {
  it('does not come back from Kafka when the last that was read of a partition was hers, however late the next owner comes', async () => {
    const first = startWorker();
    world.append(0, [of('bob', 1), of('bob', 2)]);
    world.append(1, [of('alice', 3), of('bob', 4)]);
    await readAll(first);
    world.append(0, [of('alice', 5)]);
    world.append(2, [of('alice', 6), of('alice', 7)]);
    await readAll(first);
    expect(await users()).toEqual([
      ['alice', 4],
      ['bob', 3],
    ]);
    const erase = createErase({ clickhouse: lane, clock: systemClock, pseudonymKey: null, log, snapshotWithinMs: 10 });
    await erase({ entity: { kind: 'user', id: 'alice' }, linked: false, by: 'dpo', reason: 'asked' });
    expect(await users()).toEqual([['bob', 3]]);
    first.die();

    // What follows is taken, once.
    const second = startWorker();
    for (const partition of [0, 1, 2]) world.append(partition, [of('carol', 10 + partition)]);
    await readAll(second);
    expect(await users()).toEqual([
      ['bob', 3],
      ['carol', 3],
    ]);

    // Others were stored for so long that the engine no longer remembers her blocks.
    world.append(2, [of('dora', 20)]);
    await readAll(second);
    await erase({ entity: { kind: 'user', id: 'dora' }, linked: false, by: 'dpo', reason: 'asked' });
    await lane.run('ALTER TABLE {db}.events_raw_v1 MODIFY SETTING non_replicated_deduplication_window = 0');
    second.die();
    world.rebalance(0);
    const third = startWorker();
    world.append(2, [of('erin', 21)]);
    await until('what follows is stored', async () => {
      third.deliver(2, 1_000);
      return (await users()).some(([user]) => user === 'erin');
    });
    expect((await users()).map(([user]) => user)).toEqual(['bob', 'carol', 'erin']);
    third.die();
  });
});
