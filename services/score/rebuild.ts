import { schemaStatements } from '../../shared/clickhouse/migrate.ts';
import { OF_SESSION } from '../../shared/lone-token.ts';
import { WINDOWS } from '../../shared/windows.ts';
import { periodsOf } from './calibrate.ts';
import { COHORT_ID, COHORT_KIND } from './cohort.ts';
import { evidenceSql, followSql } from './evidence.ts';
import { lean } from './lean.ts';
import { CALLER, FOLLOWS_S, TOUCHES } from './profile.ts';
import { loadProfile } from './profile-in-force.ts';
import type { Scratch } from './scratch.ts';

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
const SESSION_KIND = 2;
const VIEW = /^CREATE MATERIALIZED VIEW IF NOT EXISTS \{db\}\.\w+ TO \{db\}\.entity_1s_v1 AS\s+/;
const OF_EVENTS = 'WHERE late = 0';

/**
 * Roll-ups and evidence are kept for 25 hours, events for weeks: for a second further back, both are made again from
 * the events, by the same SQL, into scratch tables that stand in for them. Evidence is made under the profile of each
 * event's own period. Profiles and what was usual then (9 days), and who
 * touched which object (7 days), are read as far as they are still kept.
 * @returns false when there are too many events.
 */
export async function rebuildPast(scratch: Scratch, past: Past): Promise<boolean> {
  const { clickhouse } = scratch;
  const { kind, id, scope, at, origin } = past;
  const from = Math.max(0, at - WINDOWS['24h']);
  const params = { id, scope };
  const column =
    kind === COHORT_KIND ? `attestation_status != 'genuine' AND ${COHORT_ID}` : (COLUMNS[kind - 1] ?? 'ip');
  const named = kind === SESSION_KIND ? OF_SESSION : `${column} = {id:String}`;
  const own = `events_raw_v1.scope = {scope:String} AND ${named} AND ${between(from, at)}`;
  // What an event follows is told by its caller's events of its hour and the half hour before, and by its user's places.
  const among = (name: string) => `${name} IN (SELECT DISTINCT ${name} FROM {db}.events_raw_v1 WHERE ${own})`;
  const told = `events_raw_v1.scope = {scope:String} AND (${among(CALLER)} OR ${among(TOUCHES)})
    AND ${between(from - (from % 3600) - FOLLOWS_S, at)}`;
  const [size] = await clickhouse.rows<{ n: number }>(`SELECT count() AS n FROM {db}.events_raw_v1 WHERE ${told}`, {
    params,
  });
  if (size === undefined || size.n > AT_MOST) return false;

  const names = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = '${clickhouse.database}' AND table = 'entity_1s_v1' ORDER BY position`,
  );
  const columns = names.map(({ name }) => name).join(', ');
  await scratch.replace('entity_1s_v1', 'Memory');
  await scratch.replace('event_evidence_v1', 'ReplacingMergeTree ORDER BY (entity, second, place, kind)');
  await scratch.replace('caller_last_v1', 'Memory');
  await scratch.replace('place_last_v1', 'Memory');
  await clickhouse.run(`INSERT INTO {db}.entity_1s_v1 (${columns}) SELECT ${columns} FROM (${rollUpSql(own)})`, {
    params,
  });
  for (const statement of followSql(told))
    if (GATHERS.test(statement)) await clickhouse.run(lean(statement), { params });
  for (const [start, until] of periodsOf(from, at - 1, origin)) {
    await loadProfile(clickhouse, start);
    await clickhouse.run(
      lean(evidenceSql([start], `second >= fromUnixTimestamp(${start}) AND second < fromUnixTimestamp(${until})`)),
    );
  }
  return true;
}

/** Of the statements that gather events, those that name cohorts are the scorer's alone. */
const GATHERS = /^\s*(TRUNCATE TABLE|INSERT INTO) \{db\}\.score_/;

const between = (from: number, to: number) => `time >= ${moment(Math.max(0, from))} AND time < ${moment(to)}`;
const moment = (second: number) => `fromUnixTimestamp64Milli(toInt64(${second}) * 1000, 'UTC')`;

/** What the view of the roll-up makes of some events. */
function rollUpSql(events: string): string {
  const view = schemaStatements({ retentionDays: 1, ttl: false }).find((statement) => VIEW.test(statement));
  const parts = view?.replace(VIEW, '').split(OF_EVENTS) ?? [];
  if (parts.length !== 2) throw new Error('the view of entity_1s_v1 has another form than is read here');
  return parts.join(`${OF_EVENTS} AND ${events}`);
}
