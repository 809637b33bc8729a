import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curveOf, readCurves } from '../../services/decide/snapshot-rows.ts';
import { markHistory } from '../../services/score/history.ts';
import { countHours } from '../../services/score/hour-counts.ts';
import { changeNotice, isLearningAnew, methodOf } from '../../services/score/method.ts';
import { rememberObjectsSql } from '../../services/score/profile.ts';
import { loadProfile } from '../../services/score/profile-in-force.ts';
import { learnReference } from '../../services/score/reference.ts';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { createReplayTables, hourOf, scoreAll } from '../../services/score/score-all.ts';
import { SHIPPED_CURVE } from '../../shared/calibration.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createHealth, type Health } from '../../shared/health.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { type Learnt, learntAt, traffic } from '../support/learnt.ts';
import { openScorer } from '../support/scorer.ts';

// An earlier version has scored for days by another method: its heights, its scores, its curves, its evidence. This one must
// read none of them as its own, and know after a while what it would know had it scored from the beginning.
const DAYS = 2;
const HOUR = 3600;
// The engine marks by its own clock: no hour may end while this runs.
const NOW = hourOf(Math.floor(Date.now() / 1000) + 600) + 1800;
const PERIOD = hourOf(NOW);
const FROM = PERIOD - DAYS * 24 * HOUR;
const ALPHA = 0.01;
const SCOPE = 'default';
const OURS = methodOf(createRiskQuery());

const clock = manualClock(NOW * 1000);
const pipeline = canonicalPipeline(clock);
const events = traffic(21, FROM, PERIOD);
let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine('upgrade', { ttl: true });
}, 120_000);
afterAll(() => engine.close());

/** Another database of the same engine: one process has one. */
async function open(database: string, ttl: boolean): Promise<ClickHouse> {
  const lane = openLane({ kind: 'embedded', path: engine.path }, database);
  await migrate(lane, { ttl, retentionDays: 30 });
  return lane;
}

/** Leaves in every table what another method might have: everybody far too loud, and a curve that takes it for quiet. */
async function pretendEarlier(lane: ClickHouse, method: { method: string; topics: string }): Promise<void> {
  const past = [3, 4, 5].map((hours) => PERIOD - hours * HOUR);
  for (const table of ['term_hour_v1', 'other_term_hour_v1'])
    await lane.run(
      `INSERT INTO {db}.${table} (kind, hour, entity, terms) SELECT kind, fromUnixTimestamp(at), number, ([1, 2, 3], [90, 90, 90])
       FROM numbers(200) ARRAY JOIN [1, 3, 4] AS kind, [${past.join(', ')}] AS at`,
    );
  await lane.run(
    `INSERT INTO {db}.caller_hour_v1 (scope, hour, caller, platform, net, score, bare) SELECT '', fromUnixTimestamp(at), number, '', '', 99, 99
     FROM numbers(200) ARRAY JOIN [${past.join(', ')}] AS at`,
  );
  await lane.run('INSERT INTO {db}.event_evidence_v1 SELECT * REPLACE (800 AS step) FROM {db}.event_evidence_v1 FINAL');
  await lane.insert(
    'calibration_v1',
    ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
    ['', 'android'].map((segment) => [PERIOD, SCOPE, segment, 'genuine', 5000, [0, 99], [0, 1], 0.01]),
  );
  await lane.insert('profile_1h_v1', ['hour', 'topic', 'context', 'value', 'callers', 'genuine'], [OLD_COUNT]);
  await lane.insert('method_v1', ['since', 'method', 'topics'], [[FROM, method.method, method.topics]]);
}

/** A count of an hour of which no event is kept. */
const OLD_COUNT = [PERIOD - 6 * 24 * HOUR, 1, 4711, 0, 500, 500];
const oldCounts = async (lane: ClickHouse) =>
  (await lane.rows(`SELECT 1 FROM {db}.profile_1h_v1 WHERE context = 4711`)).length;
const curveInForce = async (lane: ClickHouse, segment = '') =>
  curveOf(await readCurves(lane, NOW * 1000), SCOPE, segment);
const evidence = (lane: ClickHouse) =>
  lane.rows(
    `SELECT toString(entity) AS who, toUInt32(second) AS at, toString(place) AS place, route, step, answer, newcomer, whose
     FROM {db}.event_evidence_v1 FINAL WHERE second >= fromUnixTimestamp(${PERIOD - 24 * HOUR}) ORDER BY ALL`,
  );
const scaled = async (lane: ClickHouse) => (await lane.rows('SELECT kind FROM {db}.score_reference')).length;
const tell = (health: Health) => health.report('score').parts.score?.state;

