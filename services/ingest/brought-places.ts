import type { EventRow } from '../../schemas/event-row.ts';

/** Files in which somebody else brought lines lately; more than anybody imports at a time. */
const MOST_FILES = 10_000;

/** How far an import, or a letter that was sent again, brought lines of files that may be followed meanwhile. */
export interface BroughtPlaces {
  /** Rows of one file that are about to be stored, or are. */
  note(rows: readonly EventRow[]): void;
  /** May one of these rows of one file be stored already? */
  mayHold(rows: readonly EventRow[]): boolean;
}

/**
 * A follower that has met new lines takes what follows for new as well, and looks for its ids alone. An import of the
 * same file may overtake it: so it is told where lines were brought.
 */
export function createBroughtPlaces(): BroughtPlaces {
  const ends = new Map<number, number>();
  return {
    note(rows) {
      for (const { partition, offset } of rows) {
        const end = Math.max(offset, ends.get(partition) ?? 0);
        ends.delete(partition);
        ends.set(partition, end);
      }
      const [oldest] = ends.keys();
      if (ends.size > MOST_FILES && oldest !== undefined) ends.delete(oldest);
    },
    mayHold: (rows) => rows.some(({ partition, offset }) => offset <= (ends.get(partition) ?? -1)),
  };
}
