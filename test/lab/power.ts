import { auc, mean, shareOver, thresholdAt } from './metrics.ts';

/** How well a score tells attacks from benign life, whatever its scale: only the order of events counts. */
export interface Power {
  auc: number;
  /** Recall, averaged over attack kinds, over the scores that 0.1 % and 1 % of benign events pass. */
  recall01: number;
  recall1: number;
  kinds: { kind: string; at01: number; at1: number }[];
}

/** Power of a score by its values for benign events and for those of each attack kind; victims belong to neither. */
export function powerOf(benign: Float64Array, attacks: readonly { kind: string; scores: ArrayLike<number> }[]): Power {
  const [limit01, limit1] = [thresholdAt(benign, 0.001), thresholdAt(benign, 0.01)];
  const kinds = attacks.map(({ kind, scores }) => ({
    kind,
    at01: shareOver(scores, limit01),
    at1: shareOver(scores, limit1),
  }));
  return {
    auc: auc(benign, Float64Array.from(attacks.flatMap(({ scores }) => Array.from(scores)))),
    recall01: mean(kinds.map((one) => one.at01)),
    recall1: mean(kinds.map((one) => one.at1)),
    kinds,
  };
}
