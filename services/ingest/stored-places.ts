import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Placed } from './duplicates.ts';
import type { JournalEntry } from './journal.ts';

/** Lines begin with event_id, time, source, partition, offset (`EVENT_COLUMNS`). */
export function placedOf(line: string): Placed {
  const [event_id, , source, partition, offset] = JSON.parse(line) as [string, number, string, number, number];
  return { event_id, source, partition, offset };
}

/** A stretch is looked for among rows of its own days, whatever time zone it was read in before. */
const DAY_MS = 86_400_000;

/**
 * Rows of one stretch of one file whose places are stored already. A file is known by its first line and a line by its
 * byte offset: under its old name, or, rotated and packed, under another one where the times agree as well.
 */
export async function storedPlaces(clickhouse: ClickHouse, rows: readonly EventRow[]): Promise<Set<number>> {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return new Set();
  const times = rows.reduce(({ from, to }, { time }) => ({ from: Math.min(from, time), to: Math.max(to, time) }), {
    from: first.time,
    to: first.time,
  });
  const stored = await clickhouse.rows<{ offset: number; at: number; same: number }>(
    `SELECT offset, toUnixTimestamp64Milli(time) AS at, source = {source:String} AS same FROM {db}.events_raw_v1
     WHERE (source = {source:String} OR startsWith(toString(source), 'file:')) AND partition = {partition:UInt32}
       AND offset BETWEEN {from:UInt64} AND {to:UInt64}
       AND time BETWEEN fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND fromUnixTimestamp64Milli({until:Int64}, 'UTC')`,
    {
      params: {
        source: first.source,
        partition: first.partition,
        from: first.offset,
        to: last.offset,
        since: times.from - DAY_MS,
        until: times.to + DAY_MS,
      },
    },
  );
  const byName = new Set(stored.filter(({ same }) => same === 1).map(({ offset }) => offset));
  const byTime = new Set(stored.map(({ offset, at }) => `${offset} ${at}`));
  return new Set(
    rows.flatMap(({ offset, time }, i) => (byName.has(offset) || byTime.has(`${offset} ${time}`) ? [i] : [])),
  );
}

/** Blocks that the tables' deduplication windows (1,000) surely still remember. */
const SAFE_BLOCKS = 600;
/** Places in one look-up: below the engine's limit for the text of a statement. */
const ASKED = 4_000;
/** Clocks of this process and of ClickHouse may differ by this. */
const SKEW_MS = 60_000;

/**
 * A journal file that lay for long, beside other processes that went on inserting: its token may be forgotten, and the
 * raw rows must say whether it was stored.
 */
export async function isStoredOutsideWindow(
  clickhouse: ClickHouse,
  { judgedAt, lines }: JournalEntry,
): Promise<boolean> {
  const [window] = await clickhouse.rows<{ blocks: number }>(
    `SELECT uniqExact(inserted_at, toYYYYMM(time)) AS blocks FROM {db}.events_raw_v1
     WHERE inserted_at >= fromUnixTimestamp64Milli({at:Int64}, 'UTC')`,
    { params: { at: judgedAt } },
  );
  if ((window?.blocks ?? 0) <= SAFE_BLOCKS || lines.length === 0) return false;
  // Any row will do, a block is stored whole or not at all; but some may have been refused, or be another process's.
  const places = lines.slice(0, ASKED).map(placedOf);
  const [stored] = await clickhouse.rows<{ n: number }>(
    `SELECT count() AS n FROM {db}.events_raw_v1 WHERE source IN {sources:Array(String)}
       AND (partition, offset) IN (${places.map(({ partition, offset }) => `(${Number(partition)},${Number(offset)})`).join(',')})
       AND inserted_at >= fromUnixTimestamp64Milli({at:Int64}, 'UTC')`,
    { params: { sources: [...new Set(places.map(({ source }) => source))], at: judgedAt - SKEW_MS } },
  );
  return (stored?.n ?? 0) > 0;
}
