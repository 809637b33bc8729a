import { normaliseAddress } from '../../../shared/address.ts';
import { type BoundedCache, createBoundedCache } from '../../../shared/bounded-cache.ts';
import { type BucketRate, fullBucket, refill, type TokenBucket } from '../token-bucket.ts';

/**
 * How many bad signatures are paid for. A public-key signature costs a hundred times as much to refuse as to make up,
 * so strangers may have a few checked, not as many as they like. An address that sent a good one is held to its own bad
 * ones alone; one that sent none yet also to what its network and all newcomers do, since whoever has a network has as many
 * new addresses as signatures. What was verified before is never asked again.
 *
 * Thousands may share an address, and one of them may spend what it has. So whoever is named by a signature that was good
 * before (an installation, a user, a key) has a few bad ones of its own, wherever it is; and where good ones came from, there
 * are some in common for those who are new.
 */
export interface VerificationBudget {
  /**
   * May a signature be checked?
   * @param keys how many will have been tried for it then: each costs as much as the first. @default 1
   */
  allows(signer: Signer, now: number, keys?: number): boolean;
  /** A signature was bad, by as many keys as were allowed last. */
  spend(signer: Signer, now: number, keys?: number): void;
  /** A signature was good: neither its address nor whom it names is held to what strangers do. */
  earn(signer: Signer): void;
}

/** Whose signature it is said to be. */
export interface Signer {
  /** As the gateway says it, `''` when it does not. */
  readonly address: string;
  /** Whom the signature would prove, believed by nobody before; `''`: nobody. Asked for where the address has nothing left. */
  name(): string;
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
  /** In the name of one whose signature was good before. */
  name: BucketRate;
  /** In all those names together. */
  names: BucketRate;
  /** Of all addresses that sent good ones, beyond what each has. */
  proven: BucketRate;
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
  name: { burst: 5, perSecond: 0.2 },
  names: { burst: 20, perSecond: 100 },
  proven: { burst: 20, perSecond: 100 },
};
const ADDRESSES = 16_384;
/** Good callers are many, and whoever is forgotten here is a stranger again. */
const PROVEN = 65_536;
const NETWORKS = 4096;
/** One that is forgotten shares what its address has. */
const NAMES = 65_536;
const LONGEST_NAME = 256;

/** What is paid from, all of it together. */
type Purse = readonly { bucket: TokenBucket; rate: BucketRate }[];

export function createBudget(limits: BudgetLimits = DEFAULT_BUDGET): VerificationBudget {
  const addresses = createBoundedCache<TokenBucket>(ADDRESSES);
  const networks = createBoundedCache<TokenBucket>(NETWORKS);
  const provenAddresses = createBoundedCache<true>(PROVEN);
  const provenNames = createBoundedCache<TokenBucket>(NAMES, LONGEST_NAME);
  const common = (rate: BucketRate) => ({ bucket: fullBucket(rate, 0), rate });
  const repeated = common(limits.repeated);
  const first = common(limits.first);
  const names = common(limits.names);
  const proven = common(limits.proven);

  /** @param keep whether the address is to be known from now on. */
  function ownPurse(from: Origin | null, now: number, keep: boolean): Purse {
    if (from === null) return [repeated];
    const of = (cache: BoundedCache<TokenBucket>, key: string, rate: BucketRate) => {
      let bucket = cache.get(key);
      if (bucket === undefined) {
        bucket = fullBucket(rate, now);
        if (keep) cache.set(key, bucket);
      }
      return { bucket, rate };
    };
    const isNew = addresses.get(from.ip) === undefined;
    const own = of(addresses, from.ip, limits.address);
    if (provenAddresses.get(from.ip) === true) return [own];
    return [own, of(networks, from.net, limits.network), isNew ? first : repeated];
  }

  /** Whoever else pays where the address has too little; null: nobody. */
  function otherPurse(from: Origin | null, signer: Signer, now: number, keys: number): Purse | null {
    const name = signer.name();
    const bucket = name === '' ? undefined : provenNames.get(name);
    if (bucket !== undefined) {
      const purse = [{ bucket, rate: limits.name }, names];
      if (holds(purse, now, keys)) return purse;
    }
    return from !== null && provenAddresses.get(from.ip) === true && holds([proven], now, keys) ? [proven] : null;
  }

  return {
    allows(signer, now, keys = 1) {
      const from = originOf(signer.address);
      return holds(ownPurse(from, now, false), now, keys) || otherPurse(from, signer, now, keys) !== null;
    },
    spend(signer, now, keys = 1) {
      const from = originOf(signer.address);
      const own = ownPurse(from, now, true);
      const purse = holds(own, now, keys) ? own : (otherPurse(from, signer, now, keys) ?? own);
      for (const { bucket } of purse) bucket.tokens = Math.max(0, bucket.tokens - keys);
    },
    earn(signer) {
      const from = originOf(signer.address);
      if (from !== null) provenAddresses.set(from.ip, true);
      const name = signer.name();
      if (name !== '' && provenNames.get(name) === undefined) provenNames.set(name, fullBucket(limits.name, 0));
    },
  };
}

/** Name of whoever holds a key; `''`: there is none. */
export const boundKey = (thumbprint: string): string => (thumbprint === '' ? '' : `key ${thumbprint}`);

type Origin = NonNullable<ReturnType<typeof normaliseAddress>>;
const originOf = (address: string): Origin | null => (address === '' ? null : normaliseAddress(address));

function holds(purse: Purse, now: number, keys: number): boolean {
  for (const { bucket, rate } of purse) {
    refill(bucket, rate, now);
    if (bucket.tokens < keys) return false;
  }
  return true;
}
