import { Readable } from 'node:stream';
import {
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import type { z } from 'zod';
import { rawTableOf } from './cluster.ts';

/** Where ClickHouse is: a server by URL, or the embedded engine with its data in a folder. */
export type ClickHouseTarget =
  | { kind: 'embedded'; path: string }
  | { kind: 'server'; url: string; username: string; password: string; cluster?: string | null };

/** A read with typed placeholders (`{name:UInt64}`): its rows are checked by `row` only where `checked` is asked. */
export interface QueryOptions {
  params?: Readonly<Record<string, unknown>>;
}

/**
 * The one door to ClickHouse. A lane is a connection of its own: statements of one lane run one after another, lanes
 * run side by side, so that a slow page of the dashboard never waits in front of an insert.
 * Settings of a statement are written into its own `SETTINGS` clause, never sent beside it: the embedded engine keeps
 * what is sent beside a statement for all later ones of that connection.
 */
export interface ClickHouse {
  readonly database: string;
  /** Name of the cluster that the tables are spread over, or null. */
  readonly cluster: string | null;
  /** Rows of a SELECT as objects; 64-bit integers as numbers. */
  rows<T>(sql: string, options?: QueryOptions): Promise<T[]>;
  /** The same, every row checked by a zod schema: for rows that leave the process. */
  checked<S extends z.ZodType>(row: S, sql: string, options?: QueryOptions): Promise<z.output<S>[]>;
  /** One statement without an answer. */
  run(sql: string, options?: QueryOptions): Promise<void>;
  /**
   * One block of rows, each an array in the order of `columns`. With a token, the same token never inserts twice, in
   * the table or in any roll-up fed from it (both need a deduplication window).
   */
  insert(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    token?: string,
  ): Promise<void>;
  /** The same, from lines that are encoded already: `JSONCompactEachRow`, one `[…]` a line. */
  insertEncoded(table: string, columns: readonly string[], lines: string, token?: string): Promise<void>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** The packages carry two copies of one interface; this is the one place that says they are the same. */
function embedded(path: string): ClickHouseClientConfigOptions['connection'] {
  const connection: unknown = createChdbConnection({ path });
  return connection as ClickHouseClientConfigOptions['connection'];
}

const IDENTIFIER = /^[a-z_][a-z0-9_]*$/;

/** Opens one lane; `database` is made by {@link ../clickhouse/migrate.ts}. */
export function openLane(target: ClickHouseTarget, database: string): ClickHouse {
  if (!IDENTIFIER.test(database)) throw new Error(`not a database name: ${database}`);
  const client =
    target.kind === 'embedded'
      ? createClient({ connection: embedded(target.path) })
      : createClient({
          url: target.url,
          username: target.username,
          password: target.password,
          request_timeout: 120_000,
          // What fails is thrown, and told once by whoever knows what it means.
          log: { level: ClickHouseLogLevel.OFF },
          clickhouse_settings: { wait_end_of_query: 1 },
        });

  const cluster = target.kind === 'server' ? (target.cluster ?? null) : null;
  const stored = (table: string) => (table === rawTableOf(null) ? rawTableOf(cluster) : table);

  // Names in our SQL are unqualified; the embedded engine has no default database of a connection's own.
  const qualify = (sql: string) => sql.replaceAll('{db}', database);

  async function rows<T>(sql: string, options: QueryOptions = {}): Promise<T[]> {
    const result = await client.query({
      query: qualify(sql),
      format: 'JSONEachRow',
      ...(options.params === undefined ? {} : { query_params: { ...options.params } }),
      clickhouse_settings: READ_SETTINGS,
    });
    return (await result.json<T>()) as T[];
  }

  async function insertEncoded(
    table: string,
    columns: readonly string[],
    lines: string,
    token?: string,
  ): Promise<void> {
    if (lines.length === 0) return;
    const settings = [
      // One block, one token: a block must never be cut by size.
      'max_insert_block_size = 10000000',
      'min_insert_block_size_rows = 0',
      'min_insert_block_size_bytes = 0',
      'input_format_parallel_parsing = 0',
      // A block that an older version left in its journal lacks the columns that were added behind.
      'input_format_json_compact_allow_variable_number_of_columns = 1',
      'async_insert = 0',
      // Roll-ups are added up by merges and by whoever reads them; to do it in each insert too costs two fifths of it.
      'optimize_on_insert = 0',
      ...(token === undefined
        ? ['insert_deduplicate = 0']
        : [
            `insert_deduplication_token = '${token.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
            'insert_deduplicate = 1',
            'deduplicate_blocks_in_dependent_materialized_views = 1',
          ]),
    ].join(', ');
    const result = await client.exec({
      query: `INSERT INTO ${database}.${stored(table)} (${columns.join(', ')}) SETTINGS ${settings} FORMAT JSONCompactEachRow`,
      values: Readable.from([lines], { objectMode: false }),
    });
    result.stream.resume();
  }

  return {
    database,
    cluster,
    rows,
    async checked(row, sql, options) {
      return (await rows<unknown>(sql, options)).map((r) => row.parse(r));
    },
    async run(sql, options = {}) {
      await client.command({
        query: qualify(sql),
        ...(options.params === undefined ? {} : { query_params: { ...options.params } }),
      });
    },
    insert(table, columns, values, token) {
      return insertEncoded(table, columns, values.map((row) => JSON.stringify(row)).join('\n'), token);
    },
    insertEncoded,
    async ping() {
      return (await client.ping()).success;
    },
    close: () => client.close(),
  };
}

const READ_SETTINGS: ClickHouseSettings = { output_format_json_quote_64bit_integers: 0 };

/** What to do after a failed statement (style: triage by number, never by text). */
export type Fault = 'retry' | 'poison' | 'unknown';

// Numbers of ClickHouse's ErrorCodes.cpp.
const RETRY = new Set([
  159, // TIMEOUT_EXCEEDED
  164, // READONLY
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  203, // NO_FREE_CONNECTION
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  241, // MEMORY_LIMIT_EXCEEDED
  242, // TABLE_IS_READ_ONLY
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  285, // TOO_FEW_LIVE_REPLICAS
  319, // UNKNOWN_STATUS_OF_INSERT
  425, // SYSTEM_ERROR
  999, // KEEPER_EXCEPTION
]);
const POISON = new Set([
  6, // CANNOT_PARSE_TEXT
  25, // CANNOT_PARSE_ESCAPE_SEQUENCE
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  53, // TYPE_MISMATCH
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  131, // TOO_LARGE_STRING_SIZE
  691, // UNKNOWN_ELEMENT_OF_ENUM
]);

/** Sorts an error of this door: transient, the data's own fault, or neither (crash and replay). */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error ? String(error.code) : '';
  // By its number, not by its class: the embedded engine throws a copy of the class that is not this package's.
  if (/^\d+$/.test(code)) {
    if (RETRY.has(Number(code))) return 'retry';
    return POISON.has(Number(code)) ? 'poison' : 'unknown';
  }
  const network = /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/.test(code);
  return network || error.message === 'Timeout error.' ? 'retry' : 'unknown';
}
