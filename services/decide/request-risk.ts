import type { EntityKind, EntityRef, Outcome } from '../../schemas/event.ts';
import { CANNOT_ATTEST, type CalibrationCurve, toDecibels } from '../../shared/calibration.ts';
import { OWN_KINDS, SHIPPED_EVIDENCE, TOKEN_SPEAKS } from '../../shared/evidence.ts';
import { MOST_OPENING_DB, NO_OPENINGS, OPENING_DB_PER_NAT, type Openings, softwareOf } from '../../shared/opening.ts';
import type { RouteSettings } from '../../shared/policy-routes.ts';
import { severity } from '../../shared/severity.ts';
import type { BesideRef, EntityRisk, RequestFacts, SnapshotView } from './question.ts';

const INITIAL: Readonly<Record<EntityKind, string>> = {
  user: 'u',
  session: 's',
  device: 'd',
  ip: 'i',
  net: 'n',
  client: 'c',
};

/** `kind:id` of whom a refusal hurts: the first present of device, user, session, ip; `''` when none is. */
export function callerOf(entities: readonly EntityRef[]): string {
  const caller = callerRef(entities);
  return caller === null ? '' : `${caller.kind}:${caller.id}`;
}

export function callerRef(entities: readonly EntityRef[]): EntityRef | null {
  let best: EntityRef | null = null;
  for (const entity of entities) {
    // Entities come in the order user, session, device, ip.
    if (entity.kind === 'device') return entity;
    if (best === null && entity.kind !== 'net' && entity.kind !== 'client') best = entity;
  }
  return best;
}

const NO_BESIDES: readonly BesideRef[] = [];

/** Letter of nobody, at the end of a decision's id. */
const NOBODY = 'x';
/** Letter of a token that is known by itself: the session beside it is another one. */
const TOKEN = 't';

/**
 * Whose refusals a refusal of this request holds (law 5), as the last letter of the decision's id, which the event brings
 * back: the roll-ups count it for that entity (`010_entity_1s_v1.sql`). Only what risk decided is held. An entity that
 * callers share is held when it crosses the line by itself, else the caller: one bad request must not close the address,
 * the network or the key of all others. And who is refused for a hold alone renews it only as the one that is held:
 * else the good behind a shared entity would keep its hold alive with their own refusals. With a genuine token nobody
 * renews one so: a person who goes on using the app would never get out again, which no budget allows for.
 */
export function holderOf(
  { entities, besides = NO_BESIDES, token, attestation }: RequestFacts,
  risk: Risk,
  route: RouteSettings,
  outcome: Outcome,
  byRisk: boolean,
): string {
  const { entity } = risk;
  if (!byRisk || entity === null || outcome === 'allow') return NOBODY;
  // No event names it, and the one of its kind that the event does name is another.
  if (besides.some((one) => one === entity)) return NOBODY;
  if (risk.byHold && attestation.status === 'genuine') return NOBODY;
  if (entity === token) return TOKEN;
  if (OWN_KINDS.has(entity.kind)) return INITIAL[entity.kind];
  const caller = callerRef(entities);
  const isCaller = caller !== null && caller.kind === entity.kind;
  if (isCaller) return INITIAL[entity.kind];
  if (risk.byHold) return NOBODY;
  const alone = byBudget(toDecibels(risk.curve, risk.entityScore).decibels, route);
  if (severity(alone) >= severity(outcome)) return INITIAL[entity.kind];
  return caller === null ? NOBODY : INITIAL[caller.kind];
}

export interface Risk {
  decibels: number;
  /** The same from user, session and device alone: what a genuine caller can be blocked for. */
  ownDecibels: number;
  /** Carries the risk; null at 0 dB. */
  entity: EntityRef | null;
  /** Its own score, without what others add. */
  entityScore: number;
  /** The risk is that of a held refusal; behaviour alone would be below. */
  byHold: boolean;
  shown: EntityRisk | null;
  /** What its cohort does, where that adds to the risk. */
  campaign: EntityRisk | null;
  /** The score of the whole request, before calibration. */
  total: number;
  curve: CalibrationCurve;
  /** What the request's own attestation added to the score. */
  evidence: number;
  /** What it added that a stranger began with this request. */
  opening: number;
}

/** Decibels of the request's own attestation before calibration. */
function evidenceOf(
  { attestation: { status, issuer }, scope, platform, relaxed }: RequestFacts,
  view: SnapshotView,
): number {
  return relaxed === true ? 0 : (view.evidence ?? SHIPPED_EVIDENCE)(status, scope, platform, issuer);
}

