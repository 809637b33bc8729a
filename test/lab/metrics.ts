/** Figures over risks. All take plain arrays and sort copies. */

/** Area under the ROC curve, by ranks; ties count half. NaN when one side is empty. */
export function auc(benign: Float64Array, attack: Float64Array): number {
  if (benign.length === 0 || attack.length === 0) return Number.NaN;
  const b = benign.slice().sort();
  const a = attack.slice().sort();
  let below = 0;
  let upTo = 0;
  let wins = 0;
  for (const risk of a) {
    while (below < b.length && (b[below] as number) < risk) below++;
    if (upTo < below) upTo = below;
    while (upTo < b.length && (b[upTo] as number) <= risk) upTo++;
    wins += below + (upTo - below) / 2;
  }
  return wins / a.length / b.length;
}

/**
 * The risk over which at most `share` of the benign lie. Only what is strictly over it is flagged, so that ties never
 * flag more than the share.
 */
export function thresholdAt(benign: Float64Array, share: number): number {
  if (benign.length === 0) return 0;
  const sorted = benign.slice().sort();
  const allowed = Math.floor(share * sorted.length);
  return sorted[Math.max(0, sorted.length - 1 - allowed)] as number;
}

/** Median of the finite values; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((x, y) => x - y);
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/**
 * A 95 % interval of the ratio sum(hits) / sum(units), resampling whole callers: what one caller does is one draw.
 * Poisson weights stand for drawing with replacement.
 */
export function callerInterval(
  hits: Float64Array,
  units: Float64Array,
  random: { next(): number },
  rounds = 300,
): [number, number] {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let top = 0;
    let bottom = 0;
    for (let i = 0; i < units.length; i++) {
      const weight = poissonOne(random.next());
      top += weight * (hits[i] as number);
      bottom += weight * (units[i] as number);
    }
    if (bottom > 0) ratios.push(top / bottom);
  }
  ratios.sort((x, y) => x - y);
  const at = (q: number) => ratios[Math.min(ratios.length - 1, Math.floor(q * ratios.length))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/** A draw from Poisson(1) by inversion of a uniform number. */
function poissonOne(u: number): number {
  let p = Math.exp(-1);
  let k = 0;
  let cumulated = p;
  while (u > cumulated && k < 12) {
    k++;
    p /= k;
    cumulated += p;
  }
  return k;
}
