import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttestationAnswer } from '../../schemas/api-attestation.ts';
import { TAIL_SLOPE, toScore } from '../../shared/calibration.ts';
import { type FalsePositives, falsePositivesSql } from '../../shared/false-positives.ts';
import { openDashboard, type TestDashboard } from '../support/dashboard.ts';

let dashboard: TestDashboard;
let answer: AttestationAnswer;
const HOUR = 3_600_000;
// The middle of an hour: none of the events of one hour falls into the next.
const now = Math.floor(Date.now() / HOUR) * HOUR - HOUR / 2;
const at = Math.floor(Date.now() / 1000);
type Row = Parameters<TestDashboard['insertEvents']>[0][number];

function shown(caller: string, hoursAgo: number, status: string, more: Row = {}): Row {
  const issuer = status === 'missing' ? '' : 'app';
  return {
    time: now - hoursAgo * HOUR,
    user_id: caller,
    platform: 'android',
    attestation_status: status,
    attestation_issuer: issuer,
    // Homes of their own: of one network only a few hours count.
    net: `${caller}.0/24`,
    ...more,
  };
}

beforeAll(async () => {
  dashboard = await openDashboard();
  const rows: Row[] = [];
  // Forty callers, genuine in three hours; a quarter of them is missing once, in an hour of its own.
  for (let i = 0; i < 40; i++) {
    for (const ago of [1, 5, 9]) rows.push(shown(`good-${i}`, ago, 'genuine'));
    if (i < 10) for (let n = 0; n < 50; n++) rows.push(shown(`good-${i}`, 7, 'missing'));
  }
  // One genuine caller who failed once: its failing hour counts, the others do not, because of it.
  for (const ago of [1, 5]) rows.push(shown('unlucky', ago, 'genuine'));
  rows.push(shown('unlucky', 3, 'failed'));
  // Attackers: never genuine, or only in the very hour, or failing again and again.
  for (let i = 0; i < 30; i++) rows.push(shown(`bad-${i}`, 2, 'failed'), shown(`bad-${i}`, 3, 'failed'));
  rows.push(shown('once', 2, 'genuine'), shown('once', 2, 'failed'));
  rows.push(shown('liar', 2, 'genuine'), shown('liar', 3, 'failed'), shown('liar', 4, 'failed'));
  // A key of the app, and who copied it.
  const key = { api_client: 'key-and-1' };
  for (let i = 0; i < 60; i++) rows.push(shown(`app-${i}`, 4, 'genuine', { ...key, ip: `198.51.100.${i}` }));
  for (let i = 0; i < 20; i++) rows.push(shown('', 2, 'missing', { ...key, ip: `203.0.113.${i % 4}` }));
  rows.push({ time: now - HOUR, api_client: 'partner', ip: '192.0.2.1' });
  // Phones that slept: their tokens were signed for a genuine app. Of one key nothing else is seen.
  for (let i = 0; i < 12; i++) rows.push(shown('', 1, 'expired', { ...key, ip: `198.51.100.${i}` }));
  rows.push(shown('', 1, 'expired', { api_client: 'key-old', ip: '192.0.2.9' }));
  // A key of the app that no client of the policy names: who copied it sends no token.
  const unnamed = { api_client: 'key-ios-1' };
  for (let i = 0; i < 6; i++) rows.push(shown(`ios-${i}`, 4, 'genuine', { ...unnamed, ip: `198.51.100.${i}` }));
  for (let i = 0; i < 4; i++) rows.push({ time: now - HOUR, ...unnamed, ip: `203.0.113.${i % 2}` });
  await dashboard.insertEvents(rows);
  const columns = [
    'at',
    'scope',
    'platform',
    'issuer',
    'state',
    'since',
    'detail',
    'callers',
    'failing',
    'relaxed_until',
  ];
  const row = (ago: number, platform: string, state: string, until: number) => [
    at - ago,
    'default',
    platform,
    'app',
    state,
    at - 600,
    'half of them fail',
    200,
    100,
    until,
  ];
  await dashboard.clickhouse.insert('attestation_health_v1', columns, [
    row(36, 'android', 'normal', 0),
    row(20, 'android', 'outage', at + 600),
    row(500, 'ios', 'outage', at + 600),
    row(20, 'web', 'outage', at - 1),
  ]);
  const weight = ['valid_from', 'scope', 'platform', 'issuer', 'status', 'caller_hours', 'genuine', 'bad', 'decibels'];
  await dashboard.clickhouse.insert('attestation_evidence_v1', weight, [
    [at - 7200, 'default', 'ios', 'app', 'failed', 900, 0.1, 0.3, 4.8],
    [at - 3600, 'default', 'android', 'app', 'missing', 5000, 0.05, 0.5, 10],
    [at - 3600, 'default', 'android', 'app', 'failed', 5000, 0.01, 0.3, 14.8],
    [at + 3600, 'default', 'android', 'app', 'failed', 9000, 0.02, 0.3, 11.8],
  ]);
  const hour = Math.floor(now / HOUR) * 3600;
  const hours = Array.from({ length: 600 }, (_, caller) =>
    [hour - 7200, hour - 3600].map((h) => [caller, h] as const),
  ).flat();
  await dashboard.clickhouse.insert(
    'caller_attestation_1h_v1',
    ['scope', 'caller', 'hour', 'platform', 'genuine', 'failed'],
    hours.map(([caller, h]) => ['default', caller, h, 'android', 1, 0]),
  );
  await dashboard.clickhouse.insert(
    'caller_hour_v1',
    ['scope', 'hour', 'caller', 'platform', 'net', 'score', 'bare'],
    hours.map(([caller, h]) => ['default', h, caller, 'android', '', h === hour - 3600 ? 28 : 5, 5]),
  );
  answer = await dashboard.get<AttestationAnswer>('/api/v1/attestation');
});
afterAll(() => dashboard.close());

