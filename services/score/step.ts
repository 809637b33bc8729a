import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { type CalibrationOptions, computeCalibration } from './calibrate.ts';
import { callerHoursSql, EVENT_ENTITIES } from './caller-hours.ts';
import { termHoursSql } from './reference.ts';
import type { RiskQuery } from './risk-query.ts';
import { WINDOW_NAMES, WINDOWS } from './windows.ts';

export interface StepRange {
  /** First second of event time that the step before did not cover; epoch seconds. */
  from: number;
  /** The step: risk is computed from events with `time < to`. */
  to: number;
  /** Rows inserted after this time (epoch ms) are new since the step before. */
  insertedAfter: number;
  /** true after a pause: everything that is risky or was active in the longest window is asked again. */
  whole: boolean;
}

/**
 * One live step: asks risk for whatever may have changed, publishes the rows, folds what events met into caller-hours.
 * What may have changed at `to`: entities with events that entered or left a window since the step before, and those
 * with rows inserted since, however old their event time is.
 * @returns how many risk rows were published.
 */
export async function runStep(clickhouse: ClickHouse, query: RiskQuery, range: StepRange): Promise<number> {
  await clickhouse.run('TRUNCATE TABLE {db}.score_work_v1');
  const { rows: earliest } = await newRows(clickhouse, range);
  const inserted = `inserted_at > fromUnixTimestamp64Milli(${Math.max(0, range.insertedAfter)}) AND late = 0`;

  const edges = WINDOW_NAMES.map((name) => edgeSql(range, WINDOWS[name]));
  const changed = [
    edgeSql(range, 0),
    ...edges,
    `SELECT arrayJoin(${EVENT_ENTITIES}) AS entity FROM {db}.events_raw_v1 WHERE ${inserted}`,
    ...(range.whole
      ? [
          `SELECT entity FROM {db}.entity_seconds_v1 WHERE second >= fromUnixTimestamp(${Math.max(0, range.to - WINDOWS['24h'])})`,
          'SELECT entity FROM {db}.risk_current_v1 FINAL WHERE score > 0 OR held > 0',
        ]
      : []),
  ];
  const wanted = `
    SELECT entity, toUInt32(${range.to}) AS step FROM (${changed.join(' UNION ALL ')}) GROUP BY entity
    UNION DISTINCT
    SELECT DISTINCT arrayJoin(${EVENT_ENTITIES}) AS entity, toUInt32(toDateTime(time)) AS step
    FROM {db}.events_raw_v1 WHERE ${inserted} AND time < fromUnixTimestamp(${range.to + 1})`;
  for (const statement of query.fill(wanted, { from: Math.min(range.from, earliest), to: range.to }))
    await clickhouse.run(statement);
  await clickhouse.run('TRUNCATE TABLE {db}.score_terms_v1');
  await clickhouse.run(`INSERT INTO {db}.score_terms_v1 ${query.terms}`);
  await clickhouse.run(
    `INSERT INTO {db}.score_work_v1 (entity, step, kind, held, score, reasons)
     SELECT entity, step, kind, held, score, reasons FROM (${query.risk('SELECT * FROM {db}.score_terms_v1')})`,
  );
  // Seconds that are over; that of the step itself comes again with the next one.
  await clickhouse.run(termHoursSql('{db}.score_terms_v1', `step < ${range.to}`));

  // A row that is zero and was zero says nothing new.
  await clickhouse.run(`
    INSERT INTO {db}.risk_step_v1 (step, entity, scope, kind, id, score, held, reasons)
    SELECT fromUnixTimestamp(work.step), work.entity, named.scope, named.kind, named.id, work.score, work.held, work.reasons
    FROM (
        SELECT * FROM {db}.score_work_v1
        WHERE step = ${range.to} AND (score > 0 OR held > 0
            OR entity IN (SELECT entity FROM {db}.risk_current_v1 WHERE score > 0 OR held > 0))
    ) AS work
    INNER JOIN (
        SELECT entity, any(scope) AS scope, any(kind) AS kind, any(id) AS id FROM {db}.entity_v1
        WHERE entity IN (SELECT entity FROM {db}.score_work_v1) GROUP BY entity
    ) AS named ON named.entity = work.entity`);
  await clickhouse.run(
    callerHoursSql('{db}.score_work_v1', `${inserted} AND time < fromUnixTimestamp(${range.to + 1})`),
  );
  const [published] = await clickhouse.rows<{ n: number }>(
    `SELECT count() AS n FROM {db}.risk_step_v1 WHERE step = fromUnixTimestamp(${range.to})`,
  );
  return published?.n ?? 0;
}

/** Entities whose rows cross the edge of a window between the steps. */
function edgeSql(range: StepRange, window: number): string {
  return `SELECT entity FROM {db}.entity_seconds_v1 WHERE second >= fromUnixTimestamp(${Math.max(0, range.from - 1 - window)}) AND second <= fromUnixTimestamp(${Math.max(0, range.to - 1 - window)})`;
}

async function newRows(clickhouse: ClickHouse, range: StepRange): Promise<{ rows: number }> {
  const [row] = await clickhouse.rows<{ earliest: number }>(
    `SELECT toUInt32(toDateTime(min(time))) AS earliest FROM {db}.events_raw_v1
     WHERE inserted_at > fromUnixTimestamp64Milli(${Math.max(0, range.insertedAfter)}) AND late = 0`,
  );
  return { rows: row === undefined || row.earliest === 0 ? range.from : row.earliest };
}

/** Computes and stores the curves that hold from `start` on. */
export async function publishCalibration(
  clickhouse: ClickHouse,
  start: number,
  options: CalibrationOptions,
): Promise<void> {
  const rows = await computeCalibration(clickhouse, start, options);
  await clickhouse.insert(
    'calibration_v1',
    ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
    rows.map((row) => [start, row.scope, row.segment, row.basis, row.units, row.scores, row.decibels, row.slope]),
  );
}
