import { quantileSorted } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { statusShares } from '../../../schemas/policy.ts';
import { weigh } from '../../../services/score/attestation-evidence.ts';
import { anchoredCurve, calibrationStart, curveOf, periodsOf } from '../../../services/score/calibrate.ts';
import { RELIEVED_CURVE, SHIPPED_CURVE, TAIL_SLOPE, toDecibels, toScore } from '../../../shared/calibration.ts';
import { random } from '../../support/traffic.ts';

/** Exponential scores whose tail falls off as curves go on, or by `slope` decibels a unit of score: `P(S ≥ s) = 10^(-slope·s/10)`. */
function units(n: number, seed: number, slope = TAIL_SLOPE): number[] {
  const next = random(seed);
  return Array.from({ length: n }, () => Math.max(0, (-10 * Math.log10(1 - next())) / slope));
}

function bucketed(scores: readonly number[]) {
  const counts = new Map<number, number>();
  for (const score of scores) {
    const bucket = Math.round(Math.floor(score / 0.05) * 0.05 * 1e4) / 1e4;
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[0] - a[0]);
  return {
    basis: 'genuine' as const,
    scores: sorted.map(([score]) => score),
    counts: sorted.map(([, n]) => n),
    units: scores.length,
    young: false,
  };
}

describe('calibration', () => {
  it.each([
    [20_000, 0.001],
    [5_000, 0.01],
    [2_000, 0.001],
    [500, 0.001],
  ])('of %i genuine caller-hours refuses future ones at most at the budget %d, nine times in ten', (n, budget) => {
    const line = -10 * Math.log10(budget);
    let kept = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const curve = curveOf(bucketed(units(n, seed)));
      // The realised rate is known exactly here: the tail of the generator at the refusing score.
      const realised = 10 ** ((-TAIL_SLOPE * toScore(curve, line)) / 10);
      if (realised <= budget) kept++;
    }
    expect(kept).toBeGreaterThanOrEqual(36);
  });

  it.each([500, 2_000, 20_000])(
    'of %i whose tail is longer than curves go on refuses at most at twice the budget',
    (n) => {
      for (let seed = 1; seed <= 40; seed++) {
        // Where genuine callers of other APIs lie: 20 dB at the score of the shipped tail.
        const longer = toScore(RELIEVED_CURVE, 20) - 20;
        const curve = curveOf(bucketed(units(n, seed, 1).map((score) => score + longer)));
        expect(10 ** (-(toScore(curve, 30) - longer) / 10)).toBeLessThanOrEqual(2 * 0.001);
      }
    },
  );

  it('takes a constant out: evidence divided by its mean over genuine callers, an e-value, refuses the same', () => {
    const weights = weigh([], statusShares.parse({}));
    const next = random(21);
    // Each caller-hour shows one status, as often as genuine ones do, and carries its weight.
    const shown = () => {
      let share = next();
      return weights.find(({ genuine }) => {
        share -= genuine;
        return share < 0;
      });
    };
    const evidence = units(40_000, 22).map(() => shown()?.decibels ?? 0);
    const mean = evidence.reduce((sum, decibels) => sum + 10 ** (decibels / 10), 0) / evidence.length;
    expect(mean).toBeGreaterThan(1.5);
    const divisor = 10 * Math.log10(mean);
    const eValues = evidence.map((decibels) => 10 ** ((decibels - divisor) / 10));
    expect(eValues.reduce((sum, e) => sum + e, 0) / eValues.length).toBeCloseTo(1, 9);

    const behaviour = units(40_000, 23);
    const sums = behaviour.map((score, i) => Math.round((score + (evidence[i] ?? 0)) * 20) / 20 + 0.01);
    const shift = Math.round(divisor * 20) / 20;
    const [asIs, divided] = [sums, sums.map((score) => score - shift)].map((scores) => curveOf(bucketed(scores)));
    if (asIs === undefined || divided === undefined) throw new Error('two curves');
    const moved = (score: number) => toDecibels(divided, score - shift).decibels - toDecibels(asIs, score).decibels;
    for (let score = 10; score < 60; score += 0.35) expect(moved(score)).toBeCloseTo(0, 6);
  });

  it('is strictly increasing in the score, beyond the last knot too, and has no cap', () => {
    const curve = curveOf(bucketed(units(3000, 5)));
    let before = -1;
    for (let score = 0; score <= 300; score += 0.37) {
      const { decibels } = toDecibels(curve, score);
      expect(decibels).toBeGreaterThanOrEqual(before);
      if (score > 1) expect(decibels).toBeGreaterThan(before);
      before = decibels;
    }
    expect(before).toBeGreaterThan(60);
  });

  it('puts a quantile of the units at its decibels, on the cautious side', () => {
    const scores = units(50_000, 9).sort((a, b) => a - b);
    const curve = curveOf(bucketed(scores));
    const at20 = toDecibels(curve, quantileSorted(scores, 0.99)).decibels;
    expect(at20).toBeGreaterThan(19);
    expect(at20).toBeLessThan(20.1);
  });

  it('takes off what scopes add up to: half a budget each is 3 dB', () => {
    const bucket = bucketed(units(4000, 5));
    const line = toScore(curveOf(bucket), 20);
    expect(toDecibels(curveOf(bucket, 2), line).decibels).toBeCloseTo(20 - 10 * Math.log10(2), 6);
  });

  describe('of everybody, where nobody attests and few come', () => {
    const population = (attackers: number, louder = 0) => {
      const ordinary = units(1000, 17).map((score) => score - 25 + louder);
      return bucketed([...ordinary, ...Array.from({ length: attackers }, (_, n) => 40 + n)]);
    };
    const line = (attackers: number, louder = 0) => toScore(anchoredCurve(population(attackers, louder)), 30);

    it('goes on beyond the bulk as the shipped curve does, never bolder', () => {
      const curve = anchoredCurve(population(0));
      for (let score = toScore(RELIEVED_CURVE, 10); score < 60; score += 0.7) {
        const bolder = Math.max(toDecibels(RELIEVED_CURVE, score).decibels, toDecibels(SHIPPED_CURVE, score).decibels);
        expect(toDecibels(curve, score).decibels).toBeLessThanOrEqual(bolder + 1e-9);
      }
      expect(curve.decibels.every((knot, i) => i === 0 || knot > (curve.decibels[i - 1] ?? 0))).toBe(true);
      expect(line(0)).toBeCloseTo(toScore(RELIEVED_CURVE, 30), 6);
    });

    it('hardly moves with attackers among it, and follows an API whose ordinary hours are loud', () => {
      expect(line(80)).toBeLessThan(line(0) + 2);
      expect(line(0, 25)).toBeGreaterThan(line(0) + 5);
      // What the shipped curve gives without anything learnt is given still.
      expect(line(0, 60)).toBe(toScore(SHIPPED_CURVE, 30));
    });
  });

  it('marks what lies beyond the calibration set as extrapolated', () => {
    const curve = curveOf(bucketed(units(1000, 3)));
    const last = curve.scores.at(-1) ?? 0;
    expect(toDecibels(curve, last - 0.1).extrapolated).toBe(false);
    expect(toDecibels(curve, last + 5).extrapolated).toBe(true);
  });

  it('inverts itself: the score at a height has that height', () => {
    const curve = curveOf(bucketed(units(4000, 11)));
    for (const decibels of [3, 10, 20, 30, 45])
      expect(toDecibels(curve, toScore(curve, decibels)).decibels).toBeCloseTo(decibels, 6);
  });

  it('tells scores below 0 apart where units lie there: quiet ones are 0 dB, unknown ones a little over', () => {
    const curve = curveOf(bucketed(units(4000, 7).map((score) => score - 20)));
    const of = (score: number) => toDecibels(curve, score).decibels;
    expect([of(-1000), of(-21)]).toEqual([0, 0]);
    expect(of(-15)).toBeGreaterThan(0);
    expect(of(-5)).toBeGreaterThan(of(-15));
    expect(of(0)).toBeGreaterThan(of(-5));
    for (const decibels of [3, 10, 20]) expect(of(toScore(curve, decibels))).toBeCloseTo(decibels, 6);
  });

  it('has no units below 0 on a curve of old, nor on the shipped one: nothing below 0 is told apart', () => {
    const old = { ...SHIPPED_CURVE, basis: 'genuine' as const, scores: [10, 20], decibels: [8, 20] };
    for (const curve of [old, SHIPPED_CURVE])
      expect([-30, 0].map((score) => toDecibels(curve, score).decibels)).toEqual([0, 0]);
    expect(toDecibels(old, 5).decibels).toBe(4);
    expect(toDecibels(RELIEVED_CURVE, 0).decibels).toBeGreaterThan(3);
  });
});

