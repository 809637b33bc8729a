import { ENTITY_KINDS, type EntityKind } from '../../schemas/event.ts';
import { type CalibrationCurve, SHIPPED_CURVE } from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { type RiskChange, StoredRisk } from './risk-table.ts';

/** The newest step that is whole. Step in epoch seconds, the rest in epoch ms. */
export interface PublishedStep {
  step: number;
  publishedMs: number;
}

export interface RiskRow {
  scope: string;
  kind: EntityKind;
  id: string;
  risk: RiskChange;
}

interface StoredRow {
  at: number;
  entity: string;
  scope: string;
  kind: number;
  id: string;
  score: number;
  held: number;
  reasons: string;
}

/** A page is decoded in one go, so its size bounds how long a request may wait for it. */
const PAGE_ROWS = 1000;
/** Nobody waits for the first load. */
const FIRST_PAGE_ROWS = 20_000;
const COLUMNS = 'toString(entity) AS entity, scope, kind, id, score, held, toJSONString(reasons) AS reasons';

export async function newestStep(clickhouse: ClickHouse): Promise<PublishedStep | undefined> {
  const [row] = await clickhouse.rows<PublishedStep>(
    `SELECT toUnixTimestamp(step) AS step, toUnixTimestamp64Milli(published_at) AS publishedMs
     FROM {db}.snapshot_v1 ORDER BY snapshot_v1.step DESC, published_at DESC LIMIT 1`,
  );
  return row;
}

/** Every entity at risk at a step, page by page. */
export async function* wholeStep(clickhouse: ClickHouse, step: number): AsyncGenerator<RiskRow[]> {
  let after = '0';
  for (;;) {
    const rows = await clickhouse.rows<StoredRow>(
      `SELECT toUnixTimestamp(step) AS at, ${COLUMNS} FROM {db}.risk_current_v1 FINAL
       WHERE entity > toUInt64('${after}') AND (score > 0 OR held > 0) AND step <= fromUnixTimestamp(${step})
       ORDER BY risk_current_v1.entity LIMIT ${FIRST_PAGE_ROWS}`,
    );
    yield rows.flatMap(readRow);
    const last = rows.at(-1);
    if (last === undefined || rows.length < FIRST_PAGE_ROWS) break;
    after = last.entity;
  }
  // The newest row of some may belong to a step that is not whole yet: what they were before still holds.
  yield (
    await clickhouse.rows<StoredRow>(
      `SELECT toUnixTimestamp(max(risk_step_v1.step)) AS at, toString(entity) AS entity, argMax(scope, step) AS scope,
         argMax(kind, step) AS kind, argMax(id, step) AS id, argMax(score, step) AS score, argMax(held, step) AS held,
         argMax(toJSONString(reasons), step) AS reasons
       FROM {db}.risk_step_v1
       WHERE step <= fromUnixTimestamp(${step}) AND step > fromUnixTimestamp(${Math.max(0, step - 86_400)})
         AND risk_step_v1.entity IN (SELECT entity FROM {db}.risk_current_v1 FINAL WHERE step > fromUnixTimestamp(${step}))
       GROUP BY risk_step_v1.entity`,
    )
  ).flatMap(readRow);
}

/** What changed after one step up to and with another, oldest first, page by page. */
export async function* changesBetween(clickhouse: ClickHouse, from: number, to: number): AsyncGenerator<RiskRow[]> {
  let at = from;
  let after = '18446744073709551615';
  for (;;) {
    const rows = await clickhouse.rows<StoredRow>(
      `SELECT toUnixTimestamp(step) AS at, ${COLUMNS} FROM {db}.risk_step_v1 FINAL
       WHERE step >= fromUnixTimestamp(${at}) AND step <= fromUnixTimestamp(${to})
         AND (toUnixTimestamp(step), risk_step_v1.entity) > (${at}, toUInt64('${after}'))
       ORDER BY risk_step_v1.step, risk_step_v1.entity LIMIT ${PAGE_ROWS}`,
    );
    if (rows.length > 0) yield rows.flatMap(readRow);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    at = last.at;
    after = last.entity;
  }
}

function readRow(row: StoredRow): RiskRow[] {
  const kind = ENTITY_KINDS[row.kind - 1];
  if (kind === undefined) return [];
  const risk = row.score > 0 || row.held > 0 ? new StoredRisk(row.score, row.held, row.reasons) : null;
  return [{ scope: row.scope, kind, id: row.id, risk }];
}

interface CurveRow extends CalibrationCurve {
  scope: string;
  segment: string;
}

/** The curve in force of every scope and segment. */
export async function readCurves(
  clickhouse: ClickHouse,
  nowMs: number,
): Promise<ReadonlyMap<string, CalibrationCurve>> {
  const rows = await clickhouse.rows<CurveRow>(
    `SELECT scope, segment, basis, units, scores, decibels, slope FROM {db}.calibration_v1
     WHERE valid_from <= fromUnixTimestamp(${Math.floor(nowMs / 1000)})
     ORDER BY valid_from DESC, computed_at DESC LIMIT 1 BY scope, segment`,
  );
  const curves = new Map<string, CalibrationCurve>();
  for (const { scope, segment, ...curve } of rows) {
    if (curve.scores.length > 0) curves.set(curveKey(scope, segment), curve);
  }
  return curves;
}

const curveKey = (scope: string, segment: string) => `${scope}\0${segment}`;

/** The curve of a segment, else of its scope, else the shipped one. */
export function curveOf(
  curves: ReadonlyMap<string, CalibrationCurve>,
  scope: string,
  segment: string,
): CalibrationCurve {
  return curves.get(curveKey(scope, segment)) ?? curves.get(curveKey(scope, '')) ?? SHIPPED_CURVE;
}
