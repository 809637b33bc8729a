import { z } from 'zod';
import type { ATTESTATION_STATUSES, EntityRef, Outcome } from './event.ts';
import type { AttestationCode, IdentityCode } from './reasons.ts';

/** OpenID AuthZEN Authorization API 1.0, section 5: the parts of an access evaluation request. */
const properties = z.record(z.string(), z.unknown()).optional();
export const subjectSchema = z.object({ type: z.string().min(1), id: z.string().min(1), properties });
export const actionSchema = z.object({ name: z.string().min(1), properties });
export const resourceSchema = z.object({ type: z.string().min(1), id: z.string().min(1), properties });
export const contextSchema = z.record(z.string(), z.unknown());

export const evaluationRequest = z.object({
  subject: subjectSchema,
  action: actionSchema,
  resource: resourceSchema,
  context: contextSchema.optional(),
});
export type EvaluationRequest = z.infer<typeof evaluationRequest>;

/** Batch: top-level members are defaults; `evaluations` absent or empty behaves as a single evaluation. */
export const evaluationsRequest = z.object({
  subject: subjectSchema.optional(),
  action: actionSchema.optional(),
  resource: resourceSchema.optional(),
  context: contextSchema.optional(),
  evaluations: z
    .array(
      z.object({
        subject: subjectSchema.optional(),
        action: actionSchema.optional(),
        resource: resourceSchema.optional(),
        context: contextSchema.optional(),
      }),
    )
    .max(1000)
    .optional(),
  options: z
    .object({
      evaluations_semantic: z
        .enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
        .default('execute_all'),
    })
    .optional(),
});
export type EvaluationsRequest = z.infer<typeof evaluationsRequest>;

/** What decibels rest on: attested-genuine callers, a trimmed population, or the shipped reference. */
export type Calibration = 'genuine' | 'population' | 'shipped';

/** One reason, most severe first. `code` is of the published list: `behaviour.<feature>`, `attestation.<cause>` … */
export interface Reason {
  code: string;
  /** `kind:id` of the entity that shows it, null for a rule about the request itself. */
  entity: string | null;
  /** For a night-shift analyst and a user: who, value, window, since when, what is usual, its part, what would have been allowed. */
  evidence: string;
  /** Decibels of this reason alone; 0 for rules. */
  risk: number;
}

export interface Attestation {
  /** null: not observed, counts as nothing. */
  status: (typeof ATTESTATION_STATUSES)[number] | null;
  code: AttestationCode;
  issuer: string | null;
}

/**
 * `met`: the request brought what a challenge had asked for, and challenges of its caller are lifted for a while. `unmet`: it is
 * asked for a fresh attestation token that is bound to this nonce.
 */
export const challengeState = z.discriminatedUnion('result', [
  z.object({ result: z.literal('met') }),
  z.object({ result: z.literal('unmet'), nonce: z.string(), expires_in_s: z.number() }),
]);
export type ChallengeState = z.infer<typeof challengeState>;

/** The answer of `decide`, the same for every gateway; `context` of an AuthZEN response. */
export interface DecisionContext {
  id: string;
  /** What enforcing answers, in shadow mode too. */
  outcome: Outcome;
  /** Decibels ≥ 0: behaviour and attestation evidence, even when a rule decided. */
  risk: number;
  /** The entity that carries the risk; null at 0 dB. */
  entity: EntityRef | null;
  reasons: Reason[];
  attestation: Attestation;
  /** Version of the policy that answered. */
  policy: number;
  mode: 'shadow' | 'enforce';
  calibration: Calibration;
  snapshot_age_ms: number;
  /** How long the gateway may reuse this answer for the same caller and route; 0 after a refusal. */
  ttl_ms: number;
  /** Ids for the gateway's log: verified where they can be, else as the gateway said; absent: none is known. Never a token or key. */
  caller?: CallerIds;
  /** What became of a challenge at this request; absent: nothing. */
  challenge?: ChallengeState;
}

/** Who and what was found to call, as the event's `user.id`, `session.id`, `device.id`, `api.client` and `attestation.token`. */
export interface CallerIds {
  user?: string;
  session?: string;
  device?: string;
  api_client?: string;
  /** A keyed hash that names the attestation token, where it names no installation; as the event's `attestation.token`. */
  token?: string;
  /** What is wrong with the user token or request signature, as the event's `identity.code`; absent: nothing. */
  identity_code?: IdentityCode;
}

export interface Decision {
  /** What the gateway must do: always true in shadow mode. */
  decision: boolean;
  context: DecisionContext;
}
