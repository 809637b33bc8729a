import type { Clock } from '../../shared/clock.ts';
import { type Health, OK, type PartHealth } from '../../shared/health.ts';

/** How the scorer fares; times in epoch ms. */
export interface ScorerState {
  finishedAt: number;
  /** Of the last step that failed, `''` when none did since. */
  fault: string;
  /** What an earlier method learnt is being made anew. */
  learnsAnew: boolean;
}

/** The part `score` of `/readyz`. */
export function registerHealth(health: Health, clock: Clock, state: () => ScorerState): void {
  health.register('score', 'score', (): PartHealth => {
    const { finishedAt, fault, learnsAnew } = state();
    const age = Math.round((clock.now() - finishedAt) / 1000);
    if (age < 15 && fault === '') return learnsAnew ? LEARNS_ANEW : OK;
    return {
      state: age < 30 ? 'degraded' : 'stopped',
      detail: `the last scoring step ended ${age} s ago${fault === '' ? '' : `: ${fault}`}`,
    };
  });
}

const LEARNS_ANEW: PartHealth = {
  state: 'degraded',
  detail: 'after an upgrade past hours are scored anew; until that is done risk rests on what is shipped',
};
