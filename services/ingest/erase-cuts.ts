import type { ClickHouse } from '../../shared/clickhouse/client.ts';

const TABLE = 'ingest_cuts_v1';
/** The clocks of a worker and of ClickHouse may differ by this. */
const SKEW_MS = 5_000;

/** The last block of a partition. */
interface LastCut {
  topic: string;
  partition: number;
  epoch: number;
  first: number;
  last: number;
  judged: number;
}

/**
 * A worker that takes a partition over reads its last block again when nothing of it stands: it may never have been
 * stored. So the ledger is told of last blocks whose rows are all about to be erased, before they go; else Kafka would
 * bring them back, once the engine no longer knows the block.
 * @param own condition on the raw table: rows that are to go.
 */
export async function markErasedCuts(clickhouse: ClickHouse, own: string): Promise<void> {
  const met = await clickhouse.rows<{ place: string }>(
    `SELECT DISTINCT concat(toString(source), ':', toString(partition)) AS place FROM {db}.events_raw_v1
     WHERE startsWith(toString(source), 'kafka:') AND (${own})`,
  );
  if (met.length === 0) return;
  const places = new Set(met.map(({ place }) => place));
  for (const cut of await lastCuts(clickhouse)) {
    const isMet = places.has(`kafka:${cut.topic}:${cut.partition}`);
    if (isMet && (await isAllOf(clickhouse, cut, own))) await mark(clickhouse, cut);
  }
}

/** Of each partition; those that are marked are left out. */
async function lastCuts(clickhouse: ClickHouse): Promise<LastCut[]> {
  return clickhouse.rows<LastCut>(
    `SELECT topic, partition, epoch, first, last, judged FROM (
       SELECT toString(topic) AS topic, partition, epoch, first, last, toUnixTimestamp64Milli(written_at) AS judged, erased
       FROM {db}.${TABLE} WHERE last >= first
       ORDER BY epoch DESC, first DESC, erased DESC LIMIT 1 BY topic, partition)
     WHERE erased = 0`,
  );
}

async function isAllOf(clickhouse: ClickHouse, cut: LastCut, own: string): Promise<boolean> {
  const [row] = await clickhouse.rows<{ n: number; others: number }>(
    `SELECT count() AS n, countIf(NOT (${own})) AS others FROM {db}.events_raw_v1
     WHERE source = {source:String} AND partition = {partition:UInt32} AND offset BETWEEN {first:UInt64} AND {last:UInt64}
       AND inserted_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')`,
    { params: { ...cut, source: `kafka:${cut.topic}`, since: cut.judged - SKEW_MS } },
  );
  return row !== undefined && row.n > 0 && row.others === 0;
}

async function mark(clickhouse: ClickHouse, cut: LastCut): Promise<void> {
  const columns = 'topic, partition, epoch, owner, first, last, newest_ms, behind, written_at';
  await clickhouse.run(
    `INSERT INTO {db}.${TABLE} (${columns}, erased)
     SELECT ${columns}, 1 FROM {db}.${TABLE}
     WHERE topic = {topic:String} AND partition = {partition:UInt32} AND epoch = {epoch:UInt64}
       AND first = {first:UInt64} AND last = {last:UInt64} LIMIT 1`,
    { params: { ...cut } },
  );
}
