import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  heard,
  heightWithin,
  shippedAt,
  type TailOfKind,
  tailDecibels,
  valueAt,
  valueWithin,
  weighingOf,
} from '../../../shared/scale.ts';

const positive = (max: number) => fc.double({ min: 0.01, max, noNaN: true });
const count: fc.Arbitrary<TailOfKind> = fc.record({
  kind: fc.constant('count' as const),
  usual: positive(1e6),
  shape: fc.integer({ min: 2, max: 6 }),
});
const share: fc.Arbitrary<TailOfKind> = fc.record({
  kind: fc.constant('share' as const),
  whole: fc.integer({ min: 1, max: 10_000 }),
  base: fc.double({ min: 0.004, max: 0.5, noNaN: true }),
  rho: fc.double({ min: 0.01, max: 0.6, noNaN: true }),
});
const weights = fc.array(fc.oneof(fc.constant(0), positive(10)), { minLength: 5, maxLength: 5 });

describe('the arithmetic of an explanation', () => {
  it('finds the value at which a tail reaches some decibels, and none where no value does', () => {
    fc.assert(
      fc.property(fc.oneof(count, share), positive(100), (tail, decibels) => {
        const value = valueAt(tail, decibels);
        if (value === null) {
          expect(tail.kind).toBe('share');
          if (tail.kind === 'share') expect(tailDecibels(tail, tail.whole)).toBeLessThan(decibels);
        } else expect(tailDecibels(tail, value)).toBeCloseTo(decibels, 6);
      }),
    );
  });

  it('passes 1 in 100 of a count at what is usual', () => {
    fc.assert(
      fc.property(count, (tail) => {
        expect(tail.kind === 'count' && tailDecibels(tail, tail.usual)).toBeCloseTo(20, 9);
      }),
    );
  });

  it('finds the shipped decibels at which a height of the peers’ scale is reached', () => {
    const scale = { low: 4, high: 9 };
    expect([5, 10, 15, 20, 24].map((height) => shippedAt(scale, height))).toEqual([2, 4, 6.5, 9, 11]);
    expect(shippedAt(null, 17)).toBe(17);
  });

  it('finds the height up to which a feature adds less than there is room for', () => {
    fc.assert(
      fc.property(weights, weights, positive(60), (learnt, least, room) => {
        const of = { weights: learnt, least };
        const height = heightWithin(of, room);
        if (!Number.isFinite(height)) expect(heard(of, 100).part).toBeLessThan(room);
        else {
          expect(heard(of, height).part).toBeCloseTo(room, 6);
          expect(heard(of, height * 0.999).part).toBeLessThanOrEqual(room);
        }
      }),
    );
  });

  it('lets the lower bound of plain evidence speak as far as nothing is learnt', () => {
    const feature = { weights: { ip: [0, 0, 1, 0, 0] }, least: { ip: [0, 0, 4, 0, 0] } };
    const at = (learnt: number) => heard(weighingOf(feature, 'ip', learnt), 20);
    expect(at(0)).toMatchObject({ by: 'least', part: 4, other: 1 });
    expect(at(0.5)).toMatchObject({ by: 'least', part: 2, other: 1 });
    expect(at(0.9)).toMatchObject({ by: 'weights', part: 1 });
    expect(heard(weighingOf(feature, 'net', 0), 20)).toMatchObject({ by: 'weights', part: 0, other: 0 });
  });

  it('allows any value where the feature cannot reach the line, and at least what says nothing', () => {
    const tail: TailOfKind = { kind: 'count', usual: 10, shape: 3 };
    expect(valueWithin(tail, null, Number.POSITIVE_INFINITY)).toBeNull();
    // Under a decibel of its tail a term does not count at all.
    expect(valueWithin(tail, null, 0.2)).toBe(valueAt(tail, 1));
  });
});
