import { type StatusShares, statusShares } from '../../schemas/policy.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { evidenceStart, measureEvidences } from './attestation-evidence.ts';
import { batchesOf } from './batches.ts';
import { calibrationStart, periodsOf } from './calibrate.ts';
import { callerHoursSql } from './caller-hours.ts';
import { evidenceSql, followSql, REMEMBER } from './evidence.ts';
import { hourCountsSql } from './hour-counts.ts';
import { lean } from './lean.ts';
import { openingsSql } from './opening.ts';
import { rememberObjectsSql } from './profile.ts';
import { loadProfiles } from './profile-in-force.ts';
import { learnReferences, termHoursSql } from './reference.ts';
import { createRiskQuery } from './risk-query.ts';
import { TERM_COLUMNS } from './terms-query.ts';

/** Events whose entities are scored in one statement: bounds the memory of the engine. */
const EVENTS_PER_SHARD = 200_000;
export const hourOf = (step: number) => step - (step % 3600);

/** Makes the tables that {@link scoreAll} works on, beside those of the schema. */
export async function createReplayTables(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.run(`CREATE TABLE IF NOT EXISTS {db}.backtest_risk (
    entity UInt64, step UInt32, kind UInt8, held UInt8, score Float64,
    reasons Array(Tuple(feature LowCardinality(String), value Float64, usual Float64, part Float64))
  ) ENGINE = MergeTree ORDER BY (step, entity)`);
  await clickhouse.run(
    `CREATE TABLE IF NOT EXISTS {db}.backtest_terms (${TERM_COLUMNS}) ENGINE = MergeTree ORDER BY (step, entity)`,
  );
}

/**
 * Risk of every event's entities at its own second, by the same SQL as live; then caller-hours.
 * @param progress told how much is done, 0 to 1.
 * @param since when the first event of this install was, epoch seconds, where it was before those that are scored.
 */
export async function scoreAll(
  clickhouse: ClickHouse,
  events: number,
  progress: (share: number) => void,
  badStatuses: StatusShares = statusShares.parse({}),
  since?: number,
): Promise<void> {
  const found = await eventPeriods(clickhouse, since);
  if (found === null) return;
  const { from, to, periods } = found;
  const query = createRiskQuery();
  for (const statement of query.prepare) await clickhouse.run(statement);
  const origin = hourOf(since ?? from);
  await clickhouse.run(rememberObjectsSql('1'));
  const pages = await timePages(clickhouse, EVENTS_PER_SHARD);
  // Whole hours of about a page each: a month at once would be more than one statement should hold.
  const cuts = [...new Set(pages.map(([from]) => hourOf(from))), hourOf(to) + 3600];
  const hours = cuts.slice(0, -1).map((cut, i): [number, number] => [cut, cuts[i + 1] ?? cut + 3600]);
  for (const [from, to] of hours) for (const statement of hourCountsSql(from, to)) await clickhouse.run(statement);
  await gatherEvidence(clickhouse, periods);
  progress(0.2);
  const shards = entityShards(Math.max(1, Math.ceil(events / EVENTS_PER_SHARD)));
  for (const [shard, entities] of shards.entries()) {
    const wanted = `SELECT entity, toUInt32(second) AS step FROM {db}.entity_seconds_v1 WHERE ${entities} GROUP BY entity, step`;
    for (const statement of query.fill(wanted, { from, to: to + 1 })) await clickhouse.run(statement);
    await clickhouse.run(`INSERT INTO {db}.backtest_terms ${query.terms}`);
    progress(0.2 + (0.5 * (shard + 1)) / shards.length);
  }
  for (const [from, to] of hours)
    for (const statement of termHoursSql('{db}.backtest_terms', `step >= ${from} AND step < ${to}`))
      await clickhouse.run(statement);
  // What holds for a period is learnt from those before, as live.
  const starts = periods.map(([start]) => start);
  await learnReferences(clickhouse, starts, query.termCount);
  for (const [page, [from, to]] of pages.entries()) {
    await clickhouse.run(
      `INSERT INTO {db}.backtest_risk (entity, step, kind, held, score, reasons)
       SELECT entity, step, kind, held, score, reasons
       FROM (${query.risk(`SELECT * FROM {db}.backtest_terms WHERE step >= ${from} AND step < ${to}`)})
       WHERE score != 0 OR held > 0`,
    );
    progress(0.7 + (0.2 * (page + 1)) / pages.length);
  }
  const weighed = starts.map((start) => ({ start, weighed: evidenceStart(start, origin) }));
  const measured = [...new Set(weighed.map((period) => period.weighed))];
  for (const some of await batchesOf(clickhouse, measured, ['attestation_1h_v2']))
    await measureEvidences(clickhouse, some, badStatuses);
  for (const some of await batchesOf(clickhouse, starts, ['opening_1h_v1'])) await clickhouse.run(openingsSql(some));
  for (const [from, to] of pages) {
    const within = weighed.filter(({ start }, i) => start < to && (weighed[i + 1]?.start ?? to) > from);
    await clickhouse.run(callerHoursSql(riskBetween(from, to), between(from, to), within));
  }
}

