import { createBoundedCache } from '../../shared/bounded-cache.ts';
import type { CompiledLimit } from '../../shared/policy-routes.ts';
import { fullBucket, hasToken, type TokenBucket } from './token-bucket.ts';

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

/** Buckets that are kept of each generation; a bucket that is dropped starts full again. */
const BUCKETS = 50_000;

export function createLimits(size: number = BUCKETS): LimitState {
  const buckets = createBoundedCache<TokenBucket>(size, Number.POSITIVE_INFINITY);
  return {
    take(limit, entity, now) {
      const key = `${limit.name}\0${entity}`;
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = fullBucket(limit, now);
        buckets.set(key, bucket);
      }
      if (!hasToken(bucket, limit, now)) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
