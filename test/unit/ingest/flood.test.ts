import { describe, expect, it } from 'vitest';
import type { EventRow } from '../../../schemas/event-row.ts';
import { createFloodGate } from '../../../services/ingest/flood.ts';
import type { FloodLimits } from '../../../services/ingest/newcomers.ts';
import { createMetrics } from '../../../shared/metrics.ts';

const T0 = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const address = (n: number) => `${10 + (n >> 24)}.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

const inFlood = (ip: string) => ip === '';
const claim = (more: Partial<EventRow>) =>
  ({
    ip: '192.0.2.1',
    net: '192.0.2.0/24',
    time: T0,
    attestation_status: 'none',
    route_class: 'read',
    status: 200,
    user_id: '',
    session_id: '',
    device_id: '',
    attestation_token: '',
    ...more,
  }) as EventRow;

function gate(limits?: FloodLimits, flood = createFloodGate(createMetrics(), limits)) {
  return (ip: string, time: number, status = 'none') => {
    const net = `${ip.split('.').slice(0, 3).join('.')}.0/24`;
    const row = claim({ ip, net, time, attestation_status: status, client_address: ip });
    flood.pass(row);
    return row;
  };
}

describe('a flood of new addresses', () => {
  it('gets rows for no more than the budget, while those who were met before and the attested keep theirs', () => {
    const pass = gate({ newPerMinute: 1_000, requests: 8, lately: 1_500_000 });
    const users = Array.from({ length: 500 }, (_, n) => address(n));
    for (const user of users) expect(pass(user, T0).ip).toBe(user);
    let rows = 0;
    const later = T0 + MINUTE_MS;
    for (let n = 0; n < 300_000; n++) if (!inFlood(pass(address(1_000_000 + n), later).ip)) rows++;
    // A Bloom filter takes a stranger for an acquaintance now and then.
    expect(rows).toBeLessThan(1_000 + 300_000 * 0.01);
    for (const user of users) expect(pass(user, later)).toMatchObject({ ip: user });
    expect(pass('192.0.2.200', later, 'genuine').ip).toBe('192.0.2.200');
    // The event itself says where it came from.
    expect(pass(address(5_000_000), later)).toMatchObject({
      ip: '',
      net: '',
      client_address: address(5_000_000),
    });
  });

  it('gives a row to whoever does much, and to newcomers once it is over', () => {
    const pass = gate({ newPerMinute: 10, requests: 8, lately: 1_500_000 });
    for (let n = 0; n < 20_000; n++) pass(address(1_000_000 + n), T0);
    const seen = Array.from({ length: 8 }, () => pass('198.51.100.9', T0).ip);
    expect(seen.slice(0, 5).every(inFlood)).toBe(true);
    expect(seen.at(-1)).toBe('198.51.100.9');
    expect(pass('203.0.113.5', T0 + MINUTE_MS).ip).toBe('203.0.113.5');
  });

  it('keeps whoever comes again through generations, and forgets who stays away for a day', () => {
    const pass = gate({ newPerMinute: 1, requests: 8, lately: 1_500_000 });
    expect(pass('192.0.2.1', T0).ip).toBe('192.0.2.1');
    expect(pass('192.0.2.2', T0 + MINUTE_MS).ip).toBe('192.0.2.2');
    for (let hour = 1; hour <= 48; hour++) {
      const time = T0 + hour * 60 * MINUTE_MS;
      expect([hour, pass('192.0.2.1', time).ip]).toEqual([hour, '192.0.2.1']);
      pass(address(hour), time);
    }
    const time = T0 + 49 * 60 * MINUTE_MS;
    pass('198.51.100.1', time);
    expect(inFlood(pass('192.0.2.2', time).ip)).toBe(true);
  });

  it('evicts nobody who was met before it or in two of its minutes, however long it goes on', () => {
    // A minute's newcomers fill a fifteenth of a generation, as with the default limits.
    const pass = gate({ newPerMinute: 2_000, requests: 8, lately: 30_000 });
    const users = Array.from({ length: 500 }, (_, n) => address(n));
    for (const user of users) pass(user, T0);
    let other = 5_000_000;
    for (let minute = 1; minute <= 45; minute++)
      for (let n = 0; n < 4_000; n++) pass(address(other++), T0 + minute * MINUTE_MS);
    const later = T0 + 46 * MINUTE_MS;
    for (let n = 0; n < 4_000; n++) pass(address(other++), later);
    expect(users.filter((user) => pass(user, later).ip === user)).toHaveLength(500);
  });

  it('does not let itself be reserved: who came once while it went on is a stranger again', () => {
    const pass = gate({ newPerMinute: 2_000, requests: 8, lately: 30_000 });
    let other = 5_000_000;
    const flood = (minute: number) => {
      const first = other;
      for (let n = 0; n < 4_000; n++) pass(address(other++), T0 + minute * MINUTE_MS);
      return first;
    };
    const first = flood(0);
    for (let minute = 1; minute <= 45; minute++) flood(minute);
    let known = 0;
    for (let n = 0; n < 2_000; n++) if (!inFlood(pass(address(first + n), T0 + 45 * MINUTE_MS).ip)) known++;
    expect(known).toBeLessThan(100);
  });

  it('knows at the start whom it is told', () => {
    const limits = { newPerMinute: 2_000, requests: 8, lately: 30_000 };
    const flood = createFloodGate(createMetrics(), limits);
    const pass = gate(limits, flood);
    const users = Array.from({ length: 500 }, (_, n) => address(n));
    flood.know('ip', users);
    let other = 5_000_000;
    for (let minute = 0; minute <= 45; minute++)
      for (let n = 0; n < 4_000; n++) pass(address(other++), T0 + minute * MINUTE_MS);
    expect(users.filter((user) => pass(user, T0 + 45 * MINUTE_MS).ip === user)).toHaveLength(500);
  });

  it('gives no rows to names that are merely claimed, but to those that attest or sign in', () => {
    const flood = createFloodGate(createMetrics(), { newPerMinute: 100, requests: 8, lately: 1_500_000 });
    const pass = (more: Partial<EventRow>) => {
      const row = claim(more);
      flood.pass(row);
      return row;
    };
    const rows = { user: 0, session: 0, device: 0, token: 0 };
    for (let n = 0; n < 50_000; n++) {
      const row = pass({ user_id: `u${n}`, session_id: `s${n}`, device_id: `d${n}`, attestation_token: `t${n}` });
      if (row.user_id !== '') rows.user++;
      if (row.session_id !== '') rows.session++;
      if (row.device_id !== '') rows.device++;
      if (row.attestation_token !== '') rows.token++;
      if (row.ip !== '192.0.2.1') rows.device += 1_000;
    }
    for (const n of Object.values(rows)) expect(n).toBeLessThan(200);
    const proven = { user_id: 'ada', session_id: 'of ada', device_id: 'phone of ada', attestation_token: 't of ada' };
    expect(pass({ ...proven, route_class: 'signin', status: 401 })).toMatchObject({ user_id: '', session_id: '' });
    expect(pass({ ...proven, route_class: 'signin' })).toMatchObject({
      user_id: 'ada',
      session_id: 'of ada',
      device_id: '',
    });
    expect(pass({ ...proven, attestation_status: 'genuine' })).toMatchObject(proven);
    expect(pass(proven)).toMatchObject(proven);
  });

  it('takes 13 MiB for each kind that comes, whatever comes', () => {
    const before = process.memoryUsage().arrayBuffers;
    const pass = gate();
    for (let n = 0; n < 150_000; n++) pass(address(n), T0 + (n % 3) * MINUTE_MS);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 14 * 2 ** 20);
  });
});
