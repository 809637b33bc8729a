import type { ClickHouse } from '../../shared/clickhouse/client.ts';

/** Tables that ingest fills, raw first, and the columns that say when something was written rather than what. */
const INGESTED = ['events_raw_v1', 'dead_letters_v1', 'event_ids_v1'];
const NOT_CONTENT = /^(inserted_at|received_at|resent_at|version|event_ids_v1\.time|source)$/;
/** Each body that comes by HTTP is a place of its own, drawn at random. */
const PLACES = /^(events_raw_v1\.partition|event_ids_v1\.place)$/;

/** Rows and a hash of the content of a table, whatever the order of its rows and of the values in a set. */
export interface TableContent {
  rows: number;
  hash: string;
}

/**
 * The content of the raw table and of every roll-up that a view fills from it, by table: two runs over the same events
 * have the same content, however disturbed one of them was.
 * @param options.placesOfHttp false where events came by HTTP: what tells one body's place from another's is left out.
 */
export async function contentOf(
  clickhouse: ClickHouse,
  { placesOfHttp = true }: { placesOfHttp?: boolean } = {},
): Promise<Record<string, TableContent>> {
  const views = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${clickhouse.database}' AND engine = 'MaterializedView'
       AND create_table_query LIKE '%FROM ${clickhouse.database}.events_raw_v1%' ORDER BY name`,
  );
  const tables = [...new Set([...INGESTED, ...views.map(({ name }) => name.replace(/_view$/, ''))])];
  const content: Record<string, TableContent> = {};
  for (const table of tables) content[table] = await contentOfTable(clickhouse, table, placesOfHttp);
  return content;
}

async function contentOfTable(clickhouse: ClickHouse, table: string, placesOfHttp: boolean): Promise<TableContent> {
  const [{ engine } = { engine: '' }] = await clickhouse.rows<{ engine: string }>(
    `SELECT engine FROM system.tables WHERE database = '${clickhouse.database}' AND name = '${table}'`,
  );
  const columns = await clickhouse.rows<{ name: string; type: string }>(
    `SELECT name, type FROM system.columns WHERE database = '${clickhouse.database}' AND table = '${table}'
       AND default_kind != 'ALIAS' ORDER BY position`,
  );
  const content = columns
    .filter(({ name }) => placesOfHttp || !PLACES.test(`${table}.${name}`))
    .filter(({ name }) => !NOT_CONTENT.test(name) && !NOT_CONTENT.test(`${table}.${name}`))
    .map(({ name, type }) =>
      /Array\(/.test(type) && !/Tuple\(/.test(type) ? `arraySort(${name})` : `toString(${name})`,
    );
  const final = engine === 'MergeTree' ? '' : 'FINAL';
  const [row] = await clickhouse.rows<TableContent>(
    `SELECT count() AS rows, toString(sum(sipHash64(${content.join(', ')}))) AS hash FROM {db}.${table} ${final}`,
  );
  return row ?? { rows: 0, hash: '' };
}
