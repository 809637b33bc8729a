import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { sipHash64 } from './sip-hash.ts';

export interface DuplicateQuestion {
  rows: readonly EventRow[];
  /**
   * `elsewhere`: the same place again is a replay of the block, not a duplicate (Kafka).
   * `anywhere`: places are new each time, so that every id that was seen is a duplicate (HTTP, files).
   */
  seen: 'elsewhere' | 'anywhere';
  /** Epoch ms at which the block was judged. */
  judgedAt: number;
}

export interface Duplicates {
  /**
   * Runs `store` (look-up and insert of a block) alone among blocks with ids of their own, so that two blocks of this
   * process cannot both miss an id that they share. Blocks without such ids do not wait.
   */
  alone<T>(rows: readonly EventRow[], store: () => Promise<T>): Promise<T>;
  /** Indexes of the rows whose id was stored in the last 24 h, or stands earlier in the block; ascending. */
  find(question: DuplicateQuestion): Promise<number[]>;
}

const RECOGNISED_S = 86_400;
/** Ids in one look-up: below the engine's limit for the text of a statement. */
const CHUNK = 4_000;

/** An id that says no more than the place needs no look-up: Kafka offsets and byte offsets come once. */
export const hasOwnId = (row: EventRow): boolean => row.event_id !== `${row.source}:${row.partition}:${row.offset}`;

/** Recognises events by `event_id`, over processes and restarts: what counts is what is stored. */
export function createDuplicates(clickhouse: ClickHouse): Duplicates {
  let last: Promise<unknown> = Promise.resolve();
  return {
    alone(rows, store) {
      if (!rows.some(hasOwnId)) return store();
      const turn = last.then(store, store);
      last = turn.catch(() => undefined);
      return turn;
    },
    async find({ rows, seen, judgedAt }) {
      const found = new Set<number>();
      const firstAt = new Map<string, number>();
      rows.forEach((row, i) => {
        if (!hasOwnId(row)) return;
        if (firstAt.has(row.event_id)) found.add(i);
        else firstAt.set(row.event_id, i);
      });
      const asked = [...firstAt].map(([id, index]) => ({ hash: sipHash64(id), index }));
      for (let from = 0; from < asked.length; from += CHUNK) {
        for (const index of await stored(clickhouse, asked.slice(from, from + CHUNK), rows, { seen, judgedAt }))
          found.add(index);
      }
      return [...found].sort((a, b) => a - b);
    },
  };
}

async function stored(
  clickhouse: ClickHouse,
  asked: readonly { hash: string; index: number }[],
  rows: readonly EventRow[],
  { seen, judgedAt }: Pick<DuplicateQuestion, 'seen' | 'judgedAt'>,
): Promise<number[]> {
  // Only numbers go into the text of the statement.
  const hashes = asked.map(({ hash }) => hash).join(',');
  const found = await clickhouse.rows<{ id: string; places: string[] }>(
    `SELECT toString(id) AS id, groupUniqArray(100)(toString(place)) AS places FROM {db}.event_ids_v1
     WHERE id IN (${hashes}) AND time >= toDateTime({from:UInt32})
     GROUP BY id`,
    { params: { from: Math.floor(judgedAt / 1000) - RECOGNISED_S } },
  );
  if (found.length === 0) return [];
  const indexOf = new Map(asked.map(({ hash, index }) => [hash, index]));
  const hits = found.flatMap(({ id, places }) => {
    const index = indexOf.get(id);
    return index === undefined ? [] : [{ index, places }];
  });
  if (seen === 'anywhere') return hits.map(({ index }) => index);
  // A block of Kafka lies in one partition: the engine makes the places from the offsets, by its own hash.
  const first = rows[hits[0]?.index ?? 0];
  if (first === undefined) return [];
  const own = await clickhouse.rows<{ place: string }>(
    `SELECT toString(sipHash64({source:String}, toUInt32({partition:UInt32}), toUInt64(offset))) AS place
     FROM (SELECT arrayJoin([${hits.map(({ index }) => rows[index]?.offset ?? 0).join(',')}]) AS offset)`,
    { params: { source: first.source, partition: first.partition } },
  );
  // A row that is stored already is a replay and stays what it was, whatever came after it.
  return hits.filter(({ places }, n) => !places.includes(own[n]?.place ?? '')).map(({ index }) => index);
}
