import { randomUUID } from 'node:crypto';
import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { EVENT_SELECT } from './row.ts';

/** How one block was cut from a partition: offsets of its first and last message. */
export interface Cut {
  epoch: number;
  first: number;
  last: number;
  /** Epoch ms: the block is judged by this time, now and when it comes again. */
  judgedAt: number;
  /** It was stored, and nothing of it stands: all of its rows were erased. */
  erased?: boolean;
}

export interface Claim {
  partition: number;
  epoch: number;
  /** The cut that was written last, by whomever; null when there is none. */
  lastCut: Cut | null;
}

/** A newer claim stands: what this process holds of the partition is void. */
export class Superseded extends Error {
  constructor(topic: string, partition: number) {
    super(`Partition ${partition} of ${topic} has a newer owner.`);
    this.name = 'Superseded';
  }
}

export interface Cuts {
  /** Takes the partition over: from its return on, every earlier owner finds itself superseded before it inserts. */
  claim(partition: number): Promise<Claim>;
  /** Writes the cut down, before its block is inserted. */
  write(partition: number, cut: Cut, more: { newestMs: number; behind: number }): Promise<void>;
  /** @throws Superseded when somebody claimed the partition after this claim. */
  assertOurs(claim: Claim): Promise<void>;
  /** Is the deduplication window surely still open for a block of that time? */
  withinWindow(judgedAt: number): Promise<boolean>;
  /** Highest offset of the partition that was ever stored, or null. */
  storedUpTo(partition: number): Promise<number | null>;
  /** The rows of a cut that stand in the raw table, as they were inserted. */
  rowsOf(partition: number, cut: Cut): Promise<EventRow[]>;
}

/** Blocks that may have come since, of the 1,000 that the tables remember. */
const SAFE_BLOCKS = 600;
/** The clocks of a worker and of ClickHouse may differ by this. */
const SKEW_MS = 5_000;
/** Clocks of workers may differ by this: a rival's claim bears its own clock's time. */
const CLAIM_SKEW_MS = 600_000;
const TABLE = 'ingest_cuts_v1';
const COLUMNS = ['topic', 'partition', 'epoch', 'owner', 'first', 'last', 'newest_ms', 'behind', 'written_at'];

/**
 * The ledger that makes blocks form again as they were (docs/exactly-once.md).
 * @param clickhouse a lane of its own, so that a claim is not stuck behind a block.
 */
