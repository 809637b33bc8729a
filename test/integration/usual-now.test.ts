import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followSql } from '../../services/score/evidence.ts';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { USUAL_NOW } from '../../services/score/usual-now.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

// A day and a half of twelve installations that do the same every hour; then a release brings routes that nobody has used.
const START = Date.UTC(2026, 8, 1);
const HOUR = 3_600_000;
const MINUTE = 60_000;
const QUIET_HOURS = 36;
const CALLERS = 12;
const RELEASE = START + QUIET_HOURS * HOUR + 20 * MINUTE;
/** What nobody of the caller-hours of the profile in force showed, hundredths of a nat. */
const NEVER = Math.floor(100 * Math.log((CALLERS * QUIET_HOURS + 1) / 0.5));

function visit(user: number, time: number, path: string, status = 'genuine', network = user): EventInput {
  return {
    time,
    'client.address': `198.51.${network}.${user}`,
    'url.path': path,
    'http.route': path,
    'user.id': `user-${user}`,
    'device.id': `device-${user}`,
    'user_agent.original': 'Shop/3.1 (Android 16)',
    'attestation.status': status,
  };
}

/** Users `from` to `to - 1`, one every 10 s. */
const each = (from: number, to: number, of: (user: number, i: number) => EventInput) =>
  Array.from({ length: to - from }, (_, i) => of(from + i, i));

function traffic(): EventInput[] {
  const events: EventInput[] = [];
  for (let hour = 0; hour < QUIET_HOURS; hour++)
    events.push(...each(0, CALLERS, (user) => visit(user, START + hour * HOUR + user * 20_000, '/v1/home')));
  const begin = (minutes: number) => RELEASE + minutes * MINUTE;
  // Eight use the new basket, four a newer one, twenty without a token a third, and a farm of twenty behind one uplink a fourth.
  events.push(...each(0, 8, (user, i) => visit(user, begin(0) + i * 10_000, '/v2/basket')));
  events.push(...each(8, 12, (user, i) => visit(user, begin(0) + i * 10_000, '/v3/basket')));
  events.push(...each(40, 60, (user, i) => visit(user, begin(0) + i * 10_000, '/v0/basket', 'missing')));
  events.push(...each(70, 90, (user, i) => visit(user, begin(0) + i * 10_000, '/farm', 'genuine', 200)));
  // A quarter of an hour later others do the same, with a token or without one.
  for (const [i, path] of ['/v2/basket', '/v3/basket', '/v0/basket', '/farm'].entries()) {
    events.push(visit(20 + i, begin(15), path), visit(30 + i, begin(15), path, 'missing'));
    // And an hour later, when nobody did it in the last half hour.
    events.push(visit(60 + i, begin(75), path));
  }
  // One caller goes from network to network, and a quarter of an hour later others do the same.
  events.push(...each(0, 20, (i) => visit(99, begin(20) + i * 10_000, '/hop', 'genuine', 100 + i)));
  events.push(visit(25, begin(35), '/hop'), visit(35, begin(35), '/hop', 'missing'));
  // Seven did it by then; the minute is over, and what came a little late is still waited for.
  events.push(visit(24, begin(1) + 20_000, '/v2/basket'));
  return events.sort((a, b) => a.time - b.time);
}

