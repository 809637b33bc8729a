import type { StatusShares } from '../../schemas/policy.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { schemaStatements } from '../../shared/clickhouse/migrate.ts';
import { WINDOWS } from '../../shared/windows.ts';
import { COHORT_KIND } from './cohort.ts';
import { FOLLOWS_S } from './profile.ts';
import { engineNow, firstHour } from './progress.ts';
import { createReplayTables, hourOf, scoreAll } from './score-all.ts';

/** Older hours are not learnt from: curves rest on 30 days. */
const REACH_S = 31 * 86_400;
/** An import is over when nothing of it came for so long, in milliseconds. */
const QUIET_MS = 10_000;
/** Live hours of a younger install than this were scored while little was learnt, and are scored anew with its history. */
const YOUNG_S = 36 * 3600;
/**
 * Of an earlier method's hours so many events are scored anew at most, those of the day before them counted in: half an hour or
 * so, in which disk and processors are shared. Who has more in a day learns as much live in a few hours.
 */
const ANEW_AT_MOST = 10_000_000;
/** Evidence is kept for so long: windows reach no further. */
const EVIDENCE_S = 25 * 3600;
/** Copies of tables in which history is scored, beside those of the live scorer; each begins with this. */
const PREFIX = 'replay_';
/** Tables that scoring reads or writes, by the names of the schema. */
const COPIED = [
  'events_raw_v1',
  'entity_1s_v1',
  'entity_seconds_v1',
  'entity_v1',
  'caller_attestation_1h_v1',
  'term_hour_v1',
  'other_term_hour_v1',
  'event_evidence_v1',
  'caller_last_v1',
  'place_last_v1',
  'profile_1h_v1',
  'recent_1m_v1',
  'usual_now_v1',
  'object_touch_v1',
  'caller_hour_v1',
  'attestation_1h_v2',
  'attested_v2',
  'attestation_evidence_v1',
  'opening_1h_v1',
  'opening_v1',
] as const;
type Copied = (typeof COPIED)[number];

/** Hours of history that were not learnt from yet; epoch seconds. */
export interface History {
  hours: number[];
  /** The newest of it was inserted then, epoch ms. */
  inserted: number;
}

/** What {@link markHistory} found and marked. */
export interface Marked {
  /** Past hours within reach of which events are kept. */
  kept: number;
  /** Of them, those that are scored anew. */
  hours: number;
}

/** Thrown where the scorer is to stop: what was begun is begun again by the next one. */
export class Stopped extends Error {}

/** What came in and has not been learnt from; undefined: nothing. What is marked for later is not told yet. */
export async function pendingHistory(clickhouse: ClickHouse): Promise<History | undefined> {
  const rows = await clickhouse.rows<{ at: number; newest: string }>(
    `SELECT toUInt32(hour) AS at, toString(toUnixTimestamp64Milli(max(inserted))) AS newest FROM {db}.history_hour_v1
     GROUP BY hour HAVING max(inserted) > max(learnt) AND max(inserted) <= now64(3) ORDER BY hour`,
  );
  if (rows.length === 0) return undefined;
  return { hours: rows.map(({ at }) => at), inserted: Math.max(...rows.map(({ newest }) => Number(newest))) };
}

/** The same once the import is over and live steps have seen all of it. @param seenUntil insertion time, epoch ms. */
export async function endedHistory(clickhouse: ClickHouse, seenUntil: number): Promise<History | undefined> {
  const history = await pendingHistory(clickhouse);
  if (history === undefined || history.inserted >= seenUntil) return undefined;
  return history.inserted + QUIET_MS < (await engineNow(clickhouse)) ? history : undefined;
}

/**
 * Marks past hours of raw events as history, to be scored anew: as many of the newest as are within reach. The two hours in
 * which that is done are marked as well, for when they are over, since they are scored while nothing is learnt: also where no
 * past hour fits, if the day before them does.
 * @param start epoch seconds, a full hour: hours before it are past. @param atMost events.
 */
