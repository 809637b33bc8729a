import type { Decision } from '../../schemas/decision.ts';
import type { EntityRef, Outcome } from '../../schemas/event.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import { type StatusShares, statusShares } from '../../schemas/policy.ts';
import { type CalibrationCurve, SHIPPED_CURVE } from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { createEvidence, type Evidence, SHIPPED_EVIDENCE } from '../../shared/evidence.ts';
import { type FalsePositives, falsePositivesSql } from '../../shared/false-positives.ts';
import type { CompiledPolicy } from '../../shared/policy.ts';
import { decide, type EntityRisk, type RiskKind, type SnapshotView } from '../decide/decide.ts';
import { factsOfRow } from '../decide/facts.ts';
import { createLimits } from '../decide/limits.ts';
import { RISK_KINDS } from '../decide/risk-table.ts';
import { evidenceStart, measureEvidence, storedEvidence } from '../score/attestation-evidence.ts';
import { batchesOf } from '../score/batches.ts';
import { type CalibrationRow, calibrationStart, computeCalibrations, periodsOf } from '../score/calibrate.ts';
import { callerHoursSql, EVENT_RISKS } from '../score/caller-hours.ts';
import { COHORT_KIND } from '../score/cohort.ts';
import { evidenceSql, followSql, REMEMBER } from '../score/evidence.ts';
import { lean } from '../score/lean.ts';
import { loadProfile, profileHoursSql, rememberObjectsSql } from '../score/profile.ts';
import { learnReferences, termHoursSql } from '../score/reference.ts';
import { createRiskQuery, TERM_COLUMNS } from '../score/risk-query.ts';
import { storeCalibration } from '../score/step.ts';

/** Events whose entities are scored in one statement: bounds the memory of the engine. */
const EVENTS_PER_SHARD = 400_000;
/** Events that are fetched and decided at a time. */
const EVENTS_PER_PAGE = 40_000;

/** One event as it was answered, in the order of time. */
export interface Replayed {
  partition: number;
  offset: number;
  event_id: string;
  timeMs: number;
  row: ReplayRow;
  decision: Decision;
}

export type ReplayRow = Pick<EventRow, (typeof FACT_COLUMNS)[number]>;

const FACT_COLUMNS = [
  'event_id',
  'partition',
  'offset',
  'scope',
  'host',
  'method',
  'path',
  'route',
  'ip',
  'net',
  'client_address',
  'user_id',
  'session_id',
  'device_id',
  'api_client',
  'user_agent',
  'status',
  'attestation_status',
  'attestation_code',
  'attestation_issuer',
  'identity_code',
  'platform',
  'risk_outcome',
] as const;

interface EventRisk {
  partition: number;
  offset: number;
  risks: [number, number, number][];
  /** Of the loudest entity, and of the cohort. */
  reasons: EntityRisk['reasons'];
  cohort: EntityRisk['reasons'];
}

const hourOf = (step: number) => step - (step % 3600);

/** Makes the tables that only a backtest has. */
export async function createReplayTables(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.run(`CREATE TABLE IF NOT EXISTS {db}.backtest_risk (
    entity UInt64, step UInt32, kind UInt8, held UInt8, score Float64,
    reasons Array(Tuple(feature LowCardinality(String), value Float64, usual Float64, part Float64))
  ) ENGINE = MergeTree ORDER BY (step, entity)`);
  await clickhouse.run(
    `CREATE TABLE IF NOT EXISTS {db}.backtest_terms (${TERM_COLUMNS}) ENGINE = MergeTree ORDER BY (step, entity)`,
  );
}

