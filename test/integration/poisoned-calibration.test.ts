import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CalibrationRow, computeCalibrations } from '../../services/score/calibrate.ts';
import { toDecibels, toScore } from '../../shared/calibration.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { temporaryFolder } from '../support/process.ts';
import { random } from '../support/traffic.ts';

// Two weeks in which somebody with installations of the genuine app teaches what genuine callers do, then the curve that holds:
// what it costs the good (a line that comes down) and what the attacker gets (one that goes up).
const HOUR_S = 3600;
const ORIGIN = Date.UTC(2026, 4, 4) / 1000;
/** People have lived here for four days before it begins. */
const FROM_DAY = 4;
const DAYS = 18;
const END = ORIGIN + DAYS * 24 * HOUR_S;
const PEOPLE = 1200;
/** Hours between two visits. */
const PAUSE = 16;

interface Member {
  /** Day of its first visit. */
  from: number;
  net: string;
  loudness(hour: number): number;
}

describe('two weeks of poison by installations that attest', () => {
  const folder = temporaryFolder('poisoned-calibration');
  let clickhouse: ClickHouse;
  /** Callers that calibrate: a sixth, chosen by hash, is the meter's. */
  let calibrating: string[] = [];
  let clean: CalibrationRow;

  beforeAll(async () => {
    clickhouse = openLane({ kind: 'embedded', path: folder.path }, 'poisoned');
    await migrate(clickhouse, { ttl: false, retentionDays: 36_500 });
    const rows = await clickhouse.rows<{ caller: string }>(
      `SELECT toString(number + 1) AS caller FROM numbers(3000) WHERE cityHash64(toUInt64(number + 1), 'split') % 6 != 5`,
    );
    calibrating = rows.map(({ caller }) => caller);
    clean = await curveOf('clean', []);
  });
  afterAll(async () => {
    await clickhouse.close();
    folder.remove();
  });

  /** The curve of people with poison among them. */
  async function curveOf(scope: string, poison: readonly Member[]): Promise<CalibrationRow> {
    const people = Array.from({ length: PEOPLE }, (_, n): Member => {
      const next = random(n + 1);
      return {
        from: 0,
        net: `10.${n % 250}.${n >> 8}.0/24`,
        loudness: () => Math.min(15, -4 * Math.log10(1 - next())),
      };
    });
    const hours: unknown[][] = [];
    const shown: unknown[][] = [];
    for (const [n, member] of [...people, ...poison].entries())
      for (let hour = member.from * 24; hour < DAYS * 24; hour += PAUSE) {
        const [caller, at] = [calibrating[n] ?? '0', ORIGIN + hour * HOUR_S];
        const score = member.loudness(hour);
        hours.push([scope, at, caller, 'android', member.net, score, score]);
        shown.push([scope, caller, at, 'android', 3, 0]);
      }
    await clickhouse.insert('caller_hour_v1', ['scope', 'hour', 'caller', 'platform', 'net', 'score', 'bare'], hours);
    await clickhouse.insert(
      'caller_attestation_1h_v1',
      ['scope', 'caller', 'hour', 'platform', 'genuine', 'failed'],
      shown,
    );
    const curves = await computeCalibrations(clickhouse, [END], { alpha: 0.001 });
    const whole = curves.get(END)?.find((row) => row.scope === scope && row.segment === '');
    await clickhouse.run('TRUNCATE TABLE {db}.caller_hour_v1');
    await clickhouse.run('TRUNCATE TABLE {db}.caller_attestation_1h_v1');
    if (whole === undefined) throw new Error(`${scope} has no curve`);
    return whole;
  }

  /** Decibels that a score gets on the line of a budget of 0.1 % now, and of 1 %. */
  const onLines = (curve: CalibrationRow) => [30, 20].map((line) => toDecibels(curve, toScore(clean, line)).decibels);
  const net = (n: number) => `45.${n % 250}.${n >> 8}.0/24`;
  /** Does openly what it wants to be allowed later, for one hour in five days and more: never twice within three. */
  const inTurns = (nets: (n: number) => string): Member[] =>
    Array.from({ length: 400 }, (_, n) => ({
      from: FROM_DAY,
      net: nets(n),
      loudness: (hour) => (((hour - FROM_DAY * 24) / PAUSE + n) % 8 < 1 ? 60 : 0),
    }));
  /** Is there and does nothing, so that ordinary people look busy. */
  const idle = (from: (n: number) => number, nets: (n: number) => string): Member[] =>
    Array.from({ length: 600 }, (_, n) => ({ from: from(n), net: nets(n), loudness: () => 0 }));
  const dayByDay = (n: number) => FROM_DAY + (n % 14);

  it('moves nothing where the same ones are loud all the time', async () => {
    const farm = Array.from({ length: 20 }, (_, n): Member => ({ from: FROM_DAY, net: net(n), loudness: () => 60 }));
    const curve = await curveOf('farm', farm);
    expect(curve.units).toBe(clean.units);
    expect(onLines(curve)).toEqual(onLines(clean));
  });

  it('costs catch rate, and the good nothing, where many are loud in turns; hardly any behind a few uplinks', async () => {
    const [at30 = 0, at20 = 0] = onLines(await curveOf('turns', inTurns(net)));
    expect(at30).toBeLessThan(30);
    expect(at20).toBeLessThan(20);
    // Each of them counts once, so the line of a budget that they do not fill stays within reach.
    expect(at20).toBeGreaterThan(15);
    const [few30 = 0, few20 = 0] = onLines(
      await curveOf(
        'uplinks',
        inTurns((n) => net(n % 5)),
      ),
    );
    expect(few30).toBeGreaterThan(26);
    expect(few20).toBeGreaterThan(19.5);
  });

  it('takes next to nothing from the good where hundreds idle behind one network, or were enrolled in one day', async () => {
    const crowds = [idle(dayByDay, () => net(0)), idle(() => FROM_DAY, net)];
    for (const [i, crowd] of crowds.entries())
      for (const [line, decibels] of onLines(await curveOf(`idle ${i}`, crowd)).entries())
        expect(decibels).toBeLessThan((line === 0 ? 30 : 20) + 0.2);
  });

  it('takes a decibel from the good where half as many as there are were enrolled in patience, on as many networks', async () => {
    const [at30 = 0, at20 = 0] = onLines(await curveOf('patient', idle(dayByDay, net)));
    for (const moved of [at30 - 30, at20 - 20]) {
      expect(moved).toBeGreaterThan(0.2);
      expect(moved).toBeLessThan(1);
    }
  });
});