export async function markHistory(clickhouse: ClickHouse, start: number, atMost = ANEW_AT_MOST): Promise<Marked> {
  const found = await clickhouse.rows<{ hour: number; n: number }>(
    `SELECT toUInt32(toStartOfHour(toDateTime(time))) AS hour, count() AS n FROM {db}.events_raw_v1
     WHERE late = 0 AND time >= ${moment(Math.max(0, start - REACH_S))} AND time < ${moment(start)} GROUP BY hour ORDER BY hour`,
  );
  const since = (second: number) => found.reduce((sum, { hour, n }) => sum + (hour >= second ? n : 0), 0);
  const hours = found.map(({ hour }) => hour).filter((hour) => since(hour - WINDOWS['24h']) <= atMost);
  const marked = { kept: found.length, hours: hours.length };
  if (found.length === 0 || since(start - WINDOWS['24h']) > atMost) return marked;
  const now = await engineNow(clickhouse);
  const over = [start, start + 3600].map((hour) => [hour, (hour + 3600) * 1000]);
  await clickhouse.insert(
    'history_hour_v1',
    ['hour', 'inserted', 'learnt'],
    [...hours.map((hour) => [hour, now]), ...over].map((mark) => [...mark, 0]),
  );
  return marked;
}

/**
 * Learns from imported history as a backtest of the same events would: live steps meet it under whatever is in force when
 * it comes, and roll-ups of its seconds live by event time, so they may be gone before it is scored. Here its hours are scored
 * from the raw events, each period under what the periods before have taught, in tables of their own that keep everything;
 * then the caller-hours, terms and profiles of these hours take the place of the live ones.
 * @param nowS epoch seconds. @param isStopped asked between statements.
 */
export async function learnHistory(
  clickhouse: ClickHouse,
  history: History,
  nowS: number,
  badStatuses: StatusShares,
  isStopped: () => boolean,
): Promise<void> {
  const beside = besideLive(clickhouse, isStopped);
  await dropReplay(clickhouse);
  for (const statement of statementsOf(COPIED)) await beside.run(statement);
  await createReplayTables(beside);
  const hours = history.hours.filter((hour) => hour >= nowS - REACH_S);
  const [first, last] = [hours[0], hours.at(-1)];
  if (first !== undefined && last !== undefined) {
    const isYoung = await youngerThan(clickhouse, nowS - YOUNG_S);
    const until = isYoung ? hourOf(nowS) : last + 3600;
    const from = first - WINDOWS['24h'];
    await copyEvents(clickhouse, beside, from, until);
    await seed(clickhouse, from);
    const [size] = await beside.rows<{ n: number }>('SELECT count() AS n FROM {db}.events_raw_v1');
    const origin = Math.min(first, (await firstHour(clickhouse)) ?? first);
    await scoreAll(beside, size?.n ?? 0, () => {}, badStatuses, origin);
    await takeOver(clickhouse, isYoung ? hoursFrom(first, until) : hours);
    // Windows of live steps reach back into these hours. What the very first events follow was not copied.
    const reached = Math.max(hourOf(nowS) - EVIDENCE_S, from + FOLLOWS_S);
    await copy(clickhouse, 'event_evidence_v1', `second >= fromUnixTimestamp(${reached})`, 'out');
  }
  await clickhouse.insert(
    'history_hour_v1',
    ['hour', 'inserted', 'learnt'],
    history.hours.map((hour) => [hour, history.inserted, history.inserted]),
  );
  await dropReplay(clickhouse);
}

/** Copies that a crash left behind go too. */
async function dropReplay(clickhouse: ClickHouse): Promise<void> {
  const tables = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${clickhouse.database}' AND startsWith(name, '${PREFIX}') ORDER BY engine = 'MaterializedView' DESC`,
  );
  for (const { name } of tables) await clickhouse.run(`DROP TABLE IF EXISTS {db}.${name}`);
}

/** A way to ClickHouse on which every table is its copy. */
function besideLive(clickhouse: ClickHouse, isStopped: () => boolean): ClickHouse {
  const own = (sql: string) => {
    if (isStopped()) throw new Stopped();
    return sql.replaceAll('{db}.', `{db}.${PREFIX}`);
  };
  return {
    ...clickhouse,
    rows: async (sql, options) => clickhouse.rows(own(sql), options),
    checked: async (row, sql, options) => clickhouse.checked(row, own(sql), options),
    run: async (sql, options) => clickhouse.run(own(sql), options),
    insert: (table, columns, rows, token) => clickhouse.insert(`${PREFIX}${table}`, columns, rows, token),
    insertEncoded: (table, columns, lines, token) =>
      clickhouse.insertEncoded(`${PREFIX}${table}`, columns, lines, token),
  };
}

/** The statements that make some tables and what feeds them, without a TTL. */
function statementsOf(tables: readonly string[]): string[] {
  return schemaStatements({ retentionDays: 1, ttl: false }).filter((statement) => {
    const [, name] = /^(?:CREATE|ALTER) [A-Z ]+ \{db\}\.(\w+?)(?:_view)?\s/.exec(statement) ?? [];
    return name !== undefined && tables.includes(name);
  });
}

