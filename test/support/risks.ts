import { horizon } from '../../services/score/progress.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { manualClock } from '../../shared/clock.ts';
import { openScorer } from './scorer.ts';
import { until } from './until.ts';

/** Published scores by `step kind:id scope`, to a millionth: sums of the same numbers in another order differ behind that. */
export type Risks = Record<string, number>;

/** What a scorer keeps from step to step. A live one meets late events late (law 10): its memory tells when rows came. */
const MEMORY = [
  ...['snapshot_v1', 'risk_step_v1', 'risk_current_v1', 'event_evidence_v1', 'caller_last_v1'],
  ...['term_hour_v1', 'other_term_hour_v1', 'caller_hour_v1', 'profile_1h_v1', 'calibration_v1'],
  ...['opening_1h_v1', 'opening_v1'],
  ...['recent_1m_v1', 'usual_now_v1'],
];

/**
 * What the live scorer publishes of the stored events, all scored anew, at steps of the caller's choice: two runs over
 * the same events have the same risks, whenever their rows came and however disturbed one of them was.
 * @param stepsMs epoch ms, ascending.
 */
export async function publishedRisks(clickhouse: ClickHouse, stepsMs: readonly number[]): Promise<Risks> {
  const [scored] = await clickhouse.rows<{ steps: number }>('SELECT count() AS steps FROM {db}.snapshot_v1');
  if ((scored?.steps ?? 0) > 0) for (const table of MEMORY) await clickhouse.run(`TRUNCATE TABLE {db}.${table}`);
  // While a partition lags, and for ten seconds after, a step is of the time that it has reached.
  const last = stepsMs.at(-1) ?? 0;
  await until('no partition lags', async () => (await horizon(clickhouse, last)) === Math.floor(last / 1000));
  const clock = manualClock(stepsMs[0] ?? 0);
  const scorer = openScorer(clickhouse, clock);
  for (const at of stepsMs) {
    clock.set(at);
    await scorer.step(at);
  }
  const rows = await clickhouse.rows<{ name: string; score: number }>(
    `SELECT concat(toString(toUInt32(step)), ' ', toString(kind), ':', id, ' ', scope) AS name, round(score, 6) AS score
     FROM {db}.risk_step_v1 FINAL WHERE toUInt32(step) IN (${stepsMs.map((at) => Math.floor(at / 1000)).join(', ')})
     ORDER BY name`,
  );
  return Object.fromEntries(rows.map(({ name, score }) => [name, score]));
}

/** How many of them say anything: a comparison of nothing with nothing proves nothing. */
export const loud = (risks: Risks): number => Object.values(risks).filter((score) => score > 1).length;
