import { type CalibrationRow, computeCalibration } from '../../services/score/calibrate.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { EventInput } from './engine.ts';
import { random } from './traffic.ts';

// Traffic that teaches something, and what was learnt from it.
const CALLERS = 60;
const HOUR = 3600;

/** People with devices that attest, some on one address; in the last day one address guesses passwords. */
export function traffic(seed: number, from: number, to: number): EventInput[] {
  const next = random(seed);
  const events: EventInput[] = [];
  for (let hour = from; hour < to; hour += HOUR) {
    for (let caller = 0; caller < CALLERS; caller++) {
      if (next() < 0.6) continue;
      let at = hour * 1000 + Math.floor(next() * 3_000_000);
      const visits = 1 + Math.floor(next() * (next() < 0.05 ? 30 : 6));
      for (let i = 0; i < visits && at < (hour + HOUR) * 1000; i++) {
        events.push({
          time: at,
          'client.address': caller < 10 ? '198.51.100.7' : `100.64.${caller}.9`,
          'http.request.method': next() < 0.8 ? 'GET' : 'POST',
          'url.path': next() < 0.7 ? `/v1/orders/${Math.floor(next() * 40)}` : '/v1/basket',
          'http.response.status_code': next() < 0.05 ? 404 : 200,
          'user.id': `user-${caller}`,
          'device.id': `device-${caller}`,
          'user_agent.original': 'Shop/3.1 (Android 16)',
          'attestation.status': next() < 0.97 ? 'genuine' : 'missing',
        });
        at += Math.floor(next() * 60_000);
      }
    }
    if (hour === to - 5 * HOUR)
      for (let i = 0; i < 200; i++)
        events.push({
          time: (hour + i) * 1000,
          'client.address': '192.0.2.66',
          'http.request.method': 'POST',
          'url.path': '/v1/auth/login',
          'http.response.status_code': 401,
          'login.subject': `name-${i}`,
          'user_agent.original': 'python-requests/2.32',
          'attestation.status': 'none',
        });
  }
  return events.sort((a, b) => a.time - b.time);
}

export interface Learnt {
  references: unknown[];
  profile: unknown[];
  /** With what visits began, hour by hour. */
  openings: unknown[];
  /** What was usual among genuine callers, minute by minute. */
  now: unknown[];
  curves: CalibrationRow[];
  units: unknown[];
}

/** Everything that judges and calibrates from a period on. */
export async function learntAt(clickhouse: ClickHouse, period: number, alpha: number): Promise<Learnt> {
  return {
    references: await clickhouse.rows('SELECT kind, learnt, proven, low, high FROM {db}.score_reference ORDER BY kind'),
    profile: await clickhouse.rows(
      'SELECT topic, toString(context) AS in, toString(value) AS shown, usual, others FROM {db}.score_profile ORDER BY ALL',
    ),
    openings: await clickhouse.rows(
      `SELECT toUInt32(hour) AS at, platform, shows, value, callers, genuine FROM {db}.opening_1h_v1 FINAL
       WHERE hour < fromUnixTimestamp(${period}) ORDER BY ALL`,
    ),
    curves: await computeCalibration(clickhouse, period, { alpha }),
    now: await clickhouse.rows(
      `SELECT until, toString(context) AS in, toString(value) AS shown, min(usual) AS usual FROM {db}.usual_now_v1
       WHERE until < ${period} GROUP BY until, context, value ORDER BY ALL`,
    ),
    units: await clickhouse.rows(
      `SELECT toUInt32(hour) AS at, toString(caller) AS who, round(max(score), 4) AS score, round(max(bare), 4) AS bare
       FROM {db}.caller_hour_v1 WHERE hour < fromUnixTimestamp(${period}) GROUP BY at, who ORDER BY ALL`,
    ),
  };
}
