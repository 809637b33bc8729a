/** Who met a challenge, and when: for a while no other is asked of them. In memory, so that a decision never waits. */
export interface GraceMemory {
  /** @param caller its name. @param graceMs how long the policy of now lifts challenges. @returns null: none is lifted now. */
  at(caller: string, graceMs: number, now: number): Grace | null;
  /** Has this caller none left today? */
  isSpent(caller: string, graceMs: number, now: number): boolean;
  /** A challenge was met here. */
  add(caller: string, metMs: number): void;
  /** What another process saw met, or this one before its restart. */
  learn(met: Met): void;
  /** Met challenges that other processes have not been told of yet; taken out. */
  takeUntold(): Met[];
  /** Puts back what could not be told. */
  putBack(met: readonly Met[]): void;
  /** Forgets what was met a day ago. */
  sweep(now: number): void;
  /** Callers that are remembered. */
  size(): number;
}

export interface Met {
  caller: string;
  metMs: number;
}

export interface Grace {
  readonly metMs: number;
  readonly untilMs: number;
}

/** In any 24 hours: a day that began at midnight would give six in an hour. */
export const A_DAY = 3;
export const DAY_MS = 86_400_000;
/** About 150 bytes each. Only a genuine token that answers a nonce of ours comes here, so strangers do not. */
const MOST = 100_000;
/** Several processes may see a challenge met before they hear of each other. */
const MOST_OF_CALLER = 32;

/** A day later it is forgotten, whatever the policy says; a date has to be told of it, too. */
const lasting = (graceMs: number) => Math.min(graceMs, DAY_MS);

/** When there is no room those whose last one is longest ago are forgotten: at worst a caller is asked for less than a day's due. */
export function createGraceMemory(most: number = MOST): GraceMemory {
  /** In the order of time; callers in the order of their last one. */
  const met = new Map<string, readonly number[]>();
  let untold: Met[] = [];

  function remember(caller: string, metMs: number): boolean {
    const before = met.get(caller) ?? [];
    if (before.includes(metMs)) return false;
    const times = [...before, metMs].sort((a, b) => a - b).slice(-MOST_OF_CALLER);
    met.delete(caller);
    met.set(caller, times);
    if (met.size > most) {
      const [oldest] = met.keys();
      if (oldest !== undefined) met.delete(oldest);
    }
    return true;
  }

  /**
   * The beginnings of graces of the last day. What was met while one lasted, on a process that had not heard of it, neither begins nor
   * prolongs one.
   */
  function begun(caller: string, graceMs: number, now: number): number[] {
    const starts: number[] = [];
    for (const metMs of met.get(caller) ?? []) {
      const last = starts.at(-1);
      if (last === undefined || metMs >= last + lasting(graceMs)) starts.push(metMs);
    }
    return starts.filter((start) => start > now - DAY_MS);
  }

  return {
    at(caller, graceMs, now) {
      if (!met.has(caller)) return null;
      const metMs = begun(caller, graceMs, now).at(-1);
      if (metMs === undefined) return null;
      const untilMs = metMs + lasting(graceMs);
      return now >= untilMs ? null : { metMs, untilMs };
    },
    isSpent: (caller, graceMs, now) => begun(caller, graceMs, now).length >= A_DAY,
    add(caller, metMs) {
      if (remember(caller, metMs) && untold.length < most) untold.push({ caller, metMs });
    },
    learn({ caller, metMs }) {
      remember(caller, metMs);
    },
    takeUntold() {
      const taken = untold;
      untold = [];
      return taken;
    },
    putBack(what) {
      untold = [...what, ...untold].slice(0, most);
    },
    sweep(now) {
      // Callers stand in the order in which they were heard of, which is that of their times but for what others told late.
      for (const [caller, times] of met) {
        if ((times.at(-1) ?? 0) > now - DAY_MS) return;
        met.delete(caller);
      }
    },
    size: () => met.size,
  };
}
