import type { EventRow } from '../../schemas/event-row.ts';
import { RECOGNISED_S } from './event-claims.ts';
import { hasOwnId } from './place.ts';
import { sipHash64 } from './sip-hash.ts';

/** Ids in memory: as many as this, and once more as many that came before them (about 200 MB in all). */
const GENERATION = 1_000_000;

/** Where an event stood in logs that are read in a row. */
export interface LogPlace {
  /** Number of the file, from 0. */
  file: number;
  /** Byte in its unpacked text, from 0. */
  offset: number;
}

/** @see createMetIds */
export interface MetIds {
  /**
   * Where the event of this id stood first; undefined when this is a new one, as one without an id of its own always is.
   * The file is the `partition` of the row.
   */
  firstOf(row: EventRow): LogPlace | undefined;
}

/**
 * Tells events that come again under an id of their own, as ingest does by a table: within 24 hours of the first one's
 * time. For logs that are read once, in memory; behind one to two million other ids an id is forgotten.
 * @param generation ids that are kept at least.
 */
export function createMetIds(generation = GENERATION): MetIds {
  let current = createGeneration(generation);
  let previous = createGeneration(0);

  return {
    firstOf(row) {
      if (!hasOwnId(row)) return undefined;
      const id = sipHash64(row.event_id);
      const first = current.get(id) ?? previous.get(id);
      if (first !== undefined && Math.abs(row.time - first.time) <= RECOGNISED_S * 1000) return first;
      current.set(id, row);
      if (current.size() >= generation) {
        previous = current;
        current = createGeneration(generation);
      }
      return undefined;
    },
  };
}

/** Numbers of one id: time as epoch ms, file, offset. */
const NUMBERS = 3;

/** Times and places by id, in a third of the memory that objects would take. */
function createGeneration(most: number) {
  const rows = new Map<string, number>();
  const numbers = new Float64Array(NUMBERS * most);
  return {
    size: () => rows.size,
    get(id: string): (LogPlace & { time: number }) | undefined {
      const row = rows.get(id);
      if (row === undefined) return undefined;
      const [time = 0, file = 0, offset = 0] = numbers.subarray(NUMBERS * row, NUMBERS * (row + 1));
      return { time, file, offset };
    },
    set(id: string, { time, partition, offset }: EventRow): void {
      const row = rows.get(id) ?? rows.size;
      rows.set(id, row);
      numbers.set([time, partition, offset], NUMBERS * row);
    },
  };
}
