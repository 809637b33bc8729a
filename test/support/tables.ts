import { EVENT_COLUMNS } from '../../services/ingest/row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';

/** Tables that ingest fills, raw first, and the columns that say when something was written rather than what. */
const INGESTED = ['events_raw_v1', 'dead_letters_v1', 'event_ids_v1'];
const NOT_CONTENT = /^(inserted_at|received_at|resent_at|version|event_ids_v1\.time|source)$/;
/** Columns that say where a record stood. */
const PLACE = /^(event_id|partition|offset|event_ids_v1\.(id|place))$/;
/** Each body that comes by HTTP is a place of its own, drawn at random. */
const PLACES_OF_HTTP = /^(events_raw_v1\.partition|event_ids_v1\.place)$/;

/** Rows and a hash of the content of a table, whatever the order of its rows and of the values in a set. */
export interface TableContent {
  rows: number;
  hash: string;
}

/**
 * The content of the raw table and of every roll-up that a view fills from it, by table: two runs over the same events
 * have the same content, however disturbed one of them was.
 * @param options.places whether where a record stood is content too: not so when the runs had it from different places.
 * @param options.placesOfHttp false where events came by HTTP: what tells one body's place from another's is left out.
 */
export async function contentOf(
  clickhouse: ClickHouse,
  { places = true, placesOfHttp = true }: { places?: boolean; placesOfHttp?: boolean } = {},
): Promise<Record<string, TableContent>> {
  const isContent = (table: string, name: string) =>
    [name, `${table}.${name}`].every((each) => !NOT_CONTENT.test(each) && (places || !PLACE.test(each))) &&
    (placesOfHttp || !PLACES_OF_HTTP.test(`${table}.${name}`));
  const views = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${clickhouse.database}' AND engine = 'MaterializedView'
       AND create_table_query LIKE '%FROM ${clickhouse.database}.events_raw_v1%' ORDER BY name`,
  );
  const tables = [...new Set([...INGESTED, ...views.map(({ name }) => name.replace(/_view$/, ''))])];
  const content: Record<string, TableContent> = {};
  for (const table of tables) content[table] = await contentOfTable(clickhouse, table, isContent);
  return content;
}

/**
 * The content that the tables would have if what stands in the raw table had gone in in one pass: what roll-ups must be
 * equal to at rest, whichever readings of a record came before. Dead letters are as they are.
 * @param open opens a lane on another database of the same engine.
 */
export async function contentOfOnePass(
  clickhouse: ClickHouse,
  open: (database: string) => ClickHouse,
): Promise<Record<string, TableContent>> {
  const other = open(`${clickhouse.database}_one_pass`);
  try {
    await migrate(other, { retentionDays: 30, ttl: false });
    const columns = EVENT_COLUMNS.join(', ');
    for (const [table, names] of [
      ['events_raw_v1', columns],
      ['dead_letters_v1', 'source, partition, offset, element, received_at, format, reason, detail, sample'],
    ])
      await other.run(`INSERT INTO {db}.${table} (${names}) SELECT ${names} FROM ${clickhouse.database}.${table}`);
    return await contentOf(other);
  } finally {
    await other.run(`DROP DATABASE ${other.database} SYNC`);
    await other.close();
  }
}

async function contentOfTable(
  clickhouse: ClickHouse,
  table: string,
  isContent: (table: string, name: string) => boolean,
): Promise<TableContent> {
  const [{ engine } = { engine: '' }] = await clickhouse.rows<{ engine: string }>(
    `SELECT engine FROM system.tables WHERE database = '${clickhouse.database}' AND name = '${table}'`,
  );
  const columns = await clickhouse.rows<{ name: string; type: string }>(
    `SELECT name, type FROM system.columns WHERE database = '${clickhouse.database}' AND table = '${table}'
       AND default_kind != 'ALIAS' ORDER BY position`,
  );
  const content = columns
    .filter(({ name }) => isContent(table, name))
    .map(({ name, type }) =>
      /Array\(/.test(type) && !/Tuple\(/.test(type) ? `arraySort(${name})` : `toString(${name})`,
    );
  const final = engine === 'MergeTree' ? '' : 'FINAL';
  const [row] = await clickhouse.rows<TableContent>(
    `SELECT count() AS rows, toString(sum(sipHash64(${['1', ...content].join(', ')}))) AS hash FROM {db}.${table} ${final}`,
  );
  return row ?? { rows: 0, hash: '' };
}
