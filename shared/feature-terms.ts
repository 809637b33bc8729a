import { type Feature, loadFeatures, type Term } from './features.ts';
import { SCORED_KINDS, type ScoredKind, SHARED_KINDS } from './kinds.ts';
import type { PeerScale } from './peer-scales.ts';
import { type Scale, shareTail, type TailOfKind, tailDecibels } from './scale.ts';

/** A feature in one of its windows, for one kind of entity. */
export interface KindTerm {
  feature: Feature;
  term: Term;
  /** What is usual as shipped, or the share that is: a number of the file. */
  shipped: number;
}

interface Known {
  feature: Feature;
  term: Term;
  /** By number of kind, from 0. */
  ofKinds: readonly (KindTerm | undefined)[];
}

let byName: ReadonlyMap<string, Known> | undefined;

/** The files are read once, at the first question. */
function terms(): ReadonlyMap<string, Known> {
  byName ??= new Map(
    loadFeatures().flatMap((feature) =>
      feature.terms.map((term): [string, Known] => {
        const numbers = term.tail.kind === 'count' ? term.tail.usual : term.tail.base;
        const ofKinds = SCORED_KINDS.map((_, i) => {
          const shipped = numbers[i] ?? 0;
          return shipped > 0 ? { feature, term, shipped } : undefined;
        });
        return [`${term.feature}:${term.window}`, { feature, term, ofKinds }];
      }),
    ),
  );
  return byName;
}

/** @param name `<feature>:<window>`. @returns undefined for a feature of another version, or one that says nothing of this kind. */
export const kindTerm = (name: string, kind: ScoredKind): KindTerm | undefined =>
  terms().get(name)?.ofKinds[SCORED_KINDS.indexOf(kind)];

/** @param kept what a row keeps: of a count what is usual as shipped, of a share the usual part of its whole; 0: nothing. */
export function tailOf({ term: { tail }, shipped }: KindTerm, kept: number): TailOfKind {
  const usual = kept > 0 ? kept : shipped;
  return tail.kind === 'count' ? { kind: 'count', usual, shape: tail.shape } : shareTail(usual, shipped, tail.rho);
}

/** Decibels of a value on the scale of its peers, as `heightsSql` of `services/score/risk-query.ts` has them. */
export function heightOf(tail: TailOfKind, scale: Scale | null, value: number): number {
  const shipped = tailDecibels(tail, value);
  if (scale === null) return shipped;
  const { low, high } = scale;
  if (shipped <= low) return (10 * shipped) / low;
  if (shipped <= high) return 10 + (10 * (shipped - low)) / (high - low);
  return 20 + (shipped - high) * Math.min(2, Math.max(0.5, 10 / (high - low)));
}

/** What is learnt of a term; null: the shipped scale stands. */
export const scaleOf = (learnt: PeerScale | undefined, term: string): Scale | null => learnt?.terms.get(term) ?? null;

const NOT_COUNTED = /nats|KiB|days|deviations|newness|regularity/;

/** Are whole things counted, not nats, KiB or other measures? */
export const isCounted = (name: string) => !NOT_COUNTED.test(terms().get(name)?.feature.unit ?? '');

/** Does a value stand for one of several heads behind an address, network or key? Where it was counted, a fraction tells. */
export function isByHead(kind: ScoredKind, name: string, value: number): boolean {
  if (Number.isInteger(value) || !SHARED_KINDS.includes(SCORED_KINDS.indexOf(kind) + 1)) return false;
  const found = terms().get(name);
  if (found === undefined || found.term.tail.kind === 'share') return false;
  return isCounted(name) && /\bcrowd\b|distinct_users_24h/.test(found.term.value);
}
