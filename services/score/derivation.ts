import type {
  Allowed,
  Derivation,
  ExplainedCurve,
  ExplainedFeature,
  ExplainedTerm,
} from '../../schemas/api-explain.ts';
import type { Policy } from '../../schemas/policy.ts';
import { toDecibels, toScore } from '../../shared/calibration.ts';
import { featureText } from '../../shared/feature-text.ts';
import { type Feature, SPANS } from '../../shared/features.ts';
import type { ScoredKind } from '../../shared/kinds.ts';
import { LEAST_PART_DB } from '../../shared/reason-words.ts';
import {
  heard,
  heightWithin,
  reliefOf,
  type Scale,
  shareTail,
  type TailOfKind,
  valueAt,
  valueWithin,
  type Weighing,
  weighingOf,
} from '../../shared/scale.ts';
import type { CurveAt, TermRow } from './explain-rows.ts';

/** The height that 1 in 100 of genuine peers reach. */
const USUAL_DB = 20;
/** Knots that are shown on each side of a score. */
const KNOTS = 2;

/** What is learnt of one kind: a scale for each term, by its number from 1. */
export interface ReferenceRow {
  kind: number;
  /** How far it displaces what is shipped, 0 to 1. */
  learnt: number;
  /** The same of genuine peers alone: lower bounds of plain evidence fade with it. */
  proven: number;
  low: readonly number[];
  high: readonly number[];
}

export interface Lines {
  challenge_db: number;
  block_db: number;
}

const decibelsOf = (budget: number) => -10 * Math.log10(budget);
export const linesOf = (budgets: Policy['budgets']): Lines => ({
  challenge_db: decibelsOf(budgets.challenge),
  block_db: decibelsOf(budgets.block),
});
export const iso = (second: number) => new Date(second * 1000).toISOString();

type Term = Omit<ExplainedTerm, 'allowed'>;
/** A term as the query numbers it. */
interface NumberedTerm {
  term: Term;
  scale: Scale | null;
}

/** Terms of one entity with their tails and scales, the loudest first. */
export function termsOf(
  features: readonly Feature[],
  termNames: readonly string[],
  kind: number,
  row: TermRow | undefined,
  reference: ReferenceRow | undefined,
): NumberedTerm[] {
  const spoken = new Set<string>();
  return (row?.term ?? [])
    .map((number, at): NumberedTerm => {
      const [name = '', window = ''] = (termNames[number - 1] ?? '').split(':');
      const of = features.find((feature) => feature.name === name)?.terms.find((term) => term.window === window);
      if (row === undefined || of === undefined)
        throw new Error(`no feature file has term ${number}, ${name}:${window}`);
      const usual = row.usual[at] ?? 0;
      const tail: TailOfKind =
        of.tail.kind === 'count'
          ? { kind: 'count', usual: of.tail.usual[kind - 1] ?? 0, shape: of.tail.shape }
          : shareTail(usual, of.tail.base[kind - 1] ?? 0, of.tail.rho);
      const low = reference?.low[number - 1];
      const high = reference?.high[number - 1];
      const scale = low === undefined || high === undefined ? null : { low, high };
      const term: Term = {
        feature: name,
        window,
        value: row.value[at] ?? 0,
        tail,
        shipped_db: row.part[at] ?? 0,
        scale: scale === null ? null : { low_db: scale.low, high_db: scale.high },
        height_db: row.height[at] ?? 0,
        speaks: false,
        usual: valueAt(tail, scale === null ? USUAL_DB : scale.high),
      };
      return { term, scale };
    })
    .sort((a, b) => b.term.height_db - a.term.height_db)
    .map(({ term, scale }) => {
      const speaks = !spoken.has(term.feature);
      spoken.add(term.feature);
      return { term: { ...term, speaks }, scale };
    });
}

