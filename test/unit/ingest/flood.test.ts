import { describe, expect, it } from 'vitest';
import type { EventRow } from '../../../schemas/event-row.ts';
import { createFloodGate, type FloodLimits } from '../../../services/ingest/flood.ts';
import { createMetrics } from '../../../shared/metrics.ts';

const T0 = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const address = (n: number) => `${10 + (n >> 24)}.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

function gate(limits: FloodLimits) {
  const flood = createFloodGate(createMetrics(), limits);
  return (ip: string, time: number, status = 'none') => {
    const net = `${ip.split('.').slice(0, 3).join('.')}.0/24`;
    const row = { ip, net, time, attestation_status: status, client_address: ip } as EventRow;
    flood.pass(row);
    return row;
  };
}

describe('a flood of new addresses', () => {
  it('gets rows for no more than the budget, while those who were met before and the attested keep theirs', () => {
    const pass = gate({ newPerMinute: 1_000, requests: 8 });
    const users = Array.from({ length: 500 }, (_, n) => address(n));
    for (const user of users) expect(pass(user, T0).ip).toBe(user);
    let rows = 0;
    const later = T0 + MINUTE_MS;
    for (let n = 0; n < 300_000; n++) if (pass(address(1_000_000 + n), later).ip !== '') rows++;
    // A Bloom filter takes a stranger for an acquaintance now and then.
    expect(rows).toBeLessThan(1_000 + 300_000 * 0.01);
    for (const user of users) expect(pass(user, later)).toMatchObject({ ip: user });
    expect(pass('192.0.2.200', later, 'genuine').ip).toBe('192.0.2.200');
    // The event itself says where it came from.
    expect(pass(address(5_000_000), later)).toMatchObject({ ip: '', client_address: address(5_000_000) });
  });

  it('gives a row to whoever does much, and to newcomers once it is over', () => {
    const pass = gate({ newPerMinute: 10, requests: 8 });
    for (let n = 0; n < 20_000; n++) pass(address(1_000_000 + n), T0);
    const seen = Array.from({ length: 8 }, () => pass('198.51.100.9', T0).ip);
    expect(seen.slice(0, 5)).toEqual(['', '', '', '', '']);
    expect(seen.at(-1)).toBe('198.51.100.9');
    expect(pass('203.0.113.5', T0 + MINUTE_MS).ip).toBe('203.0.113.5');
  });

  it('keeps whoever comes again through generations, and forgets who stays away for a day', () => {
    const pass = gate({ newPerMinute: 1, requests: 8 });
    expect(pass('192.0.2.1', T0).ip).toBe('192.0.2.1');
    expect(pass('192.0.2.2', T0 + MINUTE_MS).ip).toBe('192.0.2.2');
    for (let hour = 1; hour <= 48; hour++) {
      const time = T0 + hour * 60 * MINUTE_MS;
      expect([hour, pass('192.0.2.1', time).ip]).toEqual([hour, '192.0.2.1']);
      pass(address(hour), time);
    }
    const time = T0 + 49 * 60 * MINUTE_MS;
    pass('198.51.100.1', time);
    expect(pass('192.0.2.2', time).ip).toBe('');
  });
});