/** Decibels, before calibration, of how a stranger begins. Who proves to be a genuine app begins as that app does. */
function openingOf({ attestation, scope, platform, route, userAgent }: RequestFacts, openings: Openings): number {
  if (attestation.status === 'genuine') return 0;
  const surprise =
    openings(scope, platform, 'route', route) + openings(scope, platform, 'software', softwareOf(userAgent));
  return Math.min(MOST_OPENING_DB, OPENING_DB_PER_NAT * surprise);
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
    since: (feature) => risk.since?.(feature) ?? null,
  };
}

export function riskOf(request: RequestFacts, snapshot: SnapshotView, route: RouteSettings): Risk {
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
  let isAddressKnown = false;

  const entities = request.token === undefined ? request.entities : [...request.entities, request.token];
  for (const entity of entities) {
    const known = snapshot.risk(request.scope, entity.kind, entity.id);
    if (known === undefined) continue;
    const risk = request.relaxed === true ? withoutAttestation(known) : known;
    const speaks = entity !== request.token || risk.score >= TOKEN_SPEAKS;
    if (speaks && risk.score > 0 && (carried === null || risk.score > carried.score)) {
      carrier = entity;
      carried = risk;
    }
    if (OWN_KINDS.has(entity.kind)) {
      if (speaks && risk.score !== 0) loudest = Math.max(loudest, risk.score);
      if (risk.held > ownHeld) {
        ownHeld = risk.held;
        holder = entity;
        holding = risk;
      }
    } else {
      shared += risk.score;
      if (entity.kind === 'ip' && risk.score !== 0) isAddressKnown = true;
      if (risk.held > (sharedHolding?.held ?? 0)) {
        sharedHolder = entity;
        sharedHolding = risk;
      }
    }
  }
  // What speaks for them says nothing of this caller: anybody may have named them.
  for (const entity of request.besides ?? NO_BESIDES) {
    const known = snapshot.risk(request.scope, entity.kind, entity.id);
    if (known === undefined) continue;
    const risk = request.relaxed === true ? withoutAttestation(known) : known;
    const isOwn = OWN_KINDS.has(entity.kind);
    if (risk.score > 0) {
      if (isOwn) loudest = Math.max(loudest, risk.score);
      else shared += risk.score;
      if (carried === null || risk.score > carried.score) {
        carrier = entity;
        carried = risk;
      }
    }
    if (isOwn && risk.held > ownHeld) {
      ownHeld = risk.held;
      holder = entity;
      holding = risk;
    }
  }
  // Who proves to be a genuine app is not one of those who only look like it.
  const alike = status === 'genuine' ? undefined : snapshot.risk(request.scope, 'cohort', request.cohort);
  const cohort = alike !== undefined && request.relaxed === true ? withoutAttestation(alike) : alike;
  if (cohort !== undefined) shared += cohort.score;
  const isKnown = Number.isFinite(loudest) || (isAddressKnown && callerRef(request.entities)?.kind === 'ip');
  const opening = isKnown ? 0 : openingOf(request, snapshot.openings ?? NO_OPENINGS);
  const own = Number.isFinite(loudest) ? loudest : 0;
  // Whom their token or their ordinary life vouches for are not those whom a shared entity is held for.
  if (status !== 'genuine' && own >= 0 && (sharedHolding?.held ?? 0) > ownHeld) {
    holder = sharedHolder;
    holding = sharedHolding;
  }
  const lineOf = (held: number) => (held === 2 ? route.blockLine : held === 1 ? route.challengeLine : 0);
  const total = own + shared + evidence + opening;
  const { decibels } = toDecibels(curve, total);
  const heldLine = lineOf(holding?.held ?? 0);
  const ownDecibels = Math.max(toDecibels(curve, own + evidence).decibels, lineOf(ownHeld));
  // A held refusal does not fall below the line that it crossed.
  if (heldLine > decibels) {
    return {
      decibels: heldLine,
      ownDecibels,
      entity: holder,
      entityScore: 0,
      byHold: true,
      shown: holding,
      campaign: null,
      total,
      curve,
      evidence,
      opening,
    };
  }
  const entity = decibels > 0 ? (carrier ?? callerRef(request.entities)) : null;
  return {
    decibels,
    ownDecibels,
    entity,
    entityScore: carried?.score ?? 0,
    byHold: false,
    shown: carried,
    campaign: cohort !== undefined && cohort.score > 0 ? cohort : null,
    total,
    curve,
    evidence,
    opening,
  };
}

export const byBudget = (decibels: number, route: RouteSettings): Outcome =>
  decibels >= route.blockLine ? 'block' : decibels >= route.challengeLine ? 'challenge' : 'allow';
