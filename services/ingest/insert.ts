import type { EventRow } from '../../schemas/event-row.ts';
import { type ClickHouse, faultOf } from '../../shared/clickhouse/client.ts';
import type { Logger } from '../../shared/logger.ts';
import { EVENT_COLUMNS, encodeRow } from './row.ts';

/** Test hooks around the one statement that matters; a throw is what a broken world does there. */
export interface InsertFaults {
  beforeInsert?(token: string): Promise<void> | void;
  afterInsert?(token: string): Promise<void> | void;
}

export interface InserterDeps {
  /** A lane of its own: blocks go in one after another. */
  clickhouse: ClickHouse;
  log: Logger;
  faults?: InsertFaults;
}

export interface InsertControl {
  /**
   * Asked before every attempt; a throw stops without inserting (the block belongs to somebody else now).
   * @param isWhole false for a part of a block of which other parts may be in already.
   */
  stillOurs?(isWhole: boolean): Promise<void>;
  /** Told of the indexes of lines that ClickHouse refuses, before the others of their block go in. */
  refused?(indexes: readonly number[]): Promise<void>;
}

export interface Inserter {
  /** One block, raw and roll-ups, once in effect for its token. */
  insertBlock(rows: readonly EventRow[], token: string): Promise<void>;
  /**
   * The same for lines of {@link encodeRow}; answers the indexes of rows that ClickHouse itself refuses.
   * Transient faults are retried for ever, unknown ones thrown.
   */
  insertLines(lines: readonly string[], token: string, control?: InsertControl): Promise<number[]>;
  /** A sentence while blocks wait for ClickHouse, else null. */
  fault(): string | null;
}

const TABLE = 'events_raw_v1';
const CHECK_TABLE = 'events_check_v1';
const LONGEST_PAUSE_MS = 5_000;

/** The last step of a record's way: the block goes into the raw table and, with it, into every roll-up. */
export function createInserter({ clickhouse, log, faults = {} }: InserterDeps): Inserter {
  let fault: string | null = null;

  async function attempt(lines: readonly string[], token: string, control: InsertControl): Promise<void> {
    for (let pause = 100; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await control.stillOurs?.(!isPart(token));
      try {
        await faults.beforeInsert?.(token);
        await clickhouse.insertEncoded(TABLE, EVENT_COLUMNS, lines.join('\n'), token);
        await faults.afterInsert?.(token);
        fault = null;
        return;
      } catch (error) {
        if (faultOf(error) !== 'retry') throw error;
        fault = `ClickHouse does not take events: ${firstLine(error)} Trying again.`;
        log.warn({ event: 'insert_retry', token, rows: lines.length, err: error }, fault);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Would the engine refuse one of the lines? Asked without writing any. */
  async function isRefused(lines: readonly string[]): Promise<boolean> {
    for (let pause = 100; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await clickhouse.insertEncoded(CHECK_TABLE, EVENT_COLUMNS, lines.join('\n'));
        return false;
      } catch (error) {
        const triage = faultOf(error);
        if (triage === 'poison') return true;
        if (triage === 'unknown') throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Indexes of the lines that are refused, found by halving. */
  async function findRefused(lines: readonly string[], from = 0): Promise<number[]> {
    if (lines.length === 0 || !(await isRefused(lines))) return [];
    if (lines.length === 1) return [from];
    const middle = lines.length >> 1;
    return [
      ...(await findRefused(lines.slice(0, middle), from)),
      ...(await findRefused(lines.slice(middle), from + middle)),
    ];
  }

  /**
   * A block that is refused for the sake of some rows goes in without them, as one block under its token: it stands
   * whole or not at all, and what stands is what goes in again when the block comes again.
   */
  async function insertOne(lines: readonly string[], token: string, control: InsertControl): Promise<number[]> {
    try {
      await attempt(lines, token, control);
      return [];
    } catch (error) {
      if (faultOf(error) !== 'poison') throw error;
      log.warn({ event: 'insert_refused', token, rows: lines.length, err: error }, 'ClickHouse refuses a block');
      const refused = new Set(await findRefused(lines));
      // A roll-up that refuses what the raw table took: no row may be left out of one of them.
      if (refused.size === 0) throw error;
      await control.refused?.([...refused]);
      const kept = lines.filter((_, i) => !refused.has(i));
      if (kept.length > 0) await attempt(kept, token, control);
      return [...refused];
    }
  }

  async function insertLines(lines: readonly string[], token: string, control: InsertControl = {}): Promise<number[]> {
    if (lines.length === 0) return [];
    const parts = byMonths(lines);
    if (parts === null) return insertOne(lines, token, control);
    const refused: number[] = [];
    for (const [n, { indexes }] of parts.entries()) {
      const part = indexes.map((index) => lines[index] ?? '');
      const toAll = (within: readonly number[]) => within.flatMap((at) => indexes[at] ?? []);
      const within = await insertOne(part, `${token}/m${n}`, {
        ...control,
        refused: async (some) => control.refused?.(toAll(some)),
      });
      refused.push(...toAll(within));
    }
    return refused.sort((a, b) => a - b);
  }

  return {
    async insertBlock(rows, token) {
      const refused = await insertLines(rows.map(encodeRow), token);
      if (refused.length > 0) throw new Error(`ClickHouse refuses ${refused.length} rows of the block ${token}`);
    },
    insertLines,
    fault: () => fault,
  };
}

/** Parts of a block have its token, and behind it which part they are. */
const isPart = (token: string): boolean => /\/m?\d+$/.test(token);

/** Rows of more months than this go as several blocks: each month is a part of its own in the engine's books. */
const MONTHS_AT_ONCE = 12;
const MONTH_MS = 2_629_800_000;
const monthOf = (ms: number): number => Math.floor(ms / MONTH_MS);

/** Do rows of these times (epoch ms) stand as one block or not at all? More months may have gone in by parts. */
export const isOneBlock = (times: readonly number[]): boolean => new Set(times.map(monthOf)).size < MONTHS_AT_ONCE;

/** Lines begin with event_id and time. */
const TIME_OF = /^\["(?:[^"\\]|\\.)*",(\d+)/;

/**
 * The engine refuses a block of over 100 monthly partitions, and each counts in the deduplication window: old and odd
 * times must neither hold a partition of Kafka nor push other blocks out of the window. Null: one block will do.
 */
function byMonths(lines: readonly string[]): { indexes: number[] }[] | null {
  const months = new Map<number, number[]>();
  let last = Number.NaN;
  let indexes: number[] = [];
  for (const [i, line] of lines.entries()) {
    const month = monthOf(Number(TIME_OF.exec(line)?.[1] ?? 0));
    if (month !== last) {
      indexes = months.get(month) ?? [];
      months.set(month, indexes);
      last = month;
    }
    indexes.push(i);
  }
  if (months.size <= MONTHS_AT_ONCE) return null;
  const ordered = [...months].sort(([a], [b]) => a - b);
  const parts: { indexes: number[] }[] = [];
  for (let from = 0; from < ordered.length; from += MONTHS_AT_ONCE)
    parts.push({ indexes: ordered.slice(from, from + MONTHS_AT_ONCE).flatMap(([, of]) => of) });
  return parts;
}

const firstLine = (error: unknown) => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
