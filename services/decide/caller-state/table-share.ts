import type { ClickHouse } from '../../../shared/clickhouse/client.ts';

/** Carries what is remembered of callers between this process's memory and the table that all processes share. */
export interface TableShare {
  /** Everything that still counts; the process is not ready before this resolves. */
  load(): Promise<void>;
  /** Tells what this process saw. */
  tell(): Promise<void>;
  /** Learns what others saw. */
  learn(): Promise<void>;
}

/** What is shared, in a table with `written_at` by the server's clock and `writer`. */
export interface SharedMemory<Row> {
  table: string;
  /** Columns beside `writer`, and a row's values for them. */
  columns: readonly string[];
  valuesOf(row: Row): readonly unknown[];
  /**
   * SELECT of rows in an order of theirs, those behind `after` alone.
   * @param newer condition that leaves out what this process knows. @param after null: from the first on.
   */
  select(newer: string, after: Row | null): { sql: string; params: Readonly<Record<string, unknown>> };
  learn(row: Row): void;
  takeUntold(): Row[];
  putBack(rows: readonly Row[]): void;
}

/** An insert takes this long at most between its time stamp and being seen. */
const OVERLAP_MS = 10_000;
const PAGE = 50_000;

/** @param writer name of this process: its own rows are not news to it. */
export function createTableShare<Row>(clickhouse: ClickHouse, writer: string, shared: SharedMemory<Row>): TableShare {
  /** When the last whole read began, on this process's own clock that never jumps; null: never. */
  let readAt: number | null = null;

  async function read(): Promise<void> {
    const began = performance.now();
    // How long ago is asked, not since when: the server's clock is not this machine's.
    const since = readAt === null ? null : Math.ceil(began - readAt) + OVERLAP_MS;
    const newer =
      since === null ? '1' : `written_at > now64(6) - toIntervalMillisecond(${since}) AND writer != {writer:String}`;
    let after: Row | null = null;
    for (;;) {
      const { sql, params } = shared.select(newer, after);
      const rows: Row[] = await clickhouse.rows<Row>(`${sql} LIMIT ${PAGE}`, { params: { ...params, writer } });
      for (const row of rows) shared.learn(row);
      after = rows.at(-1) ?? null;
      if (after === null || rows.length < PAGE) break;
    }
    readAt = began;
  }

  async function tell(): Promise<void> {
    const rows = shared.takeUntold();
    if (rows.length === 0) return;
    try {
      await clickhouse.insert(
        shared.table,
        ['writer', ...shared.columns],
        rows.map((row) => [writer, ...shared.valuesOf(row)]),
      );
    } catch (error) {
      shared.putBack(rows);
      throw error;
    }
  }

  return { load: read, tell, learn: read };
}