describe('periods of learning', () => {
  it('come sooner on a first day, every six hours after it, and never go back', () => {
    for (const startHour of [0, 1, 5, 11, 23]) {
      const origin = 1_795_478_400 + startHour * 3600 + 1234;
      const hours = Array.from({ length: 72 }, (_, hour) => calibrationStart(origin - 1234 + hour * 3600, origin));
      expect(hours).toEqual([...hours].sort((a, b) => a - b));
      const starts = [...new Set(hours)].map((start) => (start - origin + 1234) / 3600);
      expect(starts.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 6, 8, 12, 16, 20]);
      const later = [...new Set(hours)].slice(10);
      expect(later.every((start) => start % 21_600 === 0)).toBe(true);
      expect(Math.max(...later.map((start, i) => start - (later[i - 1] ?? start)))).toBe(21_600);
    }
  });

  it('begin with the hour itself before the first event: nothing is learnt from what comes later', () => {
    const origin = 1_795_490_000;
    const before = origin - 10_000;
    expect(calibrationStart(before, origin)).toBe(before - (before % 3600));
  });

  it('cover every second of a range once', () => {
    const origin = 1_795_490_000;
    const periods = periodsOf(origin, origin + 200_000, origin);
    for (const [i, [start, until]] of periods.entries()) {
      expect(calibrationStart(until - 1, origin)).toBe(start);
      expect(periods[i + 1]?.[0] ?? until).toBe(until);
    }
    expect(periods.at(-1)?.[1]).toBeGreaterThan(origin + 200_000);
  });
});
