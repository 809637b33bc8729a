/**
 * The schema for a cluster, made from the statements for one server. Tables that a view feeds from the raw table, and
 * the raw table itself, are sharded: `X_local` holds a shard's rows, `X` reads all of them. All others are small and
 * stand whole on every node. Macros `{shard}` and `{replica}` are those of the servers' configuration.
 */
const RAW = 'events_raw_v1';
const TABLE = /^CREATE TABLE IF NOT EXISTS \{db\}\.(\w+)/;
const VIEW = /^CREATE MATERIALIZED VIEW IF NOT EXISTS \{db\}\.(\w+) TO \{db\}\.(\w+)/;
const ENGINE = /\bENGINE = (\w*MergeTree)(?:\(([^)]*)\))?/;
/** A week: replicas forget tokens by age as well as by number. */
const WINDOW_S = 604_800;

/** The raw table's name for inserts: the rows go to the shard that is connected, so that a retry meets the same one. */
export const rawTableOf = (cluster: string | null): string => (cluster === null ? RAW : `${RAW}_local`);

/** Tables of a schema that are sharded on a cluster. */
export function shardedTables(statements: readonly string[]): ReadonlySet<string> {
  const fed = statements.flatMap((statement) => {
    const target = VIEW.exec(statement)?.[2];
    return target !== undefined && statement.includes(`{db}.${RAW}`) ? [target] : [];
  });
  return new Set([RAW, ...fed]);
}

/** Statements of the schema for a cluster, in order; each may be repeated, as the ones that they are made from. */
export function clusterStatements(statements: readonly string[], cluster: string): string[] {
  const sharded = shardedTables(statements);
  const on = `ON CLUSTER '${cluster}'`;
  return statements.flatMap((statement) => {
    const view = VIEW.exec(statement);
    if (view !== null) {
      const [head, name, target = ''] = view;
      const body = statement
        .slice(head.length)
        .replaceAll(new RegExp(`\\{db\\}\\.${RAW}\\b`, 'g'), `{db}.${RAW}_local`);
      const to = sharded.has(target) ? `${target}_local` : target;
      return [`CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.${name} ${on} TO {db}.${to}${body}`];
    }
    const table = TABLE.exec(statement);
    if (table === null) return altered(statement, on, sharded);
    const [head, name = ''] = table;
    const isSharded = sharded.has(name);
    const local = isSharded ? `${name}_local` : name;
    const body = replicated(statement.slice(head.length), local, isSharded);
    const create = `CREATE TABLE IF NOT EXISTS {db}.${local} ${on}${body}`;
    if (!isSharded) return [create];
    const all = `CREATE TABLE IF NOT EXISTS {db}.${name} ${on} AS {db}.${local} ENGINE = Distributed('${cluster}', '{db}', '${local}', rand())`;
    return [create, all];
  });
}

/** What changes a sharded table changes its rows' table first, then the one that reads all of them. */
function altered(statement: string, on: string, sharded: ReadonlySet<string>): string[] {
  const [head = '', name = ''] = /^ALTER TABLE \{db\}\.(\w+)/.exec(statement) ?? [];
  if (head === '') return [statement];
  const to = (table: string) => `ALTER TABLE {db}.${table} ${on}${statement.slice(head.length)}`;
  return sharded.has(name) ? [to(`${name}_local`), to(name)] : [to(name)];
}

/** The engine's replicated form; a table that stands on every node has all nodes as replicas of one shard. */
function replicated(body: string, table: string, isSharded: boolean): string {
  const [path, replica] = isSharded
    ? [`/clickhouse/tables/{shard}/{db}/${table}`, '{replica}']
    : [`/clickhouse/tables/everywhere/{db}/${table}`, '{shard}-{replica}'];
  return body
    .replace(ENGINE, (_, engine: string, args: string | undefined) => {
      const more = args === undefined || args === '' ? '' : `, ${args}`;
      return `ENGINE = Replicated${engine}('${path}', '${replica}'${more})`;
    })
    .replace(
      /\bnon_replicated_deduplication_window = (\d+)/,
      `replicated_deduplication_window = $1, replicated_deduplication_window_seconds = ${WINDOW_S}`,
    );
}
