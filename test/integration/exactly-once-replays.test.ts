import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../schemas/policy.ts';
import { createInserter } from '../../services/ingest/insert.ts';
import { createRouteLearner, type RouteLearner } from '../../services/ingest/route.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { createLogger } from '../../shared/logger.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { canonicalBlockReader } from '../support/engine.ts';
import { type KafkaWorker, startKafkaWorker } from '../support/kafka-worker.ts';
import { createPartitionWorld, type PartitionWorld } from '../support/partition-world.ts';
import { temporaryFolder } from '../support/process.ts';
import { contentOf, contentOfOnePass } from '../support/tables.ts';
import { until } from '../support/until.ts';

const log = createLogger('silent');
const folder = temporaryFolder('replays');
const target = { kind: 'embedded' as const, path: join(folder.path, 'clickhouse') };
const HOST = 'api.example.com';
let databases = 0;
let lane: ClickHouse;
let world: PartitionWorld;

beforeEach(async () => {
  lane = openLane(target, `replays${databases++}`);
  await migrate(lane, { retentionDays: 30, ttl: false });
  world = createPartitionWorld(1);
});
afterEach(() => lane.close());
afterAll(() => folder.remove());

/** A worker that reads by a policy and by routes of its own. */
function startWorker(more: { policy?: PolicyInput; routes?: RouteLearner } = {}): KafkaWorker {
  const worker = startKafkaWorker(world.join(), 'replays', lane, { read: canonicalBlockReader(more) });
  world.rebalance(0);
  return worker;
}

const began = Date.now();
const events = (from: number, to: number, more: (n: number) => Record<string, unknown> = () => ({})) =>
  Array.from({ length: to - from }, (_, i) =>
    JSON.stringify({ ...madeUpEvent(from + i, began - 30_000 + from + i), 'server.address': HOST, ...more(from + i) }),
  );

const one = async <T>(sql: string): Promise<T | undefined> => (await lane.rows<T>(sql))[0];
const rawRows = async () => (await one<{ n: number }>('SELECT count() AS n FROM {db}.events_raw_v1'))?.n ?? 0;

/** The worker stores a block in the raw table and not in every roll-up, and dies of it. */
async function dieHalfway(worker: KafkaWorker): Promise<void> {
  await lane.run('ALTER TABLE {db}.entity_v1 ADD CONSTRAINT broken CHECK entity = 0');
  worker.deliver(0, 1_000);
  await until('the worker broke', () => worker.isBroken());
  worker.die();
  await lane.run('ALTER TABLE {db}.entity_v1 DROP CONSTRAINT broken');
  expect(await contentOf(lane)).not.toEqual(await onePass());
}
const onePass = () => contentOfOnePass(lane, (database) => openLane(target, database));

/** The next worker reads what there is, to its end. */
async function finish(worker: KafkaWorker): Promise<void> {
  await until('all is committed', () => {
    worker.deliver(0, 1_000);
    return world.isIdle() && world.isDone();
  });
}

describe('a block that stands in the raw table and not in every roll-up, when it comes again', () => {
  it('is completed as it was read, though another policy is in force by then', async () => {
    world.append(0, events(0, 60));
    await dieHalfway(startWorker());
    world.append(0, events(60, 80));
    const clients = [{ match: { user_agent: '*android*' }, platform: 'android', can_attest: true, issuer: 'app' }];
    await finish(startWorker({ policy: { scopes: [{ name: 'shop', hosts: [HOST] }], clients } }));
    const scopes = await lane.rows<{ scope: string; platform: string; n: number }>(
      `SELECT toString(scope) AS scope, toString(platform) AS platform, count() AS n FROM {db}.events_raw_v1
       GROUP BY scope, platform ORDER BY scope`,
    );
    expect(scopes).toEqual([
      { scope: '', platform: '', n: 60 },
      { scope: 'shop', platform: 'android', n: 20 },
    ]);
    expect(await contentOf(lane)).toEqual(await onePass());
  });

  it('is completed as it was read, though other routes are known by then', async () => {
    const slugs = events(0, 40, (n) => ({ 'url.path': `/v1/shops/shop-${'abcdefghij'[n % 10]}` }));
    world.append(0, slugs);
    await dieHalfway(startWorker());
    const routes = createRouteLearner();
    for (let n = 0; n < 150; n++)
      routes.learn('GET', HOST, `/v1/shops/of-${String.fromCharCode(97 + (n % 26))}${n}`, 200);
    world.append(0, slugs);
    await finish(startWorker({ routes }));
    const known = await one<{ n: number }>('SELECT uniqExact(route) AS n FROM {db}.events_raw_v1');
    expect(known?.n).toBe(11);
    expect(await contentOf(lane)).toEqual(await onePass());
  });

  it('is completed from what stands, though Kafka deleted its messages meanwhile', async () => {
    world.append(0, events(0, 50));
    await dieHalfway(startWorker());
    world.append(0, events(50, 70));
    world.expire(0, 30);
    const worker = startWorker();
    await finish(worker);
    expect(await rawRows()).toBe(70);
    expect(worker.progress.lost().messages).toBe(0);
    expect(await contentOf(lane)).toEqual(await onePass());
  });

  it('takes no row twice that a dead letter of it became when it was sent again', async () => {
    world.append(0, [...events(0, 10), '{"time": broken', ...events(11, 20)]);
    await dieHalfway(startWorker());
    // As resending does it: the record's row under a name of its own, and the letter's mark.
    const fixed = await canonicalBlockReader()(
      [{ source: 'kafka:replays', partition: 0, offset: 10, bytes: Buffer.from(events(10, 11)[0] ?? '') }],
      Date.now(),
    );
    await createInserter({ clickhouse: lane, log }).insertBlock(fixed.rows, 'journal:resent');
    await lane.run(
      `INSERT INTO {db}.dead_letters_v1 (source, partition, offset, received_at, format, reason, detail, sample, resent_at, version)
       SELECT source, partition, offset, received_at, format, reason, detail, sample, now64(3), now64(3) + INTERVAL 1 SECOND
       FROM {db}.dead_letters_v1 FINAL`,
    );
    await finish(startWorker());
    expect(await rawRows()).toBe(20);
    expect(await contentOf(lane)).toEqual(await onePass());
  });
});

describe('a broker whose answer is older than the one before', () => {
  it('makes nothing be read again or left out', async () => {
    world.append(0, events(0, 30));
    const worker = startWorker();
    await finish(worker);
    world.append(0, events(30, 50));
    world.answerOld(0, 25);
    worker.deliver(0, 20);
    await finish(worker);
    expect(await rawRows()).toBe(50);
    expect(await one('SELECT uniqExact(offset) AS n FROM {db}.events_raw_v1')).toEqual({ n: 50 });
    expect(await contentOf(lane)).toEqual(await onePass());
  });
});
