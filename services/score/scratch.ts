import { randomBytes } from 'node:crypto';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';

/** A crash leaves its scratch tables behind; older ones than this (seconds) are nobody's any more. */
const FORGOTTEN_S = 3600;
const PREFIX = 'explain_';

/** A way to ClickHouse on which the scorer's scratch tables (`score_…`) are other ones, and how to remove those. */
export interface Scratch {
  clickhouse: ClickHouse;
  /** From here on a table of the schema is an empty one of its own, with the same columns. @param engine with its key. */
  replace(table: string, engine: string): Promise<void>;
  drop(): Promise<void>;
}

/**
 * The risk query works on scratch tables of fixed names, which belong to the scorer. Whoever asks it anything beside the
 * scorer does so here: every `{db}.score_…` is `{db}.explain_<random>_…`, so that neither disturbs the other.
 */
export function openScratch(clickhouse: ClickHouse): Scratch {
  const prefix = `${PREFIX}${randomBytes(4).toString('hex')}_`;
  const replaced: string[] = [];
  const own = (sql: string) =>
    replaced.reduce(
      (text, table) => text.replaceAll(`{db}.${table}`, `{db}.${prefix}${table}`),
      sql.replaceAll('{db}.score_', `{db}.${prefix}`),
    );
  const ownTable = (table: string) => table.replace(/^score_/, prefix);
  return {
    clickhouse: {
      ...clickhouse,
      rows: (sql, options) => clickhouse.rows(own(sql), options),
      checked: (row, sql, options) => clickhouse.checked(row, own(sql), options),
      run: (sql, options) => clickhouse.run(own(sql), options),
      insert: (table, columns, rows, token) => clickhouse.insert(ownTable(table), columns, rows, token),
      insertEncoded: (table, columns, lines, token) => clickhouse.insertEncoded(ownTable(table), columns, lines, token),
    },
    async replace(table, engine) {
      await clickhouse.run(`CREATE TABLE {db}.${prefix}${table} AS {db}.${table} ENGINE = ${engine}`);
      replaced.push(table);
    },
    async drop() {
      const tables = await clickhouse.rows<{ name: string }>(
        `SELECT name FROM system.tables WHERE database = '${clickhouse.database}' AND (startsWith(name, '${prefix}')
           OR (startsWith(name, '${PREFIX}') AND metadata_modification_time < now() - INTERVAL ${FORGOTTEN_S} SECOND))`,
      );
      for (const { name } of tables) await clickhouse.run(`DROP TABLE IF EXISTS {db}.${name}`);
    },
  };
}
