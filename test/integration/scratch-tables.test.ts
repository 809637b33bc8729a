import { afterAll, beforeAll, expect, it } from 'vitest';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { traffic } from '../support/learnt.ts';
import { openScorer } from '../support/scorer.ts';

/** Scratch tables of the scorer, as an older version may have left them: their columns outlive a restart. */
const OLDER = ['profile', 'reference', 'events', 'followed', 'due', 'wanted', 'sums', 'sets'];
const HOUR = 3600;
const BEGIN = Math.floor(Date.now() / 1000 / HOUR) * HOUR - HOUR;

let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine('scratch');
});
afterAll(() => engine.close());

it('a scorer makes its scratch tables anew over those of an older version', async () => {
  const { clickhouse } = engine;
  for (const name of OLDER) await clickhouse.run(`CREATE TABLE {db}.score_${name} (older UInt8) ENGINE = Memory`);
  const clock = manualClock((BEGIN + HOUR) * 1000);
  await insertEvents(clickhouse, canonicalPipeline(clock), traffic(1, BEGIN, BEGIN + HOUR), 0);
  const scorer = openScorer(clickhouse, clock);
  expect(await scorer.step(clock.now())).toBeGreaterThan(BEGIN);
  const [risks] = await clickhouse.rows<{ n: number }>('SELECT count() AS n FROM {db}.risk_step_v1');
  expect(risks?.n).toBeGreaterThan(0);
});
