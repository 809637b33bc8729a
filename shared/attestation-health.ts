import type { AttestationCode } from '../schemas/reasons.ts';

/**
 * What the failing tokens of a cohort (one issuer on one platform in one scope) are taken for.
 * `learning`: too little is known of its quiet days. `outage`: callers with a genuine history fail, and behave as ever:
 * they are relaxed. `attack`: they fail, and behave otherwise. `exhausted`: an outage that outlasted the policy's limit.
 */
export const COHORT_STATES = ['learning', 'normal', 'outage', 'attack', 'exhausted'] as const;
export type CohortState = (typeof COHORT_STATES)[number];

/**
 * Seconds: a caller belongs to a cohort once its first genuine token there is this old, as installations made for today do
 * not, and while its last one is this young.
 */
export const HISTORY_S = 86_400;
export const REMEMBERED_S = 7 * 86_400;

/** A verdict older than this relaxes nobody: whoever computes it may be gone. */
export const VERDICT_GOOD_MS = 120_000;

/**
 * Causes that an outage of an issuer, a rotation of its keys or a bad app release can have. All others take a deed of
 * the caller (a replay, a token of somebody else, a key that is not shown, a verdict of the SDK), and are never relaxed.
 */
const RELAXABLE: ReadonlySet<string> = new Set<AttestationCode>([
  'no_token',
  'status_word',
  'expired',
  'too_old',
  'not_yet_valid',
  'issued_in_future',
  'unknown_key',
  'key_pending',
  'signature_invalid',
  'wrong_audience',
  'wrong_issuer',
  'wrong_type',
  'claim_missing',
  'no_expiry',
]);

export const isRelaxable = (code: string): boolean => RELAXABLE.has(code);