/** Risk of every event's entities at its own second, by the same SQL as live; then caller-hours. */
export async function scoreAll(
  clickhouse: ClickHouse,
  events: number,
  progress: (share: number) => void,
  badStatuses: StatusShares = statusShares.parse({}),
): Promise<void> {
  const [range] = await clickhouse.rows<{ from: number; to: number }>(
    'SELECT toUInt32(min(second)) AS from, toUInt32(max(second)) AS to FROM {db}.entity_seconds_v1',
  );
  if (range === undefined || range.to === 0) return;
  const query = createRiskQuery();
  for (const statement of query.prepare) await clickhouse.run(statement);
  const origin = hourOf(range.from);
  await clickhouse.run(rememberObjectsSql('1'));
  await clickhouse.run(profileHoursSql(origin, hourOf(range.to) + 3600));
  const periods = periodsOf(range.from, range.to, origin);
  await gatherEvidence(clickhouse, periods);
  progress(0.2);
  const shards = Math.max(1, Math.ceil(events / EVENTS_PER_SHARD));
  for (let shard = 0; shard < shards; shard++) {
    const wanted = `SELECT entity, toUInt32(second) AS step FROM {db}.entity_seconds_v1 WHERE entity % ${shards} = ${shard} GROUP BY entity, step`;
    for (const statement of query.fill(wanted, { from: range.from, to: range.to + 1 })) await clickhouse.run(statement);
    await clickhouse.run(`INSERT INTO {db}.backtest_terms ${query.terms}`);
    progress(0.2 + (0.5 * (shard + 1)) / shards);
  }
  for (const statement of termHoursSql('{db}.backtest_terms', '1')) await clickhouse.run(statement);
  // What holds for a period is learnt from those before, as live.
  const starts = periods.map(([start]) => start);
  await learnReferences(clickhouse, starts, query.termCount);
  const pages = await timePages(clickhouse, EVENTS_PER_SHARD);
  for (const [page, [from, to]] of pages.entries()) {
    await clickhouse.run(
      `INSERT INTO {db}.backtest_risk (entity, step, kind, held, score, reasons)
       SELECT entity, step, kind, held, score, reasons
       FROM (${query.risk(`SELECT * FROM {db}.backtest_terms WHERE step >= ${from} AND step < ${to}`)})
       WHERE score != 0 OR held > 0`,
    );
    progress(0.7 + (0.2 * (page + 1)) / pages.length);
  }
  for (const [weighed, start, until] of evidenceSpans(periods, origin)) {
    await measureEvidence(clickhouse, weighed, badStatuses);
    for (const page of pages) {
      const [from, to] = [Math.max(page[0], start), Math.min(page[1], until)];
      if (from < to) await clickhouse.run(callerHoursSql(riskBetween(from, to), between(from, to), weighed));
    }
  }
}

/** Which weights of attestation hold in which periods: `[start of the weights, from, until)` each, the last one open. */
function evidenceSpans(periods: readonly [number, number][], origin: number): [number, number, number][] {
  const spans: [number, number, number][] = [];
  for (const [start] of periods) {
    const weighed = evidenceStart(start, origin);
    const last = spans.at(-1);
    if (last?.[0] === weighed) continue;
    if (last !== undefined) last[2] = start;
    spans.push([weighed, start, Number.MAX_SAFE_INTEGER]);
  }
  return spans;
}

/** Evidence of all events, each against the profile of its period. */
async function gatherEvidence(clickhouse: ClickHouse, periods: readonly [number, number][]): Promise<void> {
  let inForce = -1;
  for (const [from, to] of await timePages(clickhouse, EVENTS_PER_SHARD)) {
    for (const statement of followSql(between(from, to))) await clickhouse.run(lean(statement));
    for (const [start, until] of periods.filter(([start, until]) => start < to && until > from)) {
      if (start !== inForce) await loadProfile(clickhouse, start);
      inForce = start;
      await clickhouse.run(
        lean(evidenceSql(`second >= fromUnixTimestamp(${start}) AND second < fromUnixTimestamp(${until})`)),
      );
    }
    for (const statement of REMEMBER) await clickhouse.run(lean(statement));
  }
}

