import type { Attestation, Decision, Reason } from '../../schemas/decision.ts';
import type { EntityKind, EntityRef, Outcome } from '../../schemas/event.ts';
import type { PolicySignal } from '../../schemas/integrity.ts';
import type { IdentityCode } from '../../schemas/reasons.ts';
import { CANNOT_ATTEST, type CalibrationCurve, toDecibels } from '../../shared/calibration.ts';
import { type Evidence, OWN_KINDS, SHIPPED_EVIDENCE } from '../../shared/evidence.ts';
import type { CompiledPolicy } from '../../shared/policy.ts';
import type { ClientRule, RouteSettings } from '../../shared/policy-routes.ts';
import type { Revocation } from './caller-state/revocations.ts';
import { NO_SIGNALS } from './identity/signals.ts';
import { mostSevere, ruleOutcome, severity, signalOutcome } from './join.ts';
import type { LimitState } from './limits.ts';
import {
  behaviourReasons,
  campaignReasons,
  identityReason,
  limitReason,
  overrideReason,
  type RankedReason,
  revokedReason,
  ruleReason,
  signalReason,
  staleReason,
} from './reasons.ts';

/** What a decision may know of its own request (law 4): nothing of the answer to it. */
export interface RequestFacts {
  /** Made by the caller of `decide`; the decision's id starts with it. */
  id: string;
  method: string;
  /** Without query. */
  path: string;
  host: string;
  scope: string;
  /** Normalised client address, `''` when there is none: overrides may cover a single IPv6 address or any prefix. */
  address: string;
  /** In the order user, session, device, ip, net, client; absent ones are left out. */
  entities: readonly EntityRef[];
  attestation: Attestation;
  /** What a verified token reports of its device; absent: nothing. */
  signals?: readonly PolicySignal[];
  /** A user token or request signature that does not verify; absent or null: nothing is wrong. */
  identityFault?: IdentityCode | null;
  /** By the policy's `clients`, else `''`: the calibration segment. */
  platform: string;
  canAttest: boolean | null;
  /** Id of the API key, `''` when there is none. */
  apiClient?: string;
  /** What the policy's entry of this client says of attestation; absent: nothing. */
  rule?: ClientRule;
  userAgent: string;
  /** Who else does the same with the same software (`shared/cohort.ts`). */
  cohort: string;
  /** What of the caller was revoked. */
  revoked?: Revocation | undefined;
  /** It carries a user token of which nothing is known yet. */
  pending?: boolean;
  /** The failing attestation is the fault of an outage: it is not held against this caller. */
  relaxed?: boolean;
}

/** One step of risk, whole. */
export interface SnapshotView {
  /** Epoch seconds. */
  step: number;
  /** Milliseconds since the step was published. */
  ageMs(now: number): number;
  risk(scope: string, kind: RiskKind, id: string): EntityRisk | undefined;
  /** The curve of the segment, else of the scope, else the shipped one. */
  curve(scope: string, segment: string): CalibrationCurve;
  /** What a request's own attestation status adds; absent: what is shipped. */
  evidence?: Evidence;
}

/** Entities have risk, and cohorts. */
export type RiskKind = EntityKind | 'cohort';

export interface EntityRisk {
  /** On the scale of the shipped reference. */
  score: number;
  /** 0 none, 1 challenge, 2 block: refused attempts go on (law 5). */
  held: 0 | 1 | 2;
  /** Most severe first; `feature` is `<feature>:<window>`. */
  reasons: readonly { feature: string; value: number; usual: number; part: number }[];
}

/** Decibels up to which the holdout is never refused on behaviour alone (law 5). */
const HOLDOUT_BELOW_DB = 60;
const REASONS_AT_MOST = 5;
/**
 * Longest reuse of an allow far below the challenge line, and of one closer to it, or about a caller of whom something
 * can be revoked: a process hears of a revocation within a second, and both together stay within the two that are promised.
 */
const TTL_CALM_MS = 5000;
const TTL_WARY_MS = 1000;
const CALM_MARGIN_DB = 10;

const NO_REASONS: Reason[] = [];
const INITIAL: Readonly<Record<EntityKind, string>> = {
  user: 'u',
  session: 's',
  device: 'd',
  ip: 'i',
  net: 'n',
  client: 'c',
};

/**
 * The one answer to a request. Pure but for the token buckets of `state`: live, backtest, what-if replay and the tests
 * call this. No I/O, no clock, no chance.
 * @param now epoch milliseconds: the clock live, event time in a backtest.
 */
