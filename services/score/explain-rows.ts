import { type CalibrationCurve, SHIPPED_CURVE } from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { type AgainstStatus, createEvidence, type EvidenceWeight } from '../../shared/evidence.ts';
import { WINDOW_NAMES, WINDOWS, type WindowName } from '../../shared/windows.ts';
import { lean } from './lean.ts';
import type { RiskQuery } from './risk-query.ts';

/** What a derivation reads, beside what is learnt. Times are epoch seconds; numbers of entities travel as text. */

export interface Sighting {
  entity: string;
  scope: string;
  first_seen: number;
  last_seen: number;
}

/** Where an id of a kind was seen, the scope of its newest event first. */
export function sightings(clickhouse: ClickHouse, kind: number, id: string): Promise<Sighting[]> {
  return clickhouse.rows<Sighting>(
    `SELECT toString(entity) AS entity, any(scope) AS scope, toUnixTimestamp(min(first_seen)) AS first_seen,
       toUnixTimestamp(max(last_seen)) AS last_seen
     FROM {db}.entity_v1 WHERE kind = {kind:UInt8} AND id = {id:String} GROUP BY entity ORDER BY last_seen DESC LIMIT 100`,
    { params: { kind, id } },
  );
}

/** Terms of one entity at one step, each array in the order of `term`; its score by the weights. */
export interface TermRow {
  kind: number;
  held: number;
  /** Numbers from 1. */
  term: number[];
  value: number[];
  usual: number[];
  /** Decibels of the shipped tail. */
  part: number[];
  /** Decibels on the scale of peers. */
  height: number[];
  score: number;
}

/**
 * Fills the scratch tables for one entity at one step and reads its terms; undefined when nothing of it counts.
 * @param scratch with `score_terms` made by `TERM_COLUMNS`, and the reference in force in `score_reference`.
 */
export async function termsAt(
  scratch: ClickHouse,
  query: RiskQuery,
  entity: string,
  step: number,
): Promise<TermRow | undefined> {
  const wanted = `SELECT toUInt64('${BigInt(entity)}') AS entity, toUInt32(${step}) AS step`;
  for (const statement of query.fill(wanted, { from: step, to: step })) await scratch.run(lean(statement));
  await scratch.run(lean(`INSERT INTO {db}.score_terms ${query.terms}`));
  const rows = 'SELECT * FROM {db}.score_terms';
  const [shipped] = await scratch.rows<Pick<TermRow, 'kind' | 'held' | 'term' | 'value' | 'usual' | 'part'>>(
    'SELECT kind, held, term, value, usual, part FROM {db}.score_terms',
  );
  const [scaled] = await scratch.rows<Pick<TermRow, 'height'>>(lean(`SELECT height FROM (${query.heights(rows)})`));
  const [summed] = await scratch.rows<Pick<TermRow, 'score'>>(lean(`SELECT score FROM (${query.risk(rows)})`));
  if (shipped === undefined || shipped.kind === 0) return undefined;
  return { ...shipped, height: scaled?.height ?? [], score: summed?.score ?? 0 };
}

/** A count in each window. */
export interface Counted {
  name: string;
  windows: Record<string, number>;
}

/** What was counted in each window before the step, from the scratch tables that `termsAt` filled; zeros are left out. */
export async function countsOf(scratch: ClickHouse, query: RiskQuery, step: number): Promise<Counted[]> {
  const newest = async (table: string, column: string, until: string) =>
    (
      await scratch.rows<{ found: number[] }>(
        `SELECT ${column} AS found FROM {db}.${table} WHERE ${until} ORDER BY at DESC LIMIT 1`,
      )
    )[0]?.found ?? [];
  const sumsBefore = (at: number) => newest('score_sums', 'sums', `at < ${Math.max(0, at)}`);
  const counted = new Map<string, Counted>();
  const add = (name: string, window: WindowName, value: number) => {
    const entry = counted.get(name) ?? { name, windows: {} };
    entry.windows[window] = value;
    counted.set(name, entry);
  };
  const now = await sumsBefore(step);
  for (const window of WINDOW_NAMES) {
    const far = await sumsBefore(step - WINDOWS[window]);
    for (const [place, name] of query.sumNames.entries()) add(name, window, (now[place] ?? 0) - (far[place] ?? 0));
  }
  const sets = await newest('score_sets', 'sets', `at <= ${step}`);
  for (const [place, column] of query.setNames.entries()) {
    const window = WINDOW_NAMES.find((name) => column.endsWith(`_${name}`));
    if (window !== undefined) add(column.slice(0, -window.length - 1), window, sets[place] ?? 0);
  }
  return [...counted.values()].filter(({ windows }) => Object.values(windows).some((n) => n !== 0));
}