describe('an upgrade to another method', () => {
  let lane: ClickHouse;
  let expected: Learnt;
  let expectedEvidence: unknown[];
  let health: Health;

  beforeAll(async () => {
    lane = engine.clickhouse;
    await insertEvents(lane, pipeline, events, 0);
    const first = openScorer(lane, clock);
    await first.step(clock.now());
    await first.learnHistory();
    clock.set(clock.now() + 1000);
    await first.step(clock.now());

    const beside = await open('upgrade_backtest', false);
    await insertEvents(beside, pipeline, events, 0);
    await createReplayTables(beside);
    await scoreAll(beside, events.length, () => {});
    await countHours(beside, PERIOD);
    await loadProfile(beside, PERIOD);
    await learnReference(beside, PERIOD, createRiskQuery().termCount);
    expected = await learntAt(beside, PERIOD, ALPHA);
    expectedEvidence = await evidence(beside);
    await beside.close();
    expect(expected.units.length).toBeGreaterThan(500);
    expect(expected.references.length).toBeGreaterThan(3);
    expect(expected.curves.length).toBeGreaterThan(0);
    expect(expectedEvidence.length).toBeGreaterThan(500);
  }, 600_000);

  it('reads nothing of what was learnt before as its own, and says so', async () => {
    await pretendEarlier(lane, { method: 'of before', topics: OURS.topics });
    expect((await curveInForce(lane)).units).toBe(5000);
    health = createHealth(['score']);
    const scorer = openScorer(lane, clock, health);
    clock.set(clock.now() + 1000);
    await scorer.step(clock.now());
    expect(await scaled(lane)).toBe(0);
    for (const segment of ['', 'android']) expect(await curveInForce(lane, segment)).toEqual(SHIPPED_CURVE);
    expect(await lane.rows('SELECT 1 FROM {db}.caller_hour_v1 WHERE score = 99')).toEqual([]);
    expect(tell(health)).toBe('degraded');
    // What was counted by the same topics is as good as before, also of hours of which no event is left.
    expect(await oldCounts(lane)).toBe(1);
    await lane.run('DELETE FROM {db}.profile_1h_v1 WHERE context = 4711');
  }, 300_000);

  it('is told by a scorer that starts before all is learnt anew', async () => {
    const again = createHealth(['score']);
    const scorer = openScorer(lane, clock, again);
    clock.set(clock.now() + 1000);
    await scorer.step(clock.now());
    expect(tell(again)).toBe('degraded');
  });

  it('knows what it would know had it scored all the events that are kept: scales, curves, caller-hours, evidence', async () => {
    health = createHealth(['score']);
    const scorer = openScorer(lane, clock, health);
    expect(await scorer.learnHistory()).toBeGreaterThanOrEqual(DAYS * 24 - 1);
    clock.set(clock.now() + 1000);
    await scorer.step(clock.now());
    const learnt = await learntAt(lane, PERIOD, ALPHA);
    expect(learnt.units).toEqual(expected.units);
    expect(learnt.references).toEqual(expected.references);
    expect(learnt.profile).toEqual(expected.profile);
    expect(learnt.curves).toEqual(expected.curves);
    expect(await evidence(lane)).toEqual(expectedEvidence);
    expect((await curveInForce(lane)).units).toBe(expected.curves.find(({ segment }) => segment === '')?.units);
    expect(tell(health)).toBe('ok');
  }, 300_000);

  it('happens once: the next start forgets nothing', async () => {
    const scorer = openScorer(lane, clock);
    clock.set(clock.now() + 1000);
    await scorer.step(clock.now());
    expect(await scorer.learnHistory()).toBe(0);
    expect((await learntAt(lane, PERIOD, ALPHA)).units).toEqual(expected.units);
    expect(await lane.rows('SELECT 1 FROM {db}.method_v1')).toHaveLength(3);
  });

  it('has the hours in which it happens scored anew as well, once they are over', async () => {
    const marked = await lane.rows<{ at: number }>(
      `SELECT toUInt32(hour) AS at FROM {db}.history_hour_v1 GROUP BY hour
       HAVING max(inserted) > max(learnt) AND max(inserted) = hour + INTERVAL 1 HOUR ORDER BY at`,
    );
    expect(marked.map(({ at }) => at)).toEqual([PERIOD, PERIOD + HOUR]);
  });
});

