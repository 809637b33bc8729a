import { randomBytes } from 'node:crypto';
import type { EventRow } from '../../schemas/event-row.ts';
import { createKeyedShare } from '../../shared/keyed-hash.ts';
import type { Metrics } from '../../shared/metrics.ts';

/** Bounds how many addresses and networks can get rows in the roll-ups, however many an attacker sends from. */
export interface FloodGate {
  /** Takes `ip` and `net` out of a row whose address or network gets no row of its own yet. */
  pass(row: EventRow): void;
}

export interface FloodLimits {
  /** Addresses, and networks, that were not met before and get rows at once, per minute of event time. */
  newPerMinute: number;
  /** Beyond that, one gets a row with its n-th request within a minute or so. */
  requests: number;
}

const LIMITS: FloodLimits = { newPerMinute: 100_000, requests: 8 };
const MINUTE_MS = 60_000;
/** Half a day of the known; fewer when many come. */
const GENERATION_MINUTES = 720;
const GENERATION_SIZE = 1_500_000;
const FILTER_BITS = 2 ** 24;
const COUNTERS = 2 ** 20;
const HASHES = 4;

/**
 * A million addresses a minute that come once each would make a million rows a minute, and push real users out of
 * caches and memory. Who was met in the last half day passes (two Bloom filters that take turns: Bloom 1970), and so
 * does who shows a genuine token. Newcomers pass while there are not too many; after that they are counted in a
 * count-min sketch with conservative update (Cormode and Muthukrishnan 2005; Estan and Varghese 2002) and pass with
 * their 8th request, so that whoever does much gets a row and whoever comes once does not. Hashes are keyed: nobody can
 * choose addresses that collide. Memory is fixed: 16 MiB. The event itself is stored in full, with `client_address`.
 */
export function createFloodGate(metrics: Metrics, limits: FloodLimits = LIMITS): FloodGate {
  const kept = metrics.counter('bonafide_ingest_flood_total', 'Events whose address or network got no row of its own');
  const ips = createNewcomers(limits);
  const nets = createNewcomers(limits);
  return {
    pass(row) {
      const genuine = row.attestation_status === 'genuine';
      if (!ips.admit(row.ip, row.time, genuine)) {
        row.ip = '';
        kept.add(1, { kind: 'ip' });
      }
      if (!nets.admit(row.net, row.time, genuine)) {
        row.net = '';
        kept.add(1, { kind: 'net' });
      }
    },
  };
}

function createNewcomers({ newPerMinute, requests }: FloodLimits) {
  const [first, second] = [keyed(), keyed()];
  const slots = new Uint32Array(HASHES);
  let current = new Uint8Array(FILTER_BITS / 8);
  let previous = new Uint8Array(FILTER_BITS / 8);
  let inCurrent = 0;
  const counters = Array.from({ length: HASHES }, () => new Uint8Array(COUNTERS));
  let minute = 0;
  let generation = 0;
  let left = newPerMinute;

  function hash(id: string): void {
    const [a, b] = [first(id), second(id) | 1];
    for (let i = 0; i < HASHES; i++) slots[i] = (a + Math.imul(i, b)) >>> 0;
  }
  const has = (filter: Uint8Array) =>
    slots.every((slot) => ((filter[(slot % FILTER_BITS) >>> 3] ?? 0) & (1 << (slot & 7))) !== 0);

  function remember(): void {
    for (const slot of slots) {
      const at = (slot % FILTER_BITS) >>> 3;
      current[at] = (current[at] ?? 0) | (1 << (slot & 7));
    }
    inCurrent++;
  }

  /** Counts one more request; the smallest counters alone grow. */
  function count(): number {
    let least = 255;
    for (const [i, row] of counters.entries()) least = Math.min(least, row[(slots[i] ?? 0) % COUNTERS] ?? 0);
    if (least === 255) return least;
    for (const [i, row] of counters.entries()) {
      const at = (slots[i] ?? 0) % COUNTERS;
      if (row[at] === least) row[at] = least + 1;
    }
    return least + 1;
  }

  /** Time of events, not of the clock: a backlog that is caught up brings many minutes in one. */
  function advance(timeMs: number): void {
    const now = Math.floor(timeMs / MINUTE_MS);
    if (now <= minute) return;
    if (left < newPerMinute) {
      const shift = Math.min(7, now - minute);
      for (const row of counters) for (let i = 0; i < COUNTERS; i++) row[i] = (row[i] ?? 0) >>> shift;
    }
    minute = now;
    left = newPerMinute;
    if (minute - generation < GENERATION_MINUTES && inCurrent < GENERATION_SIZE) return;
    generation = minute;
    [current, previous] = [previous, current];
    current.fill(0);
    inCurrent = 0;
  }

  return {
    admit(id: string, timeMs: number, genuine: boolean): boolean {
      if (id === '') return true;
      advance(timeMs);
      hash(id);
      if (has(current)) return true;
      const known = has(previous);
      if (!known && !genuine) {
        if (left > 0) left--;
        else if (count() < requests) return false;
      }
      remember();
      return true;
    },
  };
}

/** 32 bits of a text under a key of this process's own. */
function keyed(): (text: string) => number {
  const share = createKeyedShare(randomBytes(16).toString('hex'));
  return (text) => (share(text) * 4_294_967_296) >>> 0;
}
