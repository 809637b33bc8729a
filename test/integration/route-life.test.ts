import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRouteLearner, type RouteLearner } from '../../services/ingest/route.ts';
import { createRouteStore, loadRoutes } from '../../services/ingest/route-store.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { openEngine, type TestEngine } from '../support/engine.ts';

const DAY_MS = 86_400_000;
const NAMES = Array.from({ length: 120 }, (_, n) => `of-${'abcdefghij'[n % 10]}${'x'.repeat(1 + Math.floor(n / 10))}`);
let engine: TestEngine;

beforeAll(async () => {
  engine = await openEngine('route_life', { ttl: true });
});
afterAll(() => engine.close());

const get = (learner: RouteLearner, path: string, status = 200) => learner.learn('GET', 'h', path, status).route;
const merged = () => engine.clickhouse.run('OPTIMIZE TABLE {db}.routes_v1 FINAL');
const templates = async () => (await loadRoutes(engine.clickhouse)).map(({ template }) => template);
/** A process that starts at a moment, and one that stores what it met. */
async function startAt(ms: number) {
  const learner = createRouteLearner({ seed: await loadRoutes(engine.clickhouse) });
  const clock = manualClock(ms);
  return { learner, clock, store: createRouteStore(engine.clickhouse, learner, clock, createLogger('silent')) };
}

describe('learnt routes', () => {
  it('go when no event is kept that has them, and those in use stay as they are, through restarts and for years', async () => {
    const now = Date.now();
    // Merges go by the engine's own clock.
    await engine.clickhouse.run('SYSTEM STOP MERGES {db}.routes_v1');
    const first = await startAt(now - 400 * DAY_MS);
    for (let n = 0; n < 200; n++) get(first.learner, '/shop/cart');
    for (const name of NAMES) get(first.learner, `/shop/${name}`);
    for (const path of ['/old/page', '/.env', '/v1/orders/7/items', '/odd/{x}']) get(first.learner, path);
    await first.store.store();
    const asked = ['/shop/cart', '/shop/blue-hat', '/shop/blue-hat/reviews', '/v1/orders/9/items', '/odd/{x}'];
    const before = asked.map((path) => get(first.learner, path));
    expect(before.slice(0, 2)).toEqual(['/shop/cart', '/shop/{}']);
    expect(await templates()).toEqual(expect.arrayContaining(['/old/page', '/.env', '/shop/{cart}']));

    // A process that runs for long, then one a fortnight.
    for (const path of asked) get(first.learner, path);
    for (let day = 399; day > 300; day--) {
      first.clock.set(now - day * DAY_MS);
      for (const path of asked) get(first.learner, path);
      // A scanner's miss keeps nothing.
      get(first.learner, '/old/page', 404);
      await first.store.store();
    }
    for (let day = 300; day >= 0; day -= 14) {
      const next = await startAt(now - day * DAY_MS);
      expect(asked.map((path) => get(next.learner, path))).toEqual(before);
      await next.store.store();
    }
    await engine.clickhouse.run('SYSTEM START MERGES {db}.routes_v1');
    await merged();
    const left = await templates();
    expect(left).toEqual(expect.arrayContaining(['/shop/cart', '/shop/{cart}', '/v1/orders', '/v1/orders/{}/items']));
    expect(left.filter((each) => /old|env|of-/.test(each))).toEqual([]);
    const last = await startAt(now);
    expect(asked.map((path) => get(last.learner, path))).toEqual(before);
  });

  it('whose use cannot be said fail nothing, and are said as used later', async () => {
    const { clickhouse } = engine;
    const start = Date.now();
    await clickhouse.insert(
      'routes_v1',
      ['host', 'template', 'used_at'],
      [['h', '/kept', Math.floor(start / 1000) - 86_400]],
    );
    const learner = createRouteLearner({ seed: await loadRoutes(clickhouse) });
    const clock = manualClock(start);
    let isAway = true;
    const door: ClickHouse = {
      ...clickhouse,
      run: async (...args) => {
        if (isAway) throw new Error('away');
        return clickhouse.run(...args);
      },
    };
    const store = createRouteStore(door, learner, clock, createLogger('silent'));
    get(learner, '/kept');
    await store.store();
    isAway = false;
    clock.set(start + 120_000);
    await store.store();
    const [row] = await clickhouse.rows<{ used: number }>(
      "SELECT toUInt32(max(used_at)) AS used FROM {db}.routes_v1 WHERE template = '/kept'",
    );
    expect(row?.used).toBe(Math.floor((start + 120_000) / 1000));
  });

  it('of somebody who was erased are not made anew by what a process remembers', async () => {
    const { learner, store, clock } = await startAt(Date.now());
    get(learner, '/members/alice');
    for (let n = 0; n < 60; n++) get(learner, '/fans/alice');
    for (const name of NAMES) get(learner, `/fans/${name}`);
    await store.store();
    await engine.clickhouse.run("INSERT INTO {db}.routes_v1 (host, template) VALUES ('h', '/fans/{}')");
    const where = "match(template, 'alice')";
    await engine.clickhouse.run(`ALTER TABLE {db}.routes_v1 DELETE WHERE ${where} SETTINGS mutations_sync = 2`);
    clock.set(Date.now() + 2 * DAY_MS);
    await store.store();
    for (const path of ['/members/alice', '/fans/alice', '/fans/bob']) get(learner, path);
    clock.set(Date.now() + 3 * DAY_MS);
    await store.store();
    expect((await templates()).filter((each) => each.includes('alice'))).toEqual([]);
    expect(await templates()).toContain('/fans/{}');
  });

  it('that an earlier version learnt are kept by the upgrade, however long ago that was', async () => {
    const { clickhouse } = engine;
    await clickhouse.run('DROP TABLE {db}.routes_v1 SYNC');
    await clickhouse.run(
      `CREATE TABLE {db}.routes_v1 (host String, template String, learned_at DateTime('UTC') DEFAULT now())
       ENGINE = ReplacingMergeTree(learned_at) ORDER BY (host, template)`,
    );
    await clickhouse.run("INSERT INTO {db}.routes_v1 VALUES ('h', '/a', '2020-01-01 00:00:00')");
    await migrate(clickhouse, { retentionDays: 30, ttl: true });
    const [{ create = '' } = {}] = await clickhouse.rows<{ create: string }>(
      "SELECT create_table_query AS create FROM system.tables WHERE database = 'route_life' AND name = 'routes_v1'",
    );
    expect(create).toContain('TTL (used_at + toIntervalHour(48)) + toIntervalDay(30)');
    await clickhouse.run("INSERT INTO {db}.routes_v1 VALUES ('h', '/b', '2020-01-01 00:00:00', '2020-01-01 00:00:00')");
    await merged();
    await merged();
    expect(await templates()).toEqual(['/a']);
  });
});