/** The curves of every period. */
async function calibrateAll(
  clickhouse: ClickHouse,
  alpha: number,
): Promise<Map<number, Map<string, CalibrationCurve>>> {
  const curves = new Map<number, Map<string, CalibrationCurve>>();
  const [range] = await clickhouse.rows<{ from: number; to: number }>(
    'SELECT toUInt32(min(second)) AS from, toUInt32(max(second)) AS to FROM {db}.entity_seconds_v1',
  );
  if (range === undefined || range.to === 0) return curves;
  const starts = periodsOf(range.from, range.to, hourOf(range.from)).map(([start]) => start);
  for (const some of await batchesOf(clickhouse, starts, ['caller_hour_v1']))
    for (const [start, rows] of await computeCalibrations(clickhouse, some, { alpha })) {
      await storeCalibration(clickhouse, start, rows);
      curves.set(start, curveMap(rows));
    }
  return curves;
}

/**
 * Answers every event in the order of time as the gateway would have been answered: `decide` over the risk at the
 * event's second and the curves of its hour.
 */
export async function* replay(clickhouse: ClickHouse, policy: CompiledPolicy): AsyncGenerator<Replayed[]> {
  const limits = createLimits();
  let origin: number | undefined;
  const curves = await calibrateAll(clickhouse, policy.policy.budgets.challenge);
  const none = new Map<string, CalibrationCurve>();
  const weights = await storedEvidence(clickhouse);
  let evidence = SHIPPED_EVIDENCE;
  let weighed = -1;
  const spans = await timePages(clickhouse, EVENTS_PER_PAGE);
  let fetched = fetchPage(clickhouse, spans[0]);
  for (let i = 0; i < spans.length; i++) {
    const { events, risks } = await fetched;
    // The engine reads the next page while this one is decided.
    fetched = fetchPage(clickhouse, spans[i + 1]);
    fetched.catch(() => {});
    const page: Replayed[] = [];
    for (const row of events) {
      const timeMs = row.ms;
      const step = Math.floor(timeMs / 1000);
      origin ??= hourOf(step);
      const period = calibrationStart(step, origin);
      if (evidenceStart(period, origin) !== weighed) {
        weighed = evidenceStart(period, origin);
        evidence = createEvidence(weights.get(weighed) ?? []);
      }
      const facts = factsOfRow(row, policy);
      const met = risks.get(`${row.partition}:${row.offset}`);
      const view = eventView(step, facts.scope, met, curves.get(period) ?? none, evidence);
      page.push({
        partition: row.partition,
        offset: row.offset,
        event_id: row.event_id,
        timeMs,
        row,
        decision: decide(facts, view, policy, timeMs, limits),
      });
    }
    yield page;
  }
}

/** What genuine callers paid, by scope, over everything that was replayed: once the last event was decided. */
export function realised(clickhouse: ClickHouse, policy: CompiledPolicy): Promise<FalsePositives[]> {
  const { challenge, block } = policy.policy.budgets;
  const line = (budget: number) => String(-10 * Math.log10(budget));
  const lines = { challengeLine: line(challenge), blockLine: line(block) };
  return clickhouse.rows(falsePositivesSql({ from: '0', until: '4000000000', ...lines }));
}

/** Events of a span in the order of time, and the risk that each met. */
async function fetchPage(
  clickhouse: ClickHouse,
  span: readonly [number, number] | undefined,
): Promise<{ events: (ReplayRow & { ms: number })[]; risks: Map<string, EventRisk> }> {
  if (span === undefined) return { events: [], risks: new Map() };
  const [from, to] = span;
  const events = await clickhouse.rows<ReplayRow & { ms: number }>(
    `SELECT ${FACT_COLUMNS.join(', ')}, toUnixTimestamp64Milli(time) AS ms
     FROM {db}.events_raw_v1 WHERE ${between(from, to)} ORDER BY time, partition, offset`,
  );
  return { events, risks: await risksOf(clickhouse, from, to) };
}

