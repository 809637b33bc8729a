import type { TokenKey } from './keys.ts';

/** The keys of one issuer or client: fixed, or fetched in the background and swapped whole. */
export interface KeySet {
  keys(): readonly TokenKey[];
  /** Is a key that verified something before still one of them? */
  has(key: TokenKey): boolean;
  /** Grows with each change: what was refused before may be good now. */
  version(): number;
  /** Absent: its keys may change. */
  readonly fixed?: true;
  /** False while no key was ever there. */
  ready(): boolean;
  /**
   * Tells that a token names a key that is not here. Never waits.
   * @returns true when the issuer is being asked for it, so that nothing can be said of the token yet.
   */
  missed(kid: string): boolean;
}

export function fixedKeys(keys: readonly TokenKey[]): KeySet {
  const known = new Set(keys);
  return {
    keys: () => keys,
    has: (key) => known.has(key),
    version: () => 0,
    fixed: true,
    ready: () => true,
    missed: () => false,
  };
}

/** Several sets as one, as of an issuer with shared secrets and public keys. */
export function joinedKeys(sets: readonly KeySet[]): KeySet {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only;
  let version = -1;
  let all: readonly TokenKey[] = [];
  const versionOf = () => sets.reduce((sum, set) => sum + set.version(), 0);
  return {
    keys() {
      const now = versionOf();
      if (now !== version) {
        version = now;
        all = sets.flatMap((set) => [...set.keys()]);
      }
      return all;
    },
    has: (key) => sets.some((set) => set.has(key)),
    version: versionOf,
    ready: () => sets.some((set) => set.ready()),
    missed: (kid) => sets.map((set) => set.missed(kid)).includes(true),
  };
}
