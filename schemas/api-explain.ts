import { z } from 'zod';
import { linesView } from './api.ts';
import { ENTITY_KINDS, OUTCOMES } from './event.ts';

/**
 * `GET /api/v1/score-explain?entity=kind:id&scope=&at=`: how the risk of one entity at one second comes about, from raw
 * counts to decibels. Times are RFC 3339 in UTC; scores and heights are decibels before calibration.
 */
const time = z.iso.datetime();
const count = z.number().int().nonnegative();
const basis = z.enum(['genuine', 'population', 'shipped']);

/** Entities have risk, and cohorts: callers with one family of software on one route. */
export const EXPLAINED_KINDS = [...ENTITY_KINDS, 'cohort'] as const;
export type ExplainedKind = (typeof EXPLAINED_KINDS)[number];

/** A trailing window as it is written: `10s`, `1m`, `10m`, `1h`, `24h`. */
const window = z.string();

/** One counted thing in each window before the step, e.g. `requests` or `distinct_subjects`; a window that no feature asks of it is left out. */
const windowCount = z.object({ name: z.string(), windows: z.record(window, z.number()) });

/** The tail that comes with the product, with the numbers of this kind of entity. */
const shippedTail = z.discriminatedUnion('kind', [
  /** Lomax: `10·shape·log10(1 + (100^(1/shape) - 1)·value/usual)` dB; `usual` is where it passes 1 in 100. */
  z.object({ kind: z.literal('count'), usual: z.number(), shape: z.number() }),
  /** Chernoff's bound of `value` of `whole`, effective size `whole / (1 + (whole-1)·rho)`, share `base`. */
  z.object({ kind: z.literal('share'), whole: z.number(), base: z.number(), rho: z.number() }),
]);

/** A value up to which risk would stay under the challenge line, everything else equal. */
const allowed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('value'), value: z.number() }),
  /** Whatever its value, this feature alone does not bring it over the line. */
  z.object({ kind: z.literal('any') }),
  /** The others alone are over the line. `no_reason`: the value up to which it adds less than half a decibel; absent: any value does. */
  z.object({ kind: z.literal('none'), no_reason: z.number().optional() }),
]);
export type Allowed = z.infer<typeof allowed>;

/** One feature in one window that says something: a decibel or more against the shipped tail. */
const explainedTerm = z.object({
  feature: z.string(),
  window,
  value: z.number(),
  tail: shippedTail,
  /** Decibels against the shipped tail. */
  shipped_db: z.number(),
  /** Shipped decibels that 1 in 10 and 1 in 100 of genuine peers reach in an hour; they become 10 and 20 dB of height. */
  scale: z.object({ low_db: z.number(), high_db: z.number() }).nullable(),
  /** Decibels on the scale of genuine peers. */
  height_db: z.number(),
  /** The loudest window speaks for its feature. */
  speaks: z.boolean(),
  /** The value that 1 in 100 of genuine peers reach, a height of 20 dB; null: no value does (a share of a few requests). */
  usual: z.number().nullable(),
  allowed,
});
export type ExplainedTerm = z.infer<typeof explainedTerm>;

/** What one feature adds to the score, and takes from it. */
const explainedFeature = z.object({
  feature: z.string(),
  title: z.string(),
  unit: z.string(),
  owasp: z.string(),
  window,
  height_db: z.number(),
  /**
   * What it adds: by its learnt weights, or by its lower bound, which says that plain evidence counts at least so much while
   * nothing has been learnt. The larger sum speaks.
   */
  by: z.enum(['weights', 'least']),
  /** Of the height, what lies in each span counts `weight / 10` for each decibel; a lower bound's weights fade as peers are learnt. */
  spans: z.array(z.object({ from_db: z.number(), to_db: z.number(), weight: z.number(), adds_db: z.number() })),
  part_db: z.number(),
  /** What the other of weights and lower bound would add. */
  other_db: z.number(),
  /** What this much of it takes away, as far as peers are learnt: ordinary life relieves. */
  relief_db: z.number(),
  /** Since when published risk names this feature without a pause, at most 24 h back; null: it was not published. */
  since: time.nullable(),
});
export type ExplainedFeature = z.infer<typeof explainedFeature>;

