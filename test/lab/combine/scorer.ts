import type { Feature } from '../../../shared/features.ts';
import { SCORED_KINDS, type ScoredKind } from '../../../shared/kinds.ts';
import { GROUPS } from '../fit/feature-text.ts';
import { reliefOf, type Way } from './ways.ts';

/**
 * The score of an event by a way, in decibels before calibration, without evidence of its attestation: as the product adds
 * up (`services/decide/request-risk.ts`), of user, session and device the loudest that says anything speaks.
 * @param isRelieved takes away what ordinary life relieves, by the shipped reliefs, whatever the way.
 * @returns a function of bytes in which the stored heights of an event begin at `at`, kinds and their features in order.
 */
export function createScorer(
  way: Way,
  features: readonly Feature[],
  isRelieved: boolean,
): (bytes: Uint8Array, at: number) => number {
  const groups = GROUPS.map(({ kinds }) =>
    kinds.map((kind: ScoredKind) => ({
      from: SCORED_KINDS.indexOf(kind) * features.length,
      parts: features.map((feature) => way.part(kind, feature)),
      reliefs: features.map((feature) => reliefOf(kind, feature)),
    })),
  );
  const fold = way.fold === 'sum' ? (a: number, b: number) => a + b : Math.max;
  return (bytes, at) => {
    let total = 0;
    let relief = 0;
    for (const kinds of groups) {
      let loudest = Number.NEGATIVE_INFINITY;
      let spoken = 0;
      let relieved = 0;
      for (const { from, parts, reliefs } of kinds) {
        let sum = 0;
        let less = 0;
        let isKnown = false;
        for (let f = 0; f < features.length; f++) {
          const step = bytes[at + from + f] ?? 0;
          if (step === 0) continue;
          isKnown = true;
          sum = fold(sum, parts[f]?.[step] ?? 0);
          less += reliefs[f]?.[step] ?? 0;
        }
        if (!isKnown) continue;
        const score = way.decibels(sum) - (isRelieved ? less : 0);
        if (score <= loudest) continue;
        loudest = score;
        spoken = sum;
        relieved = less;
      }
      total = fold(total, spoken);
      relief += relieved;
    }
    return way.decibels(total) - (isRelieved ? relief : 0);
  };
}
