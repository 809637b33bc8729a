import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { loud, publishedRisks, type Risks } from './risks.ts';
import { contentOf, type TableContent } from './tables.ts';

/** What a run left: the content of the raw table, of every roll-up and of the dead letters, and the risks that they make. */
export interface RunOutcome {
  content: Record<string, TableContent>;
  risks: Risks;
}

/**
 * What a disturbed run and an undisturbed one over the same events must have in common.
 * @param stepsMs when risk is asked for, epoch ms, ascending.
 * @param places false where the two had the events from different places.
 */
export async function outcomeOf(
  clickhouse: ClickHouse,
  stepsMs: readonly number[],
  { places = true }: { places?: boolean } = {},
): Promise<RunOutcome> {
  // Risks first: seconds of cohorts are written by steps, and the last of a run may not have seen its last events.
  const risks = await publishedRisks(clickhouse, stepsMs);
  const content = await contentOf(clickhouse, { places });
  // Nothing is equal to nothing.
  if (loud(risks) === 0) throw new Error('No risk says anything at these steps.');
  return { content, risks };
}
