import { schemaStatements } from '../../shared/clickhouse/migrate.ts';
import { calibrationStart } from './calibrate.ts';
import { COHORT_ID, COHORT_KIND } from './cohort.ts';
import { evidenceSql } from './evidence.ts';
import { lean } from './lean.ts';
import { CALLER, FOLLOWS_S, loadProfile } from './profile.ts';
import type { Scratch } from './scratch.ts';
import { WINDOWS } from './windows.ts';

/** One entity's past: counts and evidence of the longest window before `at`, epoch seconds. */
export interface Past {
  /** Number of the kind. */
  kind: number;
  id: string;
  scope: string;
  at: number;
  /** When the first event of this install was: periods of learning follow from it. */
  origin: number;
}

/** With more events than this, counts are not made again: it would take minutes. */
const AT_MOST = 500_000;
const COLUMNS = ['user_id', 'session_id', 'device_id', 'ip', 'net', 'api_client'];
const VIEW = /^CREATE MATERIALIZED VIEW IF NOT EXISTS \{db\}\.\w+ TO \{db\}\.entity_1s_v1 AS\s+/;
const OF_EVENTS = 'WHERE late = 0';

/**
 * Roll-ups and evidence are kept for 25 hours, events for weeks: for a second further back, both are made again from
 * the events, by the same SQL, into scratch tables that stand in for them. Evidence is made under the profile of each
 * event's own period.
 * @returns false when there are too many events.
 */
export async function rebuildPast(scratch: Scratch, past: Past): Promise<boolean> {
  const { clickhouse } = scratch;
  const { kind, id, scope, at, origin } = past;
  const from = Math.max(0, at - WINDOWS['24h']);
  const params = { id, scope };
  const column =
    kind === COHORT_KIND ? `attestation_status != 'genuine' AND ${COHORT_ID}` : (COLUMNS[kind - 1] ?? 'ip');
  const own = `events_raw_v1.scope = {scope:String} AND ${column} = {id:String} AND ${between(from, at)}`;
  const callers = `SELECT DISTINCT ${CALLER} FROM {db}.events_raw_v1 WHERE ${own}`;
  const withCallers = `events_raw_v1.scope = {scope:String} AND ${CALLER} IN (${callers})`;
  const [size] = await clickhouse.rows<{ n: number }>(
    `SELECT count() AS n FROM {db}.events_raw_v1 WHERE ${withCallers} AND ${between(from - FOLLOWS_S, at)}`,
    { params },
  );
  if (size === undefined || size.n > AT_MOST) return false;

  const names = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = '${clickhouse.database}' AND table = 'entity_1s_v1' ORDER BY position`,
  );
  const columns = names.map(({ name }) => name).join(', ');
  await scratch.replace('entity_1s_v1', 'Memory');
  await scratch.replace('event_evidence_v1', 'ReplacingMergeTree ORDER BY (entity, second, place, kind)');
  await scratch.replace('caller_last_v1', 'Memory');
  await clickhouse.run(`INSERT INTO {db}.entity_1s_v1 (${columns}) SELECT ${columns} FROM (${rollUpSql(own)})`, {
    params,
  });
  // The newest period first: what an earlier one says of the half hour that both read stands, as it came last.
  for (const [start, until] of periodsBefore(from, at, origin)) {
    await loadProfile(clickhouse, start);
    const events = `${withCallers} AND ${between(Math.max(start, from) - FOLLOWS_S, Math.min(until, at))}`;
    for (const statement of evidenceSql(events))
      if (MAKES_EVIDENCE.test(statement)) await clickhouse.run(lean(statement), { params });
  }
  return true;
}

/** Of the statements that make evidence, those that name cohorts and remember callers are the scorer's alone. */
const MAKES_EVIDENCE = /^\s*(TRUNCATE TABLE|INSERT INTO) \{db\}\.(score_events|event_evidence_v1)\b/;

const between = (from: number, to: number) => `time >= ${moment(Math.max(0, from))} AND time < ${moment(to)}`;
const moment = (second: number) => `fromUnixTimestamp64Milli(toInt64(${second}) * 1000, 'UTC')`;

/** What the view of the roll-up makes of some events. */
function rollUpSql(events: string): string {
  const view = schemaStatements({ retentionDays: 1, ttl: false }).find((statement) => VIEW.test(statement));
  const parts = view?.replace(VIEW, '').split(OF_EVENTS) ?? [];
  if (parts.length !== 2) throw new Error('the view of entity_1s_v1 has another form than is read here');
  return parts.join(`${OF_EVENTS} AND ${events}`);
}

/** Periods of learning that a span touches, `[start, until)`, the newest first. */
function periodsBefore(from: number, to: number, origin: number): [number, number][] {
  const periods: [number, number][] = [];
  let until = to;
  while (until > from) {
    const start = calibrationStart(until - 1, origin);
    periods.push([start, until]);
    until = start;
  }
  return periods;
}