describe('what genuine callers show', () => {
  it('is measured on caller-hours whose membership is decided outside the hour', () => {
    expect(answer.measured).toHaveLength(1);
    const [row] = answer.measured;
    // 40 times 3 genuine hours, 10 missing ones, and the hour in which the unlucky one failed.
    expect(row).toMatchObject({ scope: 'default', platform: 'android', issuer: 'app', caller_hours: 131 });
    const by = new Map(row?.statuses.map((status) => [status.status, status]));
    expect(by.get('missing')).toMatchObject({ caller_hours: 10, share: 10 / 131 });
    expect(by.get('failed')).toMatchObject({ caller_hours: 1 });
    expect(by.get('expired')).toMatchObject({ caller_hours: 0, share: 0, low: 0 });
    for (const { share, low, high } of by.values()) {
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBeGreaterThan(share);
    }
    expect(by.get('missing')?.low).toBeCloseTo(0.042, 2);
    expect(by.get('missing')?.high).toBeCloseTo(0.135, 2);
  });
});

describe('what a status weighs', () => {
  it('is the newest that holds, by scope, platform and issuer', () => {
    expect(answer.weights_from).toBe(new Date((at - 3600) * 1000).toISOString());
    expect(answer.weights).toEqual([
      {
        scope: 'default',
        platform: 'android',
        issuer: 'app',
        caller_hours: 5000,
        statuses: [
          { status: 'failed', genuine: 0.01, bad: 0.3, decibels: 14.8 },
          { status: 'missing', genuine: 0.05, bad: 0.5, decibels: 10 },
        ],
      },
    ]);
  });
});