export function decide(
  request: RequestFacts,
  snapshot: SnapshotView,
  policy: CompiledPolicy,
  now: number,
  state: LimitState,
): Decision {
  const route = policy.settingsOf(request);
  const { status } = request.attestation;

  // (1) Risk: behaviour and this request's own attestation evidence, in decibels.
  const risk = riskOf(request, snapshot, route);
  const ageMs = snapshot.ageMs(now);
  const stale = ageMs > policy.maxSnapshotAgeMs;

  // (2) Rule, limit and risk; the most severe wins.
  const relaxed = request.relaxed === true;
  const rule = relaxed ? 'allow' : ruleOutcome(status, route);
  const exceeded = exceededLimits(request, route, now, state);
  const byRisk = stale ? route.onStale : riskOutcome(request, policy, route, risk, now);
  const { revoked } = request;
  let outcome = mostSevere(rule, byRisk);
  if (revoked !== undefined) outcome = mostSevere(outcome, route.onRevoked);
  for (const limit of exceeded) outcome = mostSevere(outcome, limit.outcome);
  const { signals = NO_SIGNALS, identityFault = null } = request;
  for (const signal of signals) outcome = mostSevere(outcome, signalOutcome(signal, route));
  if (identityFault !== null) outcome = mostSevere(outcome, route.onFailedIdentity);

  // (3) An override replaces all three.
  const override = policy.overrideOf(request.entities, request.address, request.scope, now);
  if (override !== undefined) outcome = override.outcome;

  let reasons = NO_REASONS;
  const told = revoked !== undefined || relaxed || signals.length > 0 || identityFault !== null;
  if (override !== undefined || stale || exceeded.length > 0 || rule !== 'allow' || risk.decibels > 0 || told) {
    const ranked: RankedReason[] = [];
    if (override !== undefined) ranked.push(overrideReason(override));
    if (revoked !== undefined) ranked.push(revokedReason(revoked, route.onRevoked));
    if (stale) ranked.push(staleReason(ageMs, policy.maxSnapshotAgeMs, route.onStale));
    for (const limit of exceeded) ranked.push(limitReason(limit, request.entities));
    const { evidence } = risk;
    if (rule !== 'allow' || evidence > 0 || relaxed) ranked.push(ruleReason(request, rule, evidence));
    for (const signal of signals) ranked.push(signalReason(signal, signalOutcome(signal, route)));
    if (identityFault !== null) ranked.push(identityReason(identityFault, route.onFailedIdentity));
    if (risk.reasons !== null && risk.entity !== null) {
      ranked.push(...behaviourReasons(risk.entity, risk.reasons, stale ? 'allow' : byRisk));
    }
    if (risk.campaign !== null) ranked.push(...campaignReasons(risk.campaign, stale ? 'allow' : byRisk));
    ranked.sort((a, b) => b.rank - a.rank);
    reasons = ranked.slice(0, REASONS_AT_MOST).map(({ reason }) => reason);
  }

  const enforced = route.mode === 'enforce' && policy.inRollout(callerOf(request.entities));
  const { entity } = risk;
  return {
    decision: outcome === 'allow' || !enforced,
    context: {
      id: `${request.id}-${holderOf(request, risk, route, outcome, override === undefined && outcome === byRisk && !stale)}`,
      outcome,
      risk: risk.decibels,
      entity,
      reasons,
      attestation: request.attestation,
      policy: policy.version,
      mode: enforced ? 'enforce' : 'shadow',
      calibration: risk.curve.basis,
      snapshot_age_ms: Math.max(0, Math.round(ageMs)),
      ttl_ms: ttlOf(outcome, risk.decibels, route, stale || isRevocable(request), override?.untilMs, now),
    },
  };
}

/** `kind:id` of whom a refusal hurts: the first present of device, user, session, ip; `''` when none is. */
export function callerOf(entities: readonly EntityRef[]): string {
  const caller = callerRef(entities);
  return caller === null ? '' : `${caller.kind}:${caller.id}`;
}

function callerRef(entities: readonly EntityRef[]): EntityRef | null {
  let best: EntityRef | null = null;
  for (const entity of entities) {
    // Entities come in the order user, session, device, ip.
    if (entity.kind === 'device') return entity;
    if (best === null && entity.kind !== 'net' && entity.kind !== 'client') best = entity;
  }
  return best;
}

/** Letter of nobody, at the end of a decision's id. */
const NOBODY = 'x';

