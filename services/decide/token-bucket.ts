/** How many tokens a bucket holds at most, and how many come back in a second. */
export interface BucketRate {
  burst: number;
  perSecond: number;
}

export interface TokenBucket {
  tokens: number;
  /** Epoch milliseconds of the last look at it. */
  atMs: number;
}

export const fullBucket = ({ burst }: BucketRate, now: number): TokenBucket => ({ tokens: burst, atMs: now });

/** Puts back what has come meanwhile; a clock that was set back gives nothing and takes nothing. */
export function refill(bucket: TokenBucket, { burst, perSecond }: BucketRate, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.atMs) / 1000) * perSecond);
  bucket.atMs = now;
}

/** Is a token in it now? It stays in: who takes it counts it off. */
export function hasToken(bucket: TokenBucket, rate: BucketRate, now: number): boolean {
  refill(bucket, rate, now);
  return bucket.tokens >= 1;
}
