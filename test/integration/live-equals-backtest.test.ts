import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLACE } from '../../services/score/evidence.ts';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { openScorer } from '../support/scorer.ts';
import { shopTraffic } from '../support/traffic.ts';

// One engine holds both: the live scorer steps through the events second by second; then the backtest scores the same
// raw rows at once. 13 minutes cross the edges of the windows of 10 s, 1 min and 10 min.
const START = 1_795_500_000_000 - (1_795_500_000_000 % 3_600_000);
const SECONDS = 780;

/** What a scorer learns of, by the hour. */
const HOURS = ['term_hour_v1', 'other_term_hour_v1', 'caller_hour_v1'];
/** What it keeps of what genuine callers do now. */
const NOW = ['recent_1m_v1', 'usual_now_v1'];

function hoursOf(clickhouse: ClickHouse): Promise<unknown[]> {
  const terms = HOURS.slice(0, 2).map(
    (table) =>
      `SELECT '${table}' AS whose, toString(entity) AS who, toUInt32(hour) AS hour, toString(arraySort(arrayZip(untuple(maxMap(terms.1, terms.2))))) AS what FROM {db}.${table} GROUP BY kind, hour, entity`,
  );
  return clickhouse.rows(`SELECT * FROM (
    ${terms.join(' UNION ALL ')}
    UNION ALL SELECT 'caller_hour_v1', toString(caller), toUInt32(hour), toString((round(max(score), 6), round(max(bare), 6))) FROM {db}.caller_hour_v1 GROUP BY scope, hour, caller
    ) ORDER BY whose, who, hour`);
}

interface Met {
  entity: string;
  step: number;
  score: number;
}

describe('live equals backtest', () => {
  let engine: TestEngine;
  let live: Met[];
  let backtest: Met[];
  let learntLive: unknown[];
  let learntInBacktest: unknown[];

  beforeAll(async () => {
    engine = await openEngine('live_backtest');
    const { clickhouse } = engine;
    const clock = manualClock(START);
    const scorer = openScorer(clickhouse, clock);
    const pipeline = canonicalPipeline(clock);
    const events = shopTraffic(7, START, SECONDS);
    // Steps at which something is asked: every 17th second, and every second around the attack's begin.
    live = [];
    let sent = 0;
    for (let second = 1; second <= SECONDS; second++) {
      const now = START + second * 1000;
      const due: typeof events = [];
      for (let event = events[sent]; event !== undefined && event.time < now; event = events[sent]) {
        due.push(event);
        sent++;
      }
      if (due.length > 0) await insertEvents(clickhouse, pipeline, due, sent - due.length);
      if (second % 17 !== 0 && (second < 260 || second > 285)) continue;
      clock.set(now);
      const step = await scorer.step(now);
      // A request that arrives in this second meets the newest published row of each entity, or nothing.
      live.push(
        ...(await clickhouse.rows<Met>(
          `SELECT toString(entity) AS entity, toUInt32(${step}) AS step, score FROM (
             SELECT entity, argMax(score, step) AS score FROM {db}.risk_step_v1 GROUP BY entity) WHERE score > 0`,
        )),
      );
    }
    // The last second is over for what is learnt of it when a later one is asked.
    clock.set(START + (SECONDS + 2) * 1000);
    await scorer.step(clock.now());
    learntLive = await hoursOf(clickhouse);
    for (const table of [...HOURS, ...NOW]) await clickhouse.run(`TRUNCATE TABLE {db}.${table}`);
    await createReplayTables(clickhouse);
    // The backtest answers entities at the seconds of their own events.
    await scoreAll(clickhouse, events.length, () => {});
    backtest = await clickhouse.rows<Met>(
      'SELECT toString(entity) AS entity, step, score FROM {db}.backtest_risk WHERE score > 0',
    );
    learntInBacktest = await hoursOf(clickhouse);
  }, 900_000);
  afterAll(() => engine.close());

  it('publishes the same score that the backtest finds, for every entity and step that both answer', () => {
    const published = new Map(live.map((met) => [`${met.entity}@${met.step}`, met.score]));
    const steps = new Set(live.map((met) => met.step));
    let compared = 0;
    let loud = 0;
    for (const met of backtest) {
      if (!steps.has(met.step)) continue;
      compared++;
      if (met.score > 30) loud++;
      expect(published.get(`${met.entity}@${met.step}`) ?? 0, `entity ${met.entity} at ${met.step}`).toBeCloseTo(
        met.score,
        6,
      );
    }
    expect(compared).toBeGreaterThan(200);
    expect(loud).toBeGreaterThan(20);
  });

  it('learns the same hours of entities and callers, though its steps overlap and judge an event once', () => {
    expect(learntLive.length).toBeGreaterThan(40);
    expect(learntLive).toEqual(learntInBacktest);
  });

  it('judges an event again when one comes late that lies before it, and no other', async () => {
    const { clickhouse } = engine;
    const later = START + (SECONDS + 10) * 1000;
    const clock = manualClock(later);
    const pipeline = canonicalPipeline(clock);
    const scorer = openScorer(clickhouse, clock);
    // Another path, so that the two share nothing: neither address nor network, nor the cohort of a route.
    const at = (time: number, address: string) => ({ time, 'client.address': address, 'url.path': `/late-${address}` });
    await scorer.step(later);
    await insertEvents(clickhouse, pipeline, [at(later, '203.0.113.1'), at(later, '203.0.114.1')], 100_000);
    clock.set(later + 2000);
    await scorer.step(clock.now());
    await insertEvents(clickhouse, pipeline, [at(later - 3000, '203.0.113.1')], 100_002);
    clock.set(later + 4000);
    await scorer.step(clock.now());
    const due = await clickhouse.rows<{ offset: number }>(
      `SELECT offset FROM {db}.events_raw_v1 WHERE ${PLACE} IN (SELECT place FROM {db}.score_due) ORDER BY offset`,
    );
    expect(due.map(({ offset }) => offset)).toEqual([100_000, 100_002]);
  });

  it('judges an event of a gateway whose clock runs ahead when its second comes', async () => {
    const { clickhouse } = engine;
    const now = START + (SECONDS + 30) * 1000;
    const clock = manualClock(now);
    const scorer = openScorer(clickhouse, clock);
    await scorer.step(now);
    const ahead = { time: now + 12_000, 'client.address': '203.0.113.77', 'url.path': '/ahead' };
    await insertEvents(clickhouse, canonicalPipeline(clock), [ahead], 100_010);
    clock.set(now + 1000);
    await scorer.step(clock.now());
    // Longer than steps overlap by insertion.
    await new Promise((resolve) => setTimeout(resolve, 5200));
    clock.set(now + 2000);
    await scorer.step(clock.now());
    clock.set(now + 13_000);
    await scorer.step(clock.now());
    const [told] = await clickhouse.rows<{ n: number }>(
      `SELECT count() AS n FROM {db}.event_evidence_v1 WHERE place IN (SELECT ${PLACE} FROM {db}.events_raw_v1 WHERE offset = 100010)`,
    );
    expect(told?.n).toBeGreaterThan(0);
  }, 60_000);

  it('lets risk fade to zero when its evidence has left the windows', async () => {
    const { clickhouse } = engine;
    const clock = manualClock(START + (SECONDS + 90_000) * 1000);
    const scorer = openScorer(clickhouse, clock);
    await scorer.step(clock.now());
    const [row] = await clickhouse.rows<{ risky: number }>(
      'SELECT count() AS risky FROM {db}.risk_current_v1 FINAL WHERE score > 0',
    );
    expect(row?.risky).toBe(0);
  });
});
