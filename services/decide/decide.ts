import type { Decision, Reason } from '../../schemas/decision.ts';
import type { EntityRef, Outcome } from '../../schemas/event.ts';
import { OWN_KINDS } from '../../shared/evidence.ts';
import { NO_OPENINGS } from '../../shared/opening.ts';
import { NO_SCALES } from '../../shared/peer-scales.ts';
import type { CompiledPolicy } from '../../shared/policy.ts';
import type { RouteSettings } from '../../shared/policy-routes.ts';
import { LEAST_PART_DB } from '../../shared/reason-words.ts';
import { mostSevere, severity } from '../../shared/severity.ts';
import type { Circumstances } from './behaviour-sentence.ts';
import type { Grace } from './caller-state/graces.ts';
import { NO_SIGNALS } from './identity/signals.ts';
import { ruleOutcome, signalOutcome } from './join.ts';
import type { LimitState } from './limits.ts';
import type { RequestFacts, SnapshotView } from './question.ts';
import {
  behaviourReasons,
  campaignReasons,
  identityReason,
  limitReason,
  metReason,
  openingReason,
  overrideReason,
  type RankedReason,
  revokedReason,
  ruleReason,
  signalReason,
  staleReason,
} from './reasons.ts';
import { byBudget, callerOf, callerRef, holderOf, type Risk, riskOf } from './request-risk.ts';

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
const FOREVER = Number.POSITIVE_INFINITY;

const NO_REASONS: Reason[] = [];
const NOBODY: readonly EntityRef[] = [];

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
  let override = policy.overrideOf(request.entities, request.address, request.scope, now);
  if (override !== undefined) outcome = override.outcome;
  // Who is let in by one is let in by his own: of others named beside, only what holds back counts, each for itself.
  const { token, besides = NOBODY } = request;
  for (const one of token === undefined ? besides : [token, ...besides]) {
    const beside = policy.overrideOf([one], '', request.scope, now);
    if (beside === undefined || severity(beside.outcome) <= severity(outcome)) continue;
    override = beside;
    outcome = beside.outcome;
  }

  // (4) A challenge that was met lifts others, whoever asks for them; blocks never.
  const lifted = outcome === 'challenge' ? liftedBy(request, route, now) : null;
  if (lifted !== null) outcome = 'allow';

  let reasons = NO_REASONS;
  const told = revoked !== undefined || relaxed || signals.length > 0 || identityFault !== null || lifted !== null;
  if (override !== undefined || stale || exceeded.length > 0 || rule !== 'allow' || risk.decibels > 0 || told) {
    const ranked: RankedReason[] = [];
    if (lifted !== null) ranked.push(metReason(lifted, callerRef(request.entities)));
    if (override !== undefined) ranked.push(overrideReason(override));
    if (revoked !== undefined) ranked.push(revokedReason(revoked, route.onRevoked));
    if (stale) ranked.push(staleReason(ageMs, policy.maxSnapshotAgeMs, route.onStale));
    for (const limit of exceeded) ranked.push(limitReason(limit, request.entities));
    const { evidence } = risk;
    if (rule !== 'allow' || evidence > 0 || relaxed) ranked.push(ruleReason(request, rule, evidence));
    for (const signal of signals) ranked.push(signalReason(signal, signalOutcome(signal, route)));
    if (identityFault !== null) ranked.push(identityReason(identityFault, route.onFailedIdentity));
    const { shown, campaign, entity, opening } = risk;
    const by = stale ? 'allow' : byRisk;
    if (risk.decibels > 0 && !risk.byHold && opening >= LEAST_PART_DB)
      ranked.push(openingReason(request, callerRef(request.entities), risk, snapshot.openings ?? NO_OPENINGS, by));
    if (shown !== null || campaign !== null) {
      const told = circumstancesOf(risk, snapshot, route, outcome);
      if (shown !== null && entity !== null) ranked.push(...behaviourReasons(entity, shown, told, by));
      if (campaign !== null) ranked.push(...campaignReasons(campaign, told, by));
    }
    ranked.sort((a, b) => b.rank - a.rank);
    reasons = ranked.slice(0, REASONS_AT_MOST).map(({ reason }) => reason);
  }

  const wary = stale || lifted !== null || isRevocable(request);
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
      ttl_ms: ttlOf(
        outcome,
        risk.decibels,
        route,
        wary,
        Math.min(override?.untilMs ?? FOREVER, lifted?.untilMs ?? FOREVER),
        now,
      ),
    },
  };
}

/**
 * The grace by which a challenge of this request is lifted, or null. Not where its own token fails, which is evidence of now; nor
 * where others are named beside its caller, something of it was revoked, or its user is not who he says and the policy asks: of whom
 * the user is a genuine app says nothing. Who is known by an address alone shares it with others: there the request must show a
 * genuine token itself.
 */
function liftedBy(request: RequestFacts, { onFailedIdentity }: RouteSettings, now: number): Grace | null {
  const { grace, attestation, besides, revoked, identityFault = null, entities } = request;
  if (grace === undefined || now >= grace.untilMs || attestation.status === 'failed') return null;
  if (besides !== undefined || revoked !== undefined) return null;
  if (identityFault !== null && onFailedIdentity !== 'allow') return null;
  return attestation.status === 'genuine' || callerRef(entities)?.kind !== 'ip' ? grace : null;
}

const circumstancesOf = (
  { total, curve, byHold }: Risk,
  { scales = NO_SCALES, watchedFrom = 0 }: SnapshotView,
  { challengeLine }: RouteSettings,
  answered: Outcome,
): Circumstances => ({ total, curve, challengeLine, byHold, answered, scales, watchedFrom });

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
    const isWithin = (id: string) => state.take(limit, `${request.scope}\0${id}`, now);
    let exceeds = entity !== undefined && !isWithin(entity.id);
    const others = request.besides?.filter(({ kind, held }) => held && kind === limit.by) ?? [];
    // Once each, however often a token came.
    for (const id of new Set(others.map((other) => other.id))) if (!isWithin(id)) exceeds = true;
    return exceeds;
  });
}

/** Could a user, a session, an installation or a token of this request be revoked while its answer is reused? */
function isRevocable({ entities, attestation: { status }, pending, besides }: RequestFacts): boolean {
  if (pending === true || besides !== undefined || (status !== null && status !== 'none')) return true;
  return entities.some(({ kind }) => OWN_KINDS.has(kind));
}

/** How long a gateway may reuse the answer. Never where limits count, never after a refusal. */
function ttlOf(
  outcome: Outcome,
  decibels: number,
  route: RouteSettings,
  wary: boolean,
  untilMs: number,
  now: number,
): number {
  if (severity(outcome) > 0 || route.limits.length > 0) return 0;
  const ttl = !wary && decibels < route.challengeLine - CALM_MARGIN_DB ? TTL_CALM_MS : TTL_WARY_MS;
  return Math.min(ttl, Math.max(0, untilMs - now));
}
