import type { Decision } from '../../../schemas/decision.ts';
import type { Metrics } from '../../../shared/metrics.ts';
import type { CompiledPolicy } from '../../../shared/policy.ts';
import type { Grace, GraceMemory } from '../caller-state/graces.ts';
import type { IdentityHooks } from '../identity/request.ts';
import type { RequestFacts } from '../question.ts';
import { callerRef } from '../request-risk.ts';
import { type BoundNonce, type ChallengeNonces, NONCE_LIFE_MS } from './nonce.ts';

/** Challenges around the decision: who met one, and the nonce for whoever has to. Everything in memory. */
export interface Challenges {
  /**
   * Before the decision: does this request meet a challenge, and are challenges of its caller lifted?
   * @param bound the nonce of ours that its genuine attestation token is bound to, or null.
   */
  admit(facts: RequestFacts, bound: BoundNonce | null, policy: CompiledPolicy, now: number): Admitted;
  /** After it: tells the answer that a challenge was met, or how it can be. */
  tell(decision: Decision, facts: RequestFacts, admitted: Admitted, policy: CompiledPolicy, now: number): void;
}

export interface Admitted {
  met: boolean;
  grace: Grace | null;
}

/**
 * Why a nonce of ours lifts nothing. None of them is held against the caller: slow phones, two requests at once and a
 * changed network look the same.
 */
const LIFTS_NOTHING = ['stale', 'other_caller', 'token_before', 'too_often', 'used'] as const;
type LiftsNothing = (typeof LIFTS_NOTHING)[number];

export const NOT_MET: Admitted = { met: false, grace: null };

export function createChallenges(deps: {
  nonces: ChallengeNonces;
  graces: GraceMemory;
  firstUse: IdentityHooks['firstUse'];
  metrics: Metrics;
}): Challenges {
  const { nonces, graces, firstUse } = deps;
  const results = deps.metrics.counter(
    'bonafide_challenges_total',
    'Challenges by what became of them, and nonces that lifted nothing by why',
  );

  /** In this order: nothing is used up by what lifts nothing. */
  function meet(
    facts: RequestFacts,
    { nonce, isFresh }: BoundNonce,
    name: string,
    graceMs: number,
    now: number,
  ): 'met' | LiftsNothing {
    if (now >= nonce.expiresMs) return 'stale';
    // Who was challenged without a token is known by more now, and by the same still.
    if (!facts.entities.some((entity) => nonces.nameOf(facts.scope, entity) === nonce.caller)) return 'other_caller';
    if (!isFresh) return 'token_before';
    if (graces.isSpent(name, graceMs, now)) return 'too_often';
    // Of whom was challenged: whoever else shows the nonce uses the same one.
    const owner = { kind: 'key', name: `caller ${nonce.caller}` } as const;
    if (!firstUse(`challenge ${nonce.text}`, nonce.expiresMs, now, owner)) return 'used';
    graces.add(name, now);
    return 'met';
  }

  return {
    admit(facts, bound, { challengeGraceMs: graceMs }, now) {
      if (graceMs === 0 || (bound === null && graces.size() === 0)) return NOT_MET;
      const caller = callerRef(facts.entities);
      if (caller === null) return NOT_MET;
      const name = nonces.nameOf(facts.scope, caller);
      const grace = graces.at(name, graceMs, now);
      // Requests that were challenged together are answered one by one: the first lifts for all of them.
      if (grace !== null || bound === null || !mayMeet(facts)) return grace === null ? NOT_MET : { met: false, grace };
      const result = meet(facts, bound, name, graceMs, now);
      results.add(1, { result });
      return result === 'met' ? { met: true, grace: graces.at(name, graceMs, now) } : NOT_MET;
    },
    tell({ decision, context }, facts, { met }, { challengeGraceMs: graceMs }, now) {
      if (met) {
        context.challenge = { result: 'met' };
        return;
      }
      if (decision || context.outcome !== 'challenge' || graceMs === 0) return;
      const caller = callerRef(facts.entities);
      if (caller === null) return;
      results.add(1, { result: 'unmet' });
      const nonce = nonces.issue(nonces.nameOf(facts.scope, caller), now);
      context.challenge = { result: 'unmet', nonce, expires_in_s: NONCE_LIFE_MS / 1000 };
    },
  };
}

/** A genuine token, and nobody named beside and nothing revoked for which none may speak. */
const mayMeet = ({ attestation, besides, revoked }: RequestFacts): boolean =>
  attestation.status === 'genuine' && besides === undefined && revoked === undefined;
