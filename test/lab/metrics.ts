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
 * Poisson weights stand for drawing with replacement; callers with equal hits and units are drawn together.
 * With no hits at all, where drawing again shows nothing, the upper bound is the rule of three over the units.
 */
export function callerInterval(
  hits: Float64Array,
  units: Float64Array,
  random: { next(): number },
  rounds = 1000,
): [number, number] {
  const groups = new Map<string, { hits: number; units: number; callers: number }>();
  for (let i = 0; i < units.length; i++) {
    const key = `${hits[i]}/${units[i]}`;
    const group = groups.get(key);
    if (group) group.callers++;
    else groups.set(key, { hits: hits[i] as number, units: units[i] as number, callers: 1 });
  }
  const all = [...groups.values()];
  const total = all.reduce((sum, group) => sum + group.units * group.callers, 0);
  if (all.length > 0 && all.every((group) => group.hits === 0)) return [0, Math.min(1, 3 / total)];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let top = 0;
    let bottom = 0;
    for (const group of all) {
      const weight = poisson(group.callers, random);
      top += weight * group.hits;
      bottom += weight * group.units;
    }
    if (bottom > 0) ratios.push(top / bottom);
  }
  return quantiles(ratios);
}

/** A 95 % interval of the median over worlds, by drawing worlds with replacement. */
export function worldInterval(values: readonly number[], random: { next(): number }, rounds = 2000): [number, number] {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return [Number.NaN, Number.NaN];
  const draw = () => known[Math.floor(random.next() * known.length)] as number;
  return quantiles(Array.from({ length: rounds }, () => median(known.map(draw))));
}

function quantiles(values: number[]): [number, number] {
  values.sort((x, y) => x - y);
  const at = (q: number) => values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/** A draw from Poisson(mean): by inversion for small means, by the normal law from 50 on. */
function poisson(mean: number, random: { next(): number }): number {
  const u = random.next();
  if (mean >= 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * random.next());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let p = Math.exp(-mean);
  let k = 0;
  let cumulated = p;
  while (u > cumulated && k < 500) {
    k++;
    p *= mean / k;
    cumulated += p;
  }
  return k;
}

/** Share of the values that are strictly over a limit. */
export function shareOver(values: ArrayLike<number>, limit: number): number {
  let over = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > limit) over++;
  return over / values.length;
}

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : sum(values) / values.length;
}
