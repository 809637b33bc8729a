import { ATTACK_BITS } from '../../schemas/event-row.ts';
import type { TestDashboard } from './dashboard.ts';

/** What a hostile client writes into a log: markup, text that reverses, text that never ends, controls. */
export const HOSTILE = {
  script: '<script>window.pwned=1</script><img src=x onerror="window.pwned=1">',
  bidi: 'user\u202Egnp.exe\u2066\u200b',
  long: 'A'.repeat(3000),
  controls: 'line\nfeed\u0000null\u001b[31m',
};

const OUTAGE = '80 % of 150 callers with a genuine history fail and behave as ever: they are relaxed.';

/** An hour of a small shop, ending now: genuine phones, a stuffing wave from one address, a scraper, hostile text. */
export async function fillShop(dashboard: TestDashboard, now: number): Promise<void> {
  const second = Math.floor(now / 1000);
  const events: Parameters<TestDashboard['insertEvents']>[0][number][] = [];
  const paths = ['/v1/items', '/v1/items/{}', '/v1/basket', '/v1/orders/{}', '/v1/search'];
  for (let i = 0; i < 3600; i++) {
    const phone = (i * 7919) % 40;
    const at = now - 3_600_000 + i * 1000 + ((i * 31) % 700);
    const busy = 1 + (Math.sin(i / 260) > 0.2 ? 1 : 0) + (i % 11 === 0 ? 1 : 0);
    for (let n = 0; n < busy; n++) {
      const route = paths[(i + n * 3) % paths.length] ?? '/';
      events.push({
        time: at + n,
        route,
        path: route.replace('{}', String(1000 + ((i * 17) % 900))),
        object: route.includes('{}') ? String(1000 + ((i * 17) % 900)) : '',
        device_id: `phone-${phone}`,
        user_id: `user-${phone}`,
        ip: `198.51.100.${phone}`,
        client_address: `198.51.100.${phone}`,
        net: '198.51.100.0/24',
        attestation_status: 'genuine',
        platform: 'android',
        risk_outcome: 'allow',
        user_agent: 'shop/4.2 (Android 15)',
        response_size: 900 + ((i * 37) % 4000),
      });
    }
  }
  for (let i = 0; i < 620; i++) {
    events.push({
      time: now - 900_000 + i * 1400,
      method: 'POST',
      path: '/v1/login',
      route: '/v1/login',
      route_class: 'signin',
      status: 401,
      login_subject: `name${i}@example.com`,
      ip: '203.0.113.9',
      client_address: '203.0.113.9',
      net: '203.0.113.0/24',
      user_agent: 'python-requests/2.32',
      attestation_status: 'missing',
      risk_outcome: i < 40 ? 'allow' : i < 160 ? 'challenge' : 'block',
      event_id: `stuffing-${i}`,
    });
  }
  for (let i = 0; i < 60; i++) {
    events.push({
      time: now - 1_500_000 + i * 9000,
      path: [HOSTILE.script, `/${HOSTILE.bidi}`, `/${HOSTILE.long}`, HOSTILE.controls][i % 4] ?? '',
      route: '/{}',
      status: 404,
      ip: '192.0.2.77',
      client_address: '192.0.2.77',
      net: '192.0.2.0/24',
      user_id: HOSTILE.script,
      session_id: HOSTILE.bidi,
      user_agent: [HOSTILE.script, HOSTILE.bidi, HOSTILE.long, HOSTILE.controls][(i + 1) % 4] ?? '',
      attack: ATTACK_BITS.xss,
      risk_outcome: i < 30 ? 'allow' : 'challenge',
      event_id: `hostile-${i}`,
    });
  }
  // A partner's key: a quarter of what is sent with it is not the app.
  for (let i = 0; i < 40; i++) {
    const genuine = i % 4 !== 0;
    events.push({
      time: now - 1_700_000 + i * 40_000,
      api_client: 'key-and-1',
      device_id: genuine ? `phone-${i % 40}` : '',
      ip: genuine ? `198.51.100.${i % 40}` : '192.0.2.150',
      client_address: genuine ? `198.51.100.${i % 40}` : '192.0.2.150',
      platform: 'android',
      attestation_status: genuine ? 'genuine' : 'missing',
      attestation_issuer: genuine ? 'app' : '',
      risk_outcome: 'allow',
    });
  }
  // A key that no client of the policy names: who copied it sends no token, and nobody looked for one.
  for (let i = 0; i < 40; i++) {
    const genuine = i % 10 < 3;
    const address = genuine ? `198.51.100.${i}` : '192.0.2.151';
    events.push({
      time: now - 1_700_000 + i * 40_000,
      api_client: 'key-ios-1',
      device_id: genuine ? `phone-${i}` : '',
      ip: address,
      client_address: address,
      attestation_status: genuine ? 'genuine' : '',
      attestation_issuer: genuine ? 'app' : '',
      risk_outcome: 'allow',
    });
  }
  await dashboard.insertEvents(events);
  await dashboard.clickhouse.insert(
    'attestation_health_v1',
    ['at', 'scope', 'platform', 'issuer', 'state', 'since', 'detail', 'callers', 'failing', 'relaxed_until'],
    [
      // Ahead of the clock: a test of the pages takes longer than a verdict is good for.
      [second + 3600, 'default', 'android', 'app', 'outage', second - 240, OUTAGE, 150, 120, second + 3360],
      [second + 3600, 'default', 'ios', 'app', 'normal', second - 86_400, '', 90, 1, 0],
    ],
  );
  await dashboard.clickhouse.insert(
    'attestation_evidence_v1',
    ['valid_from', 'scope', 'platform', 'issuer', 'status', 'caller_hours', 'shown', 'genuine', 'bad', 'decibels'],
    (
      [
        ['failed', 2, 0.001, 0.3, 24.8],
        ['expired', 90, 0.03, 0.05, 2.2],
        ['missing', 31, 0.011, 0.5, 16.6],
      ] as const
    ).map(([status, ...rest]) => [second - (second % 3600), 'default', 'android', 'app', status, 2900, ...rest]),
  );
  await fillRisk(dashboard, second);
  await dashboard.clickhouse.insert(
    'dead_letters_v1',
    ['source', 'partition', 'offset', 'received_at', 'format', 'reason', 'detail', 'sample'],
    [
      [
        'kafka:api.access-log',
        0,
        4711,
        now - 400_000,
        'json',
        'malformed',
        'unexpected end of JSON',
        `{"time":"2026-01-01","url.path":"${HOSTILE.script}`,
      ],
      [
        'kafka:api.access-log',
        2,
        9120,
        now - 300_000,
        'json',
        'missing_field',
        'client.address is missing',
        '{"time":1767225600000}',
      ],
      ['file:access.log', 0, 18, now - 200_000, 'combined', 'unknown_format', '', HOSTILE.controls],
    ],
  );
}

