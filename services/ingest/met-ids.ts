import type { EventRow } from '../../schemas/event-row.ts';
import { RECOGNISED_S } from './event-claims.ts';
import { hasOwnId } from './place.ts';
import { sipHash64 } from './sip-hash.ts';

/** Ids in memory: as many as this, and once more as many that came before them (about 200 MB in all). */
const GENERATION = 1_000_000;

/**
 * Tells events that come again under an id of their own, as ingest does by a table: within 24 hours of the first one's
 * time. For logs that are read once, in memory; behind one to two million other ids an id is forgotten.
 * @param generation ids that are kept at least.
 */
export function createMetIds(generation = GENERATION): { cameBefore(row: EventRow): boolean } {
  /** Times of first ones, epoch ms. */
  let current = new Map<string, number>();
  let previous = new Map<string, number>();

  return {
    /** True when an event of this id was met; an event without an id of its own is always a new one. */
    cameBefore(row) {
      if (!hasOwnId(row)) return false;
      const id = sipHash64(row.event_id);
      const first = current.get(id) ?? previous.get(id);
      if (first !== undefined && Math.abs(row.time - first) <= RECOGNISED_S * 1000) return true;
      current.set(id, row.time);
      if (current.size >= generation) {
        previous = current;
        current = new Map();
      }
      return false;
    },
  };
}
