import type { LinesView } from '../../schemas/api.ts';
import type { Outcome } from '../../schemas/event.ts';
import type { Policy } from '../../schemas/policy.ts';

/** A budget as decibels: a share of 0.001 of genuine caller-hours is 30 dB. */
const decibelsOf = (budget: number) => -10 * Math.log10(budget);

/** The top level's lines; routes may have their own, which the policy page shows. */
export function linesOf(policy: Policy): LinesView {
  return {
    version: policy.version,
    mode: policy.mode,
    challenge_db: decibelsOf(policy.budgets.challenge),
    block_db: decibelsOf(policy.budgets.block),
  };
}

/** Genuine caller-hours without which a budget cannot flag anybody: 1/α − 1. */
export const unitsNeeded = (budget: number) => Math.ceil(1 / budget - 1);

/** Which line a risk stands over. */
export function lineOver(lines: LinesView, decibels: number): Outcome {
  if (decibels >= lines.block_db) return 'block';
  return decibels >= lines.challenge_db ? 'challenge' : 'allow';
}
