import { z } from 'zod';
import { ATTESTATION_STATUSES } from './event.ts';

const time = z.iso.datetime();
const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** One issuer on one platform now: does it work, is it an outage, is it an attack? */
export const cohortView = z.object({
  scope: z.string(),
  platform: z.string(),
  issuer: z.string(),
  state: z.enum(['learning', 'normal', 'outage', 'attack', 'exhausted']),
  since: time,
  /** A sentence while something is wrong. */
  detail: z.string(),
  /** Callers with a genuine history in the last five minutes, and those of them who fail. */
  callers: count,
  failing: count,
  /** Until when they are relaxed at most; null: nobody is. */
  relaxed_until: time.nullable(),
});
export type CohortView = z.infer<typeof cohortView>;

/**
 * P(status | genuine caller), measured: of the hours of callers who showed a genuine token in the days around, *outside*
 * the hour, and no failed one, how many showed the status at least once. An hour may show several.
 */
export const measuredView = z.object({
  scope: z.string(),
  platform: z.string(),
  issuer: z.string(),
  caller_hours: count,
  statuses: z.array(
    z.object({
      status: z.enum(ATTESTATION_STATUSES).exclude(['none']),
      caller_hours: count,
      share,
      /** Wilson's 95 % interval. */
      low: share,
      high: share,
    }),
  ),
});
export type MeasuredView = z.infer<typeof measuredView>;

/** What a status of a request's own token adds to its score, since when, and why. */
export const weightView = z.object({
  scope: z.string(),
  /** `''`: all of them. */
  platform: z.string(),
  issuer: z.string(),
  /** Genuine caller-hours that it was measured on. */
  caller_hours: count,
  statuses: z.array(
    z.object({
      status: z.enum(ATTESTATION_STATUSES).exclude(['genuine', 'none']),
      /** P(status | genuine caller), drawn towards what is known of more callers; P(status | bad), by the policy. */
      genuine: share,
      bad: share,
      decibels: z.number(),
    }),
  ),
});
export type WeightView = z.infer<typeof weightView>;

const realised = z.object({ caller_hours: count, share, low: share, high: share });

/** The realised false-positive share: of genuine caller-hours that are kept for measuring, how many reach a line. */
export const falsePositiveView = z.object({
  scope: z.string(),
  outcome: z.enum(['challenge', 'block']),
  /** Share of genuine caller-hours that the policy allows. */
  budget: share,
  caller_hours: count,
  /** By behaviour and attestation joined, and by behaviour alone on a curve of its own; with Wilson's 95 % interval. */
  with_attestation: realised,
  without_attestation: realised,
});
export type FalsePositiveView = z.infer<typeof falsePositiveView>;

/** One API key: how much of what is sent with it does not come from a genuine app. */
export const apiKeyView = z.object({
  scope: z.string(),
  /** Id of the key, never the key. */
  id: z.string(),
  requests: count,
  genuine: count,
  /** Looked at and not genuine: failed, missing, or from a client that cannot attest. */
  not_genuine: count,
  /** With a token that was signed for a genuine app and is over: in no share, as phones sleep and clocks are wrong. */
  expired: count,
  /** No token was seen, and no client of the policy says that there should be one. */
  not_observed: count,
  /**
   * Where genuine tokens are seen with the key: of all requests but the expired ones, those that showed none, not observed
   * ones too. Else of those that were looked at; null: none was.
   */
  not_genuine_share: share.nullable(),
  addresses: count,
  /** Addresses of the requests that the share counts as not genuine. */
  not_genuine_addresses: count,
  last_seen: time,
  last_not_genuine: time.nullable(),
  /** The same share over time, oldest first; null where there is none. */
  series: z.array(share.nullable()),
});
export type ApiKeyView = z.infer<typeof apiKeyView>;

/** `GET /api/v1/attestation?minutes=` */
export const attestationAnswer = z.object({
  time,
  /** Span of `keys`. */
  from: time,
  to: time,
  bucket_s: z.number(),
  cohorts: z.array(cohortView),
  /** Days that `measured` looks back. */
  measured_days: count,
  measured: z.array(measuredView),
  /** Since when the weights hold; null: nothing was scored yet, and what is shipped holds. */
  weights_from: time.nullable(),
  weights: z.array(weightView),
  /** Over the same days. */
  false_positives: z.array(falsePositiveView),
  /** The hundred keys with most requests that the share counts as not genuine. */
  keys: z.array(apiKeyView),
});
export type AttestationAnswer = z.infer<typeof attestationAnswer>;
