import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { Progress } from './progress.ts';

export interface Pace {
  /** The same lane, whose statements count as time in which ClickHouse is waited for. */
  watch(lane: ClickHouse): ClickHouse;
  /** Sentences while events wait longer than in good times, though it goes on; else null. */
  fault(): string | null;
}

export interface PaceDeps {
  progress: Progress;
  clock: Clock;
  metrics: Metrics;
}

/** The last minute, in pieces. */
const PIECE_MS = 10_000;
const MINUTE_MS = 60_000;
/** Statements of ingest take a fraction of a second. */
const SLOW_MS = 2_000;
/** Who waits for events notices it from here on. */
const LATE_MS = 10_000;
/** Waited for less of the time than this, ClickHouse is not what holds events up. */
const MOSTLY = 0.5;

interface Piece {
  from: number;
  /** With at least one statement under way, and the longest of those that ended. */
  waitedMs: number;
  slowestMs: number;
  /** Events that were stored, and messages that waited, when it began. */
  accepted: number;
  lag: number;
}

/** Whether ingest keeps up with what comes and, where it does not, what it waits for. */
export function createPace({ progress, clock, metrics }: PaceDeps): Pace {
  const took = metrics.histogram(
    'bonafide_ingest_statement_seconds',
    'Statements of ingest, from sending them to ClickHouse to its answer',
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  );
  /** When the statements that are under way began. */
  const running = new Set<{ since: number }>();
  let pieces: Piece[] = [];
  const began = clock.now();
  let accounted = began;

  function pieceOf(at: number): Piece {
    const from = Math.floor(at / PIECE_MS) * PIECE_MS;
    const last = pieces.at(-1);
    if (last?.from === from) return last;
    const piece = { from, waitedMs: 0, slowestMs: 0, accepted: progress.accepted(), lag: progress.lagMessages() };
    pieces = [...pieces.filter((each) => each.from < from && each.from > from - MINUTE_MS), piece];
    return piece;
  }

  /** Brings the pieces up to now: before anything begins, ends or is told. */
  function account(): number {
    const now = clock.now();
    for (let at = Math.max(accounted, now - MINUTE_MS + PIECE_MS); at < now; ) {
      const piece = pieceOf(at);
      const end = Math.min(now, piece.from + PIECE_MS);
      if (running.size > 0) piece.waitedMs += end - at;
      at = end;
    }
    accounted = now;
    return now;
  }

  async function timed<T>(statement: () => Promise<T>): Promise<T> {
    const own = { since: account() };
    running.add(own);
    try {
      return await statement();
    } finally {
      const now = account();
      running.delete(own);
      const piece = pieceOf(now);
      piece.slowestMs = Math.max(piece.slowestMs, now - own.since);
      took.observe((now - own.since) / 1000);
    }
  }

  /** What of it is over the line: events that are stored late, sources that are kept from bringing more. */
  function symptoms(now: number, longestMs: number): string[] {
    const told: string[] = [];
    const block = progress.lastBlock();
    if (longestMs > LATE_MS) told.push(`A statement has been under way for ${seconds(longestMs)} s.`);
    else if (block !== null && block.seconds * 1000 > LATE_MS && now - block.at < MINUTE_MS)
      told.push(`The last block of events took ${Math.round(block.seconds)} s to become durable.`);
    const { partitions, since } = progress.paused();
    if (partitions > 0 && now - since > LATE_MS)
      told.push(
        `Consumption of ${count(partitions, 'partition')} pauses since ${instant(since)} (${seconds(now - since)} s), as much as fits waits in memory.`,
      );
    const away = progress.turnedAway();
    if (away.at - away.since > LATE_MS && now - away.at < LATE_MS)
      told.push(`Since ${instant(away.since)} ${count(away.bodies, 'body', 'bodies')} over HTTP had to be sent again.`);
    return told;
  }

  /** What the time went to. @param share of it, in which ClickHouse was waited for. */
  function cause(share: number, slowestMs: number, spanMs: number): string {
    const slowest = `its slowest statement of the last ${seconds(spanMs)} s took ${(slowestMs / 1000).toFixed(1)} s`;
    const waited = `it was waited for ${Math.round(Math.min(1, share) * 100)} % of that time`;
    if (share < MOSTLY)
      return `ClickHouse is not what holds events up (${slowest}, ${waited}): this process or Kafka is.`;
    return `ClickHouse ${slowestMs > SLOW_MS ? 'is slow' : 'takes no more than this'}: ${slowest}, and ${waited}.`;
  }

  function backlog(oldest: Piece, spanMs: number): string {
    const rate = Math.round((progress.accepted() - oldest.accepted) / (spanMs / 1000));
    const stored = `${rate.toLocaleString('en')} events/s were stored meanwhile.`;
    const lag = progress.lagMessages();
    if (lag === 0 && oldest.lag === 0) return stored;
    const than = lag === oldest.lag ? 'as many as' : lag > oldest.lag ? 'more than' : 'fewer than';
    const behind = progress.lagSeconds();
    const age = behind > 0 ? ` The newest event that is stored is ${Math.round(behind)} s old.` : '';
    return `${count(lag, 'message')} wait, ${than} ${seconds(spanMs)} s ago; ${stored}${age}`;
  }

  return {
    watch: (lane) => ({
      ...lane,
      rows: (...args) => timed(() => lane.rows(...args)),
      checked: (...args) => timed(() => lane.checked(...args)),
      run: (...args) => timed(() => lane.run(...args)),
      insert: (...args) => timed(() => lane.insert(...args)),
      insertEncoded: (...args) => timed(() => lane.insertEncoded(...args)),
    }),
    fault() {
      const now = account();
      const longestMs = [...running].reduce((longest, { since }) => Math.max(longest, now - since), 0);
      const told = symptoms(now, longestMs);
      const oldest = pieces[0];
      if (told.length === 0 || oldest === undefined) return null;
      const waited = pieces.reduce((sum, { waitedMs }) => sum + waitedMs, 0);
      const slowest = pieces.reduce((most, { slowestMs }) => Math.max(most, slowestMs), longestMs);
      const span = Math.max(1_000, now - Math.max(oldest.from, began));
      return [cause(waited / span, slowest, span), ...told, backlog(oldest, span)].join(' ');
    },
  };
}

const seconds = (ms: number): number => Math.round(ms / 1000);
const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const count = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
