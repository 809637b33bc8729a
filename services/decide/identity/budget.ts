import { addressShare, normaliseAddress } from '../../../shared/address.ts';
import { type BoundedCache, createBoundedCache } from '../../../shared/bounded-cache.ts';

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

/** Bad signatures that may be checked at once, and how many come back in a second. */
export interface BudgetLimit {
  burst: number;
  perSecond: number;
}

export interface BudgetLimits {
  /** Of one address (IPv6: /64). */
  address: BudgetLimit;
  /** Of one network (/24, IPv6: /48), over its addresses that sent no good one. */
  network: BudgetLimit;
  /** Of all addresses that sent bad ones before and never a good one. */
  repeated: BudgetLimit;
  /** Of all addresses without a bad one that still counts, and never a good one. */
  first: BudgetLimit;
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

interface Bucket {
  tokens: number;
  at: number;
}

export function createBudget(limits: BudgetLimits = DEFAULT_BUDGET): VerificationBudget {
  const addresses = createBoundedCache<Bucket>(ADDRESSES);
  const networks = createBoundedCache<Bucket>(NETWORKS);
  const proven = createBoundedCache<true>(PROVEN);
  const repeated = full(limits.repeated, 0);
  const first = full(limits.first, 0);

  /** Without a bad one that still counts: none was ever sent, or the last was long ago. */
  function isNew(own: Bucket | undefined, now: number): boolean {
    if (own === undefined) return true;
    fill(own, limits.address, now);
    return own.tokens >= limits.address.burst;
  }

  return {
    allows(address, now) {
      const from = address === '' ? null : normaliseAddress(address);
      if (from === null) return has(repeated, limits.repeated, now);
      const own = addresses.get(from.ip);
      if (own !== undefined && !has(own, limits.address, now)) return false;
      if (proven.get(from.ip) === true) return true;
      const network = networks.get(from.net);
      if (network !== undefined && !has(network, limits.network, now)) return false;
      return isNew(own, now) ? has(first, limits.first, now) : has(repeated, limits.repeated, now);
    },
    spend(address, now) {
      const from = address === '' ? null : normaliseAddress(address);
      if (from === null) {
        take(repeated, limits.repeated, now);
        return;
      }
      const isProven = proven.get(from.ip) === true;
      if (!isProven && isNew(addresses.get(from.ip), now)) take(first, limits.first, now);
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

const full = ({ burst }: BudgetLimit, now: number): Bucket => ({ tokens: burst, at: now });

function fill(bucket: Bucket, { burst, perSecond }: BudgetLimit, now: number): void {
  // A clock that steps back gives nothing and takes nothing.
  if (now > bucket.at) bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
}

function has(bucket: Bucket, limit: BudgetLimit, now: number): boolean {
  fill(bucket, limit, now);
  return bucket.tokens >= 1;
}

function take(bucket: Bucket, limit: BudgetLimit, now: number): void {
  fill(bucket, limit, now);
  bucket.tokens = Math.max(0, bucket.tokens - 1);
}

function takeOf(buckets: BoundedCache<Bucket>, key: string, limit: BudgetLimit, now: number): void {
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    bucket = full(limit, now);
    buckets.set(key, bucket);
  }
  take(bucket, limit, now);
}
