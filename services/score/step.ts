import { LONGEST_WINDOW_S, MAX_FUTURE_S } from '../../schemas/event.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { WINDOW_NAMES, WINDOWS } from '../../shared/windows.ts';
import { type CalibrationOptions, type CalibrationRow, computeCalibration } from './calibrate.ts';
import { callerHoursSql, EVENT_RISKS } from './caller-hours.ts';
import { evidenceSql, followSql, PLACE, REMEMBER } from './evidence.ts';
import { lean } from './lean.ts';
import { CALLER } from './profile.ts';
import { termHoursSql } from './reference.ts';
import type { RiskQuery } from './risk-query.ts';
import type { RiskRange } from './window-counts.ts';

export interface StepRange {
  /** First second of event time that the step before did not cover; epoch seconds. */
  from: number;
  /** The step: risk is computed from events with `time < to`. */
  to: number;
  /** Rows inserted after this time (epoch ms) are new since the step before; it overlaps a little with that step. */
  insertedAfter: number;
  /** The period of learning of this step, epoch seconds: older seconds are settled under what was in force then … */
  period: number;
  /** The day of the weights of attestation that hold in this step, epoch seconds: `evidenceStart`. */
  weighed: number;
  /** … but for rows inserted after they were settled (epoch ms): late ones. */
  settledAt: number;
  /** true after a pause: everything that is risky or was active in the longest window is asked again. */
  whole: boolean;
  /** true when the step before did not end: what it told of events may be all that it did. */
  again: boolean;
}

/**
 * One live step: asks risk for whatever may have changed, publishes the rows, folds what events met into caller-hours.
 * What may have changed at `to`: entities with events that entered or left a window since the step before, and those
 * with rows inserted since, however old their event time is.
 * @returns how many risk rows were published.
 */
export async function runStep(clickhouse: ClickHouse, query: RiskQuery, range: StepRange): Promise<number> {
  const events = `${newEvents(range)} AND time < fromUnixTimestamp64Milli(toInt64(${range.to + 1}) * 1000, 'UTC')`;
  const edges = [0, ...WINDOW_NAMES.map((name) => WINDOWS[name])].map((window) => edgeSql(range, window));
  if (!range.whole && !range.again && (await isQuiet(clickhouse, events, edges))) return 0;
  await gather(clickhouse, range, events);
  for (const statement of dueSql(range, events)) await clickhouse.run(lean(statement));
  const due = `${events} AND ${PLACE} IN (SELECT place FROM {db}.score_due)`;
  const changed = [
    ...edges,
    `SELECT arrayJoin(${EVENT_RISKS}).2 AS entity FROM {db}.events_raw_v1 WHERE ${due}`,
    ...(range.whole
      ? [
          `SELECT entity FROM {db}.entity_seconds_v1 WHERE second >= fromUnixTimestamp(${Math.max(0, range.to - WINDOWS['24h'])})`,
          'SELECT entity FROM {db}.risk_current_v1 FINAL WHERE score != 0 OR held > 0',
        ]
      : []),
  ];
  const wanted = `
    SELECT entity, toUInt32(${range.to}) AS step FROM (${changed.join(' UNION ALL ')}) GROUP BY entity
    UNION DISTINCT ${eventSecondsSql(due)}`;
  await judge(clickhouse, query, wanted, {
    from: Math.min(range.from, await earliest(clickhouse, range)),
    to: range.to,
  });
  // Seconds that are over; that of the step itself comes again with the next one.
  for (const statement of termHoursSql('{db}.score_terms_v1', `step < ${range.to}`))
    await clickhouse.run(lean(statement));

  // A row that is zero and was zero says nothing new.
  await clickhouse.run(
    lean(`
    INSERT INTO {db}.risk_step_v1 (step, entity, scope, kind, id, score, held, reasons)
    SELECT fromUnixTimestamp(work.step), work.entity, named.scope, named.kind, named.id, work.score, work.held, work.reasons
    FROM (
        SELECT * FROM {db}.score_work_v1
        WHERE step = ${range.to} AND (score != 0 OR held > 0
            OR entity IN (SELECT entity FROM {db}.risk_current_v1 WHERE (score != 0 OR held > 0)
                AND entity IN (SELECT entity FROM {db}.score_work_v1 WHERE step = ${range.to} AND score = 0 AND held = 0)))
    ) AS work
    INNER JOIN (
        SELECT entity, any(scope) AS scope, any(kind) AS kind, any(id) AS id FROM {db}.entity_v1
        WHERE entity IN (SELECT entity FROM {db}.score_work_v1) GROUP BY entity
    ) AS named ON named.entity = work.entity`),
  );
  await clickhouse.run(
    lean(callerHoursSql('{db}.score_work_v1', due, [{ start: range.period, weighed: range.weighed }])),
  );
  const [published] = await clickhouse.rows<{ n: number }>(
    `SELECT count() AS n FROM {db}.risk_step_v1 WHERE step = fromUnixTimestamp(${range.to})`,
  );
  return published?.n ?? 0;
}