/** What each feature adds and takes away, the largest part first. @param known how far peers are learnt. */
export function featuresOf(
  features: readonly Feature[],
  kind: ScoredKind,
  known: Pick<ReferenceRow, 'learnt' | 'proven'>,
  terms: readonly NumberedTerm[],
): Omit<ExplainedFeature, 'since'>[] {
  return terms
    .filter(({ term }) => term.speaks)
    .map(({ term }) => {
      const feature = featureOf(features, term.feature);
      const { by, spans, part, other } = heard(weighingOf(feature, kind, known.proven), term.height_db);
      const { title, unit, owasp } = featureText(`${term.feature}:${term.window}`);
      return {
        feature: term.feature,
        title,
        unit,
        owasp,
        window: term.window,
        height_db: term.height_db,
        by,
        spans: spans.map(({ weight, adds }, i) => ({
          from_db: SPANS[i]?.[0] ?? 0,
          to_db: SPANS[i]?.[1] ?? 0,
          weight,
          adds_db: adds,
        })),
        part_db: part,
        other_db: other,
        relief_db: reliefOf(feature, kind, known.learnt, term.height_db),
      };
    })
    .sort((a, b) => b.part_db - a.part_db);
}

function featureOf(features: readonly Feature[], name: string): Feature {
  const feature = features.find((one) => one.name === name);
  if (feature === undefined) throw new Error(`there is no feature ${name}`);
  return feature;
}

/**
 * The value of a term up to which the whole would stay under the challenge line, everything else equal. All windows of a
 * feature have to stay below theirs: the loudest speaks.
 * @param room score up to the line: what is missing, below 0 how far it is over.
 */
export function withAllowed(
  features: readonly Feature[],
  kind: ScoredKind,
  proven: number,
  terms: readonly NumberedTerm[],
  parts: readonly Pick<ExplainedFeature, 'feature' | 'part_db'>[],
  room: number,
): ExplainedTerm[] {
  return terms.map(({ term, scale }) => {
    const part = parts.find(({ feature }) => feature === term.feature)?.part_db ?? 0;
    const of = weighingOf(featureOf(features, term.feature), kind, proven);
    return { ...term, allowed: allowedValue(term, scale, of, room + part) };
  });
}

function allowedValue(term: Term, scale: Scale | null, of: Weighing, room: number): Allowed {
  if (!(room > 0)) {
    const quiet = valueWithin(term.tail, scale, heightWithin(of, LEAST_PART_DB));
    return quiet === null ? { kind: 'none' } : { kind: 'none', no_reason: quiet };
  }
  const value = valueWithin(term.tail, scale, heightWithin(of, room));
  return value === null ? { kind: 'any' } : { kind: 'value', value };
}

/** What a curve makes of a score. */
export function curveView({ segment, validFrom, curve }: CurveAt, score: number, lines: Lines): ExplainedCurve {
  const { decibels, extrapolated } = toDecibels(curve, score);
  return {
    segment,
    basis: curve.basis,
    units: curve.units,
    valid_from: validFrom === null ? null : iso(validFrom),
    knots: knotsAround(curve.scores, curve.decibels, score),
    slope: curve.slope,
    decibels,
    p: 10 ** (-decibels / 10),
    extrapolated,
    challenge_score: toScore(curve, lines.challenge_db),
    block_score: toScore(curve, lines.block_db),
  };
}

function knotsAround(scores: readonly number[], decibels: readonly number[], score: number): ExplainedCurve['knots'] {
  const next = scores.findIndex((knot) => knot > score);
  const at = next < 0 ? scores.length : next;
  return scores
    .map((knot, i) => ({ score: knot, decibels: decibels[i] ?? 0 }))
    .slice(Math.max(0, at - KNOTS), at + KNOTS);
}

/** Lines of routes that set budgets of their own. */
export function routeLines(policy: Policy): Derivation['routes'] {
  return policy.routes.flatMap(({ match, budgets }) => {
    if (budgets === undefined) return [];
    const route = [match.method, match.host, match.path].filter((part) => part !== undefined).join(' ');
    const own = {
      challenge: budgets.challenge ?? policy.budgets.challenge,
      block: budgets.block ?? policy.budgets.block,
    };
    return [{ route: route === '' ? 'every route' : route, ...linesOf(own) }];
  });
}
