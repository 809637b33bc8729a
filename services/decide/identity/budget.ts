import { addressShare } from '../../../shared/address.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';

/**
 * How many bad signatures are paid for. A public-key signature costs a hundred times as much to refuse as to make up,
 * so strangers may have a few checked, not as many as they like. An address that sent no bad one is always checked: a
 * good caller meets this only with a fresh token, from an address that just sent bad ones. What was verified before is
 * never asked again.
 */
export interface VerificationBudget {
  /** May a signature of this address be checked? @param address as the gateway says it, `''` when it does not. */
  allows(address: string, now: number): boolean;
  /** A signature of this address was bad. */
  spend(address: string, now: number): void;
  /** A signature of this address was good: it is not held to what strangers do elsewhere. */
  earn(address: string): void;
}

export interface BudgetLimits {
  /** Bad signatures that one address (IPv6: /64) may have checked at once, and how many come back in a second. */
  burst: number;
  perSecond: number;
  /** The same over all addresses that sent bad ones and never a good one. */
  allBurst: number;
  allPerSecond: number;
}

/**
 * 200 × 0.15 ms a second are 3 % of a core; all strangers together may take 20 at once, since 200 in a row hold everybody
 * up for 30 ms when a flood begins. `test/bench/verify-flood.mjs` shows what they do.
 */
export const DEFAULT_BUDGET: BudgetLimits = { burst: 50, perSecond: 1, allBurst: 20, allPerSecond: 200 };
const ADDRESSES = 16_384;

interface Bucket {
  tokens: number;
  at: number;
}

export function createBudget(limits: BudgetLimits = DEFAULT_BUDGET): VerificationBudget {
  const buckets = createBoundedCache<Bucket>(ADDRESSES);
  const proven = createBoundedCache<true>(ADDRESSES);
  const all: Bucket = { tokens: limits.allBurst, at: 0 };

  function fill(bucket: Bucket, perSecond: number, burst: number, now: number): void {
    // A clock that steps back gives nothing and takes nothing.
    if (now > bucket.at) bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
  }

  return {
    allows(address, now) {
      const key = addressShare(address);
      if (key !== '') {
        const own = buckets.get(key);
        if (own === undefined) return true;
        fill(own, limits.perSecond, limits.burst, now);
        if (own.tokens < 1) return false;
        if (proven.get(key) === true) return true;
      }
      fill(all, limits.allPerSecond, limits.allBurst, now);
      return all.tokens >= 1;
    },
    spend(address, now) {
      const key = addressShare(address);
      fill(all, limits.allPerSecond, limits.allBurst, now);
      all.tokens = Math.max(0, all.tokens - 1);
      if (key === '') return;
      let own = buckets.get(key);
      if (own === undefined) {
        own = { tokens: limits.burst, at: now };
        buckets.set(key, own);
      }
      fill(own, limits.perSecond, limits.burst, now);
      own.tokens = Math.max(0, own.tokens - 1);
    },
    earn(address) {
      const key = addressShare(address);
      if (key !== '') proven.set(key, true);
    },
  };
}
