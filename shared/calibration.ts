import type { Calibration } from '../schemas/decision.ts';

/**
 * From score to decibels, for one scope and segment. Computed by `services/score/calibrate.ts`, applied
 * here, so that decision, dashboard and backtest read the same curve. Strictly increasing, not capped.
 */
export interface CalibrationCurve {
  basis: Calibration;
  /** Caller-hours that it rests on; 0 for `shipped`. */
  units: number;
  /** Knots, ascending, at least one: score on the shipped scale, below 0 where ordinary life relieved it … */
  scores: readonly number[];
  /** … and its decibels. */
  decibels: readonly number[];
  /** Decibels per unit of score beyond the last knot and 20 dB: an extrapolation, outside the promise. */
  slope: number;
}

/** The segment of requests that show no attestation because their client cannot, or because none was observed. */
export const CANNOT_ATTEST = '(cannot attest)';

/**
 * Beyond its last knot a curve goes on by 1 dB a unit of score up to here, the line of a budget of 1 %, which a thousand
 * caller-hours nearly resolve and which is promised; and from here on by `slope`.
 */
export const BEND_DB = 20;
/**
 * Decibels per unit of score beyond that, of every curve, so that loud scores compare alike whatever curve holds. The three curves
 * below rise by 1.43, 1.54 and 1.11 from 20 to 30 dB. Where genuine callers fall off by 1 alone, a budget of 0.1 % that some hundred
 * caller-hours do not resolve is overdrawn by less than twice; by 1.3 or more, it is kept.
 */
export const TAIL_SLOPE = 1.3;

/**
 * The shipped reference, for an install that has learnt little: 2 to 5 over the score that 1 in 10, in 32 and in 100 benign
 * caller-hours reached in the first eight hours of the louder quarter of the laboratory's worlds and of foreign ones, since no
 * install that it stands for was among them; from there on as those rise that have hours enough.
 */
export const SHIPPED_CURVE: CalibrationCurve = {
  basis: 'shipped',
  units: 0,
  scores: [0, 10.5, 15.5, 19.5, 23, 26.5],
  decibels: [0, 10, 15, 20, 25, 30],
  slope: TAIL_SLOPE,
};

/**
 * What stands in a learnt curve where no units speak yet: the same once peers are learnt and ordinary life relieves, while
 * the hours of a first day still count.
 */
export const YOUNG_CURVE: CalibrationCurve = {
  basis: 'shipped',
  units: 0,
  scores: [-29, 0, 6, 9.5, 13, 16.5, 19.5],
  decibels: [0, 3, 10, 15, 20, 25, 30],
  slope: TAIL_SLOPE,
};

/** And from then on: what genuine caller-hours of the louder quarter of those worlds reached after their first 36 hours. */
export const RELIEVED_CURVE: CalibrationCurve = {
  basis: 'shipped',
  units: 0,
  scores: [-29, -6.5, 2.5, 6, 10.5, 14.5, 19.5],
  decibels: [0, 3, 10, 15, 20, 25, 30],
  slope: TAIL_SLOPE,
};

/**
 * Decibels of a score: piecewise linear between knots, 0 at 0 and below, or below the first knot where that is under 0.
 * @param score on the scale of the shipped reference.
 * @returns decibels ≥ 0, and whether they lie beyond what the calibration set resolves.
 */
export function toDecibels(curve: CalibrationCurve, score: number): { decibels: number; extrapolated: boolean } {
  const { scores, decibels } = curve;
  if (!(score > Math.min(0, scores[0] ?? 0))) return { decibels: 0, extrapolated: false };
  const lastAt = scores.length - 1;
  const lastScore = scores[lastAt] ?? 0;
  const lastDecibels = decibels[lastAt] ?? 0;
  if (score >= lastScore) {
    const beyond = score - lastScore;
    const bend = Math.max(0, BEND_DB - lastDecibels);
    const decibels = lastDecibels + Math.min(beyond, bend) + Math.max(0, beyond - bend) * curve.slope;
    return { decibels, extrapolated: curve.basis !== 'shipped' };
  }
  // First knot above the score, by bisection.
  let low = 0;
  let high = lastAt;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scores[middle] ?? 0) > score) high = middle;
    else low = middle + 1;
  }
  const s1 = scores[low] ?? 0;
  const d1 = decibels[low] ?? 0;
  const s0 = low === 0 ? 0 : (scores[low - 1] ?? 0);
  const d0 = low === 0 ? 0 : (decibels[low - 1] ?? 0);
  return { decibels: s1 > s0 ? d0 + ((d1 - d0) * (score - s0)) / (s1 - s0) : d1, extrapolated: false };
}

/** The score at which a curve first reaches `decibels`: what would still have been allowed. */
export function toScore(curve: CalibrationCurve, decibels: number): number {
  const { scores } = curve;
  for (let i = 0; i < scores.length; i++) {
    const d1 = curve.decibels[i] ?? 0;
    if (d1 < decibels) continue;
    const s0 = i === 0 ? 0 : (scores[i - 1] ?? 0);
    const d0 = i === 0 ? 0 : (curve.decibels[i - 1] ?? 0);
    const s1 = scores[i] ?? 0;
    return d1 > d0 ? s0 + ((s1 - s0) * (decibels - d0)) / (d1 - d0) : s1;
  }
  const last = scores.length - 1;
  const from = curve.decibels[last] ?? 0;
  const bend = Math.max(BEND_DB, from);
  return (scores[last] ?? 0) + Math.min(decibels, bend) - from + Math.max(0, decibels - bend) / curve.slope;
}