/**
 * Whether the first events that came live did so after `second`, epoch seconds. An upgrade empties caller-hours and marks
 * hours that were lived through, so events say it too: those of a live source come within the day.
 */
async function youngerThan(clickhouse: ClickHouse, second: number): Promise<boolean> {
  const [row] = await clickhouse.rows<{ lived: number }>(
    `SELECT count() AS lived FROM (
       (SELECT 1 FROM {db}.caller_hour_v1 WHERE hour <= fromUnixTimestamp(${Math.max(0, second)})
          AND hour NOT IN (SELECT hour FROM {db}.history_hour_v1) LIMIT 1)
       UNION ALL
       (SELECT 1 FROM {db}.events_raw_v1 WHERE late = 0 AND time < ${moment(Math.max(0, second))} AND time >= inserted_at - INTERVAL 25 HOUR LIMIT 1))`,
  );
  return row === undefined || row.lived === 0;
}

const moment = (second: number) => `fromUnixTimestamp64Milli(toInt64(${second}) * 1000, 'UTC')`;

/** Day by day, so that no statement holds much; the copies' views make the roll-ups. */
async function copyEvents(clickhouse: ClickHouse, beside: ClickHouse, from: number, until: number): Promise<void> {
  const columns = await columnsOf(clickhouse, 'events_raw_v1');
  for (let day = from; day < until; day += 86_400) {
    // Asked for, so that a scorer that stops does so between days.
    await beside.rows('SELECT 1 FROM {db}.events_raw_v1 LIMIT 1');
    await clickhouse.run(
      `INSERT INTO {db}.${PREFIX}events_raw_v1 (${columns}) SELECT ${columns} FROM {db}.events_raw_v1
       WHERE late = 0 AND time >= ${moment(day)} AND time < ${moment(Math.min(until, day + 86_400))}`,
    );
  }
}

/** What was known before the events that are scored. */
async function seed(clickhouse: ClickHouse, from: number): Promise<void> {
  const before: [Copied, string][] = [
    ['term_hour_v1', 'hour'],
    ['other_term_hour_v1', 'hour'],
    ['profile_1h_v1', 'hour'],
    ['opening_1h_v1', 'hour'],
    ['caller_attestation_1h_v1', 'hour'],
    ['attestation_1h_v2', 'hour'],
    ['entity_v1', 'first_seen'],
    ['object_touch_v1', 'first'],
  ];
  for (const [table, column] of before) await copy(clickhouse, table, `${column} < fromUnixTimestamp(${from})`, 'in');
  await copy(clickhouse, 'attested_v2', '1', 'in');
}

/** What was learnt of these hours takes the place of what was there. */
async function takeOver(clickhouse: ClickHouse, hours: readonly number[]): Promise<void> {
  const those = (hour: string) => `${hour} IN (${hours.join(', ')})`;
  const learnt: [Copied, string][] = [
    ['term_hour_v1', 'toUInt32(hour)'],
    ['other_term_hour_v1', 'toUInt32(hour)'],
    ['caller_hour_v1', 'toUInt32(hour)'],
    ['profile_1h_v1', 'toUInt32(hour)'],
    ['opening_1h_v1', 'toUInt32(hour)'],
    ['usual_now_v1', 'until - until % 3600'],
  ];
  for (const [table, hour] of learnt) {
    await clickhouse.run(`ALTER TABLE {db}.${table} DELETE WHERE ${those(hour)} SETTINGS mutations_sync = 2`);
    await copy(clickhouse, table, those(hour), 'out');
  }
  // Cohorts have no other name.
  await copy(clickhouse, 'entity_v1', `kind = ${COHORT_KIND}`, 'out');
}

async function copy(clickhouse: ClickHouse, table: Copied, which: string, way: 'in' | 'out'): Promise<void> {
  const columns = await columnsOf(clickhouse, table);
  const [to, of] = way === 'in' ? [`${PREFIX}${table}`, table] : [table, `${PREFIX}${table}`];
  await clickhouse.run(`INSERT INTO {db}.${to} (${columns}) SELECT ${columns} FROM {db}.${of} WHERE ${which}`);
}

async function columnsOf(clickhouse: ClickHouse, table: Copied): Promise<string> {
  const names = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = '${clickhouse.database}' AND table = '${table}'
       AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position`,
  );
  return names.map(({ name }) => name).join(', ');
}

function hoursFrom(first: number, until: number): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((until - first) / 3600)) }, (_, i) => first + i * 3600);
}