const knot = z.object({ score: z.number(), decibels: z.number() });

/** A curve that holds at the step, and what it makes of the score. */
const explainedCurve = z.object({
  /** A platform; `''` is the whole scope, `(cannot attest)` who cannot or was not looked at. */
  segment: z.string(),
  basis,
  units: count,
  /** null: the shipped curve. */
  valid_from: time.nullable(),
  /** The knots around the score, at most two on each side; beyond the last one the curve goes on by 1 dB a unit up to 20 dB, then with `slope`. */
  knots: z.array(knot),
  slope: z.number(),
  decibels: z.number(),
  /** The share of genuine caller-hours that ever peak so high: `10^(-decibels/10)`. */
  p: z.number(),
  extrapolated: z.boolean(),
  /** Scores at which the lines of the policy are reached. */
  challenge_score: z.number(),
  block_score: z.number(),
});
export type ExplainedCurve = z.infer<typeof explainedCurve>;

/** A reason in words, and its numbers. */
export const explainedReason = z.object({
  feature: z.string(),
  window,
  title: z.string(),
  owasp: z.string(),
  part_db: z.number(),
  /** Without a pause, as far as it was published. */
  since: time.nullable(),
  /** What was seen. */
  shows: z.string(),
  /** What is usual for genuine callers, with its quantile. */
  usual: z.string(),
  /** Its part of the decibels before calibration. */
  adds: z.string(),
  /** What would have been allowed. */
  allows: z.string(),
  /** All of it with the entity's name, to be passed on. */
  sentence: z.string(),
});
export type ExplainedReason = z.infer<typeof explainedReason>;

export const derivation = z.object({
  scope: z.string(),
  kind: z.enum(EXPLAINED_KINDS),
  id: z.string(),
  /** Events before this second count. */
  step: time,
  /** Scopes in which the same id was seen. */
  scopes: z.array(z.string()),
  first_seen: time.nullable(),
  last_seen: time.nullable(),
  counts: z.array(windowCount),
  /** Windows that reach back further than counts are kept (25 h), of too many events to count them again: they may be too small. */
  incomplete_windows: z.array(window),
  reference: z.object({
    /** Learnt from hours that ended before this. */
    period: time,
    /** Whose hours: those of genuine entities, or everybody's where too few are known to be genuine. */
    basis: z.enum(['genuine', 'everybody']),
    /** How many there are of this kind; 0: the shipped scale stands. */
    entity_hours: count,
    /** How much of the scale they are; the rest is shipped. */
    weight: z.number(),
  }),
  terms: z.array(explainedTerm),
  features: z.array(explainedFeature),
  /** The sum of the parts. */
  score: z.number(),
  /** Refused attempts go on, so the refusal is held. */
  held: z.enum(['none', 'challenge', 'block']),
  /** The newest score that was published up to the step: what decisions met. */
  published: z.object({ step: time, score: z.number(), held: z.enum(['none', 'challenge', 'block']) }).nullable(),
  curves: z.array(explainedCurve).min(1),
  policy: linesView.extend({ trust_uncalibrated: z.boolean() }),
  /** Routes with lines of their own. */
  routes: z.array(z.object({ route: z.string(), challenge_db: z.number(), block_db: z.number() })),
  /** What a request's own attestation status adds in this scope, as measured by then; a platform's or an issuer's own may differ. */
  evidence: z.object({ failed: z.number(), expired: z.number(), missing: z.number() }),
  /** Decibels by the curve of the whole scope, a held refusal at its line. */
  risk_db: z.number(),
  over: z.enum(OUTCOMES),
});
export type Derivation = z.infer<typeof derivation>;

export const scoreExplainAnswer = derivation.extend({
  /** The loudest first. */
  reasons: z.array(explainedReason),
  /** How this joins with the rest of a request, a sentence each. */
  joins: z.array(z.string()),
});
export type ScoreExplainAnswer = z.infer<typeof scoreExplainAnswer>;