export interface CurveAt {
  segment: string;
  /** null: the shipped curve. */
  validFrom: number | null;
  curve: CalibrationCurve;
}

/** The curves of a scope that hold at a step, the one of the whole scope first: shipped where there is none. */
export async function curvesAt(clickhouse: ClickHouse, scope: string, step: number): Promise<CurveAt[]> {
  const rows = await clickhouse.rows<CalibrationCurve & { segment: string; validFrom: number }>(
    `SELECT toUnixTimestamp(valid_from) AS validFrom, segment, basis, units, scores, decibels, slope FROM {db}.calibration_v1
     WHERE scope = {scope:String} AND valid_from <= fromUnixTimestamp(${step})
     ORDER BY valid_from DESC, computed_at DESC LIMIT 1 BY segment`,
    { params: { scope } },
  );
  const curves = rows
    .filter(({ scores }) => scores.length > 0)
    .map(({ segment, validFrom, ...curve }): CurveAt => ({ segment, validFrom, curve }))
    .sort((a, b) => (a.segment < b.segment ? -1 : 1));
  return curves[0]?.segment === '' ? curves : [{ segment: '', validFrom: null, curve: SHIPPED_CURVE }, ...curves];
}

/** What each attestation status added in a scope at a step, whatever its platform and issuer. */
export async function evidenceAt(
  clickhouse: ClickHouse,
  scope: string,
  step: number,
): Promise<Record<AgainstStatus, number>> {
  const rows = await clickhouse.rows<EvidenceWeight>(
    `SELECT toString(scope) AS scope, '' AS platform, '' AS issuer, toString(status) AS status, decibels
     FROM {db}.attestation_evidence_v1 AS weight FINAL
     WHERE weight.platform = '' AND weight.issuer = '' AND weight.scope IN ('', {scope:String}) AND valid_from = (
         SELECT max(valid_from) FROM {db}.attestation_evidence_v1 WHERE valid_from <= fromUnixTimestamp(${step}))`,
    { params: { scope } },
  );
  const evidence = createEvidence(rows);
  const of = (status: AgainstStatus) => evidence(status, scope, '', null);
  return { failed: of('failed'), expired: of('expired'), missing: of('missing') };
}

/** The newest risk that was published up to a step, within the longest window. */
export async function publishedUntil(
  clickhouse: ClickHouse,
  entity: string,
  step: number,
): Promise<{ step: number; score: number; held: number } | undefined> {
  const [row] = await clickhouse.rows<{ at: number; score: number; held: number }>(
    `SELECT toUnixTimestamp(step) AS at, score, held FROM {db}.risk_step_v1 FINAL
     WHERE ${publishedRows(entity, step)} ORDER BY step DESC LIMIT 1`,
  );
  return row === undefined ? undefined : { step: row.at, score: row.score, held: row.held };
}

/** Since when published risk names each of some features without a pause; 0: the newest row does not name it. */
export async function namedSince(
  clickhouse: ClickHouse,
  entity: string,
  step: number,
  features: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (features.length === 0) return new Map();
  const rows = await clickhouse.rows<{ name: string; since: number }>(
    `SELECT name, minIf(at, named AND at > pause) AS since
     FROM (
         SELECT name, at, named, max(if(named, 0, at)) OVER (PARTITION BY name) AS pause
         FROM (
             SELECT toUnixTimestamp(step) AS at, arrayMap(x -> splitByChar(':', toString(x.1))[1], reasons) AS features
             FROM {db}.risk_step_v1 FINAL WHERE ${publishedRows(entity, step)}
         )
         ARRAY JOIN {features:Array(String)} AS name, arrayMap(x -> has(features, x), {features:Array(String)}) AS named
     )
     GROUP BY name`,
    { params: { features } },
  );
  return new Map(rows.map(({ name, since }) => [name, since]));
}

const publishedRows = (entity: string, step: number) =>
  `entity = toUInt64('${BigInt(entity)}') AND step <= fromUnixTimestamp(${step}) AND step > fromUnixTimestamp(${Math.max(0, step - WINDOWS['24h'])})`;
