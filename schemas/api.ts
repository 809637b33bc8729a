import { z } from 'zod';
import { ENTITY_KINDS, OUTCOMES } from './event.ts';
import { policySchema } from './policy.ts';
import { DEGRADED_PARTS, REJECT_REASONS } from './reasons.ts';

/**
 * Every answer of `/api/v1`, as the dashboards and scripts read it. Times are RFC 3339 in UTC, risk is in decibels,
 * durations carry their unit in the name. Text that came out of a log (ids, paths, agents) is hostile: show it as text.
 */
const time = z.iso.datetime();
const count = z.number().int().nonnegative();
const basis = z.enum(['genuine', 'population', 'shipped']);
const kind = z.enum(ENTITY_KINDS);
const outcome = z.enum(OUTCOMES);

/** The two lines of the policy in force, in decibels, and what it does with them. */
export const linesView = z.object({
  version: count,
  mode: z.enum(['shadow', 'enforce']),
  challenge_db: z.number(),
  block_db: z.number(),
});
export type LinesView = z.infer<typeof linesView>;

/** How many entities of each kind stand over a line now. */
export const overLine = z.record(kind, count);

/** How fresh everything is. `null`: this process does not know (no Kafka, no snapshot yet, ingest runs elsewhere). */
export const freshness = z.object({
  caught_up: z.boolean().nullable(),
  /** Kafka messages that wait. */
  lag_messages: count.nullable(),
  /** Seconds from an event's own time to its row being durable, median and 95th percentile of the last five minutes. */
  delay_p50_s: z.number().nullable(),
  delay_p95_s: z.number().nullable(),
  /** Rows stored in the last minute, per second. */
  rate_per_s: z.number(),
  last_event: time.nullable(),
  snapshot_step: time.nullable(),
  snapshot_age_ms: z.number().nullable(),
  /** Dead letters of the last 24 h that were not sent again. */
  dead_letters: count,
});
export type Freshness = z.infer<typeof freshness>;

/** What the decibels of one scope and segment rest on, and the way to `genuine`. */
export const calibrationView = z.object({
  scope: z.string(),
  /** A platform; `''` is the whole scope. */
  segment: z.string(),
  basis,
  /** Caller-hours that the curve in force rests on. */
  units: count,
  /** Genuine caller-hours set aside for calibration so far. */
  genuine_units: count,
  /** Of those, how many the last 24 h brought. */
  genuine_units_24h: count,
  /** Genuine caller-hours that each line needs to flag anything at all: 1/α − 1. */
  needed: z.object({ challenge: count, block: count }),
  /** When each line has them at the pace of the last 24 h; null: reached, or no pace to tell by. */
  expected: z.object({ challenge: time.nullable(), block: time.nullable() }),
  valid_from: time.nullable(),
});
export type CalibrationView = z.infer<typeof calibrationView>;

const tally = z.object({ requests: count, challenge: count, block: count });

/** `GET /api/v1/overview?minutes=` */
export const overviewAnswer = z.object({
  time,
  from: time,
  to: time,
  bucket_s: z.number(),
  policy: linesView,
  /** Requests in the span, and how many of them met a refusal. */
  total: tally,
  /** The same of requests that carried a genuine attestation. */
  genuine: tally,
  /** Requests in the span whose log says what was decided; 0: the gateway sends logs and asks nothing yet. */
  decided: count,
  /** In shadow mode: what enforcing would have refused. */
  would: z.object({ challenge: count, block: count }),
  series: z.array(
    z.object({
      time,
      allow: count,
      challenge: count,
      block: count,
      would_challenge: count,
      would_block: count,
    }),
  ),
  over: z.object({ challenge: overLine, block: overLine }),
  freshness,
  calibration: z.array(calibrationView),
});
export type OverviewAnswer = z.infer<typeof overviewAnswer>;

