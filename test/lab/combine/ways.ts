import type { Feature } from '../../../shared/features.ts';
import { RELIEF_DB } from '../../../shared/features.ts';
import { SCORED_KINDS, type ScoredKind } from '../../../shared/kinds.ts';
import { GROUPS, HIGHEST_STEP, hingeTable, STEPS_PER_DB } from '../fit/feature-text.ts';

/**
 * A way of combining tails into one score. Each tail adds a part by its height, and the total is read in decibels. A tail
 * of height 0 adds nothing, so that what an event does not meet need not be looked at.
 */
export interface Way {
  name: string;
  /** What is added, by stored height (half decibels, from 0). */
  part(kind: ScoredKind, feature: Feature): Float64Array;
  /** How parts become a total. */
  fold: 'sum' | 'largest';
  /** Grows with the total. Decibels, so that evidence and reliefs in decibels can be added to it. */
  decibels(total: number): number;
}

/** Power of the e-value `e = κ·p^(κ-1)`. Towards 0 the mean of e orders like the harmonic mean of p, towards 1 like the sum of heights. */
const KAPPA = 0.5;
/** A larger p is taken for this, where Cauchy's law passes 0: else many idle tails would cancel a loud one. */
const CAUCHY_CAP = 0.5;

/** By stored height what a function says of decibels. */
function byHeight(part: (decibels: number) => number): Float64Array {
  return Float64Array.from({ length: HIGHEST_STEP + 1 }, (_, step) => part(step / STEPS_PER_DB));
}

const fromDecibels = (decibels: number) => 10 ** (-decibels / 10);
const toDecibels = (p: number) => -10 * Math.log10(p);

/** The product's own: parts by the weights in the feature files. */
export function learntWay(): Way {
  const hinges = hingeTable();
  return {
    name: 'learnt parts',
    part: (kind, { weights }) =>
      Float64Array.from(hinges, (spans) =>
        spans.reduce((sum, filled, span) => sum + filled * (weights[kind]?.[span] ?? 0), 0),
      ),
    fold: 'sum',
    decibels: (total) => total,
  };
}

/**
 * Ways that know only tails, p-values of which are `10^(-height/10)`.
 * @param tails how many are combined; an idle one has p = 1.
 */
export function plainWays(tails: number): Way[] {
  const way = (name: string, fold: Way['fold'], part: (decibels: number) => number, decibels: Way['decibels']): Way => {
    const parts = byHeight(part);
    // What only ever speaks for a caller is no tail of what is unusual.
    const none = new Float64Array(parts.length);
    return { name, fold, part: (_, { relievesOnly }) => (relievesOnly ? none : parts), decibels };
  };
  const cauchy = (p: number) => 1 / Math.tan(Math.PI * Math.min(p, CAUCHY_CAP));
  const idleCauchy = cauchy(CAUCHY_CAP);
  return [
    way(
      'sum of heights (Fisher)',
      'sum',
      (h) => h,
      (total) => total,
    ),
    // Bonferroni's factor moves all scores alike, so it is left out.
    way(
      'loudest height (smallest p)',
      'largest',
      (h) => h,
      (total) => total,
    ),
    way(
      'truncated Cauchy',
      'sum',
      (h) => cauchy(fromDecibels(h)) - idleCauchy,
      (total) => toDecibels(Math.atan2(1, total / tails) / Math.PI),
    ),
    way(
      'harmonic mean p',
      'sum',
      (h) => 1 / fromDecibels(h) - 1,
      (total) => toDecibels(1 / (1 + total / tails)),
    ),
    way(
      'mean of e-values',
      'sum',
      (h) => KAPPA * (fromDecibels(h) ** (KAPPA - 1) - 1),
      (total) => 10 * Math.log10(KAPPA + total / tails),
    ),
  ];
}

/** How many tails of an event are combined: of each group of entities one for each feature that speaks against it. */
export function countTails(features: readonly Feature[]): number {
  const speaks = (kind: ScoredKind, { terms, relievesOnly }: Feature) =>
    !relievesOnly &&
    terms.some(({ tail }) => ((tail.kind === 'count' ? tail.usual : tail.base)[SCORED_KINDS.indexOf(kind)] ?? 0) > 0);
  return GROUPS.reduce(
    (sum, { kinds }) => sum + features.filter((feature) => kinds.some((kind) => speaks(kind, feature))).length,
    0,
  );
}

/** Decibels that ordinary life takes away, by stored height. */
export function reliefOf(kind: ScoredKind, { relief }: Feature): Float64Array {
  return byHeight((decibels) => ((relief[kind] ?? 0) * Math.min(decibels, RELIEF_DB)) / RELIEF_DB);
}