describe('what an upgrade does', () => {
  it('rests on what is shipped where no events are kept, and learns from what comes', async () => {
    const lane = await open('upgrade_bare', true);
    await pretendEarlier(lane, { method: 'of before', topics: OURS.topics });
    const health = createHealth(['score']);
    const at = manualClock(NOW * 1000);
    const scorer = openScorer(lane, at, health);
    await scorer.step(at.now());
    expect(await curveInForce(lane)).toEqual(SHIPPED_CURVE);
    expect(await scorer.learnHistory()).toBe(0);
    expect(tell(health)).toBe('ok');
    // What is imported later is no part of the change.
    const later = Date.now() + 60_000;
    await lane.insert('history_hour_v1', ['hour', 'inserted', 'learnt'], [[PERIOD - 40 * HOUR, later, 0]]);
    expect(await isLearningAnew(lane)).toBe(false);
    await lane.run('TRUNCATE TABLE {db}.history_hour_v1');
    await insertEvents(lane, pipeline, traffic(22, PERIOD, PERIOD + HOUR), 0);
    for (const time of [PERIOD + HOUR - 1, PERIOD + HOUR + 1]) {
      at.set(time * 1000);
      await scorer.step(at.now());
    }
    expect(await scaled(lane)).toBeGreaterThan(0);
    const [loudest] = await lane.rows<{ most: number }>('SELECT max(score) AS most FROM {db}.caller_hour_v1');
    expect(loudest?.most).toBeLessThan(99);
    await lane.close();
  }, 300_000);

  it('counts profiles anew where their topics changed, and where it is not known by which they were counted, aside', async () => {
    for (const [database, topics] of [
      ['upgrade_topics', 'of before'],
      ['upgrade_unknown', null],
    ] as const) {
      const lane = await open(database, true);
      await insertEvents(lane, pipeline, traffic(23, PERIOD - 2 * HOUR, PERIOD), 0);
      await pretendEarlier(lane, { method: OURS.method, topics: topics ?? '' });
      if (topics === null) await lane.run('TRUNCATE TABLE {db}.method_v1');
      const at = manualClock(clock.now());
      const scorer = openScorer(lane, at);
      await scorer.step(at.now());
      const counted = () =>
        lane.rows<{ at: number }>(
          'SELECT toUInt32(hour) AS at, topic, toString(context) AS of, toString(value) AS value, callers, genuine FROM {db}.profile_1h_v1 FINAL ORDER BY ALL',
        );
      const hours = async () => [...new Set((await counted()).map((row) => row.at))];
      // Risk is published at once, and health says that more is to come.
      expect([database, ...(await hours())]).toEqual([database]);
      expect(await curveInForce(lane)).toEqual(SHIPPED_CURVE);
      // Caller-hours of before, of whom ever, say nothing of what is marked.
      await lane.run(
        `INSERT INTO {db}.caller_hour_v1 (scope, hour, caller, platform, net, score, bare) VALUES ('', fromUnixTimestamp(${PERIOD - 30 * HOUR}), 7, '', '', 1, 1)`,
      );
      expect(await isLearningAnew(lane)).toBe(true);
      expect(await scorer.learnHistory()).toBe(2);
      expect(await isLearningAnew(lane)).toBe(false);
      at.set(at.now() + 1000);
      await scorer.step(at.now());
      expect(await hours()).toEqual([PERIOD - 2 * HOUR, PERIOD - HOUR]);
      const aside = await counted();
      await lane.run('TRUNCATE TABLE {db}.profile_1h_v1');
      await lane.run(rememberObjectsSql('1'));
      await countHours(lane, PERIOD);
      expect(aside).toEqual(await counted());
      await lane.close();
    }
  }, 300_000);

  it('scores no more anew than may be afforded: the newest hours, with the day before them', async () => {
    const lane = await open('upgrade_large', true);
    await insertEvents(lane, pipeline, events, 0);
    const marked = async (atMost: number) => {
      await lane.run('TRUNCATE TABLE {db}.history_hour_v1');
      const told = await markHistory(lane, PERIOD, atMost);
      const rows = await lane.rows<{ at: number }>(
        'SELECT DISTINCT toUInt32(hour) AS at FROM {db}.history_hour_v1 ORDER BY at',
      );
      return { ...told, at: rows.map((row) => (row.at - PERIOD) / HOUR) };
    };
    const kept = DAYS * 24;
    const since = (hours: number) => events.filter(({ time }) => time >= (PERIOD - hours * HOUR) * 1000).length;
    expect(await marked(since(30))).toEqual({ kept, hours: 6, at: [-6, -5, -4, -3, -2, -1, 0, 1] });
    // A day fits and no more: what is scored while nothing is learnt is scored anew all the same.
    expect(await marked(since(24))).toEqual({ kept, hours: 0, at: [0, 1] });
    expect(await marked(10)).toEqual({ kept, hours: 0, at: [] });
    await lane.close();
  });

  it('is told in the log as it is: made anew, too much for that, or nothing to make it of', () => {
    expect(changeNotice({ kept: 48, hours: 6 })).toMatch(/is made anew from the events that are kept/);
    expect(changeNotice({ kept: 48, hours: 0 })).toMatch(/a day has more events than are scored anew/);
    expect(changeNotice({ kept: 0, hours: 0 })).toMatch(/there are no events to learn anew from/);
  });

  it('is nothing at the first start of all', async () => {
    const lane = await open('upgrade_first', true);
    await insertEvents(lane, pipeline, traffic(24, PERIOD - HOUR, PERIOD), 0);
    await openScorer(lane, clock).step(clock.now());
    expect(await lane.rows('SELECT toUInt32(since) AS since, method, topics FROM {db}.method_v1')).toEqual([
      { since: 0, ...OURS },
    ]);
    expect(await lane.rows('SELECT 1 FROM {db}.history_hour_v1')).toEqual([]);
    await lane.close();
  });
});