async function fillRisk(dashboard: TestDashboard, second: number): Promise<void> {
  const ramp = Array.from({ length: 60 }, (_, i) => ({
    step: second - 880 + i * 14,
    kind: 4,
    id: '203.0.113.9',
    score: Math.min(47.3, 9 + i * 1.7) + (i % 5) * 0.4,
    held: i > 30 ? 2 : i > 14 ? 1 : 0,
    reasons: [
      ['signin_subjects_failed:10m', 412, 3, 38.2],
      ['signin_failures:10m', 430, 8, 31.4],
      ['attestation_missing:10m', 430, 4, 18.9],
      ['requests:1h', 620, 1200, 4.1],
    ] as const,
  }));
  await dashboard.insertRisk([
    ...ramp,
    {
      step: second - 60,
      kind: 5,
      id: '203.0.113.0/24',
      score: 34.1,
      reasons: [['signin_failures:10m', 430, 20, 30.3]],
    },
    {
      step: second - 90,
      kind: 4,
      id: '192.0.2.77',
      score: 36.8,
      held: 1,
      reasons: [
        ['payloads:10m', 60, 0, 36],
        ['not_found:10m', 60, 6, 14.2],
      ],
    },
    { step: second - 90, kind: 1, id: HOSTILE.script, score: 33.2, reasons: [['payloads:10m', 60, 0, 33]] },
    { step: second - 90, kind: 2, id: HOSTILE.bidi, score: 31.9, reasons: [['payloads:10m', 60, 0, 31]] },
    { step: second - 30, kind: 1, id: 'user-12', score: 11.2, reasons: [['objects:1h', 61, 40, 9.1]] },
    { step: second - 20, kind: 3, id: 'phone-12', score: 8.4, reasons: [['routes:10m', 9, 7, 6]] },
    { step: second - 20, kind: 4, id: '198.51.100.12', score: 6.1, reasons: [['requests:1m', 60, 110, 6]] },
  ]);
  const hour = Math.floor(second / 3600) * 3600;
  await dashboard.clickhouse.insert(
    'calibration_v1',
    ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
    [[hour - 3600, 'default', '', 'population', 2200, [0, 60], [0, 60], 1]],
  );
  const rows: [number, number][] = [];
  for (let caller = 0; caller < 40; caller++) for (let h = 1; h <= 20; h++) rows.push([caller, hour - h * 3600]);
  await dashboard.clickhouse.insert(
    'caller_attestation_1h_v1',
    ['scope', 'caller', 'hour', 'platform', 'genuine', 'failed'],
    rows.map(([caller, h]) => ['default', caller, h, 'android', 4, 0]),
  );
  await dashboard.clickhouse.insert(
    'caller_hour_v1',
    ['scope', 'hour', 'caller', 'platform', 'net', 'score'],
    rows.map(([caller, h]) => ['default', h, caller, 'android', '', 3]),
  );
  await publish(dashboard, second);
}

/** Says that a step is whole. */
export function publish(dashboard: TestDashboard, second: number): Promise<void> {
  return dashboard.clickhouse.insert(
    'snapshot_v1',
    ['step', 'published_at', 'scored_until', 'entities', 'elapsed_ms'],
    [[second, second * 1000 + 300, second * 1000, 12, 84]],
  );
}
