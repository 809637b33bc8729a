import type { Decision } from '../../schemas/decision.ts';
import type { EntityRef, Outcome } from '../../schemas/event.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import { type CalibrationCurve, SHIPPED_CURVE } from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { createEvidence, type Evidence, SHIPPED_EVIDENCE } from '../../shared/evidence.ts';
import { type FalsePositives, falsePositivesSql } from '../../shared/false-positives.ts';
import { LONE_TOKEN_ENTITY } from '../../shared/lone-token.ts';
import { NO_OPENINGS, type Openings } from '../../shared/opening.ts';
import { NO_SCALES, type PeerScaleRow, type PeerScales, peerScales } from '../../shared/peer-scales.ts';
import type { CompiledPolicy } from '../../shared/policy.ts';
import { createGraceMemory, type Grace, type GraceMemory } from '../decide/caller-state/graces.ts';
import { decide } from '../decide/decide.ts';
import { factsOfRow } from '../decide/facts.ts';
import { createLimits } from '../decide/limits.ts';
import type { EntityRisk, RequestFacts, RiskKind, SnapshotView } from '../decide/question.ts';
import { callerRef } from '../decide/request-risk.ts';
import { RISK_KINDS } from '../decide/risk-table.ts';
import { evidenceStart, storedEvidence } from '../score/attestation-evidence.ts';
import { batchesOf } from '../score/batches.ts';
import { type CalibrationRow, calibrationStart, computeCalibrations } from '../score/calibrate.ts';
import { EVENT_RISKS } from '../score/caller-hours.ts';
import { COHORT_KIND } from '../score/cohort.ts';
import { storedOpenings } from '../score/opening.ts';
import { createRiskQuery } from '../score/risk-query.ts';
import { between, eventPeriods, hourOf, riskBetween, timePages } from '../score/score-all.ts';
import { storeCalibration } from '../score/step.ts';

/** Events that are fetched and decided at a time. */
const EVENTS_PER_PAGE = 20_000;

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
  'attestation_token',
  'identity_code',
  'platform',
  'risk_outcome',
  'challenge_result',
] as const;

const FETCHED = [...FACT_COLUMNS, 'ms'];

interface EventRisk {
  partition: number;
  offset: number;
  /** Number of the kind (0: the attestation token, where it is known by itself), score, held. */
  risks: [number, number, number][];
  /** Of the loudest entity, and of the cohort. */
  reasons: Reason[];
  cohort: Reason[];
}

/** `feature, value, usual, part`. */
type Reason = [string, number, number, number];

/** The curves of every period. */
async function calibrateAll(
  clickhouse: ClickHouse,
  alpha: number,
): Promise<Map<number, Map<string, CalibrationCurve>>> {
  const curves = new Map<number, Map<string, CalibrationCurve>>();
  const starts = ((await eventPeriods(clickhouse))?.periods ?? []).map(([start]) => start);
  for (const some of await batchesOf(clickhouse, starts, ['caller_hour_v1']))
    for (const [start, rows] of await computeCalibrations(clickhouse, some, { alpha })) {
      await storeCalibration(clickhouse, start, rows);
      curves.set(start, curveMap(rows));
    }
  return curves;
}

/** What was learnt of peers, from the scratch table that the events were judged by; asked for periods in their order. */
async function scalesByPeriod(clickhouse: ClickHouse): Promise<(period: number) => PeerScales> {
  const { termNames: terms } = createRiskQuery();
  const rows = await clickhouse.rows<PeerScaleRow & { start: number }>(
    'SELECT start, kind, learnt, proven, low, high FROM {db}.score_reference ORDER BY start',
  );
  const waiting = rows.map((row) => ({ ...row, terms }));
  let scales = NO_SCALES;
  return (period) => {
    const due = waiting.findIndex(({ start }) => start > period);
    const begun = waiting.splice(0, due < 0 ? waiting.length : due);
    // What a kind learnt holds until it learns anew.
    if (begun.length > 0) scales = new Map([...scales, ...peerScales(begun)]);
    return scales;
  };
}

/**
 * Answers every event in the order of time as the gateway would have been answered: `decide` over the risk at the
 * event's second and the curves of its hour.
 */
