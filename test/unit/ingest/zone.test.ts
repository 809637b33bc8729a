import { describe, expect, it } from 'vitest';
import { createZone } from '../../../services/ingest/zone.ts';

const utc = (text: string) => Date.parse(`${text}Z`);

describe('the zone of times that name none', () => {
  it.each([
    ['UTC', '2026-11-24T12:00:00', '2026-11-24T12:00:00'],
    ['Europe/Berlin', '2026-11-24T12:00:00.250', '2026-11-24T11:00:00.250'],
    ['Europe/Berlin', '2026-07-24T12:00:00', '2026-07-24T10:00:00'],
    ['Europe/Berlin', '2026-03-29T03:30:00', '2026-03-29T01:30:00'],
    ['America/New_York', '2026-11-01T03:00:00', '2026-11-01T08:00:00'],
    ['Asia/Kolkata', '2026-11-24T00:10:00', '2026-11-23T18:40:00'],
    ['+02:00', '2026-11-24T12:00:00', '2026-11-24T10:00:00'],
    ['-0930', '2026-11-24T12:00:00', '2026-11-24T21:30:00'],
  ])('%s: %s is %s', (zone, written, moment) => {
    expect(createZone(zone)(utc(written))).toBe(utc(moment));
  });
});
