import { type CountTail, type Feature, RELIEF_DB, type ShareTail, SPANS } from './features.ts';
import type { ScoredKind } from './kinds.ts';

/**
 * The arithmetic of the risk query the other way round: which value reaches a given height, and which height adds a
 * given part. The SQL of `risk-query.ts` defines risk; this explains it.
 */

/** A tail with the numbers of one kind of entity, and for a share with the whole that was seen. */
export type TailOfKind =
  | { kind: 'count'; usual: number; shape: CountTail['shape'] }
  | { kind: 'share'; whole: number; base: number; rho: ShareTail['rho'] };

/** The tail of a share of which a row keeps `base · whole`, in single precision; a whole is a count of requests. */
export function shareTail(usual: number, base: number, rho: number): TailOfKind {
  const whole = usual / base;
  const rounded = Math.round(whole);
  return { kind: 'share', whole: Math.abs(whole - rounded) < 1e-5 * rounded ? rounded : whole, base, rho };
}

/** What 1 in 10 and 1 in 100 of genuine peers reach, in decibels of the shipped tail. */
export interface Scale {
  low: number;
  high: number;
}

/** A term under this many decibels of its shipped tail says nothing. */
const LEAST_TERM = 1;

/** Decibels of a value against its shipped tail. */
export function tailDecibels(tail: TailOfKind, value: number): number {
  if (tail.kind === 'count') {
    const scale = 100 ** (1 / tail.shape) - 1;
    return 10 * tail.shape * Math.log10(1 + (scale * Math.max(0, value)) / tail.usual);
  }
  const { whole: n, base: q, rho } = tail;
  if (value <= q * n) return 0;
  const share = value / n;
  const rest = Math.max(1 - share, 1e-9);
  const divergence = share * Math.log(share / q) + rest * Math.log(rest / (1 - q));
  return ((10 / Math.LN10) * n * divergence) / (1 + (n - 1) * rho);
}

/** The value at which a tail reaches some decibels; null: no value does (`all` of a few requests is no surprise). */
export function valueAt(tail: TailOfKind, decibels: number): number | null {
  if (tail.kind === 'count') {
    const scale = 100 ** (1 / tail.shape) - 1;
    return (tail.usual / scale) * (10 ** (Math.max(0, decibels) / (10 * tail.shape)) - 1);
  }
  if (tailDecibels(tail, tail.whole) < decibels) return null;
  let [low, high] = [tail.base * tail.whole, tail.whole];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (tailDecibels(tail, middle) < decibels) low = middle;
    else high = middle;
  }
  return high;
}

/** Shipped decibels at which a height on the scale of peers is reached; without a scale the two are the same. */
export function shippedAt(scale: Scale | null, height: number): number {
  if (scale === null) return height;
  const { low, high } = scale;
  if (height <= 10) return (height * low) / 10;
  if (height <= 20) return low + ((height - 10) * (high - low)) / 10;
  return high + (height - 20) / Math.min(2, Math.max(0.5, 10 / (high - low)));
}

/** What a feature adds for ten decibels of height in each span: by its weights, and at least, as far as nothing is learnt. */
export interface Weighing {
  weights: readonly number[];
  /** `Feature.least`, faded by what is learnt of genuine peers. */
  least: readonly number[];
}

/** @param proven how far what is learnt of genuine peers or named callers displaces what is shipped, 0 to 1: the lower bound fades with it. */
export function weighingOf(feature: Pick<Feature, 'weights' | 'least'>, kind: ScoredKind, proven: number): Weighing {
  return {
    weights: feature.weights[kind] ?? [],
    least: (feature.least[kind] ?? []).map((weight) => (1 - proven) * weight),
  };
}

/** What a height takes away. @param learnt how far peers are learnt, 0 to 1: reliefs grow with it. */
export function reliefOf(
  { relief }: Pick<Feature, 'relief'>,
  kind: ScoredKind,
  learnt: number,
  height: number,
): number {
  return (learnt * (relief[kind] ?? 0) * Math.min(height, RELIEF_DB)) / RELIEF_DB;
}

/** What a height adds in each span. */
export function spansOf(weights: readonly number[], height: number): { weight: number; adds: number }[] {
  return SPANS.map(([from, to], span) => {
    const weight = weights[span] ?? 0;
    return { weight, adds: (weight * Math.min(Math.max(height - from, 0), to - from)) / 10 };
  });
}

/** Which of the two speaks at a height, the larger sum, and the sum of the other. */
export function heard({ weights, least }: Weighing, height: number) {
  const sumOf = (of: readonly number[]) => spansOf(of, height).reduce((sum, { adds }) => sum + adds, 0);
  const [byWeights, atLeast] = [sumOf(weights), sumOf(least)];
  return atLeast > byWeights
    ? { by: 'least' as const, spans: spansOf(least, height), part: atLeast, other: byWeights }
    : { by: 'weights' as const, spans: spansOf(weights, height), part: byWeights, other: atLeast };
}

/**
 * The height up to which a feature adds less than `room` decibels; `Infinity` when it never adds as much.
 * @param room decibels > 0.
 */
export function heightWithin({ weights, least }: Weighing, room: number): number {
  return Math.min(reachedBy(weights, room), reachedBy(least, room));
}

function reachedBy(weights: readonly number[], room: number): number {
  let left = room;
  for (const [span, [from, to]] of SPANS.entries()) {
    const slope = (weights[span] ?? 0) / 10;
    const whole = slope * (to - from);
    if (whole >= left) return from + left / slope;
    left -= whole;
  }
  return Number.POSITIVE_INFINITY;
}

/** The value below which a term stays within a height; null: any value does. A term that says nothing adds nothing. */
export function valueWithin(tail: TailOfKind, scale: Scale | null, height: number): number | null {
  if (!Number.isFinite(height)) return null;
  return valueAt(tail, Math.max(LEAST_TERM, shippedAt(scale, height)));
}
