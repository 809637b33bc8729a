import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { openScorer } from '../support/scorer.ts';
import { shopTraffic } from '../support/traffic.ts';

// One engine holds both: the live scorer steps through the events second by second; then the backtest scores the same
// raw rows at once. 13 minutes cross the edges of the windows of 10 s, 1 min and 10 min.
const START = 1_795_500_000_000 - (1_795_500_000_000 % 3_600_000);
const SECONDS = 780;

interface Met {
  entity: string;
  step: number;
  score: number;
}

describe('live equals backtest', () => {
  let engine: TestEngine;
  let live: Met[];
  let backtest: Met[];

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
    await createReplayTables(clickhouse);
    // The backtest answers entities at the seconds of their own events.
    await scoreAll(clickhouse, events.length, () => {});
    backtest = await clickhouse.rows<Met>(
      'SELECT toString(entity) AS entity, step, score FROM {db}.backtest_risk WHERE score > 0',
    );
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
