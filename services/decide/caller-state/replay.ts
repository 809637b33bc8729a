import { createHash, randomInt } from 'node:crypto';
import type { UseOwner } from '../identity/request.ts';

/** Which single-use tokens were used. In memory, so that a decision never waits; others are told behind its back. */
export interface ReplayMemory {
  /**
   * Uses what counts once: a verified token, a proof of possession, a request signature.
   * @param name of it: a hash of what makes it one, and the same `expiresMs` each time.
   * @param expiresMs from then on it is refused as expired anyway.
   * @param owner whose share of the memory it takes.
   * @returns false when it was used before.
   */
  firstUse(name: string, expiresMs: number, now: number, owner: UseOwner): boolean;
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
  /** Whose it is in a few letters, and a hash; never a token. */
  use: string;
  untilMs: number;
}

/** Half of it for what issuers sign, half for what callers sign. About 70 MB; at tokens of five minutes 800 new ones a second. */
const MOST = 500_000;
const SLOT_MS = 60_000;
/** Longer names are hashed: strangers choose some of them. */
const LONGEST_NAME = 64;
/** Letters of an owner in a use: eight bytes, so that another owner of the same letters is not found by trying. */
const TAG = 11;
/** Of 1,024 shares of a pool; several owners may have one together. */
const SHARE_BITS = 10;
/** The latest second that the table can hold is a little after it, in 2106. */
const LATEST_MS = 4_294_000_000_000;

/**
 * Only verified tokens come here, so a stranger cannot fill it; whoever holds one key can, with proofs of his own.
 * So callers' keys share one pool and issuers another, and when a pool is full its fullest share gives way: a flood by
 * one key pushes out that key's own uses. Of a share those that expire first go, as a token that is nearly over is the
 * least worth stealing.
 */
export function createReplayMemory(most: number = MOST): ReplayMemory {
  const pools = { issuer: createPool(most / 2), key: createPool(most / 2) };
  const tags = new Map<string, string>();
  let untold: TokenUse[] = [];

  function tagOf(owner: string): string {
    let tag = tags.get(owner);
    if (tag === undefined) {
      tag = createHash('sha256').update(owner).digest('base64url').slice(0, TAG);
      if (tags.size >= 10_000) tags.clear();
      tags.set(owner, tag);
    }
    return tag;
  }
  // The table carries uses between processes: who owns one must be told by its own text.
  const poolOf = (use: string) => (use.startsWith('i') ? pools.issuer : pools.key);

  return {
    firstUse(name, expiresMs, now, owner) {
      const short = name.length <= LONGEST_NAME ? name : createHash('sha256').update(name).digest('base64url');
      const use = `${owner.kind === 'issuer' ? 'i' : 'k'}${tagOf(owner.name)}.${short}`;
      const untilMs = Math.min(expiresMs, LATEST_MS);
      if (!poolOf(use).remember(use, untilMs)) return false;
      if (untilMs > now && untold.length < most) untold.push({ use, untilMs });
      return true;
    },
    learn(use, untilMs) {
      poolOf(use).remember(use, untilMs);
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
      pools.issuer.sweep(now);
      pools.key.sweep(now);
    },
    size: () => pools.issuer.size() + pools.key.size(),
    forgotten: () => pools.issuer.forgotten() + pools.key.forgotten(),
  };
}

/** By the minute of expiry: a token's own `exp` says where to look, and what expired goes away a slot at a time. */
interface Share {
  slots: Map<number, Set<string>>;
  held: number;
}

function createPool(most: number) {
  const shares = new Map<number, Share>();
  // Drawn anew in each process: nobody can look for a key that falls into the share of somebody else.
  const salts = [randomInt(2 ** 31) * 2 + 1, randomInt(2 ** 31) * 2 + 1] as const;
  let held = 0;
  let lost = 0;

  function shareOf(use: string): Share {
    const tag = Buffer.from(use.slice(1, 1 + TAG), 'base64url');
    const word = (at: number) => (tag.length < at + 4 ? 0 : tag.readInt32LE(at));
    const number = (Math.imul(word(0), salts[0]) + Math.imul(word(4), salts[1])) >>> (32 - SHARE_BITS);
    let share = shares.get(number);
    if (share === undefined) {
      share = { slots: new Map(), held: 0 };
      shares.set(number, share);
    }
    return share;
  }

  function drop(share: Share, slot: number): number {
    const size = share.slots.get(slot)?.size ?? 0;
    share.slots.delete(slot);
    share.held -= size;
    held -= size;
    return size;
  }

  function makeRoom(): void {
    let fullest: Share | undefined;
    for (const share of shares.values()) if (share.held > (fullest?.held ?? 0)) fullest = share;
    if (fullest !== undefined) lost += drop(fullest, Math.min(...fullest.slots.keys()));
  }

  return {
    remember(use: string, untilMs: number): boolean {
      const share = shareOf(use);
      const slot = Math.ceil(untilMs / SLOT_MS);
      if (share.slots.get(slot)?.has(use) === true) return false;
      while (held >= most && held > 0) makeRoom();
      // What was just dropped may be the slot itself.
      let uses = share.slots.get(slot);
      if (uses === undefined) {
        uses = new Set();
        share.slots.set(slot, uses);
      }
      uses.add(use);
      share.held++;
      held++;
      return true;
    },
    sweep(now: number): void {
      for (const share of shares.values()) {
        for (const slot of share.slots.keys()) if (slot * SLOT_MS < now) drop(share, slot);
      }
    },
    size: () => held,
    forgotten: () => lost,
  };
}