export function createCuts({
  clickhouse,
  topic,
  clock,
}: {
  clickhouse: ClickHouse;
  topic: string;
  clock: Clock;
}): Cuts {
  const owner = randomUUID();
  /** When a partition had no rival last: claims before that were seen already. */
  const checked = new Map<number, number>();
  /** Settles with the newest claim of a partition. */
  const claiming = new Map<number, Promise<void>>();
  const at = (partition: number) => ({ topic, partition, owner });
  /** Text of a `DateTime64(6)`. */
  const writtenAt = (ms: number): string => (ms / 1000).toFixed(6);

  async function highestEpoch(partition: number): Promise<number> {
    const [row] = await clickhouse.rows<{ epoch: number }>(
      `SELECT max(epoch) AS epoch FROM {db}.${TABLE} WHERE topic = {topic:String} AND partition = {partition:UInt32}`,
      { params: at(partition) },
    );
    return row?.epoch ?? 0;
  }

  async function rivals(partition: number, epoch: number, sinceMs: number): Promise<number> {
    const [row] = await clickhouse.rows<{ rivals: number }>(
      `SELECT count() AS rivals FROM {db}.${TABLE}
       WHERE topic = {topic:String} AND partition = {partition:UInt32}
         AND written_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
         AND (epoch > {epoch:UInt64} OR (epoch = {epoch:UInt64} AND owner != {owner:String}))`,
      { params: { ...at(partition), epoch, since: sinceMs } },
    );
    return row?.rivals ?? 0;
  }

  async function lastCut(partition: number, below: number): Promise<Cut | null> {
    const [row] = await clickhouse.rows<{ epoch: number; first: number; last: number; judged: number; erased: number }>(
      `SELECT epoch, first, last, toUnixTimestamp64Milli(written_at) AS judged, erased FROM {db}.${TABLE}
       WHERE topic = {topic:String} AND partition = {partition:UInt32} AND last >= first AND epoch < {below:UInt64}
       ORDER BY epoch DESC, first DESC, erased DESC LIMIT 1`,
      { params: { ...at(partition), below } },
    );
    if (row === undefined) return null;
    const { epoch, first, last, judged, erased } = row;
    return { epoch, first, last, judgedAt: judged, ...(erased === 1 ? { erased: true } : {}) };
  }

  async function take(partition: number): Promise<Claim> {
    for (;;) {
      const epoch = (await highestEpoch(partition)) + 1;
      // A claim is a cut of nothing: `last` below `first`.
      await clickhouse.insert(TABLE, COLUMNS, [[topic, partition, epoch, owner, 1, 0, 0, 0, writtenAt(clock.now())]]);
      // Two that claim at once see each other and go on to the next epoch.
      if ((await rivals(partition, epoch, 0)) === 0)
        return { partition, epoch, lastCut: await lastCut(partition, epoch) };
    }
  }

  return {
    async claim(partition) {
      // One owner does not see itself as a rival: its own claims of a partition come one after another.
      const turn = (claiming.get(partition) ?? Promise.resolve()).then(() => take(partition));
      claiming.set(
        partition,
        turn.then(
          () => undefined,
          () => undefined,
        ),
      );
      return turn;
    },
    async write(partition, cut, { newestMs, behind }) {
      const { epoch, first, last, judgedAt } = cut;
      await clickhouse.insert(TABLE, COLUMNS, [
        [topic, partition, epoch, owner, first, last, newestMs, behind, writtenAt(judgedAt)],
      ]);
    },
    async assertOurs({ partition, epoch }) {
      const now = clock.now();
      const since = (checked.get(partition) ?? 0) - CLAIM_SKEW_MS;
      if ((await rivals(partition, epoch, Math.max(0, since))) > 0) throw new Superseded(topic, partition);
      checked.set(partition, now);
    },
    async withinWindow(judgedAt) {
      // `inserted_at` is one for all rows of a block: distinct values are blocks, whoever inserted them. The engine
      // remembers a block once for each month in it.
      const [row] = await clickhouse.rows<{ blocks: number }>(
        `SELECT uniqExact(inserted_at, toYYYYMM(time)) AS blocks FROM {db}.events_raw_v1
         WHERE inserted_at >= fromUnixTimestamp64Milli({at:Int64}, 'UTC')`,
        { params: { at: judgedAt - SKEW_MS } },
      );
      return (row?.blocks ?? 0) <= SAFE_BLOCKS;
    },
    async storedUpTo(partition) {
      const [row] = await clickhouse.rows<{ n: number; last: number }>(
        `SELECT count() AS n, max(offset) AS last FROM {db}.events_raw_v1
         WHERE source = {source:String} AND partition = {partition:UInt32}`,
        { params: { source: `kafka:${topic}`, partition } },
      );
      return row === undefined || row.n === 0 ? null : row.last;
    },
    rowsOf(partition, { first, last, judgedAt }) {
      // Rows of the same places before the cut are those of a topic of the same name; a dead letter that was sent again
      // is a block of its own.
      return clickhouse.rows<EventRow>(
        `SELECT ${EVENT_SELECT} FROM {db}.events_raw_v1
         WHERE source = {source:String} AND partition = {partition:UInt32} AND offset BETWEEN {first:UInt64} AND {last:UInt64}
           AND inserted_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
           AND offset NOT IN (
             SELECT offset FROM {db}.dead_letters_v1 FINAL
             WHERE source = {source:String} AND partition = {partition:UInt32} AND resent_at > toDateTime64(0, 3, 'UTC')
               AND offset BETWEEN {first:UInt64} AND {last:UInt64})
         ORDER BY offset`,
        { params: { source: `kafka:${topic}`, partition, first, last, since: judgedAt - SKEW_MS } },
      );
    },
  };
}
