import { createBoundedCache } from '../../../shared/bounded-cache.ts';

/**
 * How long an authorization server is left alone after it failed. Who asks may choose a token that makes it fail, so a failure
 * pauses him alone at first; only when several fail, and nobody is answered in between, are all left alone, but for one question a
 * second of those that were answered before, and one of others: the first answer ends it.
 */
export interface Pauses {
  /** May this one be asked about now? Takes a probe where only those are let through. @param share who asks; null: it was active before. */
  admits(endpoint: string, share: string | null, now: number): boolean;
  /** Was this one, or everybody, paused since it was admitted? */
  pausedSince(endpoint: string, share: string | null, admittedMs: number): boolean;
  failed(endpoint: string, share: string | null, now: number): void;
  answered(endpoint: string, share: string | null): void;
  /** Forgets other endpoints than these. */
  keep(endpoints: readonly string[]): void;
  /** Endpoints that failed and have not answered since, and from when on. */
  failing(): ReadonlyMap<string, number>;
}

interface Pause {
  sinceMs: number;
  untilMs: number;
  ms: number;
}
interface Failing {
  sinceMs: number;
  /** Who asked what failed. */
  shares: Set<string | null>;
  pause: Pause | null;
  probedMs: { known: number; others: number };
}

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** From so many on it is the server that fails, and not somebody's tokens. */
const SEVERAL = 3;
const PROBE_MS = 1000;
const SHARES = 4096;

const longer = (before: Pause | null | undefined, now: number): Pause => {
  const ms = before == null ? FIRST_MS : Math.min(LONGEST_MS, before.ms * 2);
  return { sinceMs: now, untilMs: now + ms, ms };
};

export function createPauses(): Pauses {
  const own = createBoundedCache<Pause | null>(SHARES);
  const all = new Map<string, Failing>();
  // Of some requests no address is known (''); who was active before is somebody else.
  const nameOf = (endpoint: string, share: string | null) => (share === null ? endpoint : `${endpoint}\0${share}`);

  return {
    admits(endpoint, share, now) {
      if (now < (own.get(nameOf(endpoint, share))?.untilMs ?? 0)) return false;
      const failing = all.get(endpoint);
      if (failing === undefined || now >= (failing.pause?.untilMs ?? 0)) return true;
      const whose = share === null ? 'known' : 'others';
      if (now - failing.probedMs[whose] < PROBE_MS) return false;
      failing.probedMs[whose] = now;
      return true;
    },
    pausedSince(endpoint, share, admittedMs) {
      const pauses = [own.get(nameOf(endpoint, share)), all.get(endpoint)?.pause];
      return pauses.some((pause) => pause != null && pause.sinceMs > admittedMs);
    },
    failed(endpoint, share, now) {
      own.set(nameOf(endpoint, share), longer(own.get(nameOf(endpoint, share)), now));
      const failing = all.get(endpoint) ?? {
        sinceMs: now,
        shares: new Set(),
        pause: null,
        probedMs: { known: now, others: now },
      };
      all.set(endpoint, failing);
      if (failing.shares.size < SEVERAL) failing.shares.add(share);
      if (failing.shares.size < SEVERAL || now < (failing.pause?.untilMs ?? 0)) return;
      failing.pause = longer(failing.pause, now);
      failing.probedMs = { known: now, others: now };
    },
    answered(endpoint, share) {
      all.delete(endpoint);
      if (own.get(nameOf(endpoint, share)) != null) own.set(nameOf(endpoint, share), null);
    },
    keep(endpoints) {
      for (const endpoint of all.keys()) if (!endpoints.includes(endpoint)) all.delete(endpoint);
    },
    failing: () => new Map([...all].map(([endpoint, { sinceMs }]) => [endpoint, sinceMs])),
  };
}
