import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { CHUNK, createEventClaims, RECOGNISED_S } from './event-claims.ts';
import { hasOwnId, type Placed, placeText } from './place.ts';
import { sipHash64 } from './sip-hash.ts';

export interface DuplicateQuestion {
  rows: readonly Placed[];
  /**
   * `elsewhere`: the same place again is a replay of the block, not a duplicate (Kafka, a block of the journal).
   * `anywhere`: places are new, so that every id that was seen is a duplicate.
   */
  seen: 'elsewhere' | 'anywhere';
  /** Epoch ms at which the block was judged. */
  judgedAt: number;
}

export interface Duplicates {
  /**
   * Runs `store` (look-up and insert of a block) alone among blocks with ids of their own that come this way, so that
   * they do not claim from each other. Blocks without such ids do not wait.
   */
  alone<T>(rows: readonly Placed[], store: () => Promise<T>): Promise<T>;
  /** Indexes of the rows whose id was stored in the last 24 h, or stands earlier in the block; ascending. */
  find(question: DuplicateQuestion): Promise<number[]>;
  /**
   * The same, and decides with other processes which may be storing one of the ids at this moment. To be asked when
   * the block is durable, right before its insert: what is not answered is this block's to store.
   */
  settle(question: DuplicateQuestion): Promise<Settled>;
}

export interface Settled {
  /** As {@link Duplicates.find} answers. */
  twice: number[];
  /** @throws Unsettled when it was decided so long ago that another process may have given up waiting for this one. */
  assertFresh(): void;
}

/** An insert must not begin on a decision that is too old. */
export class Unsettled extends Error {
  constructor() {
    super('Another process may have stored an event id meanwhile.');
    this.name = 'Unsettled';
  }
}

/** How long a process waits for one that claimed an id before it: behind that it is taken for dead. */
const PATIENCE_MS = 30_000;
/** A decision is good for so much of the others' patience. */
const FRESH_SHARE = 1 / 3;
const LOOK_EACH_MS = 100;

/** Recognises events by `event_id`, over processes and restarts: what counts is what is stored. */
export function createDuplicates(clickhouse: ClickHouse, patienceMs = PATIENCE_MS): Duplicates {
  const claims = createEventClaims(clickhouse);
  let last: Promise<unknown> = Promise.resolve();

  /** Rows that came before, and those that stand stored at their own place already. */
  async function recognise({ rows, seen, judgedAt }: DuplicateQuestion) {
    const twice = new Set<number>();
    const replayed = new Set<number>();
    const firstAt = new Map<string, number>();
    rows.forEach((row, i) => {
      if (!hasOwnId(row)) return;
      if (firstAt.has(row.event_id)) twice.add(i);
      else firstAt.set(row.event_id, i);
    });
    const asked = new Map([...firstAt].map(([id, index]) => [sipHash64(id), index]));
    for (const { index, here } of await stored(clickhouse, asked, rows, { seen, judgedAt }))
      (here ? replayed : twice).add(index);
    return { twice, replayed, asked };
  }

  return {
    alone(rows, store) {
      if (!rows.some(hasOwnId)) return store();
      const turn = last.then(store, store);
      last = turn.catch(() => undefined);
      return turn;
    },
    async find(question) {
      return ascending((await recognise(question)).twice);
    },
    async settle(question) {
      const { rows, judgedAt } = question;
      const { twice, replayed, asked } = await recognise(question);
      // A row that is stored already is a replay and stays what it was, whatever came after it.
      const open = [...asked].filter(([, index]) => !twice.has(index) && !replayed.has(index));
      let decidedAt = performance.now();
      if (open.length > 0) {
        const ids = open.flatMap(([id, index]) => {
          const row = rows[index];
          return row === undefined ? [] : [{ id, place: placeText(row) }];
        });
        const indexOf = new Map(open);
        let waiting = new Map(
          (await claims.claim(ids, judgedAt)).flatMap((id) => {
            const index = indexOf.get(id);
            return index === undefined ? [] : [[id, index] as const];
          }),
        );
        const until = performance.now() + patienceMs;
        for (;;) {
          if (waiting.size === 0) break;
          decidedAt = performance.now();
          for (const { index, here } of await stored(clickhouse, waiting, rows, { seen: 'elsewhere', judgedAt })) {
            if (!here) twice.add(index);
            waiting = new Map([...waiting].filter(([, each]) => each !== index));
          }
          if (waiting.size === 0 || performance.now() > until) break;
          await new Promise((resolve) => setTimeout(resolve, LOOK_EACH_MS));
        }
      }
      return {
        twice: ascending(twice),
        assertFresh() {
          if (asked.size > 0 && performance.now() - decidedAt > patienceMs * FRESH_SHARE) throw new Unsettled();
        },
      };
    },
  };
}

const ascending = (indexes: ReadonlySet<number>): number[] => [...indexes].sort((a, b) => a - b);

/** Those of the ids that are stored; `here`: at the very place of the row. */
async function stored(
  clickhouse: ClickHouse,
  asked: ReadonlyMap<string, number>,
  rows: readonly Placed[],
  { seen, judgedAt }: Pick<DuplicateQuestion, 'seen' | 'judgedAt'>,
): Promise<{ index: number; here: boolean }[]> {
  const all = [...asked];
  const hits: { index: number; here: boolean }[] = [];
  for (let from = 0; from < all.length; from += CHUNK) {
    // Only numbers go into the text of the statement.
    const hashes = all.slice(from, from + CHUNK).map(([hash]) => hash);
    const found = await clickhouse.rows<{ id: string; places: string[] }>(
      `SELECT toString(id) AS id, groupUniqArray(100)(toString(place)) AS places FROM {db}.event_ids_v1
       WHERE id IN (${hashes.join(',')}) AND time >= toDateTime({from:UInt32})
       GROUP BY id`,
      { params: { from: Math.floor(judgedAt / 1000) - RECOGNISED_S } },
    );
    const known = found.flatMap(({ id, places }) => {
      const index = asked.get(id);
      return index === undefined ? [] : [{ index, places }];
    });
    const own = seen === 'anywhere' ? [] : await placesOf(clickhouse, known, rows);
    hits.push(...known.map(({ index, places }, n) => ({ index, here: places.includes(own[n] ?? '') })));
  }
  return hits;
}

/** The engine makes the places by its own hash, as the view of the table does. */
async function placesOf(
  clickhouse: ClickHouse,
  known: readonly { index: number }[],
  rows: readonly Placed[],
): Promise<string[]> {
  if (known.length === 0) return [];
  const sources = [...new Set(known.map(({ index }) => rows[index]?.source ?? ''))];
  const places = known.map(({ index }) => {
    const row = rows[index];
    return row === undefined ? '(1,0,0)' : `(${sources.indexOf(row.source) + 1},${row.partition},${row.offset})`;
  });
  const hashed = await clickhouse.rows<{ place: string }>(
    `SELECT toString(sipHash64({sources:Array(String)}[at.1], toUInt32(at.2), toUInt64(at.3))) AS place
     FROM (SELECT arrayJoin([${places.join(',')}]) AS at)`,
    { params: { sources } },
  );
  return hashed.map(({ place }) => place);
}