/**
 * Whose refusals a refusal of this request holds (law 5), as the last letter of the decision's id, which the event brings
 * back: the roll-ups count it for that entity (`010_entity_1s_v1.sql`). Only what risk decided is held. An entity that
 * callers share is held when it crosses the line by itself, else the caller: one bad request must not close the address,
 * the network or the key of all others. And who is refused for a hold alone renews it only as the one that is held:
 * else the good behind a shared entity would keep its hold alive with their own refusals. With a genuine token nobody
 * renews one so: a person who goes on using the app would never get out again, which no budget allows for.
 */
function holderOf(
  { entities, attestation }: RequestFacts,
  risk: Risk,
  route: RouteSettings,
  outcome: Outcome,
  byRisk: boolean,
): string {
  const { entity } = risk;
  if (!byRisk || entity === null || outcome === 'allow') return NOBODY;
  if (risk.byHold && attestation.status === 'genuine') return NOBODY;
  if (OWN_KINDS.has(entity.kind)) return INITIAL[entity.kind];
  const caller = callerRef(entities);
  const isCaller = caller !== null && caller.kind === entity.kind;
  if (isCaller) return INITIAL[entity.kind];
  if (risk.byHold) return NOBODY;
  const alone = byBudget(toDecibels(risk.curve, risk.entityScore).decibels, route);
  if (severity(alone) >= severity(outcome)) return INITIAL[entity.kind];
  return caller === null ? NOBODY : INITIAL[caller.kind];
}

interface Risk {
  decibels: number;
  /** The same from user, session and device alone: what a genuine caller can be blocked for. */
  ownDecibels: number;
  /** Carries the risk; null at 0 dB. */
  entity: EntityRef | null;
  /** Its own score, without what others add. */
  entityScore: number;
  /** The risk is that of a held refusal; behaviour alone would be below. */
  byHold: boolean;
  reasons: EntityRisk['reasons'] | null;
  /** What its cohort does, where that adds to the risk. */
  campaign: EntityRisk['reasons'] | null;
  curve: CalibrationCurve;
  /** What the request's own attestation added to the score. */
  evidence: number;
}

/** Decibels of the request's own attestation before calibration. */
function evidenceOf(
  { attestation: { status, issuer }, scope, platform, relaxed }: RequestFacts,
  view: SnapshotView,
): number {
  return relaxed === true ? 0 : (view.evidence ?? SHIPPED_EVIDENCE)(status, scope, platform, issuer);
}

const isAboutAttestation = ({ feature }: { feature: string }) => feature.startsWith('attestation_');

/**
 * Risk without what failing tokens added to it, for callers who are relaxed: a score is the sum of its parts. A refusal
 * for failing tokens is not held either.
 */
function withoutAttestation(risk: EntityRisk): EntityRisk {
  const { score, held, reasons } = risk;
  const [loudest] = reasons;
  if (loudest === undefined || !reasons.some(isAboutAttestation)) return risk;
  let left = score;
  for (const reason of reasons) if (isAboutAttestation(reason)) left -= reason.part;
  return {
    score: left,
    held: isAboutAttestation(loudest) ? 0 : held,
    reasons: reasons.filter((reason) => !isAboutAttestation(reason)),
  };
}

