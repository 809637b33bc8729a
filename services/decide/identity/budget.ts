import { addressShare, normaliseAddress } from '../../../shared/address.ts';
import { type BoundedCache, createBoundedCache } from '../../../shared/bounded-cache.ts';
import { type BucketRate, fullBucket, hasToken, refill, type TokenBucket } from '../token-bucket.ts';

/**
 * How many bad signatures are paid for. A public-key signature costs a hundred times as much to refuse as to make up,
 * so strangers may have a few checked, not as many as they like. An address that sent a good one is held to its own bad
 * ones alone; one that sent none yet also to what its network and all newcomers do, since whoever has a network has as many
 * new addresses as signatures. What was verified before is never asked again.
 */
export interface VerificationBudget {
  /** May a signature of this address be checked? @param address as the gateway says it, `''` when it does not. */
  allows(address: string, now: number): boolean;
  /** A signature of this address was bad. */
  spend(address: string, now: number): void;
  /** A signature of this address was good: it is not held to what strangers do elsewhere. */
  earn(address: string): void;
}

/** How many bad signatures may be checked at once (`burst`), and how many come back in a second. */
export interface BudgetLimits {
  /** Of one address (IPv6: /64). */
  address: BucketRate;
  /** Of one network (/24, IPv6: /48), over its addresses that sent no good one. */
  network: BucketRate;
  /** Of all addresses that sent bad ones before and never a good one. */
  repeated: BucketRate;
  /** Of all addresses that sent neither: the first bad one of each. */
  first: BucketRate;
}

/**
 * 200 × 0.15 ms a second are 3 % of a core, 1,000 of newcomers 15 %; strangers may take 20 and 100 at once, since 200 in a row
 * hold everybody up for 30 ms when a flood begins. `test/bench/verify-flood.mjs` shows what they do.
 */
export const DEFAULT_BUDGET: BudgetLimits = {
  address: { burst: 50, perSecond: 1 },
  network: { burst: 100, perSecond: 5 },
  repeated: { burst: 20, perSecond: 200 },
  first: { burst: 100, perSecond: 1000 },
};
const ADDRESSES = 16_384;
/** Good callers are many, and whoever is forgotten here is a stranger again. */
const PROVEN = 65_536;
const NETWORKS = 4096;

export function createBudget(limits: BudgetLimits = DEFAULT_BUDGET): VerificationBudget {
  const addresses = createBoundedCache<TokenBucket>(ADDRESSES);
  const networks = createBoundedCache<TokenBucket>(NETWORKS);
  const proven = createBoundedCache<true>(PROVEN);
  const repeated = fullBucket(limits.repeated, 0);
  const first = fullBucket(limits.first, 0);

  return {
    allows(address, now) {
      const from = address === '' ? null : normaliseAddress(address);
      if (from === null) return hasToken(repeated, limits.repeated, now);
      const own = addresses.get(from.ip);
      if (own !== undefined && !hasToken(own, limits.address, now)) return false;
      if (proven.get(from.ip) === true) return true;
      const network = networks.get(from.net);
      if (network !== undefined && !hasToken(network, limits.network, now)) return false;
      return own === undefined ? hasToken(first, limits.first, now) : hasToken(repeated, limits.repeated, now);
    },
    spend(address, now) {
      const from = address === '' ? null : normaliseAddress(address);
      if (from === null) {
        take(repeated, limits.repeated, now);
        return;
      }
      const isProven = proven.get(from.ip) === true;
      if (!isProven && addresses.get(from.ip) === undefined) take(first, limits.first, now);
      else if (!isProven) take(repeated, limits.repeated, now);
      takeOf(addresses, from.ip, limits.address, now);
      if (!isProven) takeOf(networks, from.net, limits.network, now);
    },
    earn(address) {
      const key = addressShare(address);
      if (key !== '') proven.set(key, true);
    },
  };
}

function take(bucket: TokenBucket, rate: BucketRate, now: number): void {
  refill(bucket, rate, now);
  bucket.tokens = Math.max(0, bucket.tokens - 1);
}

function takeOf(buckets: BoundedCache<TokenBucket>, key: string, rate: BucketRate, now: number): void {
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    bucket = fullBucket(rate, now);
    buckets.set(key, bucket);
  }
  take(bucket, rate, now);
}