/** Nothing came and nothing leaves a window, so nothing may have changed: most steps of an install at night, or of a new one. */
async function isQuiet(clickhouse: ClickHouse, events: string, edges: readonly string[]): Promise<boolean> {
  const any = [
    `SELECT toUInt64(1) AS entity FROM {db}.events_raw_v1 WHERE ${events} LIMIT 1`,
    ...edges.map((edge) => `${edge} LIMIT 1`),
  ];
  const found = await clickhouse.rows(any.map((select) => `(${select})`).join(' UNION ALL '));
  return found.length === 0;
}

/** Entities whose rows cross the edge of a window between the steps. */
function edgeSql(range: StepRange, window: number): string {
  return `SELECT entity FROM {db}.entity_seconds_v1 WHERE second >= fromUnixTimestamp(${Math.max(0, range.from - 1 - window)}) AND second <= fromUnixTimestamp(${Math.max(0, range.to - 1 - window)})`;
}

/**
 * Ends a period of learning: the seconds before `until` are scored once more under what was in force in them, so
 * that what is learnt next rests on all of them.
 * @param range of the first step of the new period, but with the period and settling time of the one that ends.
 * @param until the first second of the new period, epoch seconds.
 */
export async function settle(clickhouse: ClickHouse, query: RiskQuery, range: StepRange, until: number): Promise<void> {
  const events = `${newEvents(range)} AND time < fromUnixTimestamp64Milli(toInt64(${until}) * 1000, 'UTC')`;
  await gather(clickhouse, range, events);
  const from = await earliest(clickhouse, range);
  await judge(clickhouse, query, eventSecondsSql(events), { from: Math.min(from, until), to: until });
  for (const statement of termHoursSql('{db}.score_terms_v1', '1')) await clickhouse.run(lean(statement));
  await clickhouse.run(
    lean(callerHoursSql('{db}.score_work_v1', events, [{ start: range.period, weighed: range.weighed }])),
  );
}

/** Evidence of the events that have none yet. @param events condition on raw rows. */
async function gather(clickhouse: ClickHouse, range: StepRange, events: string): Promise<void> {
  // Steps overlap: what follows what is told once, when an event is first seen.
  const told = `SELECT place FROM {db}.event_evidence_v1
    WHERE entity IN (SELECT ${CALLER} FROM {db}.events_raw_v1 WHERE ${events}) AND second >= fromUnixTimestamp(${Math.max(0, range.from - WINDOWS['24h'])})`;
  const untold = `${events} AND ${PLACE} NOT IN (${told})`;
  for (const statement of [...followSql(untold), evidenceSql([range.period]), ...REMEMBER])
    await clickhouse.run(lean(statement));
}

/**
 * Which of a step's events are judged in it. Steps overlap, so most were judged by the step before, and what they met has
 * not changed since: they are due again when one of their entities has a new event that lies before them, when they
 * were refused (of which nothing is told), or when the step before ended with their very second.
 */
