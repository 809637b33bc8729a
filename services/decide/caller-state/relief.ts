import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import { type BucketRate, fullBucket, hasToken, type TokenBucket } from '../token-bucket.ts';

/** How much a cohort sends as a rule. */
export interface UsualRate {
  /** Requests of the cohort in a busy minute. */
  usualPerMinute: number;
  /** Callers with a genuine history in the newest window. */
  callers: number;
}

/** Token buckets of the relaxed requests of one cohort. */
export interface Relief {
  /**
   * Takes one relaxed request of a caller, out of its own bucket and out of the cohort's.
   * @param maxRate the policy's `max_rate`. @param now epoch ms.
   * @returns false when either is empty: then nothing is taken.
   */
  take(caller: string, rate: UsualRate, maxRate: number, now: number): boolean;
}

/** Seconds of the cohort's rate that may come at once: nobody's flood rides on an outage. */
const COHORT_BURST_S = 6;
/**
 * One caller's share is three times what a caller of the cohort sends on the average, so that busy ones are served, and two
 * a minute where callers send hardly anything. Five minutes of it may come at once: the rate is a mean over windows of that
 * length, and an app that is opened sends all of them in a few seconds.
 */
const CALLER_SHARE = 3;
const CALLER_LEAST_PER_MINUTE = 2;
const CALLER_BURST_S = 300;
/** Buckets of callers in each generation, 100 bytes each; one that is dropped starts full again. */
const CALLERS = 20_000;

export function createRelief(now: number): Relief {
  const ofCohort: TokenBucket = { tokens: 0, atMs: now };
  const ofCallers = createBoundedCache<TokenBucket>(CALLERS, Number.POSITIVE_INFINITY);

  return {
    take(caller, { usualPerMinute, callers }, maxRate, now) {
      const mean = callers > 0 ? usualPerMinute / callers : 0;
      const ownRate = rateOf(Math.max(CALLER_LEAST_PER_MINUTE, CALLER_SHARE * mean), CALLER_BURST_S);
      const known = ofCallers.get(caller);
      const own = known ?? fullBucket(ownRate, now);
      // Before the cohort's: whoever floods would empty that for everybody.
      if (!hasToken(own, ownRate, now)) return false;
      if (!hasToken(ofCohort, rateOf(usualPerMinute * maxRate, COHORT_BURST_S), now)) return false;
      own.tokens -= 1;
      ofCohort.tokens -= 1;
      if (known === undefined) ofCallers.set(caller, own);
      return true;
    },
  };
}

/** So many a minute, of which as many may come at once as come in `burstS` seconds, one at least. */
function rateOf(perMinute: number, burstS: number): BucketRate {
  const perSecond = perMinute / 60;
  return { perSecond, burst: Math.max(1, perSecond * burstS) };
}
