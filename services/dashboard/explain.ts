import type { ExplainedKind, ScoreExplainAnswer } from '../../schemas/api-explain.ts';
import { Problem } from '../../shared/problem.ts';
import { answerOf } from './explain-text.ts';
import type { DashboardDeps } from './routes.ts';

/** A step is a second; the clocks of an analyst and of this machine differ by a little. */
const AHEAD_MS = 60_000;

/**
 * `GET /api/v1/score-explain`.
 * @throws Problem `not_found` for an id that no event carried in this scope, `bad_request` for a time to come.
 */
export async function explainScore(
  { explain, clock }: Pick<DashboardDeps, 'explain' | 'clock'>,
  asked: { kind: ExplainedKind; id: string; scope: string; atMs: number },
): Promise<ScoreExplainAnswer> {
  const { atMs, ...entity } = asked;
  if (atMs > clock.now() + AHEAD_MS)
    throw new Problem('bad_request', 'This time is still to come: risk is explained up to now.');
  const derivation = await explain({ ...entity, at: Math.floor(atMs / 1000) });
  if (derivation !== null) return answerOf(derivation);
  const where = entity.scope === '' ? '' : ` in scope ${entity.scope}`;
  throw new Problem('not_found', `No event carried this entity${where}, or it is older than what is kept.`);
}
