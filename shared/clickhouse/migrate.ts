import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../root.ts';
import type { ClickHouse } from './client.ts';

const FOLDER = join(PACKAGE_ROOT, 'schemas', 'clickhouse');

export interface MigrateOptions {
  /** Days that events, dead letters and risk history are kept: `BONAFIDE_RETENTION`. */
  retentionDays: number;
  /** false: every `TTL` clause is left out, for a backtest over events of any age. */
  ttl: boolean;
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
        .filter((statement) => statement.length > 0);
      return { name, statements };
    });
}

/** Applies the schema; every statement is idempotent, so that it runs at each start. */
export async function migrate(clickhouse: ClickHouse, options: MigrateOptions): Promise<string[]> {
  await clickhouse.run(`CREATE DATABASE IF NOT EXISTS ${clickhouse.database} ENGINE = Atomic`);
  const applied: string[] = [];
  for (const { name, statements } of schemaFiles(options)) {
    for (const statement of statements) await clickhouse.run(statement);
    applied.push(name);
  }
  return applied;
}
