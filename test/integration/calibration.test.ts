import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CalibrationRow, computeCalibrations } from '../../services/score/calibrate.ts';
import { RELIEVED_CURVE, toScore } from '../../shared/calibration.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { temporaryFolder } from '../support/process.ts';
import { random } from '../support/traffic.ts';

// Two and a half days of attested callers; some of them hold their tokens and are no people.
const HOUR_S = 3600;
const ORIGIN = Date.UTC(2026, 4, 4) / 1000;
const DAY_TWO = ORIGIN + 24 * HOUR_S;
const END = ORIGIN + 60 * HOUR_S;

describe('whose hours a curve rests on', () => {
  const folder = temporaryFolder('calibration');
  let clickhouse: ClickHouse;
  /** Callers that calibrate: a sixth, chosen by hash, is the meter's. */
  let calibrating: string[] = [];

  beforeAll(async () => {
    clickhouse = openLane({ kind: 'embedded', path: folder.path }, 'live');
    await migrate(clickhouse, { ttl: false, retentionDays: 36_500 });
    const rows = await clickhouse.rows<{ caller: string }>(
      `SELECT toString(number + 1) AS caller FROM numbers(1000) WHERE cityHash64(toUInt64(number + 1), 'split') % 6 != 5`,
    );
    calibrating = rows.map(({ caller }) => caller);
  });
  afterAll(async () => {
    await clickhouse.close();
    folder.remove();
  });

  /** Callers of one scope: how loud each was in every second hour, from its start on. */
  async function scope(
    name: string,
    callers: readonly ((hour: number) => number)[],
    start = END,
    attesting = callers.length,
    { until = END, nets = 0 } = {},
  ): Promise<CalibrationRow> {
    const scores: unknown[][] = [];
    const shown: unknown[][] = [];
    for (const [n, loudness] of callers.entries())
      for (let hour = ORIGIN; hour < until; hour += 2 * HOUR_S) {
        const caller = `${calibrating[n] ?? 0}`;
        const score = loudness((hour - ORIGIN) / HOUR_S);
        const net = nets > 0 ? `10.0.${n % nets}.0/24` : `10.${n % 200}.${Math.floor(n / 200)}.0/24`;
        scores.push([name, hour, caller, 'android', net, score, score]);
        if (n < attesting) shown.push([name, caller, hour, 'android', 3, 0]);
      }
    await clickhouse.insert('caller_hour_v1', ['scope', 'hour', 'caller', 'platform', 'net', 'score', 'bare'], scores);
    await clickhouse.insert(
      'caller_attestation_1h_v1',
      ['scope', 'caller', 'hour', 'platform', 'genuine', 'failed'],
      shown,
    );
    const curves = await computeCalibrations(clickhouse, [start], { alpha: 0.001 });
    const whole = curves.get(start)?.find((row) => row.scope === name && row.segment === '');
    if (whole === undefined) throw new Error(`${name} has no curve`);
    return whole;
  }

  /** An exponential tail, 4 for each factor of ten, that never reaches 16. */
  const quiet = (seed: number) => {
    const next = random(seed);
    return () => Math.min(15, -4 * Math.log10(1 - next()));
  };
  const people = () => Array.from({ length: 300 }, (_, n) => quiet(n + 1));
  const halved = (hour: () => number) => () => hour() / 2;
  const hoursOf = (callers: number) => (callers * (END - DAY_TWO)) / (2 * HOUR_S);

  it.each([12, 300])(
    'counts the hours of a month as they are: 300 people who come every day from %i networks',
    async (nets) => {
      // In each second hour, loud by chance alone.
      const until = ORIGIN + 30 * 24 * HOUR_S;
      const month = await scope(`a month of ${nets}`, people(), until, 300, { until, nets });
      const scores = Array.from({ length: 20_000 }, quiet(77));
      for (const share of [0.1, 0.01, 0.001]) {
        const line = toScore(month, -10 * Math.log10(share));
        const realised = scores.filter((score) => score >= line).length / scores.length;
        expect(realised).toBeLessThanOrEqual(2 * share);
        expect(realised).toBeGreaterThan(share / 4);
      }
    },
  );

  it('leaves out who is loud in other hours too: a farm that attests moves no line', async () => {
    const without = await scope('people', people());
    expect(without.basis).toBe('genuine');
    expect(without.units).toBe(hoursOf(300));
    const farm = Array.from({ length: 20 }, () => () => 60);
    const withFarm = await scope('farm', [...people(), ...farm]);
    expect(withFarm.units).toBe(hoursOf(300));
    expect(toScore(withFarm, 30)).toBe(toScore(without, 30));
  });

  it('keeps the one loud hour of an honest caller, and leaves out the hours around it', async () => {
    const once = (seed: number) => {
      const usual = quiet(seed);
      return (hour: number) => (hour === 40 ? 40 : usual());
    };
    const curve = await scope('once', [...people(), ...Array.from({ length: 30 }, (_, n) => once(n + 500))]);
    expect(curve.units).toBe(hoursOf(300) + 30);
    expect(toScore(curve, 20)).toBeGreaterThan(toScore(await scope('alone', people()), 20));
  });

  it('waits for a second day before it believes that an API is quieter than a first day is', async () => {
    const still = () => Array.from({ length: 300 }, (_, n) => halved(quiet(n + 1)));
    const first = await scope('first day', still(), ORIGIN + 30 * HOUR_S);
    const later = await scope('later', still());
    expect([first.units, later.units]).toEqual([300 * 15, hoursOf(300)]);
    expect(toScore(first, 30) - toScore(later, 30)).toBeGreaterThan(1);
  });

  /** The same 300 people in two scopes, loud there as `seeds` say; the curve of the first one. */
  async function inTwoScopes(seeds: readonly [number, number]): Promise<CalibrationRow> {
    for (const table of ['caller_hour_v1', 'caller_attestation_1h_v1', 'entity_v1'])
      await clickhouse.run(`TRUNCATE TABLE {db}.${table}`);
    const names: unknown[][] = [];
    const halves = seeds.map((seed, half) => {
      const mine = calibrating.slice(400 * half, 400 * half + 300);
      for (const [n, caller] of mine.entries()) names.push([caller, `scope ${half}`, 3, `device-${n}`, ORIGIN, END]);
      return { mine, people: mine.map((_, n) => quiet(1000 * seed + n + 1)) };
    });
    await clickhouse.insert('entity_v1', ['entity', 'scope', 'kind', 'id', 'first_seen', 'last_seen'], names);
    const all = calibrating;
    let curve: CalibrationRow | undefined;
    for (const [half, { mine, people }] of [...halves.entries()].reverse()) {
      calibrating = mine;
      curve = await scope(`scope ${half}`, people);
    }
    calibrating = all;
    if (curve === undefined) throw new Error('no scope has a curve');
    return curve;
  }

  it("shares a budget among scopes as far as their callers' loud hours are not the same", async () => {
    const alone = await scope('in one scope', people());
    const alike = await inTwoScopes([1, 1]);
    expect(toScore(alike, 20)).toBeCloseTo(toScore(alone, 20), 0);
    // Loud here or loud there: nearly twice as often as in one, so that each has half a budget, 3 dB.
    const apart = await inTwoScopes([1, 2]);
    expect(apart.units).toBe(alike.units);
    expect(toScore(apart, 17)).toBeCloseTo(toScore(alike, 20), 0);
  });

  it('takes an API as it is: where many hours are loud, loud is what its loudest 2 % are', async () => {
    const noisy = Array.from({ length: 300 }, (_, n) => {
      const usual = quiet(n + 1);
      return () => 20 + usual();
    });
    const curve = await scope('noisy', noisy);
    // The loudest 2 % are spread by chance: who has one elsewhere is left out, most are not.
    expect(curve.units).toBeGreaterThan(hoursOf(300) / 2);
    expect(toScore(curve, 10)).toBeGreaterThan(20);
  });

  it('follows the bulk of everybody where nobody attests, and when a pilot begins, without a promise', async () => {
    const next = random(5);
    const callers = Array.from({ length: 400 }, () => () => -25 - 10 * Math.log10(1 - next()));
    const nobody = await scope('nobody', callers, END, 0);
    expect([nobody.basis, nobody.units]).toEqual(['shipped', expect.any(Number)]);
    expect(nobody.units).toBeGreaterThan(5000);
    expect(toScore(nobody, 30)).toBeCloseTo(toScore(RELIEVED_CURVE, 30), 6);
    const pilot = await scope('pilot', callers, END, 2);
    expect([pilot.basis, toScore(pilot, 30)]).toEqual(['shipped', toScore(nobody, 30)]);
    expect((await scope('app', callers, END, 200)).basis).toBe('genuine');
  });
});
