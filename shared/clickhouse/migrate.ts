import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../root.ts';
import { carryOver } from './carry-over.ts';
import type { ClickHouse } from './client.ts';
import { clusterStatements } from './cluster.ts';

const FOLDER = join(PACKAGE_ROOT, 'schemas', 'clickhouse');

export interface MigrateOptions {
  /** Days that events, dead letters and risk history are kept: `BONAFIDE_RETENTION`. */
  retentionDays: number;
  /** false: every `TTL` clause is left out, for a backtest over events of any age. */
  ttl: boolean;
  /** `CLICKHOUSE_CLUSTER`: replicated and distributed tables; null or absent: one server. */
  cluster?: string | null;
}

/** The numbered files in order: `{ name, statements }`. Comment lines (`--`) are dropped, statements end with `;`. */
export function schemaFiles(options: MigrateOptions): { name: string; statements: string[] }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(FOLDER, name), 'utf8')
        .split('\n')
        .map((line) => line.replace(/--.*$/, '').replaceAll('{retention_days}', String(options.retentionDays)))
        .map((line) => (options.ttl ? line : line.replace(/^TTL [^;]*/, '')))
        .join('\n');
      const statements = text
        .split(/;\s*$/m)
        .map((statement) => statement.trim())
        .filter((statement) => statement.length > 0 && (options.ttl || !/ MODIFY TTL /.test(statement)));
      return { name, statements };
    });
}

/** Every statement that makes the schema, in order, for one server or for a cluster; `{db}` stands for the database. */
export function schemaStatements(options: MigrateOptions): string[] {
  const cluster = options.cluster ?? null;
  const plain = schemaFiles(options).flatMap(({ statements }) => statements);
  const database = 'CREATE DATABASE IF NOT EXISTS {db}';
  return cluster === null
    ? [`${database} ENGINE = Atomic`, ...plain]
    : [`${database} ON CLUSTER '${cluster}' ENGINE = Atomic`, ...clusterStatements(plain, cluster)];
}

/**
 * Applies the schema; every statement is idempotent, so that it runs at each start. Tables that stand take the
 * retention that is asked for.
 */
export async function migrate(clickhouse: ClickHouse, options: MigrateOptions): Promise<string[]> {
  const views = await viewsThatStand(clickhouse);
  for (const statement of schemaStatements(options)) await clickhouse.run(statement);
  await carryOver(clickhouse, options.cluster ?? null);
  if ((options.cluster ?? null) === null) await renewViews(clickhouse, options, views);
  if (options.ttl && (options.cluster ?? null) === null) await setRetention(clickhouse, options);
  return schemaFiles(options).map(({ name }) => name);
}

/** The views of a database and what they select. */
async function viewsThatStand(clickhouse: ClickHouse): Promise<ReadonlyMap<string, string>> {
  const rows = await clickhouse.rows<{ name: string; as_select: string }>(
    `SELECT name, as_select FROM system.tables WHERE database = '${clickhouse.database}' AND engine = 'MaterializedView'`,
  );
  return new Map(rows.map(({ name, as_select }) => [name, as_select]));
}

const VIEW = /^CREATE MATERIALIZED VIEW IF NOT EXISTS (\{db\}\.(\w+))\s+TO \S+\s+AS\s+([\s\S]*)$/;

/**
 * A view that an earlier version made follows this version's roll-ups from now on. One that is the same is left alone: a
 * view that was changed, even into itself, takes a block that comes again for a new one.
 */
async function renewViews(
  clickhouse: ClickHouse,
  options: MigrateOptions,
  standing: ReadonlyMap<string, string>,
): Promise<void> {
  for (const statement of schemaFiles(options).flatMap(({ statements }) => statements)) {
    const [, view, name, select] = VIEW.exec(statement) ?? [];
    const stands = name === undefined ? undefined : standing.get(name);
    if (view === undefined || select === undefined || stands === undefined) continue;
    const [row] = await clickhouse.rows<{ same: number }>(
      'SELECT formatQuerySingleLine({stands:String}) = formatQuerySingleLine({select:String}) AS same',
      { params: { stands, select: select.replaceAll('{db}', clickhouse.database) } },
    );
    if (row?.same !== 1) await clickhouse.run(`ALTER TABLE ${view} MODIFY QUERY ${select}`);
  }
}

const RETAINED =
  /^CREATE TABLE IF NOT EXISTS \{db\}\.(\w+)[\s\S]*?\nTTL ([^;\n]*) \+ INTERVAL \{retention_days\} DAY/gm;

/** A changed retention holds for what is stored already: rows that are too old go with the next merges. */
async function setRetention(clickhouse: ClickHouse, { retentionDays }: MigrateOptions): Promise<void> {
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.sql'))) {
    for (const [, table, of] of readFileSync(join(FOLDER, name), 'utf8').matchAll(RETAINED)) {
      const [row] = await clickhouse.rows<{ same: number }>(
        `SELECT position(create_table_query, 'toIntervalDay(${retentionDays})') > 0 AS same
         FROM system.tables WHERE database = '${clickhouse.database}' AND name = '${table}'`,
      );
      if (row?.same === 1) continue;
      await clickhouse.run(`ALTER TABLE {db}.${table} MODIFY TTL ${of} + INTERVAL ${retentionDays} DAY`);
    }
  }
}