function dueSql(range: StepRange, events: string): string[] {
  const ofEvent = `SELECT ${PLACE} AS place, was_refused, toUInt32(toDateTime(time)) AS second`;
  const changed = `
    FROM (${ofEvent}, arrayJoin(${EVENT_RISKS}).2 AS entity FROM {db}.events_raw_v1 WHERE ${events}) AS event
    LEFT JOIN (SELECT e.2 AS entity, toUInt32(min(score_events.second)) AS first FROM {db}.score_events ARRAY JOIN entities AS e GROUP BY entity) AS news USING (entity)
    WHERE was_refused OR second >= ${range.from - 1} OR (first > 0 AND first < second) OR place IN (SELECT place FROM {db}.score_events)`;
  return [
    'TRUNCATE TABLE {db}.score_due',
    `INSERT INTO {db}.score_due SELECT DISTINCT place ${range.whole || range.again ? `FROM (${ofEvent} FROM {db}.events_raw_v1 WHERE ${events})` : changed}`,
  ];
}

/** Terms and risk of what is wanted, into the scratch tables. */
async function judge(clickhouse: ClickHouse, query: RiskQuery, wanted: string, range: RiskRange): Promise<void> {
  const statements = [
    ...query.fill(wanted, range),
    'TRUNCATE TABLE {db}.score_terms_v1',
    `INSERT INTO {db}.score_terms_v1 ${query.terms}`,
    'TRUNCATE TABLE {db}.score_work_v1',
    `INSERT INTO {db}.score_work_v1 (entity, step, kind, held, score, reasons)
     SELECT entity, step, kind, held, score, reasons FROM (${query.risk('SELECT * FROM {db}.score_terms_v1')})`,
  ];
  for (const statement of statements) await clickhouse.run(lean(statement));
}

/** An event is inserted at most so long before its time: ingest refuses what is further ahead; and some for two clocks. */
const AHEAD_MS = (MAX_FUTURE_S + 5) * 1000;

/**
 * Condition on raw rows that are new to this step: inserted since the one before, or earlier but of seconds that no step
 * reached yet, since a gateway's clock runs ahead or another partition lags. A `DateTime64` is compared with another: against a `DateTime` the engine
 * takes a fraction of a second for the whole of it, and the last second before a bound would be lost.
 */
function newEvents(range: StepRange): string {
  // After days without a scorer only what the windows still reach is new.
  const from = Math.max(range.from, range.to - LONGEST_WINDOW_S);
  const since = (ms: number) => `inserted_at > fromUnixTimestamp64Milli(${Math.max(0, ms)})`;
  return `${since(Math.min(range.insertedAfter, from * 1000 - AHEAD_MS))} AND late = 0
    AND (${since(range.insertedAfter)} OR time >= fromUnixTimestamp64Milli(toInt64(${from}) * 1000, 'UTC'))
    AND (time >= fromUnixTimestamp64Milli(toInt64(${range.period}) * 1000, 'UTC') OR inserted_at > fromUnixTimestamp64Milli(${range.settledAt}))`;
}

/** The entities of events at the seconds of those events: what the events themselves met. */
function eventSecondsSql(events: string): string {
  return `SELECT DISTINCT arrayJoin(${EVENT_RISKS}).2 AS entity, toUInt32(toDateTime(time)) AS step
    FROM {db}.events_raw_v1 WHERE ${events}`;
}

async function earliest(clickhouse: ClickHouse, range: StepRange): Promise<number> {
  const [row] = await clickhouse.rows<{ second: number }>(
    `SELECT toUInt32(toDateTime(min(time))) AS second FROM {db}.events_raw_v1 WHERE ${newEvents(range)}`,
  );
  return row === undefined || row.second === 0 ? range.from : row.second;
}

/** Computes and stores the curves that hold from `start` on. */
export async function publishCalibration(
  clickhouse: ClickHouse,
  start: number,
  options: CalibrationOptions,
): Promise<void> {
  await storeCalibration(clickhouse, start, await computeCalibration(clickhouse, start, options));
}

export async function storeCalibration(
  clickhouse: ClickHouse,
  start: number,
  rows: readonly CalibrationRow[],
): Promise<void> {
  await clickhouse.insert(
    'calibration_v1',
    ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
    rows.map((row) => [start, row.scope, row.segment, row.basis, row.units, row.scores, row.decibels, row.slope]),
  );
}
