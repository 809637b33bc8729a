import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { JournalEntry } from './journal.ts';
import { elementOf, hasOwnId, type Placed } from './place.ts';

/** Lines begin with event_id, time, source, partition, offset (`EVENT_COLUMNS`). */
export function placedOf(line: string): Placed {
  const [event_id, , source, partition, offset] = JSON.parse(line) as [string, number, string, number, number];
  return { event_id, source, partition, offset };
}

/** A stretch is looked for among rows of its own days, whatever time zone it was read in before. */
const DAY_MS = 86_400_000;
/** Zones lie whole quarters of an hour apart; a fraction of a second may have been cut. */
const ZONE_S = 900;

/** A stored row as far as it tells its line. */
interface StoredLine extends Placed {
  at: number;
  method: string;
  path: string;
  status: number;
  client_address: string;
  response_size: number;
  request_id: string;
}

/**
 * Rows of one stretch of one file that are stored already, under whatever name the file had. A file is known by its
 * first line and a line by its byte offset; but two hosts may write files of one name that begin alike, so that the
 * line itself must be the same as well ({@link isSameLine}). Each stored row speaks for one row.
 */
export async function storedPlaces(clickhouse: ClickHouse, rows: readonly EventRow[]): Promise<Set<number>> {
  const [first] = rows;
  if (first === undefined) return new Set();
  const times = spanOf(rows.map(({ time }) => time));
  // A line that was joined of parts comes behind others that stand behind its first one.
  const offsets = spanOf(rows.map(({ offset }) => offset));
  const stored = await clickhouse.rows<StoredLine>(
    `SELECT event_id, toString(source) AS source, partition, offset, toUnixTimestamp64Milli(time) AS at,
       toString(method) AS method, path, status, client_address, response_size, request_id
     FROM {db}.events_raw_v1
     WHERE (source = {source:String} OR startsWith(toString(source), 'file:')) AND partition = {partition:UInt32}
       AND offset BETWEEN {from:UInt64} AND {to:UInt64}
       AND time BETWEEN fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND fromUnixTimestamp64Milli({until:Int64}, 'UTC')`,
    {
      params: {
        source: first.source,
        partition: first.partition,
        from: offsets.from,
        to: offsets.to,
        since: times.from - DAY_MS,
        until: times.to + DAY_MS,
      },
    },
  );
  const byOffset = new Map<number, StoredLine[]>();
  for (const line of stored) byOffset.set(line.offset, [...(byOffset.get(line.offset) ?? []), line]);
  return new Set(
    rows.flatMap((row, i) => {
      const there = byOffset.get(row.offset) ?? [];
      const found = there.findIndex((line) => isSameElement(line, row) && isSameLine(line, row));
      if (found < 0) return [];
      there.splice(found, 1);
      return [i];
    }),
  );
}

const spanOf = (numbers: readonly number[]) => ({
  from: numbers.reduce((least, n) => Math.min(least, n), Number.POSITIVE_INFINITY),
  to: numbers.reduce((most, n) => Math.max(most, n), 0),
});

/** Of several events of one record, each is known by its number, where both readings of it have one. */
function isSameElement(a: Placed, b: Placed): boolean {
  if (hasOwnId(a) || hasOwnId(b)) return !hasOwnId(a) || !hasOwnId(b) || a.event_id === b.event_id;
  return elementOf(a) === elementOf(b);
}

/**
 * What the line says, as far as no fix of a format and no setting changes how it is read: `BONAFIDE_TRUSTED_HOPS`
 * changes addresses, a key for pseudonyms changes paths, and what one reading does not have says nothing.
 */
function isSameLine(stored: StoredLine, row: EventRow): boolean {
  const agrees = <T>(a: T, b: T, absent: T) => a === b || a === absent || b === absent;
  return (
    (Math.floor(stored.at / 1000) - Math.floor(row.time / 1000)) % ZONE_S === 0 &&
    stored.method === row.method &&
    stored.status === row.status &&
    (stored.path === row.path || stored.client_address === row.client_address) &&
    agrees(stored.response_size, row.response_size, 0) &&
    agrees(stored.request_id, row.request_id, '')
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
