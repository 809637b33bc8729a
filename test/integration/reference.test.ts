import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learnReference, type ReferenceBasis } from '../../services/score/reference.ts';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { SCORED_KINDS, type ScoredKind } from '../../shared/kinds.ts';
import { temporaryFolder } from '../support/process.ts';

const numberOf = (kind: ScoredKind) => SCORED_KINDS.indexOf(kind) + 1;

// Two hundred addresses with two hours each: half of them quiet, the others up to 9 dB on the first term.
const START = Date.UTC(2026, 4, 4) / 1000;
const USER = numberOf('user');
const DEVICE = numberOf('device');
const IP = numberOf('ip');
const COHORT = numberOf('cohort');
const PLACES = { ordinary: 1_000_000, attacker: 2_000_000, genuine: 3_000_000 };

interface Learnt {
  kind: number;
  learnt: number;
  proven: number;
  low: number;
  high: number;
}

describe('whose hours a scale rests on', () => {
  const folder = temporaryFolder('reference');
  const { prepare, termCount } = createRiskQuery();
  let clickhouse: ClickHouse;

  beforeAll(async () => {
    clickhouse = openLane({ kind: 'embedded', path: folder.path }, 'live');
    await migrate(clickhouse, { ttl: false, retentionDays: 36_500 });
    for (const statement of prepare) await clickhouse.run(statement);
  });
  afterAll(async () => {
    await clickhouse.close();
    folder.remove();
  });

  /** Entities of a table, how loud the first term of each was in each of its hours; the second half of the terms is silent. */
  async function put(table: 'term_hour_v1' | 'other_term_hour_v1', kind: number, from: number, hours: number[][]) {
    const rows = hours.flatMap((ofOne, n) =>
      ofOne.map((db, hour) => [kind, START - 3600 * (hour + 1), from + n, [[1], [db]]]),
    );
    await clickhouse.insert(table, ['kind', 'hour', 'entity', 'terms'], rows);
  }
  const ordinary = Array.from({ length: 200 }, (_, n) => [n % 10, n % 10]);
  const empty = async () => {
    for (const table of ['term_hour_v1', 'other_term_hour_v1']) await clickhouse.run(`TRUNCATE TABLE {db}.${table}`);
  };

  async function learn(): Promise<{ bases: ReadonlyMap<number, ReferenceBasis>; ip: Learnt | undefined }> {
    const bases = await learnReference(clickhouse, START, termCount);
    const rows = await clickhouse.rows<Learnt>(
      'SELECT kind, learnt, proven, low[1] AS low, high[1] AS high FROM {db}.score_reference',
    );
    return { bases, ip: rows.find(({ kind }) => kind === IP) };
  }

  it('is everybody while nobody attests, with lower bounds as shipped', async () => {
    await empty();
    await put('other_term_hour_v1', IP, PLACES.ordinary, ordinary);
    const { bases, ip } = await learn();
    expect(bases.get(IP)).toEqual({ basis: 'everybody', entityHours: 400 });
    expect(ip?.learnt).toBeCloseTo(0.8, 6);
    expect(ip?.proven).toBe(0);
    // The loudest 1 % left out, a tenth of them reach 8 dB, which becomes 10, as far as 400 hours weigh; 20 is 3 over it at least.
    expect(ip?.low).toBeCloseTo(10 + 0.8 * (8 - 10), 5);
    expect(ip?.high).toBeCloseTo(8.4 + 3, 5);
  });

  it('lets lower bounds fade where callers are named, whether or not they attest', async () => {
    await empty();
    await put('other_term_hour_v1', IP, PLACES.ordinary, ordinary);
    await put('other_term_hour_v1', USER, PLACES.ordinary, ordinary.slice(0, 100));
    await put('other_term_hour_v1', DEVICE, PLACES.ordinary, ordinary.slice(0, 50));
    const { bases, ip } = await learn();
    expect(bases.get(IP)).toEqual({ basis: 'everybody', entityHours: 400 });
    expect(ip?.proven).toBeCloseTo(300 / 400, 6);
  });

  it('never blunts what is shipped, and counts three hours of whoever hammers for days', async () => {
    await empty();
    await put('other_term_hour_v1', IP, PLACES.ordinary, ordinary);
    const before = await learn();
    await put('other_term_hour_v1', IP, PLACES.attacker, [Array.from({ length: 100 }, () => 80)]);
    const { bases, ip } = await learn();
    expect(bases.get(IP)?.entityHours).toBe(403);
    expect(ip?.high).toBeCloseTo(before.ip?.high ?? 0, 1);
    // A third of all addresses attacks: the shipped scale stands.
    await put(
      'other_term_hour_v1',
      IP,
      PLACES.attacker,
      Array.from({ length: 100 }, () => [80, 80]),
    );
    expect((await learn()).ip).toMatchObject({ low: 10, high: 20 });
  });

  it('is genuine entities alone once a few of them are there, as loud as they are', async () => {
    await empty();
    await put('other_term_hour_v1', IP, PLACES.ordinary, ordinary);
    await put(
      'term_hour_v1',
      IP,
      PLACES.genuine,
      Array.from({ length: 20 }, () => [60, 60]),
    );
    const { bases, ip } = await learn();
    expect(bases.get(IP)).toEqual({ basis: 'genuine', entityHours: 40 });
    expect(ip?.proven).toBeCloseTo(40 / 140, 6);
    expect(ip?.high).toBeCloseTo(20 + (40 / 140) * (60 - 20), 5);
  });

  it('stays everybody while the first installations of a pilot attest among many others', async () => {
    await empty();
    await put(
      'other_term_hour_v1',
      IP,
      PLACES.ordinary,
      Array.from({ length: 2000 }, (_, n) => [n % 10, n % 10]),
    );
    const pilot = (n: number) =>
      put(
        'term_hour_v1',
        IP,
        PLACES.genuine,
        Array.from({ length: n }, () => [1, 1]),
      );
    await pilot(15);
    expect((await learn()).bases.get(IP)?.basis).toBe('everybody');
    await pilot(30);
    expect((await learn()).bases.get(IP)).toEqual({ basis: 'genuine', entityHours: 60 });
  });

  it('is not taken over by a flood of others where plenty attest', async () => {
    await empty();
    await put(
      'term_hour_v1',
      IP,
      PLACES.genuine,
      Array.from({ length: 600 }, () => [1, 1]),
    );
    await clickhouse.run(
      `INSERT INTO {db}.other_term_hour_v1 (kind, hour, entity, terms)
       SELECT ${IP}, toDateTime(${START - 3600}), number, ([toUInt8(1)], [toFloat32(0.5)]) FROM numbers(200000)`,
    );
    expect((await learn()).bases.get(IP)).toEqual({ basis: 'genuine', entityHours: 1200 });
  });

  it('takes cohorts for each other’s peers, which proves nobody genuine', async () => {
    await empty();
    await put('term_hour_v1', COHORT, PLACES.ordinary, ordinary);
    await put('other_term_hour_v1', IP, PLACES.ordinary, ordinary);
    const { bases } = await learn();
    expect(bases.get(COHORT)?.basis).toBe('genuine');
    expect(bases.get(IP)?.basis).toBe('everybody');
  });
});
