import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { openScorer } from '../support/scorer.ts';

// One loud second. The steps after it come while nothing happens, at the edge of a window, and behind all windows.
const AT = Math.floor(Date.now() / 1000) - 30;
const LOUD = '203.0.113.9';
/** How long a step takes rows for new that the one before may have missed. */
const OVERLAP_MS = 5_500;
let engine: TestEngine;
let judged = 0;

beforeAll(async () => {
  engine = await openEngine('quiet_steps');
});
afterAll(() => engine.close());

/** The engine's lane, counting how often somebody is judged. */
function counting(clickhouse: ClickHouse): ClickHouse {
  return {
    ...clickhouse,
    run: (sql, options) => {
      if (sql.includes('INSERT INTO {db}.score_wanted')) judged++;
      return clickhouse.run(sql, options);
    },
  };
}

it('judges nobody while nothing comes and nothing leaves a window, and everybody who is due when something does', async () => {
  const clock = manualClock(AT * 1000 + 500);
  await insertEvents(
    engine.clickhouse,
    canonicalPipeline(clock),
    Array.from({ length: 60 }, (_, i) => ({
      time: AT * 1000 + i,
      'client.address': LOUD,
      'url.path': `/secret-${i}`,
      'http.response.status_code': 404,
    })),
    0,
  );
  const scorer = openScorer(counting(engine.clickhouse), clock);
  const riskAt = async (second: number) => {
    judged = 0;
    await scorer.step((AT + second) * 1000);
    const [row] = await engine.clickhouse.rows<{ score: number }>(
      `SELECT score FROM {db}.risk_current_v1 FINAL WHERE id = '${LOUD}'`,
    );
    return { score: row?.score ?? 0, judged: judged > 0 };
  };
  const loud = await riskAt(2);
  expect(loud.score).toBeGreaterThan(20);
  await new Promise((resolve) => setTimeout(resolve, OVERLAP_MS));
  await riskAt(3);
  for (const second of [4, 5, 9]) expect(await riskAt(second)).toEqual({ score: loud.score, judged: false });
  // Ten seconds on it leaves the shortest window, and is judged again, once.
  expect((await riskAt(12)).judged).toBe(true);
  expect((await riskAt(14)).judged).toBe(false);
  const later = await riskAt(90_000);
  expect(later).toEqual({ score: 0, judged: true });
});
