import { POLICY_SIGNALS } from './integrity.ts';

/**
 * The closed lists of codes that a human can meet. A code is a contract: it is a metric label,
 * a column value and a row of the docs; renaming one is a new version.
 */

/** Why a record could not become an event (dead-letter table, `POST /v1/events`, `backtest --out`). */
export const REJECT_REASONS = [
  'not_utf8', // bytes that are not UTF-8
  'too_large', // one record over 1 MiB
  'partial_line', // a part of a line that a container runtime cut, without the rest
  'unknown_format', // no adapter recognises the line
  'malformed', // the adapter's grammar does not fit: broken JSON, missing quote, wrong column count
  'not_an_object', // JSON, but no object
  'missing_field', // a required field is absent
  'invalid_field', // a field has the wrong type or form
  'invalid_time', // the time cannot be read
  'invalid_address', // the client address is no IP
  'time_in_future', // more than 60 s ahead of the clock
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Stable codes of RFC 9457 problems, the last segment of `type`. */
export const PROBLEM_CODES = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'unsupported_media_type',
  'payload_too_large',
  'conflict',
  'invalid_policy',
  'idempotency_key_reused',
  'too_many_requests',
  'unavailable',
  'internal',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** What can be wrong with a signed token, its proof of possession or a request signature. */
export const TOKEN_FAULTS = [
  'malformed',
  'oversized', // over 8 KiB
  'header_not_allowed', // crit, or a key or its address inside the token
  'duplicate_claim', // a member twice: two readers would read two tokens
  'algorithm_not_allowed',
  'unknown_key',
  'signature_invalid',
  'wrong_type', // typ: a token made for another use
  'claim_invalid', // a registered claim of the wrong kind
  'claim_missing',
  'no_expiry',
  'wrong_audience',
  'wrong_issuer',
  'bound_elsewhere',
  'proof_missing', // bound to a key, and nothing shows that the caller holds it
  'proof_invalid',
  'replayed',
  'revoked',
] as const;
export type TokenFault = (typeof TOKEN_FAULTS)[number];

/** Time alone: a clock, a sleeping app, a slow network. */
export const LATE_CODES = [
  'expired',
  'too_old',
  'not_yet_valid',
  'issued_in_future',
  'proof_expired',
  'proof_nonce',
] as const;
export type LateCode = (typeof LATE_CODES)[number];

/** Not the caller's doing, so never evidence against it. */
export const UNSURE_CODES = [
  'key_pending', // an unknown key; its issuer is being asked
  'keys_unavailable', // no key was ever fetched
  'not_verified', // this address sent too many bad signatures for more to be looked at now
] as const;
export type UnsureCode = (typeof UNSURE_CODES)[number];

/** Causes of `attestation.*` reasons and of `attestation.code`. */
export const ATTESTATION_CODES = [
  'ok',
  'unbound', // verified, carries no binding claim
  ...POLICY_SIGNALS, // verified, and the worst that it reports of its device
  ...TOKEN_FAULTS,
  'rejected', // the SDK's own word: REJECTED, MITM_DETECTED
  ...LATE_CODES,
  ...UNSURE_CODES,
  'no_token',
  'status_word', // a bare, soft status word of an SDK: NO_NETWORK …
  'cannot_attest',
  'not_observed',
] as const;
export type AttestationCode = (typeof ATTESTATION_CODES)[number];

/** Causes of `identity.*` reasons: a user token or a request signature that is there and does not verify. */
export const IDENTITY_CODES = [
  'unbound',
  ...TOKEN_FAULTS,
  ...LATE_CODES,
  'users_differ', // two good tokens of two users
] as const;
export type IdentityCode = (typeof IDENTITY_CODES)[number];

/** Broken worlds that `/readyz` names. */
export const DEGRADED_PARTS = [
  'clickhouse',
  'kafka',
  'ingest',
  'score',
  'snapshot',
  'policy',
  'credentials',
  'caller_state',
  'attestation',
  'introspection',
  'disk',
] as const;
export type DegradedPart = (typeof DEGRADED_PARTS)[number];
