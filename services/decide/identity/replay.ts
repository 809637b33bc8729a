import type { IdentityHooks } from './request.ts';

/** Names that are remembered at once; the oldest half is dropped when there are more. */
const MOST = 200_000;

/**
 * The hooks of a process alone: what it saw itself counts once, and nothing is taken back.
 * Names are hashes of equal length, so the memory has a bound: about 20 MB.
 */
export function createLocalHooks(): IdentityHooks {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  return {
    revoked: () => false,
    firstUse(name, untilMs, now) {
      const until = young.get(name) ?? old.get(name);
      if (until !== undefined && until >= now) return false;
      if (young.size >= MOST / 2) {
        old = young;
        young = new Map();
      }
      young.set(name, untilMs);
      return true;
    },
  };
}
