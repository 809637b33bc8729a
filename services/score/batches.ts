import type { ClickHouse } from '../../shared/clickhouse/client.ts';

/** Tables of hours that are asked for many starts at once. */
type HourTable =
  | 'attestation_1h_v2'
  | 'profile_1h_v1'
  | 'opening_1h_v1'
  | 'term_hour_v1'
  | 'other_term_hour_v1'
  | 'caller_hour_v1';

/** Rows that one statement may multiply: hours times the starts that it asks for. */
const ROWS = 2_000_000;

/**
 * Starts of periods, so many at a time as one statement should ask of tables of hours: short logs have many periods of
 * few rows, where the analysis of each statement would cost more than its work.
 */
export async function batchesOf(
  clickhouse: ClickHouse,
  starts: readonly number[],
  tables: readonly HourTable[],
): Promise<number[][]> {
  const [row] = await clickhouse.rows<{ n: number }>(
    `SELECT ${tables.map((table) => `toFloat64((SELECT count() FROM {db}.${table}))`).join(' + ')} AS n`,
  );
  const size = Math.max(1, Math.floor(ROWS / Math.max(1, row?.n ?? 1)));
  return Array.from({ length: Math.ceil(starts.length / size) }, (_, i) => starts.slice(i * size, (i + 1) * size));
}

/** Moments as an SQL array; epoch seconds. */
export const listed = (moments: readonly number[]) => `[${moments.map((moment) => `toUInt32(${moment})`).join(', ')}]`;

/** SQL that asks rows of hours for many starts at once: each row for each `start`. */
export const eachOf = (starts: readonly number[]) => `ARRAY JOIN ${listed(starts)} AS start`;

/** The start of the period that a second lies in, as SQL: the newest that is not after it, else the first. @param starts ascending. */
export const startOf = (second: string, starts: readonly number[]) =>
  `toUInt32(roundDown(toUInt32(${second}), ${listed(starts)}))`;

/** Rows by the start that they speak of. */
export function byStart<Row extends { start: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const found = new Map<number, Row[]>();
  for (const row of rows) {
    const same = found.get(row.start);
    if (same === undefined) found.set(row.start, [row]);
    else same.push(row);
  }
  return found;
}
