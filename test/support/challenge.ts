import { createGraceMemory, type GraceMemory } from '../../services/decide/caller-state/graces.ts';
import { createReplayMemory } from '../../services/decide/caller-state/replay.ts';
import { createChallenges } from '../../services/decide/challenge/challenges.ts';
import { type ChallengeNonces, createChallengeNonces } from '../../services/decide/challenge/nonce.ts';
import type { IdentityDeps } from '../../services/decide/identity/identity.ts';
import type { Metrics } from '../../shared/metrics.ts';

/** What a decision process has to have challenges met, in memory alone. */
export function challengeParts(key = 'test') {
  const nonces: ChallengeNonces = createChallengeNonces(key);
  const graces: GraceMemory = createGraceMemory();
  const replay = createReplayMemory();
  const { firstUse } = replay;
  const hooks: NonNullable<IdentityDeps['hooks']> = { nonces, firstUse, revoked: () => false };
  const challenges = (metrics: Metrics) => createChallenges({ nonces, graces, firstUse, metrics });
  return { nonces, graces, replay, hooks, challenges };
}