/** Why an entity is risky, in a sentence and in numbers. */
export const reasonView = z.object({
  feature: z.string(),
  title: z.string(),
  unit: z.string(),
  window: z.string(),
  /** OWASP API Security Top 10 (2023) id, `''` where none fits. */
  owasp: z.string(),
  sentence: z.string(),
  value: z.number(),
  /** What 1 in 100 hours of its peers reach, as learnt here; of a share that never surprises so much, the whole. */
  usual: z.number(),
  /** Decibels of this reason alone, on the scale of the shipped reference. */
  part_db: z.number(),
});
export type ReasonView = z.infer<typeof reasonView>;

export const entityView = z.object({
  scope: z.string(),
  kind,
  id: z.string(),
  risk_db: z.number(),
  /** Beyond what the calibration set resolves: outside the promise. */
  extrapolated: z.boolean(),
  /** Which line it stands over. */
  over: outcome,
  /** Refused attempts go on, so the refusal is held. */
  held: z.enum(['none', 'challenge', 'block']),
  /** Step of its newest score. */
  step: time,
  /** Requests of the last hour, refused ones included. */
  requests_1h: count,
  refused_1h: count,
  reasons: z.array(reasonView),
});
export type EntityView = z.infer<typeof entityView>;

/** `GET /api/v1/entities?scope=&kind=&limit=` */
export const entitiesAnswer = z.object({ time, policy: linesView, entities: z.array(entityView) });
export type EntitiesAnswer = z.infer<typeof entitiesAnswer>;

const share = z.object({ value: z.string(), requests: count });

/** `GET /api/v1/entities/:kind/:id?scope=&minutes=` */
export const entityAnswer = z.object({
  time,
  from: time,
  to: time,
  bucket_s: z.number(),
  policy: linesView,
  entity: entityView,
  /** Other scopes in which the same id was seen. */
  scopes: z.array(z.string()),
  basis,
  first_seen: time.nullable(),
  last_seen: time.nullable(),
  /** Largest risk in each bucket, and what its requests met. */
  timeline: z.array(z.object({ time, risk_db: z.number(), allow: count, challenge: count, block: count })),
  evidence: z.object({
    requests: count,
    refused: count,
    statuses: z.array(share),
    routes: z.array(share),
    attestation: z.array(share),
    agents: z.array(share),
    attacks: z.array(share),
    login_subjects: count,
    objects: count,
    bytes_out: z.number(),
  }),
  related: z.array(z.object({ kind, id: z.string(), requests: count, risk_db: z.number(), over: outcome })),
});
export type EntityAnswer = z.infer<typeof entityAnswer>;

export const eventView = z.object({
  event_id: z.string(),
  time,
  source: z.string(),
  scope: z.string(),
  host: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  route: z.string(),
  status: count,
  client_address: z.string(),
  user_id: z.string(),
  session_id: z.string(),
  device_id: z.string(),
  api_client: z.string(),
  login_subject: z.string(),
  user_agent: z.string(),
  response_size: z.number(),
  duration_s: z.number(),
  attestation_status: z.string(),
  attestation_code: z.string(),
  outcome: z.string(),
  would: z.string(),
  decision_id: z.string(),
  /** `met`: it met a challenge; `unmet`: it was asked to; `''`: neither. */
  challenge_result: z.string(),
  attacks: z.array(z.string()),
  late: z.boolean(),
});
export type EventView = z.infer<typeof eventView>;

/** `GET /api/v1/events?entity=kind:id&scope=&from=&to=&limit=&cursor=`: newest first. */
export const eventsAnswer = z.object({
  events: z.array(eventView),
  /** Give it back as `cursor` for the next, older page; null at the end. */
  next: z.string().nullable(),
});
export type EventsAnswer = z.infer<typeof eventsAnswer>;

/** `GET /api/v1/counts` */
export const countsAnswer = z.object({
  /** Rows of the raw table. */
  events: count,
  /** Those of the last 24 h that feed features of their address: neither late nor refused, nor without a row of its own in a flood. */
  scored: count,
  /** Requests of the last 24 h, summed over the `ip` roll-ups: always equal to `scored`. */
  rolled_up: count,
  duplicates: count,
  dead_letters: count,
});
export type CountsAnswer = z.infer<typeof countsAnswer>;

