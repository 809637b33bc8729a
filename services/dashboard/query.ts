import type { z } from 'zod';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Logger } from '../../shared/logger.ts';
import { Problem } from '../../shared/problem.ts';

/** A named read: SQL with typed placeholders, what they are, and what a row is. Never built from input. */
export interface Query<P extends z.ZodType, R extends z.ZodType> {
  name: string;
  params: P;
  row: R;
  sql: string;
}

export function defineQuery<P extends z.ZodType<Record<string, unknown>>, R extends z.ZodType>(
  query: Query<P, R>,
): Query<P, R> {
  return query;
}

/** Seconds after which a page gives up: an analyst's question never holds the machine for long. */
const MAX_SECONDS = 15;

/**
 * Runs a named read.
 * @throws Problem `unavailable` when ClickHouse is away or the read takes too long; pages show its sentence.
 */
export type Ask = <P extends z.ZodType<Record<string, unknown>>, R extends z.ZodType>(
  query: Query<P, R>,
  params: z.input<P>,
) => Promise<z.output<R>[]>;

/** @param clickhouse a lane of the dashboard's own: its pages never wait in front of an insert. */
export function createAsk(clickhouse: ClickHouse, log: Logger): Ask {
  return async (query, params) => {
    const checked = query.params.parse(params);
    // The name leads the statement, so that a slow one is recognised in the server's log.
    const sql = `/* dashboard.${query.name} */ ${query.sql}\nSETTINGS max_execution_time = ${MAX_SECONDS}`;
    let rows: unknown[];
    try {
      rows = await clickhouse.rows<unknown>(sql, { params: checked });
    } catch (error) {
      log.warn({ event: 'dashboard_query_failed', query: query.name, err: error }, 'a page has no answer');
      throw new Problem('unavailable', `The database did not answer (${query.name}). Try again, or a shorter span.`);
    }
    return rows.map((row) => query.row.parse(row));
  };
}
