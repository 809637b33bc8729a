import { z } from 'zod';
import { ENTITY_KINDS, OUTCOMES } from './event.ts';
import { POLICY_SIGNALS } from './integrity.ts';

/** `15m`, `30s`, `1h`, `7d` → seconds. */
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'a duration such as 30s, 15m, 1h')
  .describe('duration');
const share = z.number().min(0).max(1);
const budget = z.number().gt(0).lt(1);
const outcome = z.enum(OUTCOMES);
const attestationMode = z.enum(['require', 'observe', 'off']);
const mode = z.enum(['shadow', 'enforce']);
const glob = z.string().min(1).max(512);

const budgets = z.strictObject({ challenge: budget.default(0.001), block: budget.default(0.0001) });

const signals = z.partialRecord(z.enum(POLICY_SIGNALS), outcome);

/**
 * What a route and a client may each say of who and what calls. Each setting for itself: a route's own word stands, then
 * that of the client, then the top level. Which client it is, is often told by a user agent, which is typed, and must not
 * take back what a route asks for.
 */
const callerSettings = {
  attestation: attestationMode.optional(),
  on_failed_attestation: outcome.optional(),
  on_missing_attestation: outcome.optional(),
  on_no_attestation: outcome.optional(),
  on_revoked: outcome.optional(),
  on_failed_identity: outcome.optional(),
  on_signals: signals.optional(),
};

const requestMatch = z.strictObject({
  method: z.string().max(32).optional(),
  path: glob.optional(),
  host: glob.optional(),
  /** Id of the API key; `*` is any, not none. */
  api_client: glob.optional(),
});

const route = z.strictObject({
  match: requestMatch,
  budgets: budgets.partial().optional(),
  mode: mode.optional(),
  on_stale: outcome.optional(),
  /** An attestation token counts once on routes that say so, as with `one_time` of its issuer. */
  one_time: z.boolean().optional(),
  ...callerSettings,
});

const client = z.strictObject({
  match: z.strictObject({ api_client: glob.optional(), user_agent: glob.optional(), host: glob.optional() }),
  platform: z.string().min(1).max(64).optional(),
  can_attest: z.boolean().default(true),
  issuer: z.string().max(256).optional(),
  ...callerSettings,
});

const limit = z.strictObject({
  name: z.string().regex(/^[a-z0-9_-]{1,64}$/),
  match: requestMatch,
  by: z.enum(ENTITY_KINDS),
  rate: z.string().regex(/^\d+\/(s|m|h|d)$/, 'a rate such as 60/m'),
  burst: z.number().int().positive().max(1_000_000).default(1),
  outcome: outcome.default('challenge'),
});

const override = z.strictObject({
  entity: z.strictObject({ kind: z.enum(ENTITY_KINDS), id: z.string().min(1).max(512) }),
  scope: z.string().max(64).optional(),
  outcome,
  until: z.iso.datetime({ offset: true }),
  reason: z.string().min(1).max(1024),
});

/** When an issuer or an app release fails callers with a genuine history, what is held against them is relaxed. */
const attestationOutage = z.strictObject({
  relax: z.boolean().default(true),
  /** Failing callers with a genuine history without which nothing is an outage. */
  min_callers: z.number().int().min(5).max(1_000_000).default(20),
  /** Share of such callers that must fail. */
  min_share: z.number().min(0.05).max(1).default(0.3),
  max_duration: duration.default('1h'),
  /** Relaxed requests of each decision process, as a multiple of the cohort's busy minute. */
  max_rate: z.number().min(0).max(10).default(1.5),
});
const OUTAGE_DEFAULTS = { relax: true, min_callers: 20, min_share: 0.3, max_duration: '1h', max_rate: 1.5 };

/**
 * P(status | bad): of the hours of callers who mean ill, the share in which the status is seen. What is seen of genuine
 * callers is measured; the ratio of the two is the status' weight.
 */
export const statusShares = z.strictObject({
  failed: share.default(0.3),
  expired: share.default(0.05),
  missing: share.default(0.5),
});
export type StatusShares = z.infer<typeof statusShares>;

const scope = z.strictObject({
  name: z.string().regex(/^[a-z0-9_-]{1,64}$/),
  hosts: z.array(glob).min(1).max(1000),
});

/**
 * The policy: versioned data that ops own. Validated here once, for the file, the API, the command line and the store.
 * Unknown keys are faults: a misspelt key would silently not protect anybody.
 */
export const policySchema = z
  .strictObject({
    version: z.number().int().positive().default(1),
    mode: mode.default('shadow'),
    rollout: share.default(1),
    budgets: budgets.default({ challenge: 0.001, block: 0.0001 }),
    trust_uncalibrated: z.boolean().default(false),
    holdout: share.default(0.05),
    max_snapshot_age: duration.default('30s'),
    on_stale: outcome.default('allow'),
    /** For how long a challenge that was met lifts others of that caller, three times a day at most; 0s: none can be met. */
    challenge_grace: duration.default('15m'),
    attestation: attestationMode.default('observe'),
    on_failed_attestation: outcome.default('block'),
    on_missing_attestation: outcome.default('challenge'),
    on_no_attestation: outcome.optional(),
    on_revoked: outcome.default('block'),
    attestation_outage: attestationOutage.default(OUTAGE_DEFAULTS),
    attestation_evidence: statusShares.default({ failed: 0.3, expired: 0.05, missing: 0.5 }),
    /** A user token or request signature that does not verify. */
    on_failed_identity: outcome.default('allow'),
    /** What a verified token reports of its device; a route's own entries stand before these. */
    on_signals: signals.default({}),
    scopes: z.array(scope).max(1000).default([]),
    routes: z.array(route).max(10_000).default([]),
    clients: z.array(client).max(10_000).default([]),
    limits: z.array(limit).max(1000).default([]),
    overrides: z.array(override).max(100_000).default([]),
  })
  .superRefine((policy, context) => {
    const check = (path: (string | number)[], challenge: number, block: number) => {
      if (block > challenge)
        context.addIssue({
          code: 'custom',
          path,
          message: 'the block budget must not be larger than the challenge budget',
        });
    };
    check(['budgets'], policy.budgets.challenge, policy.budgets.block);
    policy.routes.forEach((r, i) => {
      check(
        ['routes', i, 'budgets'],
        r.budgets?.challenge ?? policy.budgets.challenge,
        r.budgets?.block ?? policy.budgets.block,
      );
    });
  });

/** A valid policy with every default filled in. */
export type Policy = z.infer<typeof policySchema>;
export type PolicyRoute = Policy['routes'][number];
export type PolicyClient = Policy['clients'][number];
export type PolicyInput = z.input<typeof policySchema>;

/** Seconds of a validated duration. */
export function seconds(duration: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(duration);
  if (!match) throw new Error(`not a duration: ${duration}`);
  const unit = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as 'ms' | 's' | 'm' | 'h' | 'd'];
  return Number(match[1]) * unit;
}