describe('what genuine callers do now', () => {
  let engine: TestEngine;
  let routes: Map<string, number>;
  const of = (user: number) => routes.get(`user-${user}`);

  beforeAll(async () => {
    engine = await openEngine('usual_now');
    const { clickhouse } = engine;
    const events = traffic();
    await insertEvents(clickhouse, canonicalPipeline(manualClock(RELEASE + 2 * HOUR)), events, 0);
    await createReplayTables(clickhouse);
    await scoreAll(clickhouse, events.length, () => {});
    const rows = await clickhouse.rows<{ user: string; route: number }>(
      `SELECT named.id AS user, toUInt32(sum(route)) AS route
       FROM (SELECT * FROM {db}.event_evidence_v1 FINAL) AS evidence
       INNER JOIN (SELECT entity, any(id) AS id FROM {db}.entity_v1 GROUP BY entity) AS named USING (entity)
       WHERE kind = 1 AND second >= fromUnixTimestamp(${RELEASE / 1000}) GROUP BY user`,
    );
    routes = new Map(rows.map(({ user, route }) => [user, route]));
  }, 120_000);
  afterAll(() => engine.close());

  it('is not odd any more, with a genuine token or without one', () => {
    expect(of(0)).toBe(NEVER);
    // Of thirteen networks that were met until then eight showed this, and the others what is rarer.
    const surprise = Math.floor(100 * Math.log((13 + 1) / (13 + 0.5)));
    expect(of(20)).toBe(surprise);
    expect(of(30)).toBe(surprise);
  });

  it('stays odd where fewer than five did it, none of them with a genuine token, all of them behind one network, or one on many', () => {
    for (const user of [21, 31, 22, 32, 23, 33, 25, 35]) expect(of(user), `user ${user}`).toBe(NEVER);
  });

  it('stays odd until a minute of it is over, and half of one for what comes late', () => {
    expect(of(24)).toBe(NEVER);
  });

  it('is odd again half an hour after the last of them', () => {
    for (const user of [60, 61, 62, 63]) expect(of(user), `user ${user}`).toBeGreaterThan(300);
  });

  it('counts an event that is counted again once', async () => {
    const { clickhouse } = engine;
    const counted = () =>
      clickhouse.rows(
        `SELECT toUInt32(at) AS at, toString(context) AS context, toString(value) AS value, toUInt32(uniqCombinedMerge(12)(networks)) AS n
         FROM {db}.recent_1m_v1 GROUP BY at, context, value ORDER BY ALL`,
      );
    const usual = () =>
      clickhouse.rows(
        'SELECT until, toString(context) AS context, toString(value) AS value, min(usual) AS usual FROM {db}.usual_now_v1 GROUP BY until, context, value ORDER BY ALL',
      );
    const before = [await counted(), await usual()];
    expect(before[0]?.length).toBeGreaterThan(100);
    // As a step does that is tried again: what it follows is still there.
    for (const statement of USUAL_NOW) await clickhouse.run(statement);
    expect([await counted(), await usual()]).toEqual(before);
  });
});

it('is told of a scope whose logs come minutes after those of another', async () => {
  const engine = await openEngine('usual_now_scopes');
  try {
    const { clickhouse } = engine;
    const scopes = ['prompt', 'slow'];
    const events = scopes.flatMap((scope) =>
      // Seven, and two minutes later one who asks what is usual.
      [0, 1, 2, 3, 4, 5, 6, 30].map((user) => ({
        ...visit(user, RELEASE + user * 5000, '/v2/basket'),
        'server.address': `${scope}.example.com`,
      })),
    );
    const policy = { scopes: scopes.map((name) => ({ name, hosts: [`${name}.example.com`] })) };
    await insertEvents(clickhouse, canonicalPipeline(manualClock(RELEASE + HOUR), policy), events, 0);
    for (const statement of createRiskQuery().prepare) await clickhouse.run(statement);
    const usual: number[] = [];
    for (const scope of scopes) {
      for (const statement of followSql(`scope = '${scope}'`)) await clickhouse.run(statement);
      const [row] = await clickhouse.rows<{ n: number }>(
        `SELECT toUInt32(count()) AS n FROM {db}.usual_now_v1
         WHERE usual > 0 AND context IN (SELECT arrayJoin(items).2 FROM {db}.score_followed)`,
      );
      usual.push(row?.n ?? 0);
    }
    // The route, the step to it and its answer.
    expect(usual).toEqual([3, 3]);
  } finally {
    await engine.close();
  }
});

it('is told to a scorer that was away for hours, though the engine forgets minutes after three', async () => {
  const engine = await openEngine('usual_now_away', { ttl: true });
  try {
    const { clickhouse } = engine;
    const begin = Date.now() - 6 * HOUR;
    const events = [0, 1, 2, 3, 4, 5, 6, 30].map((user) => visit(user, begin + user * 5000, '/v2/basket'));
    await insertEvents(clickhouse, canonicalPipeline(manualClock(begin + HOUR)), events, 0);
    for (const statement of createRiskQuery().prepare) await clickhouse.run(statement);
    for (const statement of followSql('1')) {
      await clickhouse.run(statement);
      // As the engine does at any moment.
      if (statement === USUAL_NOW[0]) await clickhouse.run('OPTIMIZE TABLE {db}.recent_1m_v1 FINAL');
    }
    const told = await clickhouse.rows('SELECT value FROM {db}.usual_now_v1 WHERE usual > 0');
    expect(told.length).toBeGreaterThan(0);
  } finally {
    await engine.close();
  }
});
