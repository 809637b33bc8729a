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

describe('ids that were met', () => {
  it('tells what comes again within a day, before or behind', () => {
    const ids = createMetIds();
    expect(ids.cameBefore(row('a', 100 * HOUR))).toBe(false);
    expect(ids.cameBefore(row('a', 124 * HOUR, 1))).toBe(true);
    expect(ids.cameBefore(row('a', 76 * HOUR, 2))).toBe(true);
    expect(ids.cameBefore(row('b', 100 * HOUR, 3))).toBe(false);
    // A day later it is a new one, and what comes again is measured from there.
    expect(ids.cameBefore(row('a', 125 * HOUR, 4))).toBe(false);
    expect(ids.cameBefore(row('a', 148 * HOUR, 5))).toBe(true);
  });

  it('leaves ids alone that are no more than a place', () => {
    const ids = createMetIds();
    for (const event_id of ['file:a.log:0:7', 'file:a.log:0:7:3'])
      for (let i = 0; i < 2; i++) expect(ids.cameBefore(row(event_id, HOUR, 7))).toBe(false);
  });

  it('forgets nothing of the last so many', () => {
    const ids = createMetIds(10);
    for (let i = 0; i < 100; i++) {
      expect(ids.cameBefore(row(`id-${i}`, HOUR, i))).toBe(false);
      for (let back = 0; back < Math.min(i, 10); back++) expect(ids.cameBefore(row(`id-${i - back}`, HOUR))).toBe(true);
    }
  });
});