describe('what genuine callers pay', () => {
  it('is counted on the sixth that is kept for measuring, by behaviour with attestation and without', () => {
    const [challenge, block] = answer.false_positives;
    expect(challenge).toMatchObject({ scope: 'default', outcome: 'challenge', budget: 0.001 });
    expect(block).toMatchObject({ scope: 'default', outcome: 'block', budget: 0.0001 });
    const hours = challenge?.caller_hours ?? 0;
    // 600 callers with two hours each that have a genuine hour beside them, of which about a sixth is kept.
    expect(hours).toBeGreaterThan(120);
    expect(hours).toBeLessThan(280);
    // Every caller's second hour stands at 28 with attestation and at 5 without: over the shipped challenge line alone.
    expect(challenge?.with_attestation).toMatchObject({ caller_hours: hours / 2, share: 0.5 });
    expect(challenge?.without_attestation).toMatchObject({ caller_hours: 0, share: 0, low: 0 });
    expect(block?.with_attestation.caller_hours).toBe(0);
  });

  it('takes a curve that was taken back for none, and counts no hour from before an upgrade', async () => {
    const { clickhouse } = dashboard;
    const hour = Math.floor(now / HOUR) * 3600;
    const range = { from: `${hour - 7200}`, until: `${hour}`, challengeLine: '30', blockLine: '40' };
    const measured = async () => (await clickhouse.rows<FalsePositives>(falsePositivesSql(range)))[0];
    const before = await measured();
    expect(before?.challenged).toBe((before?.caller_hours ?? 0) / 2);
    // A curve by which 28 is quiet, and an hour later none: 28 is over the line of the shipped one.
    await clickhouse.insert(
      'calibration_v1',
      ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
      [
        [hour - 7200, 'default', '', 'genuine', 1200, [0, 100], [0, 10], 1],
        [hour - 3600, 'default', '', 'shipped', 0, [], [], 0],
      ],
    );
    expect(await measured()).toEqual(before);
    await clickhouse.insert('method_v1', ['since', 'method', 'topics'], [[hour - 3600, 'another', 'same']]);
    expect(await measured()).toMatchObject({ caller_hours: before?.challenged, challenged: before?.challenged });
    for (const table of ['calibration_v1', 'method_v1']) await clickhouse.run(`TRUNCATE TABLE {db}.${table}`);
  });

  it('has the line that a decision has, beyond the last knot of a curve too', async () => {
    const { clickhouse } = dashboard;
    const hour = Math.floor(now / HOUR) * 3600;
    const range = { from: `${hour - 7200}`, until: `${hour}`, challengeLine: '30', blockLine: '40' };
    const lines: number[] = [];
    for (const last of [5, 6]) {
      const curve = { basis: 'genuine' as const, units: 1200, scores: [0, last], decibels: [0, 5], slope: TAIL_SLOPE };
      const line = toScore(curve, 30);
      lines.push(line);
      await clickhouse.insert(
        'calibration_v1',
        ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
        [[hour - 7200, 'default', '', curve.basis, curve.units, curve.scores, curve.decibels, curve.slope]],
      );
      const [measured] = await clickhouse.rows<FalsePositives>(falsePositivesSql(range));
      // Half of all hours stand at 28.
      expect(measured?.challenged).toBe(line <= 28 ? (measured?.caller_hours ?? 0) / 2 : 0);
      await clickhouse.run('TRUNCATE TABLE {db}.calibration_v1');
    }
    expect(lines.map((line) => line <= 28)).toEqual([true, false]);
  });
});

describe('an API key', () => {
  it('shows the share of calls that were not from a genuine app, and never guesses where nobody looked', () => {
    const [copied, unnamed] = answer.keys;
    const partner = answer.keys.find(({ id }) => id === 'partner');
    expect(copied).toMatchObject({
      id: 'key-and-1',
      requests: 92,
      genuine: 60,
      not_genuine: 20,
      expired: 12,
      not_observed: 0,
      not_genuine_share: 0.25,
      addresses: 64,
      not_genuine_addresses: 4,
      last_seen: new Date(now - HOUR).toISOString(),
      last_not_genuine: new Date(now - 2 * HOUR).toISOString(),
    });
    expect(copied?.series.filter((share) => share !== null)).toEqual([0, 1]);
    expect(unnamed).toMatchObject({
      id: 'key-ios-1',
      genuine: 6,
      not_genuine: 0,
      not_observed: 4,
      not_genuine_share: 0.4,
      addresses: 8,
      not_genuine_addresses: 2,
      last_not_genuine: new Date(now - HOUR).toISOString(),
    });
    expect(unnamed?.series.filter((share) => share !== null)).toEqual([0, 1]);
    expect(partner).toMatchObject({ id: 'partner', not_observed: 1, not_genuine_share: null, last_not_genuine: null });
    expect(partner?.series.every((share) => share === null)).toBe(true);
    const old = answer.keys.find(({ id }) => id === 'key-old');
    expect(old).toMatchObject({ expired: 1, not_observed: 0, not_genuine_share: null, not_genuine_addresses: 0 });
  });
});

describe('cohorts', () => {
  it('are those of the last two minutes, the newest verdict of each', () => {
    const { cohorts } = answer;
    expect(cohorts.map(({ platform, state }) => [platform, state]).sort()).toEqual([
      ['android', 'outage'],
      ['web', 'outage'],
    ]);
    expect(cohorts.find(({ platform }) => platform === 'android')?.relaxed_until).toBe(
      new Date((at + 600) * 1000).toISOString(),
    );
    expect(cohorts.find(({ platform }) => platform === 'web')?.relaxed_until).toBeNull();
  });
});
