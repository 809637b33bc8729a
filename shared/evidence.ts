import type { AttestationStatus } from '../schemas/event.ts';

/**
 * What this request's own attestation status adds to the behaviour score, in decibels of the shipped scale, before
 * calibration; so genuine callers with an honest missing or expired token keep their honest base rate.
 * `services/score` adds the same numbers to the scores of caller-hours.
 */
export const EVIDENCE_DB: Readonly<Record<AttestationStatus, number>> = {
  genuine: 0,
  failed: 20,
  expired: 2,
  missing: 5,
  none: 0,
};