function riskOf(request: RequestFacts, snapshot: SnapshotView, route: RouteSettings): Risk {
  const { status } = request.attestation;
  const evidence = evidenceOf(request, snapshot);
  // Who cannot attest is measured by what genuine callers do, without what their tokens say for or against them.
  const curve = snapshot.curve(request.scope, status === null || status === 'none' ? CANNOT_ATTEST : request.platform);
  let carrier: EntityRef | null = null;
  let carried: EntityRisk | null = null;
  let holder: EntityRef | null = null;
  let holding: EntityRisk | null = null;
  let sharedHolder: EntityRef | null = null;
  let sharedHolding: EntityRisk | null = null;
  // Below 0: a caller whose ordinary life speaks for it. Of those that are known the loudest speaks.
  let loudest = Number.NEGATIVE_INFINITY;
  let shared = 0;
  let ownHeld = 0;

  for (const entity of request.entities) {
    const known = snapshot.risk(request.scope, entity.kind, entity.id);
    if (known === undefined) continue;
    const risk = request.relaxed === true ? withoutAttestation(known) : known;
    if (risk.score > 0 && (carried === null || risk.score > carried.score)) {
      carrier = entity;
      carried = risk;
    }
    if (OWN_KINDS.has(entity.kind)) {
      if (risk.score !== 0) loudest = Math.max(loudest, risk.score);
      if (risk.held > ownHeld) {
        ownHeld = risk.held;
        holder = entity;
        holding = risk;
      }
    } else {
      shared += risk.score;
      if (risk.held > (sharedHolding?.held ?? 0)) {
        sharedHolder = entity;
        sharedHolding = risk;
      }
    }
  }
  // Who proves to be a genuine app is not one of those who only look like it.
  const alike = status === 'genuine' ? undefined : snapshot.risk(request.scope, 'cohort', request.cohort);
  const cohort = alike !== undefined && request.relaxed === true ? withoutAttestation(alike) : alike;
  if (cohort !== undefined) shared += cohort.score;
  const own = Number.isFinite(loudest) ? loudest : 0;
  // Whom their token or their ordinary life vouches for are not those whom a shared entity is held for.
  if (status !== 'genuine' && own >= 0 && (sharedHolding?.held ?? 0) > ownHeld) {
    holder = sharedHolder;
    holding = sharedHolding;
  }
  const lineOf = (held: number) => (held === 2 ? route.blockLine : held === 1 ? route.challengeLine : 0);
  const { decibels } = toDecibels(curve, own + shared + evidence);
  const heldLine = lineOf(holding?.held ?? 0);
  const ownDecibels = Math.max(toDecibels(curve, own + evidence).decibels, lineOf(ownHeld));
  // A held refusal does not fall below the line that it crossed.
  if (heldLine > decibels) {
    const reasons = holding?.reasons ?? null;
    return {
      decibels: heldLine,
      ownDecibels,
      entity: holder,
      entityScore: 0,
      byHold: true,
      reasons,
      campaign: null,
      curve,
      evidence,
    };
  }
  const entity = decibels > 0 ? (carrier ?? callerRef(request.entities)) : null;
  return {
    decibels,
    ownDecibels,
    entity,
    entityScore: carried?.score ?? 0,
    byHold: false,
    reasons: carried?.reasons ?? null,
    campaign: cohort !== undefined && cohort.score > 0 ? cohort.reasons : null,
    curve,
    evidence,
  };
}

const byBudget = (decibels: number, route: RouteSettings): Outcome =>
  decibels >= route.blockLine ? 'block' : decibels >= route.challengeLine ? 'challenge' : 'allow';

function riskOutcome(
  request: RequestFacts,
  policy: CompiledPolicy,
  route: RouteSettings,
  risk: Risk,
  now: number,
): Outcome {
  let outcome = byBudget(risk.decibels, route);
  if (outcome === 'allow') return outcome;
  const genuine = request.attestation.status === 'genuine';
  if (genuine) {
    if (risk.decibels < HOLDOUT_BELOW_DB && policy.inHoldout(callerOf(request.entities), now)) return 'allow';
    // A good phone behind a bad neighbour's address stays usable.
    if (outcome === 'block' && byBudget(risk.ownDecibels, route) !== 'block') outcome = 'challenge';
  }
  if (outcome === 'block' && risk.curve.basis !== 'genuine' && !policy.policy.trust_uncalibrated) return 'challenge';
  return outcome;
}

const NONE_EXCEEDED: RouteSettings['limits'] = [];

/** Every limit takes its token, so that one that is exceeded does not shield the others. */
function exceededLimits(
  request: RequestFacts,
  route: RouteSettings,
  now: number,
  state: LimitState,
): RouteSettings['limits'] {
  if (route.limits.length === 0) return NONE_EXCEEDED;
  return route.limits.filter((limit) => {
    const entity = request.entities.find(({ kind }) => kind === limit.by);
    return entity !== undefined && !state.take(limit, `${request.scope}\0${entity.id}`, now);
  });
}

/** Could a user, a session, an installation or a token of this request be revoked while its answer is reused? */
function isRevocable({ entities, attestation: { status }, pending }: RequestFacts): boolean {
  if (pending === true || (status !== null && status !== 'none')) return true;
  return entities.some(({ kind }) => OWN_KINDS.has(kind));
}

/** How long a gateway may reuse the answer. Never where limits count, never after a refusal. */
function ttlOf(
  outcome: Outcome,
  decibels: number,
  route: RouteSettings,
  wary: boolean,
  untilMs: number | undefined,
  now: number,
): number {
  if (severity(outcome) > 0 || route.limits.length > 0) return 0;
  const ttl = !wary && decibels < route.challengeLine - CALM_MARGIN_DB ? TTL_CALM_MS : TTL_WARY_MS;
  return untilMs === undefined ? ttl : Math.min(ttl, Math.max(0, untilMs - now));
}
