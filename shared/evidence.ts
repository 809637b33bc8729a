import type { AttestationStatus, EntityKind } from '../schemas/event.ts';

/**
 * What this request's own attestation status adds to the behaviour score, in decibels of likelihood ratio, before
 * calibration; so genuine callers with an honest missing or expired token keep their honest base rate.
 * `services/score` adds the same numbers to the scores of caller-hours.
 */
export const EVIDENCE_DB: Readonly<Record<AttestationStatus, number>> = {
  genuine: 0,
  failed: 20,
  expired: 2,
  missing: 16,
  none: 0,
};

/** Kinds that name the caller itself; of these the loudest speaks. The others are shared with strangers: each adds its part. */
export const OWN_KINDS: ReadonlySet<EntityKind | 'cohort'> = new Set(['user', 'session', 'device']);
