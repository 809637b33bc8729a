import type { AttestationStatus, EntityKind } from '../schemas/event.ts';
import { type StatusShares, statusShares } from '../schemas/policy.ts';

/** Statuses that speak against a request. */
export const AGAINST = ['failed', 'expired', 'missing'] as const;
export type AgainstStatus = (typeof AGAINST)[number];

/**
 * What a request's own attestation status adds to the behaviour score where nothing was measured, in decibels of
 * likelihood ratio, before calibration: fitted in the laboratory.
 */
export const EVIDENCE_DB: Readonly<Record<AttestationStatus, number>> = {
  genuine: 0,
  failed: 10,
  expired: 1,
  missing: 10,
  none: 0,
};

/** The same as shares of genuine caller-hours, beside the default of the policy: 3.0 %, 4.0 % and 5.0 %. */
export const PRIOR_GENUINE: StatusShares = priorOf(statusShares.parse({}));

function priorOf(bad: StatusShares): StatusShares {
  const share = (status: AgainstStatus) => bad[status] / 10 ** (EVIDENCE_DB[status] / 10);
  return { failed: share('failed'), expired: share('expired'), missing: share('missing') };
}

/** One status alone brings nobody further than the challenge line of the default budget. */
export const MOST_EVIDENCE_DB = 30;

/**
 * Decibels of a status: 10·log10 of its likelihood ratio. It only speaks against a caller, never for one, because a bad
 * caller chooses what it shows.
 * @param bad P(status | bad), 0 to 1. @param genuine P(status | genuine caller), above 0.
 */
export function evidenceDecibels(bad: number, genuine: number): number {
  if (!(bad > genuine)) return 0;
  return Math.min(MOST_EVIDENCE_DB, 10 * Math.log10(bad / genuine));
}

/** A weight in force; `''` stands for all scopes, platforms or issuers. */
export interface EvidenceWeight {
  scope: string;
  platform: string;
  issuer: string;
  status: AgainstStatus;
  decibels: number;
}

/** Decibels that a status adds to the score of a request. */
export type Evidence = (
  status: AttestationStatus | null,
  scope: string,
  platform: string,
  issuer: string | null,
) => number;

export const SHIPPED_EVIDENCE: Evidence = (status) => (status === null ? 0 : EVIDENCE_DB[status]);

/** The weight of the issuer, else of the platform, else of the scope, else of all (SQL: `services/score/caller-hours.ts`). */
export function createEvidence(weights: readonly EvidenceWeight[]): Evidence {
  if (weights.length === 0) return SHIPPED_EVIDENCE;
  const known = new Map(weights.map((w) => [keyOf(w.status, w.scope, w.platform, w.issuer), w.decibels]));
  return (status, scope, platform, issuer) => {
    // Most requests show none of these.
    if (status === null || status === 'genuine' || status === 'none') return 0;
    return (
      known.get(keyOf(status, scope, platform, issuer ?? '')) ??
      known.get(keyOf(status, scope, platform, '')) ??
      known.get(keyOf(status, scope, '', '')) ??
      known.get(keyOf(status, '', '', '')) ??
      EVIDENCE_DB[status]
    );
  };
}

const keyOf = (status: string, scope: string, platform: string, issuer: string) =>
  `${status}\0${scope}\0${platform}\0${issuer}`;

/** Kinds that name the caller itself; of these the loudest speaks. The others are shared with strangers: each adds its part. */
export const OWN_KINDS: ReadonlySet<EntityKind | 'cohort'> = new Set(['user', 'session', 'device']);

/**
 * A token that is known by itself, beside its caller, speaks from this score on, decibels before calibration: handed around it is
 * louder. A fresh one has no ordinary life behind it, and would take from every caller what its own says for it.
 */
export const TOKEN_SPEAKS = 10;
