import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrationStart } from '../../services/score/calibrate.ts';
import { countHours } from '../../services/score/hour-counts.ts';
import type { Scorer } from '../../services/score/main.ts';
import { loadProfile } from '../../services/score/profile-in-force.ts';
import { learnReference } from '../../services/score/reference.ts';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { createReplayTables, hourOf, scoreAll } from '../../services/score/score-all.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { type Learnt, learntAt, traffic } from '../support/learnt.ts';
import { openScorer } from '../support/scorer.ts';

// Four days of history come into an install that has been live for an hour and has counted it. A backtest of the same
// events has learnt them day by day; the live install must know as much after the import and one step.
const DAYS = 4;
const HOUR = 3600;
const NOW = hourOf(Math.floor(Date.now() / 1000)) + 1800;
const LIVE_FROM = hourOf(NOW) - HOUR;
const HISTORY_TO = hourOf(NOW) - 26 * HOUR;
const HISTORY_FROM = HISTORY_TO - DAYS * 24 * HOUR;
const ALPHA = 0.01;

describe('history that is imported into a live install', () => {
  const history = traffic(11, HISTORY_FROM, HISTORY_TO);
  const live = traffic(12, LIVE_FROM, LIVE_FROM + HOUR);
  const events = [...history, ...live];
  const clock = manualClock(NOW * 1000);
  let engine: TestEngine;
  let beside: ClickHouse;
  let scorer: Scorer;
  let period: number;
  let expected: Learnt;

  beforeAll(async () => {
    // As it is shipped, with the life of roll-ups by event time.
    engine = await openEngine('history_live', { ttl: true });
    scorer = openScorer(engine.clickhouse, clock);
    const pipeline = canonicalPipeline(clock);
    await insertEvents(engine.clickhouse, pipeline, live, history.length);
    await scorer.step(NOW * 1000);
    clock.set((NOW + 10) * 1000);
    await scorer.step(clock.now());
    // The history comes in pieces, newest first, as rotated files are given; its seconds are forgotten at once.
    for (let to = history.length; to > 0; to -= 3000) {
      const from = Math.max(0, to - 3000);
      await insertEvents(engine.clickhouse, pipeline, history.slice(from, to), from);
      for (const table of ['entity_1s_v1', 'entity_seconds_v1', 'event_evidence_v1'])
        await engine.clickhouse.run(`OPTIMIZE TABLE {db}.${table} FINAL`);
      clock.set(clock.now() + 1000);
      await scorer.step(clock.now());
    }

    // One process has one engine: another database of it.
    beside = openLane({ kind: 'embedded', path: engine.path }, 'history_backtest');
    await migrate(beside, { ttl: false, retentionDays: 30 });
    await insertEvents(beside, canonicalPipeline(clock), events, 0);
    await createReplayTables(beside);
    await scoreAll(beside, events.length, () => {});
    // Learning never goes back: an hour after its first event the install has learnt, and what is learnt anew holds from there.
    period = hourOf(NOW);
    expect(calibrationStart(NOW, LIVE_FROM)).toBe(period);
    await countHours(beside, period);
    await loadProfile(beside, period);
    await learnReference(beside, period, createRiskQuery().termCount);
    expected = await learntAt(beside, period, ALPHA);
  }, 900_000);
  afterAll(async () => {
    await beside.close();
    await engine.close();
  });

  it('teaches as much as a backtest of the same events learns: scales, curves, profile, caller-hours', async () => {
    expect(await scorer.learnHistory()).toBeGreaterThan(DAYS * 24 - 2);
    clock.set(clock.now() + 1000);
    await scorer.step(clock.now());
    const learnt = await learntAt(engine.clickhouse, period, ALPHA);
    expect(expected.units.length).toBeGreaterThan(1500);
    expect(expected.curves.length).toBeGreaterThan(0);
    expect(expected.references.length).toBeGreaterThan(3);
    expect(expected.now.length).toBeGreaterThan(1500);
    expect(learnt.now).toEqual(expected.now);
    expect(learnt.units).toEqual(expected.units);
    expect(learnt.references).toEqual(expected.references);
    expect(learnt.profile).toEqual(expected.profile);
    expect(learnt.curves).toEqual(expected.curves);
    // What was learnt is in force at once, not at the next period.
    const stored = await engine.clickhouse.rows<{ scope: string; units: number; basis: string }>(
      `SELECT toString(scope) AS scope, toUInt32(units) AS units, toString(basis) AS basis FROM {db}.calibration_v1 FINAL
       WHERE segment = '' AND valid_from <= fromUnixTimestamp(${NOW}) ORDER BY valid_from DESC LIMIT 1`,
    );
    expect(stored[0]?.units).toBe(expected.curves.find(({ segment }) => segment === '')?.units);
  }, 300_000);

  it('is learnt from once, and leaves no tables behind', async () => {
    expect(await scorer.learnHistory()).toBe(0);
    expect(
      await engine.clickhouse.rows(
        `SELECT name FROM system.tables WHERE database = '${engine.clickhouse.database}' AND startsWith(name, 'replay_')`,
      ),
    ).toEqual([]);
  });

  it('is found and learnt from by a scorer that starts afterwards, as it stands', async () => {
    const again = openScorer(engine.clickhouse, clock);
    clock.set(clock.now() + 1000);
    await again.step(clock.now());
    const learnt = await learntAt(engine.clickhouse, period, ALPHA);
    expect(learnt.references).toEqual(expected.references);
    expect(learnt.profile).toEqual(expected.profile);
  });

  it('is counted into profiles although a later hour was counted before', async () => {
    const lane = openLane({ kind: 'embedded', path: engine.path }, 'history_gaps');
    await migrate(lane, { ttl: false, retentionDays: 30 });
    const pipeline = canonicalPipeline(clock);
    const counted = async () => {
      await countHours(lane, hourOf(NOW));
      const rows = await lane.rows<{ at: number }>(
        'SELECT DISTINCT toUInt32(hour) AS at FROM {db}.profile_1h_v1 ORDER BY at',
      );
      return rows.map(({ at }) => (at - LIVE_FROM) / HOUR);
    };
    const at = (hours: number) => traffic(5, LIVE_FROM + hours * HOUR, LIVE_FROM + (hours + 1) * HOUR);
    await insertEvents(lane, pipeline, at(0), 0);
    expect(await counted()).toEqual([0]);
    await insertEvents(lane, pipeline, [...at(-30), ...at(-3)], 10_000);
    expect(await counted()).toEqual([-30, -3, 0]);
    await insertEvents(lane, pipeline, at(-2), 20_000);
    expect(await counted()).toEqual([-30, -3, -2, 0]);
    await lane.close();
  });

  it('leaves the hours alone that an older install has lived through, and takes the place of imported ones', async () => {
    const lane = openLane({ kind: 'embedded', path: engine.path }, 'history_older');
    await migrate(lane, { ttl: false, retentionDays: 30 });
    const imported = traffic(6, HISTORY_TO - 2 * HOUR, HISTORY_TO);
    await insertEvents(lane, canonicalPipeline(clock), imported, 0);
    // Scored live, once in an hour that is no history and once while the history came in.
    const [lived, history] = [HISTORY_TO - 20 * HOUR, HISTORY_TO - HOUR];
    await lane.insert(
      'caller_hour_v1',
      ['scope', 'hour', 'caller', 'platform', 'net', 'score', 'bare'],
      [lived, history].map((hour) => ['', hour, 7, '', '', 99, 99]),
    );
    const older = openScorer(lane, clock);
    expect(await older.learnHistory()).toBe(2);
    const loud = await lane.rows<{ at: number }>(
      'SELECT DISTINCT toUInt32(hour) AS at FROM {db}.caller_hour_v1 WHERE score = 99',
    );
    expect(loud.map(({ at }) => at)).toEqual([lived]);
    const [scored] = await lane.rows<{ hours: number }>(
      `SELECT uniqExact(hour) AS hours FROM {db}.caller_hour_v1 WHERE hour >= fromUnixTimestamp(${HISTORY_TO - 2 * HOUR})`,
    );
    expect(scored?.hours).toBe(2);
    await lane.close();
  });

  it('knows an older install by its events, where an upgrade emptied what it had learnt', async () => {
    const lane = openLane({ kind: 'embedded', path: engine.path }, 'history_upgraded');
    await migrate(lane, { ttl: false, retentionDays: 30 });
    const lived = traffic(7, LIVE_FROM - 48 * HOUR, LIVE_FROM);
    await insertEvents(lane, canonicalPipeline(clock), lived, 0);
    await lane.run(
      'ALTER TABLE {db}.events_raw_v1 UPDATE inserted_at = time + INTERVAL 1 SECOND WHERE 1 SETTINGS mutations_sync = 2',
    );
    await lane.run('TRUNCATE TABLE {db}.history_hour_v1');
    // One hour that is to be scored anew, of hours that were lived through; later ones this method has scored live.
    const marked = LIVE_FROM - 10 * HOUR;
    const scored = LIVE_FROM - 2 * HOUR;
    await lane.insert('history_hour_v1', ['hour', 'inserted', 'learnt'], [[marked, Date.now(), 0]]);
    await lane.insert(
      'caller_hour_v1',
      ['scope', 'hour', 'caller', 'platform', 'net', 'score', 'bare'],
      [marked, scored].map((hour) => ['', hour, 7, '', '', 99, 99]),
    );
    expect(await openScorer(lane, clock).learnHistory()).toBe(1);
    const loud = await lane.rows<{ at: number }>(
      'SELECT DISTINCT toUInt32(hour) AS at FROM {db}.caller_hour_v1 WHERE score = 99',
    );
    expect(loud.map(({ at }) => at)).toEqual([scored]);
    // Windows of live steps reach into the hour: its evidence is there, though the install is not young.
    const [told] = await lane.rows<{ n: number }>(
      `SELECT count() AS n FROM {db}.event_evidence_v1 WHERE second >= fromUnixTimestamp(${marked}) AND second < fromUnixTimestamp(${marked + HOUR})`,
    );
    expect(told?.n).toBeGreaterThan(0);
    await lane.close();
  });
});

