import { type CalibrationCurve, SHIPPED_CURVE } from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { createEvidence, type Evidence, type EvidenceWeight } from '../../shared/evidence.ts';
import { createOpenings, type OpeningRow, type Openings } from '../../shared/opening.ts';
import { PEER_SCALES_SQL, type PeerScaleRow, type PeerScales, peerScales } from '../../shared/peer-scales.ts';
import type { RiskKind } from './question.ts';
import { RISK_KINDS, type RiskChange, StoredRisk } from './risk-table.ts';

/** The newest step that is whole. Step in epoch seconds, the rest in epoch ms. */
export interface PublishedStep {
  step: number;
  publishedMs: number;
}

export interface RiskRow {
  scope: string;
  kind: RiskKind;
  id: string;
  risk: RiskChange;
}

interface StoredRow {
  at: number;
  /** The entity's 64-bit number as text. */
  number: string;
  scope: string;
  kind: number;
  id: string;
  score: number;
  held: number;
  /** Reasons as JSON. */
  why: string;
}

/** A page is decoded in one go, so its size bounds how long a request may wait for it. */
const PAGE_ROWS = 1000;
/** Nobody waits for the first load. */
const FIRST_PAGE_ROWS = 20_000;
const COLUMNS = 'toString(entity) AS number, scope, kind, id, score, held, toJSONString(reasons) AS why';

export async function newestStep(clickhouse: ClickHouse): Promise<PublishedStep | undefined> {
  const [row] = await clickhouse.rows<{ at: number; publishedMs: number }>(
    `SELECT toUnixTimestamp(step) AS at, toUnixTimestamp64Milli(published_at) AS publishedMs
     FROM {db}.snapshot_v1 ORDER BY step DESC, published_at DESC LIMIT 1`,
  );
  return row === undefined ? undefined : { step: row.at, publishedMs: row.publishedMs };
}

/** Every entity at risk at a step, page by page. */
export async function* wholeStep(clickhouse: ClickHouse, step: number): AsyncGenerator<RiskRow[]> {
  let after = '0';
  for (;;) {
    const rows = await clickhouse.rows<StoredRow>(
      `SELECT toUnixTimestamp(step) AS at, ${COLUMNS} FROM {db}.risk_current_v1 FINAL
       WHERE entity > toUInt64('${after}') AND (score != 0 OR held > 0) AND step <= fromUnixTimestamp(${step})
       ORDER BY entity LIMIT ${FIRST_PAGE_ROWS}`,
    );
    yield rows.flatMap(readRow);
    const last = rows.at(-1);
    if (last === undefined || rows.length < FIRST_PAGE_ROWS) break;
    after = last.number;
  }
  // The newest row of some may belong to a step that is not whole yet: what they were before still holds.
  yield (
    await clickhouse.rows<StoredRow>(
      `SELECT toUnixTimestamp(step) AS at, ${COLUMNS} FROM {db}.risk_step_v1 FINAL
       WHERE step <= fromUnixTimestamp(${step}) AND step > fromUnixTimestamp(${Math.max(0, step - 86_400)})
         AND entity IN (SELECT entity FROM {db}.risk_current_v1 FINAL WHERE step > fromUnixTimestamp(${step}))
       ORDER BY step DESC LIMIT 1 BY entity`,
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
         AND (toUnixTimestamp(step), entity) > (${at}, toUInt64('${after}'))
       ORDER BY step, entity LIMIT ${PAGE_ROWS}`,
    );
    if (rows.length > 0) yield rows.flatMap(readRow);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    at = last.at;
    after = last.number;
  }
}

function readRow(row: StoredRow): RiskRow[] {
  const kind = RISK_KINDS[row.kind - 1];
  if (kind === undefined) return [];
  const risk = row.score !== 0 || row.held > 0 ? new StoredRisk(row.score, row.held, row.why, row.at) : null;
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

/** The weights of attestation in force. */
export async function readEvidence(clickhouse: ClickHouse, nowMs: number): Promise<Evidence> {
  return createEvidence(
    await clickhouse.rows<EvidenceWeight>(
      `SELECT toString(scope) AS scope, toString(platform) AS platform, toString(issuer) AS issuer, toString(status) AS status, decibels
       FROM {db}.attestation_evidence_v1 FINAL
       WHERE valid_from = (SELECT max(valid_from) FROM {db}.attestation_evidence_v1 WHERE valid_from <= fromUnixTimestamp(${Math.floor(nowMs / 1000)}))`,
    ),
  );
}

/** How much openings surprise, and of which writing of them that is told. */
export interface ReadOpenings {
  openings: Openings;
  written: string;
}

/** How much openings surprise, as it is in force: `read` again while nothing else was written, since there may be thousands. */
export async function readOpenings(clickhouse: ClickHouse, nowMs: number, read: ReadOpenings): Promise<ReadOpenings> {
  const until = `valid_from <= fromUnixTimestamp(${Math.floor(nowMs / 1000)})`;
  const [newest] = await clickhouse.rows<{ at: number; written: string }>(
    `SELECT toUInt32(valid_from) AS at, concat(toString(valid_from), ' ', toString(max(computed_at)), ' ', toString(count())) AS written
     FROM {db}.opening_v1 WHERE valid_from = (SELECT max(valid_from) FROM {db}.opening_v1 WHERE ${until}) GROUP BY valid_from`,
  );
  if (newest === undefined || newest.written === read.written) return read;
  const rows = await clickhouse.rows<OpeningRow>(
    `SELECT toString(scope) AS scope, toString(platform) AS platform, toString(shows) AS shows, value, surprise
     FROM {db}.opening_v1 FINAL WHERE valid_from = fromUnixTimestamp(${newest.at})`,
  );
  return { openings: createOpenings(rows), written: newest.written };
}

/** What is learnt of peers, as it held at a step, epoch seconds. */
export async function readScales(clickhouse: ClickHouse, step: number): Promise<PeerScales> {
  return peerScales(await clickhouse.rows<PeerScaleRow>(PEER_SCALES_SQL, { params: { at: step } }));
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
