import { parseArgs } from 'node:util';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate, schemaStatements } from '../../shared/clickhouse/migrate.ts';
import type { Io } from './command.ts';
import { prepareDataFolder } from './data-folder.ts';
import { acquireLock } from './lock.ts';
import { awaitClickHouse, serverTarget, settingsFor } from './runtime.ts';

export const help = `Usage: bonafide migrate

Applies the ClickHouse schema (schemas/clickhouse) to CLICKHOUSE_URL, or to the embedded engine in BONAFIDE_DATA_DIR.
Every statement may be repeated; "serve" and a second "migrate" change nothing that stands but the retention. With
CLICKHOUSE_CLUSTER the tables are replicated and distributed over that cluster.

  --print          show the statements and apply nothing
`;

export async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { print: { type: 'boolean', default: false } }, strict: true });
  const settings = settingsFor(io);
  const { url, database, cluster } = settings.clickhouse;
  const options = { retentionDays: settings.retentionDays, ttl: true, cluster };
  if (values.print) {
    for (const statement of schemaStatements(options))
      io.stdout.write(`${statement.replaceAll('{db}', database)};\n\n`);
    return 0;
  }
  const folder = url === null ? prepareDataFolder(settings.dataDir) : undefined;
  const lock = folder === undefined ? undefined : acquireLock(folder.path);
  const target = folder === undefined ? serverTarget(settings) : { kind: 'embedded' as const, path: folder.clickhouse };
  const clickhouse = openLane(target, database);
  try {
    if (url !== null) await awaitClickHouse(clickhouse, url, io);
    const applied = await migrate(clickhouse, options);
    for (const name of applied) io.stdout.write(`${name}\n`);
    io.stdout.write(`${applied.length} schema files stand in database ${database}.\n`);
    return 0;
  } finally {
    await clickhouse.close();
    lock?.release();
  }
}
