import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../services/ingest/time.ts';

describe('times', () => {
  it.each([
    ['2026-11-24T12:00:00Z', Date.UTC(2026, 10, 24, 12)],
    ['2026-11-24t12:00:00.5z', Date.UTC(2026, 10, 24, 12, 0, 0, 500)],
    ['2026-11-24 12:00:00.123456789+02:00', Date.UTC(2026, 10, 24, 10, 0, 0, 123)],
    ['2026-11-24T00:30:00-05:30', Date.UTC(2026, 10, 24, 6)],
    ['2026-11-24T17:45:00.250+0545', Date.UTC(2026, 10, 24, 12, 0, 0, 250)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    [1_795_556_663_365, 1_795_556_663_365],
    [1_795_556_663_365.9, 1_795_556_663_365],
    [0, 0],
  ])('reads %s', (value, expected) => {
    expect(parseTime(value)).toBe(expected);
  });

  it.each([
    '2026-11-24',
    '2026-11-24T12:00:00',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T12:60:00Z',
    '2026-11-24T12:00:00+9999',
    '2026-11-24T12:00:00+1',
    '1969-12-31T23:59:59Z',
    '2100-01-01T00:00:00Z',
    'now',
    '',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    4_200_000_000_000,
    // Epoch seconds.
    1_795_932_871,
    1_795_932_871.25,
    null,
    true,
    {},
  ])('takes %s for no time', (value) => {
    expect(parseTime(value)).toBeNull();
  });

  it('reads what Date writes, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2099, 11, 31) }), (ms) => {
        expect(parseTime(new Date(ms).toISOString())).toBe(ms);
      }),
    );
  });
});