describe('a period of which learning failed half-way', () => {
  const START = hourOf(NOW) - 5 * HOUR;
  const PERIOD = START + 2 * HOUR;
  const strange = Array.from({ length: 5 }, (_, i) => ({
    time: (PERIOD - 30 + i) * 1000,
    'client.address': '192.0.2.9',
    'url.path': '/v1/strange',
    'user.id': 'user-1',
    'device.id': 'device-1',
    'user_agent.original': 'Shop/3.1 (Android 16)',
    'attestation.status': 'genuine',
  }));
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openEngine('history_half', { ttl: true });
  }, 120_000);
  afterAll(() => engine.close());

  /** What is told of events that come in when the first step of a period is due, or when that has failed once. */
  async function told(database: string, fails: boolean): Promise<unknown[]> {
    const lane = openLane({ kind: 'embedded', path: engine.path }, database);
    await migrate(lane, { ttl: true, retentionDays: 30 });
    let failing = false;
    const faulty: ClickHouse = {
      ...lane,
      run: async (sql, options) => {
        if (failing && sql.includes('INTO {db}.reference_v1')) throw new Error('the disk is full');
        await lane.run(sql, options);
      },
    };
    const clock = manualClock((START + HOUR - 1) * 1000);
    const scorer = openScorer(faulty, clock);
    const pipeline = canonicalPipeline(clock);
    await insertEvents(lane, pipeline, traffic(8, START, START + HOUR), 0);
    for (const second of [START + HOUR - 1, START + HOUR + 1, PERIOD - 60]) {
      clock.set(second * 1000);
      await scorer.step(clock.now());
    }
    clock.set((PERIOD + 5) * 1000);
    if (fails) {
      failing = true;
      await expect(scorer.step(clock.now())).rejects.toThrow('the disk is full');
      failing = false;
    }
    await insertEvents(lane, pipeline, strange, 100_000);
    await scorer.step(clock.now());
    const rows = await lane.rows<{ route: number }>(
      `SELECT toUInt32(second) AS at, kind, route, step, answer, software, own, volume, whose FROM {db}.event_evidence_v1 FINAL
       WHERE second >= fromUnixTimestamp(${PERIOD - 60}) ORDER BY ALL`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(Math.max(...rows.map(({ route }) => route))).toBeGreaterThan(0);
    await lane.close();
    return rows;
  }

  it('ends under its own profile all the same', async () => {
    expect(await told('half_failed', true)).toEqual(await told('half_whole', false));
  }, 300_000);
});
