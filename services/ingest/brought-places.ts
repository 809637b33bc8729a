import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { CLAIMS, RECOGNISED_S } from './event-claims.ts';
import { sipHash64 } from './sip-hash.ts';

/** Files in which somebody else brought lines lately; more than anybody imports at a time. */
const MOST_FILES = 10_000;
/** No event id has it in front, so that an id in an event is never taken for a file. */
const MARK = '\0file:';

/** How far an import, or a letter that was sent again, brought lines of files that may be followed meanwhile. */
export interface BroughtPlaces {
  /** Rows of one file that are about to be looked for and stored; told to other processes before it resolves. */
  note(rows: readonly EventRow[], judgedAt: number): Promise<void>;
  /** May one of these rows of one file be stored already? */
  mayHold(rows: readonly EventRow[], judgedAt: number): Promise<boolean>;
}

/**
 * A follower that has met new lines takes what follows for new as well, and looks for its ids alone. An import of the
 * same file may overtake it, in this process or in another one: so it is told where lines were brought. A file is a claim
 * (`event-claims.ts`) with the end of what was brought in the place of the place: one look-up by key for each stretch.
 */
export function createBroughtPlaces(clickhouse: ClickHouse): BroughtPlaces {
  const ends = new Map<number, number>();
  const idOf = (partition: number) => sipHash64(`${MARK}${partition}`);

  function keep(partition: number, offset: number): void {
    const end = Math.max(offset, ends.get(partition) ?? 0);
    ends.delete(partition);
    ends.set(partition, end);
    const [oldest] = ends.keys();
    if (ends.size > MOST_FILES && oldest !== undefined) ends.delete(oldest);
  }

  return {
    async note(rows, judgedAt) {
      const news = new Map<number, number>();
      for (const { partition, offset } of rows)
        if (offset > (news.get(partition) ?? ends.get(partition) ?? -1)) news.set(partition, offset);
      const seconds = Math.floor(judgedAt / 1000);
      const claims = [...news].map(([partition, offset]) => [idOf(partition), String(offset), seconds]);
      if (claims.length > 0) await clickhouse.insert(CLAIMS, ['id', 'place', 'time'], claims);
      // Behind the insert: what could not be told is told when the import tries again.
      for (const [partition, offset] of news) keep(partition, offset);
    },
    async mayHold(rows, judgedAt) {
      const [first] = rows;
      if (first === undefined) return false;
      const least = rows.reduce((lowest, { offset }) => Math.min(lowest, offset), Number.POSITIVE_INFINITY);
      if (least <= (ends.get(first.partition) ?? -1)) return true;
      const [row] = await clickhouse.rows<{ n: number }>(
        `SELECT count() AS n FROM {db}.${CLAIMS}
         WHERE id = {id:UInt64} AND place >= {least:UInt64} AND time >= toDateTime({from:UInt32})`,
        {
          params: {
            id: idOf(first.partition),
            least,
            from: Math.max(0, Math.floor(judgedAt / 1000) - RECOGNISED_S),
          },
        },
      );
      return (row?.n ?? 0) > 0;
    },
  };
}