/**
 * From when to when there are events, and the periods of learning that have any: one stray line of long ago must not cost
 * thousands. Null when there are no events.
 * @param since when the first event of this install was, where it was before these; epoch seconds.
 */
export async function eventPeriods(
  clickhouse: ClickHouse,
  since?: number,
): Promise<{ from: number; to: number; periods: [number, number][] } | null> {
  const [range] = await clickhouse.rows<{ from: number; to: number }>(
    'SELECT toUInt32(min(second)) AS from, toUInt32(max(second)) AS to FROM {db}.entity_seconds_v1',
  );
  if (range === undefined || range.to === 0) return null;
  const hours = await clickhouse.rows<{ hour: number }>(
    'SELECT DISTINCT toUInt32(toStartOfHour(second)) AS hour FROM {db}.entity_seconds_v1',
  );
  const origin = hourOf(since ?? range.from);
  const starts = new Set(hours.map(({ hour }) => calibrationStart(hour, origin)));
  return { ...range, periods: periodsOf(range.from, range.to, origin).filter(([start]) => starts.has(start)) };
}

/**
 * Conditions that part entities into stretches of their numbers, which are hashes, of about one size. Roll-ups and evidence
 * are sorted by them, so that a shard reads its own rows; by remainders each shard would read all of both.
 */
function entityShards(count: number): string[] {
  const bound = (i: number) => (2n ** 64n * BigInt(i)) / BigInt(count);
  return Array.from({ length: count }, (_, i) =>
    i + 1 < count ? `entity >= ${bound(i)} AND entity < ${bound(i + 1)}` : `entity >= ${bound(i)}`,
  );
}

/** Evidence of all events, each against the profile of its period. */
async function gatherEvidence(clickhouse: ClickHouse, periods: readonly [number, number][]): Promise<void> {
  const starts = periods.map(([start]) => start);
  const batches = await batchesOf(clickhouse, starts, ['profile_1h_v1']);
  let inForce: readonly number[] = [];
  for (const [from, to] of await timePages(clickhouse, EVENTS_PER_SHARD)) {
    for (const statement of followSql(between(from, to))) await clickhouse.run(lean(statement));
    for (const batch of batches) {
      const [first = 0, last = 0] = [batch[0], batch.at(-1)];
      const until = periods.find(([start]) => start === last)?.[1] ?? 0;
      if (first >= to || until <= from) continue;
      if (batch !== inForce) await loadProfiles(clickhouse, batch);
      inForce = batch;
      await clickhouse.run(
        lean(evidenceSql(batch, `second >= fromUnixTimestamp(${first}) AND second < fromUnixTimestamp(${until})`)),
      );
    }
    for (const statement of REMEMBER) await clickhouse.run(lean(statement));
  }
}

/** Spans of whole seconds with at most `size` events each, unless one second has more. */
export async function timePages(clickhouse: ClickHouse, size: number): Promise<[number, number][]> {
  const rows = await clickhouse.rows<{ from: number; to: number }>(
    `SELECT toUInt32(min(second)) AS from, toUInt32(max(second)) + 1 AS to FROM (
       SELECT second, sum(n) OVER (ORDER BY second) - n AS before
       FROM (SELECT toDateTime(time) AS second, count() AS n FROM {db}.events_raw_v1 GROUP BY second)
     ) GROUP BY intDiv(before, ${size}) ORDER BY from`,
  );
  return rows.map(({ from, to }) => [from, to]);
}

/** Condition on raw rows of the seconds in `[from, to)`. */
export const between = (from: number, to: number) =>
  `time >= fromUnixTimestamp64Milli(toInt64(${from}) * 1000, 'UTC') AND time < fromUnixTimestamp64Milli(toInt64(${to}) * 1000, 'UTC')`;
/** What {@link scoreAll} found for them. */
export const riskBetween = (from: number, to: number) =>
  `(SELECT * FROM {db}.backtest_risk WHERE step >= ${from} AND step < ${to})`;
