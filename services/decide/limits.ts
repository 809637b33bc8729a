import { createBoundedCache } from '../../shared/bounded-cache.ts';
import type { CompiledLimit } from '../../shared/policy-routes.ts';

/** Token buckets of the policy's `limits`: the one thing that a decision leaves behind. */
export interface LimitState {
  /**
   * Takes one token of an entity.
   * @param entity scope and entity as one text.
   * @param now epoch milliseconds; never read from a clock here.
   * @returns false when the bucket is empty: the limit is exceeded.
   */
  take(limit: CompiledLimit, entity: string, now: number): boolean;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Buckets that are kept of each generation; a bucket that is dropped starts full again. */
const BUCKETS = 50_000;

export function createLimits(size: number = BUCKETS): LimitState {
  const buckets = createBoundedCache<Bucket>(size, Number.POSITIVE_INFINITY);
  return {
    take(limit, entity, now) {
      const key = `${limit.name}\0${entity}`;
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, { tokens: limit.burst - 1, atMs: now });
        return true;
      }
      // A clock that was set back gives nothing and takes nothing.
      const elapsed = Math.max(0, now - bucket.atMs) / 1000;
      bucket.tokens = Math.min(limit.burst, bucket.tokens + elapsed * limit.perSecond);
      bucket.atMs = now;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
