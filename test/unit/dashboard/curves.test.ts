import { describe, expect, it } from 'vitest';
import { createCurveReader } from '../../../services/dashboard/curves.ts';
import { scalesInForce } from '../../../services/dashboard/queries/calibration.ts';
import type { Ask } from '../../../services/dashboard/query.ts';
import { manualClock } from '../../../shared/clock.ts';

describe('curves and scales for pages', () => {
  it('go on with the scales known so far while those cannot be read, and ask again after a minute', async () => {
    let away = false;
    let asked = 0;
    const scale = { kind: 1, learnt: 0.8, proven: 0.8, terms: ['signins:1m'], low: [4], high: [11] };
    const ask: Ask = async (query) => {
      if (query.name !== scalesInForce.name) return [];
      asked++;
      if (away) throw new Error('no such column');
      return [query.row.parse(scale)];
    };
    const clock = manualClock(1_768_478_400_000);
    const reader = createCurveReader(ask, clock);
    const { scales } = await reader.now();
    expect([...scales.keys()]).toEqual(['user']);
    away = true;
    const later = async (ms: number) => {
      clock.set(clock.now() + ms);
      return (await reader.now()).scales;
    };
    expect(await later(10_000)).toBe(scales);
    expect(await later(10_000)).toBe(scales);
    expect(asked).toBe(2);
    away = false;
    expect([...(await later(60_000)).keys()]).toEqual(['user']);
    expect(asked).toBe(3);
  });
});