/** What names a dead letter: where it lay in its source. */
export const deadLetterPlace = z.object({
  source: z.string().min(1).max(512),
  partition: z.number().int().nonnegative(),
  offset: z.number().int().nonnegative(),
  /** Which of several events that the record brought, from 1; absent or 0: it was one. A record is sent again whole. */
  element: z.number().int().nonnegative().optional(),
});
export type DeadLetterPlace = z.infer<typeof deadLetterPlace>;

export const deadLetterView = deadLetterPlace.extend({
  received_at: time,
  format: z.string(),
  reason: z.union([z.enum(REJECT_REASONS), z.string()]),
  detail: z.string(),
  /** The first 2 KiB, redacted. */
  sample: z.string(),
  resent_at: time.nullable(),
});
export type DeadLetterView = z.infer<typeof deadLetterView>;

/** `GET /api/v1/dead-letters?reason=&limit=&cursor=`: newest first. */
export const deadLettersAnswer = z.object({
  total: count,
  by_reason: z.array(z.object({ reason: z.string(), count, waiting: count })),
  /** false: this process cannot send records again. */
  can_resend: z.boolean(),
  dead_letters: z.array(deadLetterView),
  next: z.string().nullable(),
});
export type DeadLettersAnswer = z.infer<typeof deadLettersAnswer>;

/** `POST /api/v1/dead-letters/resend` */
export const resendRequest = z.strictObject({ places: z.array(deadLetterPlace).min(1).max(1000) });
export const resendAnswer = z.object({
  resent: count,
  /** Those that were refused again, or of which only a cut sample is kept. */
  refused: z.array(deadLetterPlace.extend({ reason: z.string() })),
});
export type ResendAnswer = z.infer<typeof resendAnswer>;

/** `GET /api/v1/health` */
export const healthAnswer = z.object({
  time,
  ready: z.boolean(),
  parts: z.array(
    z.object({
      part: z.enum(DEGRADED_PARTS),
      role: z.string(),
      state: z.enum(['ok', 'degraded', 'stopped']),
      detail: z.string(),
    }),
  ),
  freshness,
  calibration: z.array(calibrationView),
  /** Rows stored and dead letters, by minute of arrival, the last hour. */
  arrivals: z.array(z.object({ time, stored: count, dead_letters: count })),
  sources: z.array(z.object({ source: z.string(), stored: count, last_event: time })),
  scoring: z.object({ elapsed_ms: z.number().nullable(), changed: count.nullable() }),
});
export type HealthAnswer = z.infer<typeof healthAnswer>;

/** One tick of `GET /api/v1/live` (server-sent event `tick`, one a second): the numbers of the overview's header. */
export const liveTick = z.object({
  time,
  policy: linesView,
  requests_1m: count,
  refused_1m: count,
  over: z.object({ challenge: overLine, block: overLine }),
  freshness,
});
export type LiveTick = z.infer<typeof liveTick>;

/** `GET /api/v1/policy`: the version in force. */
export const policyAnswer = z.object({
  version: count,
  applied_at: time.nullable(),
  applied_by: z.string(),
  reason: z.string(),
  policy: policySchema,
});
export type PolicyAnswer = z.infer<typeof policyAnswer>;

/** `GET /api/v1/policy/versions`: newest first. */
export const policyVersionsAnswer = z.object({
  versions: z.array(
    z.object({
      version: count,
      applied_at: time,
      applied_by: z.string(),
      reason: z.string(),
      policy: policySchema.optional(),
    }),
  ),
});
export type PolicyVersionsAnswer = z.infer<typeof policyVersionsAnswer>;

/** `POST /api/v1/session`: the one-time code of a sign-in link, or the admin token. */
export const signInRequest = z.union([
  z.strictObject({ code: z.string().min(1).max(256) }),
  z.strictObject({ token: z.string().min(1).max(4096) }),
]);

/** `GET /api/v1/session` */
export const sessionAnswer = z.object({ signed_in: z.boolean(), expires_at: time.nullable() });
