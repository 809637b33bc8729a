import type { EntitiesAnswer, EntityAnswer, EntityView, LinesView } from '../../schemas/api.ts';
import { ENTITY_KINDS, type EntityKind } from '../../schemas/event.ts';
import { ATTACK_BITS } from '../../schemas/event-row.ts';
import type { Policy } from '../../schemas/policy.ts';
import type { CalibrationCurve } from '../../shared/calibration.ts';
import type { Clock } from '../../shared/clock.ts';
import { Problem } from '../../shared/problem.ts';
import { type CurveReader, type Curves, riskOfScore } from './curves.ts';
import { iso } from './freshness.ts';
import { lineOver, linesOf } from './lines.ts';
import { bucketFor } from './overview.ts';
import { activity, type RiskRow, riskiest, riskOf } from './queries/entities.ts';
import { EVIDENCE_OF, OUTCOMES_OF, RELATED_TO, riskBefore, riskTimeline, sightings } from './queries/entity.ts';
import type { Ask } from './query.ts';
import { reasonView } from './reason-text.ts';

export interface EntityDeps {
  ask: Ask;
  clock: Clock;
  curves: CurveReader;
  policy: () => Policy;
}

const HELD = ['none', 'challenge', 'block'] as const;
const numberOf = (kind: EntityKind) => ENTITY_KINDS.indexOf(kind) + 1;

/** Names of the bits of `attack` that are set. */
export const attackNames = (attack: number): string[] =>
  Object.entries(ATTACK_BITS)
    .filter(([, bit]) => (attack & bit) !== 0)
    .map(([name]) => name);

function viewOf(
  row: RiskRow,
  { of, scales }: Curves,
  lines: LinesView,
  active: { requests: number; refused: number } | undefined,
): EntityView {
  const { decibels, extrapolated } = riskOfScore(of(row.scope), lines, row.score, row.held);
  const kind = ENTITY_KINDS[row.kind - 1] ?? 'ip';
  return {
    scope: row.scope,
    kind,
    id: row.id,
    risk_db: decibels,
    extrapolated,
    over: lineOver(lines, decibels),
    held: HELD[row.held] ?? 'none',
    step: new Date(row.step * 1000).toISOString(),
    requests_1h: active?.requests ?? 0,
    refused_1h: active?.refused ?? 0,
    reasons: row.reasons.map((reason) => reasonView(kind, reason, scales)),
  };
}

async function activityOf(
  deps: EntityDeps,
  entities: string[],
): Promise<Map<string, { requests: number; refused: number }>> {
  if (entities.length === 0) return new Map();
  const rows = await deps.ask(activity, { entities, from: Math.floor(deps.clock.now() / 1000) - 3600 });
  return new Map(rows.map((row) => [row.entity, row]));
}

/** `GET /api/v1/entities`: riskiest first. */
export async function readEntities(
  deps: EntityDeps,
  asked: { scope: string; kind: EntityKind | undefined; limit: number },
): Promise<EntitiesAnswer> {
  const lines = linesOf(deps.policy());
  const [curves, rows] = await Promise.all([
    deps.curves.now(),
    deps.ask(riskiest, {
      scope: asked.scope,
      kind: asked.kind === undefined ? 0 : numberOf(asked.kind),
      limit: asked.limit,
    }),
  ]);
  const top = rows
    .map((row) => ({ row, risk: riskOfScore(curves.of(row.scope), lines, row.score, row.held).decibels }))
    .sort((a, b) => b.risk - a.risk)
    .slice(0, asked.limit)
    .map(({ row }) => row);
  const active = await activityOf(
    deps,
    top.map((row) => row.entity),
  );
  return {
    time: new Date(deps.clock.now()).toISOString(),
    policy: lines,
    entities: top.map((row) => viewOf(row, curves, lines, active.get(row.entity))),
  };
}

