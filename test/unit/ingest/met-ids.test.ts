import { describe, expect, it } from 'vitest';
import { createMetIds } from '../../../services/ingest/met-ids.ts';
import { QUIET } from '../../support/quiet-row.ts';

const HOUR = 3_600_000;
const row = (event_id: string, time: number, offset = 0) => ({
  ...QUIET,
  event_id,
  time,
  source: 'file:a.log',
  partition: 0,
  offset,
});

/** The place of the first one, of those that `row` makes. */
const at = (offset: number) => expect.objectContaining({ file: 0, offset });

describe('ids that were met', () => {
  it('tells what comes again within a day, before or behind, and where the first one stood', () => {
    const ids = createMetIds();
    expect(ids.firstOf(row('a', 100 * HOUR, 9))).toBeUndefined();
    expect(ids.firstOf(row('a', 124 * HOUR, 11))).toEqual(at(9));
    expect(ids.firstOf(row('a', 76 * HOUR, 12))).toEqual(at(9));
    expect(ids.firstOf({ ...row('b', 100 * HOUR, 2 ** 40), partition: 3 })).toBeUndefined();
    expect(ids.firstOf(row('b', 100 * HOUR, 13))).toMatchObject({ file: 3, offset: 2 ** 40 });
    // A day later it is a new one, and what comes again is measured from there.
    expect(ids.firstOf(row('a', 125 * HOUR, 14))).toBeUndefined();
    expect(ids.firstOf(row('a', 148 * HOUR, 15))).toEqual(at(14));
  });

  it('leaves ids alone that are no more than a place', () => {
    const ids = createMetIds();
    for (const event_id of ['file:a.log:0:7', 'file:a.log:0:7:3'])
      for (let i = 0; i < 2; i++) expect(ids.firstOf(row(event_id, HOUR, 7))).toBeUndefined();
  });

  it('forgets nothing of the last so many', () => {
    const ids = createMetIds(10);
    for (let i = 0; i < 100; i++) {
      expect(ids.firstOf(row(`id-${i}`, HOUR, i))).toBeUndefined();
      for (let back = 0; back < Math.min(i, 10); back++)
        expect(ids.firstOf(row(`id-${i - back}`, HOUR, 1_000))).toEqual(at(i - back));
    }
  });
});
