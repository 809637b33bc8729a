import { randomBytes } from 'node:crypto';
import { createKeyedShare } from '../../shared/keyed-hash.ts';

export interface FloodLimits {
  /** Ids of one kind that were not met before and get rows at once, per minute of event time. */
  newPerMinute: number;
  /** Beyond that, one gets a row with its n-th request within a minute or so. */
  requests: number;
  /** Of those met lately, so many are remembered in a generation. */
  lately: number;
}

/** Tells who is known, and lets in so many others. */
export interface Newcomers {
  /**
   * Whether this id may have a row of its own.
   * @param timeMs time of the event, epoch ms. @param proven what it did shows that it is no invention.
   */
  admit(id: string, timeMs: number, proven: boolean): boolean;
  /** It was known before this process began. */
  know(id: string): void;
}

const MINUTE_MS = 60_000;
/** Half a day of the known. */
const GENERATION_MINUTES = 720;
/**
 * Who is reserved half a day of being known, whatever comes meanwhile: so many who were met once while no flood was, so many
 * with those who came again in another minute, so many with those who were reserved half a day before.
 */
const RESERVED = { once: 300_000, again: 700_000, before: 1_200_000 };
const FILTER_BITS = 2 ** 24;
const MINUTE_BITS = 2 ** 20;
const COUNTERS = 2 ** 20;
const HASHES = 4;

/**
 * Two pairs of Bloom filters that take turns (Bloom 1970). The one of those met lately turns when it is full, so a flood
 * can wash it out; the reserve turns by time alone, and who comes in a minute of flood does not get into it. After the
 * minute's newcomers, others are counted in a count-min sketch with conservative update (Cormode and Muthukrishnan 2005;
 * Estan and Varghese 2002). Hashes are keyed: nobody can choose ids that collide. Memory is fixed: 13 MiB.
 */
export function createNewcomers({ newPerMinute, requests, lately: mostLately }: FloodLimits): Newcomers {
  const [first, second] = [keyed(), keyed()];
  const slots = new Uint32Array(HASHES);
  const lately = createFilters();
  const reserve = createFilters();
  const thisMinute = new Uint8Array(MINUTE_BITS / 8);
  // Hashes of this minute's newcomers, until it is known whether it was one of a flood.
  const waiting = new Uint32Array(2 * newPerMinute);
  let waits = 0;
  const counters = new Uint8Array(HASHES * COUNTERS);
  let minute = 0;
  let wasCalm = true;
  let left = newPerMinute;

  function place(a: number, b: number): void {
    for (let i = 0; i < HASHES; i++) slots[i] = (a + Math.imul(i, b)) >>> 0;
  }

  /** Counts one more request; the smallest counters alone grow. */
  function count(): number {
    let least = 255;
    for (let i = 0; i < HASHES; i++) least = Math.min(least, counters[counterAt(i)] ?? 0);
    if (least === 255) return least;
    for (let i = 0; i < HASHES; i++) if (counters[counterAt(i)] === least) counters[counterAt(i)] = least + 1;
    return least + 1;
  }
  const counterAt = (i: number) => i * COUNTERS + ((slots[i] ?? 0) & (COUNTERS - 1));

  /** Time of events, not of the clock: a backlog that is caught up brings many minutes in one. */
  function advance(timeMs: number): void {
    const now = Math.floor(timeMs / MINUTE_MS);
    if (now <= minute) return;
    wasCalm = left > 0;
    if (!wasCalm) {
      const shift = Math.min(7, now - minute);
      for (let i = 0; i < counters.length; i++) counters[i] = (counters[i] ?? 0) >>> shift;
    }
    lately.turn(now, mostLately);
    reserve.turn(now, Number.POSITIVE_INFINITY);
    if (wasCalm)
      for (let i = 0; i < waits && reserve.size() < RESERVED.once; i++) {
        place(waiting[2 * i] ?? 0, waiting[2 * i + 1] ?? 0);
        if (!reserve.inCurrent(slots)) reserve.add(slots);
      }
    waits = 0;
    thisMinute.fill(0);
    minute = now;
    left = newPerMinute;
  }

  /** Somebody known: who comes again in another minute is reserved, unless a flood does the same. */
  function again(proven: boolean): void {
    const calm = wasCalm && left > 0 && !has(thisMinute, slots, MINUTE_BITS);
    if ((proven || calm) && reserve.size() < RESERVED.again) reserve.add(slots);
  }

  function isNew(a: number, b: number, budgeted: boolean): void {
    set(thisMinute, slots, MINUTE_BITS);
    if (!budgeted || waits >= newPerMinute) return;
    waiting[2 * waits] = a;
    waiting[2 * waits + 1] = b;
    waits++;
  }

  return {
    admit(id, timeMs, proven) {
      if (id === '') return true;
      advance(timeMs);
      const [a, b] = [first(id), second(id) | 1];
      place(a, b);
      if (reserve.inCurrent(slots)) return true;
      if (reserve.inPrevious(slots)) {
        if (reserve.size() < RESERVED.before) reserve.add(slots);
        return true;
      }
      const isKnown = lately.inCurrent(slots) || lately.inPrevious(slots);
      const budgeted = left > 0;
      if (isKnown || proven) again(proven);
      else if (budgeted) left--;
      else if (count() < requests) return false;
      if (!isKnown) isNew(a, b, budgeted);
      if (!lately.inCurrent(slots)) lately.add(slots);
      return true;
    },
    know(id) {
      if (id === '' || reserve.size() >= RESERVED.before) return;
      place(first(id), second(id) | 1);
      if (!reserve.inCurrent(slots)) reserve.add(slots);
    },
  };
}

/** Two Bloom filters that take turns. */
function createFilters() {
  let current = new Uint8Array(FILTER_BITS / 8);
  let previous = new Uint8Array(FILTER_BITS / 8);
  let inCurrent = 0;
  let began = 0;
  return {
    inCurrent: (slots: Uint32Array) => has(current, slots, FILTER_BITS),
    inPrevious: (slots: Uint32Array) => has(previous, slots, FILTER_BITS),
    size: () => inCurrent,
    add(slots: Uint32Array): void {
      set(current, slots, FILTER_BITS);
      inCurrent++;
    },
    turn(minute: number, size: number): void {
      // What is known from before the first event belongs to the generation that begins with it.
      if (began === 0) began = minute;
      if (minute - began < GENERATION_MINUTES && inCurrent < size) return;
      began = minute;
      [current, previous] = [previous, current];
      current.fill(0);
      inCurrent = 0;
    },
  };
}

function has(filter: Uint8Array, slots: Uint32Array, bits: number): boolean {
  for (let i = 0; i < HASHES; i++) {
    const slot = (slots[i] ?? 0) & (bits - 1);
    if (((filter[slot >>> 3] ?? 0) & (1 << (slot & 7))) === 0) return false;
  }
  return true;
}

function set(filter: Uint8Array, slots: Uint32Array, bits: number): void {
  for (let i = 0; i < HASHES; i++) {
    const slot = (slots[i] ?? 0) & (bits - 1);
    filter[slot >>> 3] = (filter[slot >>> 3] ?? 0) | (1 << (slot & 7));
  }
}

/** 32 bits of a text under a key of this process's own. */
function keyed(): (text: string) => number {
  const share = createKeyedShare(randomBytes(16).toString('hex'));
  return (text) => (share(text) * 4_294_967_296) >>> 0;
}