/** Spans of whole seconds with at most `size` events each, unless one second has more. */
async function timePages(clickhouse: ClickHouse, size: number): Promise<[number, number][]> {
  const rows = await clickhouse.rows<{ from: number; to: number }>(
    `SELECT toUInt32(min(second)) AS from, toUInt32(max(second)) + 1 AS to FROM (
       SELECT second, sum(n) OVER (ORDER BY second) - n AS before
       FROM (SELECT toDateTime(time) AS second, count() AS n FROM {db}.events_raw_v1 GROUP BY second)
     ) GROUP BY intDiv(before, ${size}) ORDER BY from`,
  );
  return rows.map(({ from, to }) => [from, to]);
}

const between = (from: number, to: number) =>
  `time >= fromUnixTimestamp64Milli(toInt64(${from}) * 1000, 'UTC') AND time < fromUnixTimestamp64Milli(toInt64(${to}) * 1000, 'UTC')`;
const riskBetween = (from: number, to: number) =>
  `(SELECT * FROM {db}.backtest_risk WHERE step >= ${from} AND step < ${to})`;

async function risksOf(clickhouse: ClickHouse, from: number, to: number): Promise<Map<string, EventRisk>> {
  const rows = await clickhouse.rows<EventRisk>(
    `SELECT partition, offset, groupArray((risk.kind, risk.score, risk.held)) AS risks,
       argMaxIf(risk.reasons, risk.score, risk.kind != ${COHORT_KIND}) AS reasons, anyIf(risk.reasons, risk.kind = ${COHORT_KIND}) AS cohort
     FROM (
       SELECT partition, offset, toUInt32(toDateTime(time)) AS step, arrayJoin(${EVENT_RISKS}).2 AS entity
       FROM {db}.events_raw_v1 WHERE ${between(from, to)}
     ) AS event
     INNER JOIN ${riskBetween(from, to)} AS risk ON risk.entity = event.entity AND risk.step = event.step
     GROUP BY partition, offset`,
  );
  const map = new Map<string, EventRisk>();
  for (const row of rows) map.set(`${row.partition}:${row.offset}`, row);
  return map;
}

function curveMap(rows: readonly CalibrationRow[]): Map<string, CalibrationCurve> {
  return new Map(rows.map((row) => [`${row.scope}\u0000${row.segment}`, row]));
}

/** The snapshot as this one event would have met it. */
function eventView(
  step: number,
  ofScope: string,
  risk: EventRisk | undefined,
  curves: ReadonlyMap<string, CalibrationCurve>,
  evidence: Evidence,
): SnapshotView {
  const byKind = new Map<RiskKind, EntityRisk>();
  for (const [kind, score, held] of risk?.risks ?? []) {
    const name = RISK_KINDS[kind - 1];
    const reasons = (name === 'cohort' ? risk?.cohort : risk?.reasons) ?? [];
    if (name !== undefined) byKind.set(name, { score, held: held === 2 ? 2 : held === 1 ? 1 : 0, reasons });
  }
  return {
    step,
    ageMs: () => 0,
    risk: (scope, kind) => (scope === ofScope ? byKind.get(kind) : undefined),
    curve: (scope, segment) => curves.get(`${scope}\u0000${segment}`) ?? curves.get(`${scope}\u0000`) ?? SHIPPED_CURVE,
    evidence,
  };
}

/** One line of `--out`, the contract of design: what enforcing would answer. */
export function outputLine(replayed: Replayed): string {
  const { context } = replayed.decision;
  const line: {
    event_id: string;
    time: string;
    outcome: Outcome;
    risk: number;
    entity: EntityRef | null;
    attestation: string | null;
    reasons: string[];
    calibration: string;
  } = {
    event_id: replayed.event_id,
    time: new Date(replayed.timeMs).toISOString(),
    outcome: context.outcome,
    risk: context.risk,
    entity: context.entity,
    attestation: context.attestation.status,
    reasons: context.reasons.map((reason) => reason.code),
    calibration: context.calibration,
  };
  return JSON.stringify(line);
}
