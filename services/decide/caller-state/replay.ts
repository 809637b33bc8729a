import { createHash } from 'node:crypto';

/** Which single-use tokens were used. In memory, so that a decision never waits; others are told behind its back. */
export interface ReplayMemory {
  /**
   * Uses what counts once: a verified token, a proof of possession, a request signature.
   * @param name of it: a hash of what makes it one, and the same `expiresMs` each time.
   * @param expiresMs from then on it is refused as expired anyway.
   * @returns false when it was used before.
   */
  firstUse(name: string, expiresMs: number, now: number): boolean;
  /** What another process saw used, or this one before its restart. */
  learn(use: string, untilMs: number): void;
  /** Uses that other processes have not been told of yet; taken out. */
  takeUntold(): TokenUse[];
  /** Puts back what could not be told. */
  putBack(uses: readonly TokenUse[]): void;
  /** Forgets what has expired. */
  sweep(now: number): void;
  size(): number;
  /** Unexpired uses that were forgotten for lack of room. */
  forgotten(): number;
}

export interface TokenUse {
  /** A hash, never a token. */
  use: string;
  untilMs: number;
}

/** About 70 MB; at tokens of five minutes 1,600 new ones a second. */
const MOST = 500_000;
const SLOT_MS = 60_000;
/** Longer names are hashed: strangers choose some of them. */
const LONGEST_NAME = 64;
/** The latest second that the table can hold is a little after it, in 2106. */
const LATEST_MS = 4_294_000_000_000;

/**
 * Slots by the minute of expiry: a token's own `exp` says where to look, and what expired goes away a slot at a time.
 * Only verified tokens come here, so a stranger cannot fill it. When it is full, the slot that expires first goes: a
 * token that is nearly over is the least worth stealing.
 */
export function createReplayMemory(most: number = MOST): ReplayMemory {
  const slots = new Map<number, Set<string>>();
  let held = 0;
  let lost = 0;
  let untold: TokenUse[] = [];

  function remember(use: string, untilMs: number): boolean {
    const slot = Math.ceil(untilMs / SLOT_MS);
    let uses = slots.get(slot);
    if (uses?.has(use) === true) return false;
    while (held >= most) dropEarliest();
    // What was just dropped may be the slot itself.
    uses = slots.get(slot);
    if (uses === undefined) {
      uses = new Set();
      slots.set(slot, uses);
    }
    uses.add(use);
    held++;
    return true;
  }

  function drop(slot: number): number {
    const size = slots.get(slot)?.size ?? 0;
    slots.delete(slot);
    held -= size;
    return size;
  }

  function dropEarliest(): void {
    lost += drop(Math.min(...slots.keys()));
  }

  return {
    firstUse(name, expiresMs, now) {
      const use = name.length <= LONGEST_NAME ? name : createHash('sha256').update(name).digest('base64url');
      const untilMs = Math.min(expiresMs, LATEST_MS);
      if (!remember(use, untilMs)) return false;
      if (untilMs > now && untold.length < most) untold.push({ use, untilMs });
      return true;
    },
    learn(use, untilMs) {
      remember(use, untilMs);
    },
    takeUntold() {
      const taken = untold;
      untold = [];
      return taken;
    },
    putBack(uses) {
      untold = [...uses, ...untold].slice(0, most);
    },
    sweep(now) {
      for (const slot of slots.keys()) if (slot * SLOT_MS < now) drop(slot);
    },
    size: () => held,
    forgotten: () => lost,
  };
}