/** `GET /api/v1/entities/:kind/:id`. @throws Problem `not_found` for an id that no event carried. */
export async function readEntity(
  deps: EntityDeps,
  asked: { kind: EntityKind; id: string; scope: string; minutes: number },
): Promise<EntityAnswer> {
  const { ask } = deps;
  const { kind, id } = asked;
  const seen = await ask(sightings, { kind: numberOf(kind), id });
  const here = asked.scope === '' ? seen[0] : seen.find((row) => row.scope === asked.scope);
  if (here === undefined)
    throw new Problem('not_found', 'No event carried this entity, or it is older than what is kept.');

  const lines = linesOf(deps.policy());
  const now = deps.clock.now();
  const bucket = bucketFor(asked.minutes * 60);
  const to = (Math.floor(now / 1000 / bucket) + 1) * bucket;
  const from = to - Math.ceil((asked.minutes * 60) / bucket) * bucket;
  const place = { scope: here.scope, id };
  const span = { ...place, from: from * 1000, to: to * 1000 };
  const [curves, current, steps, before, outcomes, evidences, related, active] = await Promise.all([
    deps.curves.now(),
    ask(riskOf, { scope: here.scope, kinds: [numberOf(kind)], ids: [id] }),
    ask(riskTimeline, { ...place, kind: numberOf(kind), from, to, bucket }),
    ask(riskBefore, { ...place, kind: numberOf(kind), from }),
    ask(OUTCOMES_OF[kind], { ...span, bucket }),
    ask(EVIDENCE_OF[kind], span),
    ask(RELATED_TO[kind], span),
    activityOf(deps, [here.entity]),
  ]);
  const curve = curves.of(here.scope);
  const quiet: RiskRow = {
    entity: here.entity,
    step: here.last_seen,
    scope: here.scope,
    kind: numberOf(kind),
    id,
    score: 0,
    held: 0,
    reasons: [],
  };
  const evidence = evidences[0];
  return {
    time: new Date(now).toISOString(),
    from: new Date(from * 1000).toISOString(),
    to: new Date(to * 1000).toISOString(),
    bucket_s: bucket,
    policy: lines,
    entity: viewOf(current[0] ?? quiet, curves, lines, active.get(here.entity)),
    scopes: seen.map((row) => row.scope),
    basis: curve.basis,
    first_seen: iso(here.first_seen * 1000),
    last_seen: iso(here.last_seen * 1000),
    timeline: timelineOf({
      from,
      to: Math.min(to, Math.floor(now / 1000) + 1),
      bucket,
      steps,
      before: before[0],
      outcomes,
      curve,
      lines,
    }),
    evidence: {
      requests: evidence?.requests ?? 0,
      refused: evidence?.refused ?? 0,
      statuses: shares(evidence?.statuses),
      routes: shares(evidence?.routes),
      attestation: shares(evidence?.attestation),
      agents: shares(evidence?.agents),
      attacks: attackShares(evidence?.attacks ?? []),
      login_subjects: evidence?.login_subjects ?? 0,
      objects: evidence?.objects ?? 0,
      bytes_out: evidence?.bytes_out ?? 0,
    },
    related: await relatedViews(deps, here.scope, related, curve, lines),
  };
}

const shares = (rows: readonly (readonly [string, number])[] | undefined) =>
  (rows ?? []).map(([value, requests]) => ({ value, requests }));

/** Bits in their order, lowest first, with how many requests had each. */
function attackShares(counts: readonly number[]): { value: string; requests: number }[] {
  return Object.keys(ATTACK_BITS)
    .map((value, bit) => ({ value, requests: counts[bit] ?? 0 }))
    .filter((share) => share.requests > 0)
    .sort((a, b) => b.requests - a.requests);
}

async function relatedViews(
  deps: EntityDeps,
  scope: string,
  rows: readonly { kind: number; id: string; requests: number }[],
  curve: CalibrationCurve,
  lines: LinesView,
): Promise<EntityAnswer['related']> {
  if (rows.length === 0) return [];
  const risks = await deps.ask(riskOf, { scope, kinds: rows.map((r) => r.kind), ids: rows.map((r) => r.id) });
  return rows.map((row) => {
    const risk = risks.find((r) => r.kind === row.kind && r.id === row.id);
    const { decibels } = riskOfScore(curve, lines, risk?.score ?? 0, risk?.held ?? 0);
    return {
      kind: ENTITY_KINDS[row.kind - 1] ?? 'ip',
      id: row.id,
      requests: row.requests,
      risk_db: decibels,
      over: lineOver(lines, decibels),
    };
  });
}

interface TimelineInput {
  from: number;
  to: number;
  bucket: number;
  steps: readonly { time: number; largest: number; last: number; held: number; held_last: number }[];
  before: { score: number; held: number } | undefined;
  outcomes: readonly { time: number; requests: number; challenge: number; block: number }[];
  curve: CalibrationCurve;
  lines: LinesView;
}

/** Only changes are stored: each bucket starts at the level on which the one before it ended. */
function timelineOf(input: TimelineInput): EntityAnswer['timeline'] {
  const steps = new Map(input.steps.map((row) => [row.time, row]));
  const outcomes = new Map(input.outcomes.map((row) => [row.time, row]));
  let level = input.before ?? { score: 0, held: 0 };
  const timeline: EntityAnswer['timeline'] = [];
  for (let time = input.from; time < input.to; time += input.bucket) {
    const step = steps.get(time);
    const score = Math.max(level.score, step?.largest ?? 0);
    const held = Math.max(level.held, step?.held ?? 0);
    const met = outcomes.get(time);
    timeline.push({
      time: new Date(time * 1000).toISOString(),
      risk_db: riskOfScore(input.curve, input.lines, score, held).decibels,
      allow: met === undefined ? 0 : met.requests - met.challenge - met.block,
      challenge: met?.challenge ?? 0,
      block: met?.block ?? 0,
    });
    if (step !== undefined) level = { score: step.last, held: step.held_last };
  }
  return timeline;
}