export async function* replay(clickhouse: ClickHouse, policy: CompiledPolicy): AsyncGenerator<Replayed[]> {
  const limits = createLimits();
  const graces = createGraceMemory();
  let origin: number | undefined;
  const curves = await calibrateAll(clickhouse, policy.policy.budgets.challenge);
  const none = new Map<string, CalibrationCurve>();
  const weights = await storedEvidence(clickhouse);
  let evidence = SHIPPED_EVIDENCE;
  const openings = await storedOpenings(clickhouse);
  const scalesOf = await scalesByPeriod(clickhouse);
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
      const grace = graceOf(facts, row, graces, policy, timeMs);
      if (grace !== null) facts.grace = grace;
      const met = risks.get(`${row.partition}:${row.offset}`);
      const view = eventView(
        step,
        facts.scope,
        met,
        facts.token?.id,
        curves.get(period) ?? none,
        evidence,
        openings.get(period) ?? NO_OPENINGS,
        scalesOf(period),
      );
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

/** Whether a challenge was met is a fact of the log, as live: no token is here that it could be told from. */
function graceOf(
  { scope, entities }: RequestFacts,
  row: ReplayRow,
  graces: GraceMemory,
  { challengeGraceMs: graceMs }: CompiledPolicy,
  now: number,
): Grace | null {
  const isMet = row.challenge_result === 'met';
  const caller = isMet || graces.size() > 0 ? callerRef(entities) : null;
  if (caller === null || graceMs === 0) return null;
  const name = `${scope}\0${caller.kind}:${caller.id}`;
  if (isMet && graces.at(name, graceMs, now) === null && !graces.isSpent(name, graceMs, now)) graces.add(name, now);
  return graces.at(name, graceMs, now);
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
  // Tuples, since the names of two dozen columns would be most of what is written and read.
  const events = await clickhouse.rows<{ event: unknown[] }>(
    `SELECT (${FACT_COLUMNS.join(', ')}, toUnixTimestamp64Milli(time)) AS event
     FROM {db}.events_raw_v1 WHERE ${between(from, to)} ORDER BY time, partition, offset`,
  );
  return { events: events.map(({ event }) => named(event)), risks: await risksOf(clickhouse, from, to) };
}

function named(values: readonly unknown[]): ReplayRow & { ms: number } {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < FETCHED.length; i++) row[FETCHED[i] ?? ''] = values[i];
  return row as ReplayRow & { ms: number };
}

async function risksOf(clickhouse: ClickHouse, from: number, to: number): Promise<Map<string, EventRisk>> {
  const rows = await clickhouse.rows<EventRisk>(
    `SELECT partition, offset, groupArray((if(risk.entity = token, 0, risk.kind), risk.score, risk.held)) AS risks,
       argMaxIf(told, risk.score, risk.kind != ${COHORT_KIND}) AS reasons, anyIf(told, risk.kind = ${COHORT_KIND}) AS cohort
     FROM (
       SELECT partition, offset, toUInt32(toDateTime(time)) AS step, arrayJoin(${EVENT_RISKS}).2 AS entity,
         ${LONE_TOKEN_ENTITY} AS token
       FROM {db}.events_raw_v1 WHERE ${between(from, to)}
     ) AS event
     INNER JOIN (SELECT entity, step, kind, score, held, arrayMap(x -> (toString(x.1), x.2, x.3, x.4), reasons) AS told FROM ${riskBetween(from, to)}) AS risk ON risk.entity = event.entity AND risk.step = event.step
     GROUP BY partition, offset`,
  );
  const map = new Map<string, EventRisk>();
  for (const row of rows) map.set(`${row.partition}:${row.offset}`, row);
  return map;
}

function curveMap(rows: readonly CalibrationRow[]): Map<string, CalibrationCurve> {
  return new Map(rows.map((row) => [`${row.scope}\u0000${row.segment}`, row]));
}

function told(reasons: readonly Reason[] = []): EntityRisk['reasons'] {
  return reasons.map(([feature, value, usual, part]) => ({ feature, value, usual, part }));
}

/** The snapshot as this one event would have met it. */
function eventView(
  step: number,
  ofScope: string,
  risk: EventRisk | undefined,
  token: string | undefined,
  curves: ReadonlyMap<string, CalibrationCurve>,
  evidence: Evidence,
  openings: Openings,
  scales: PeerScales,
): SnapshotView {
  const byKind = new Map<RiskKind | 'token', EntityRisk>();
  const [own, cohort] = [told(risk?.reasons), told(risk?.cohort)];
  for (const [kind, score, held] of risk?.risks ?? []) {
    const name = kind === 0 ? 'token' : RISK_KINDS[kind - 1];
    if (name === undefined) continue;
    byKind.set(name, { score, held: held === 2 ? 2 : held === 1 ? 1 : 0, reasons: name === 'cohort' ? cohort : own });
  }
  return {
    step,
    ageMs: () => 0,
    risk: (scope, kind, id) =>
      scope === ofScope ? byKind.get(kind === 'session' && id === token ? 'token' : kind) : undefined,
    curve: (scope, segment) => curves.get(`${scope}\u0000${segment}`) ?? curves.get(`${scope}\u0000`) ?? SHIPPED_CURVE,
    evidence,
    openings,
    scales,
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
