import type { ClickHouse } from './client.ts';

/** ClickHouse's code for a table that is not there. */
const UNKNOWN_TABLE = '60';

/** A table of an earlier version, and what its rows are in the table that took its place. */
interface Former {
  table: string;
  into: string;
  columns: string;
  select: string;
}

const FORMER: readonly Former[] = [
  {
    table: 'attestation_1h_v1',
    into: 'attestation_1h_v2',
    columns: 'scope, unit, platform, hour, named, genuine, failed, expired, missing',
    select: `scope, unit, platform, hour, (if(issuer = '', 0, toUInt32(hour)), issuer), genuine > 0, failed > 0, expired > 0, missing > 0`,
  },
  {
    table: 'attested_v1',
    into: 'attested_v2',
    columns: 'scope, kind, id, platform, issuer, first_genuine, last_genuine, nets',
    select: 'scope, kind, id, platform, issuer, first_genuine, last_genuine, nets',
  },
];

/**
 * What tables of an earlier version hold goes into those of this one, which their views feed by now, and the tables go: what
 * stands in none of this version's files nobody would erase from or forget. A row that is carried over twice, as after a
 * crash, or that the view made too, changes nothing: all these columns are least, greatest or unions.
 */
export async function carryOver(clickhouse: ClickHouse, cluster: string | null): Promise<void> {
  const standing = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${clickhouse.database}'`,
  );
  const stands = (table: string) => standing.some(({ name }) => name === table);
  const on = cluster === null ? '' : ` ON CLUSTER '${cluster}'`;
  for (const { table, into, columns, select } of FORMER) {
    if (!stands(table)) continue;
    await clickhouse.run(`DROP VIEW IF EXISTS {db}.${table}_view${on}`);
    const parts = cluster === null ? [table] : [`${table}_local`, table];
    // A shard's rows go first, so a table without them was carried over before a crash.
    if (parts.every(stands))
      await clickhouse
        .run(`INSERT INTO {db}.${into} (${columns}) SELECT ${select} FROM {db}.${table}`)
        .catch(unlessCarriedOver);
    for (const part of parts) await clickhouse.run(`DROP TABLE IF EXISTS {db}.${part}${on} SYNC`);
  }
}

/** Another process that starts at the same time has dropped the table, and so has carried it over before. */
function unlessCarriedOver(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code !== UNKNOWN_TABLE) throw error;
}
