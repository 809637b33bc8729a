import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { loadFeatures } from '../../shared/features.ts';
import { SCORED_KINDS, type ScoredKind } from '../../shared/kinds.ts';
import type { WindowName } from '../../shared/windows.ts';
import { openEngine, type TestEngine } from '../support/engine.ts';

// Each feature by itself: what its file makes of counts that are written down here, by the product's own statement of terms.
const STEP = 1_795_478_400;
const NOW = STEP - 5;
const HOURS_AGO = STEP - 7200;
/** An office: seven users with three ordinary requests each and more, so that their address is a crowd of eight. */
const OFFICE = { requests: 300 };
const SEVEN = { users: 7 };
const CROWD = 8;

interface Case {
  says: string;
  kind?: ScoredKind;
  /** An hour where nothing else is said. */
  window?: WindowName;
  /** Sums of the last ten seconds, and what came two hours before them. */
  sums?: Readonly<Record<string, number>>;
  before?: Readonly<Record<string, number>>;
  /** Distinct values, the same in each window. */
  distinct?: Readonly<Record<string, number>>;
  /** Seconds from its first request to its newest one. */
  age?: number;
  /** null: says nothing. */
  value: number | null;
  /** Of how many, for a share. */
  whole?: number;
}

const share = (says: string, sum: string): Case[] => [
  { says, sums: { requests: 10, [sum]: 6 }, value: 6, whole: 10 },
  { says: 'says nothing where hardly any are', sums: { requests: 1000, [sum]: 3 }, value: null },
];
const byHead = (sum: string, n: number, unit: number, power: number): Case[] => [
  { says: 'is a plain sum for who calls', sums: { [sum]: n }, value: n / unit },
  {
    says: 'is counted by the head behind an address',
    kind: 'ip',
    sums: { ...OFFICE, [sum]: n },
    distinct: SEVEN,
    value: n / unit / CROWD ** power,
  },
];
const setByHead = (set: string, first: number, power: number): Case[] => [
  { says: 'counts different ones', distinct: { [set]: 19 }, value: 19 - first },
  {
    says: 'is counted by the head behind an address',
    kind: 'ip',
    sums: OFFICE,
    distinct: { ...SEVEN, [set]: 19 },
    value: (19 - first) / CROWD ** power,
  },
];
const mean = (sum: string, surprise: number, seen: number, value: number): Case[] => [
  { says: 'is a mean over requests', sums: { [sum]: surprise, seen }, value },
];
/** Four requests of two newcomers that surprise by six nats each, and nine of a single one. */
const ofNewcomers = (sum: string): Case[] => [
  {
    says: 'is the mean of newcomers, as beside two quiet ones',
    kind: 'cohort',
    sums: { newcomer: 400, arrived: 200, [sum]: 2400 },
    value: (6 * 4) / (4 + 2),
  },
  {
    says: 'counts three requests of each',
    kind: 'cohort',
    sums: { newcomer: 900, arrived: 100, [sum]: 5400 },
    value: (6 * 3) / (3 + 2),
  },
];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  acquainted: [
    { says: 'counts days beyond half a one', window: '24h', sums: { seen: 1 }, age: 129_600, value: 1 },
    { says: 'takes ten days for two', window: '24h', sums: { seen: 1 }, age: 864_000, value: 1.5 },
    { says: 'says nothing of who came this morning', window: '24h', sums: { seen: 1 }, age: 40_000, value: null },
  ],
  addresses: [
    { says: 'counts those beyond the first', distinct: { addresses: 4 }, value: 3 },
    { says: 'says nothing of a single one', distinct: { addresses: 1 }, value: null },
  ],
  agents: setByHead('agents', 1, 0.8),
  at_home: [{ says: 'is a plain sum', window: '24h', sums: { at_home: 5 }, value: 5 }],
  attestation_failed: share('counts tokens that do not verify', 'att_failed'),
  attestation_missing: share('counts requests without a token', 'att_missing'),
  bad_requests: share('counts other 4xx', 'badrequest'),
  bursts: [
    { says: 'counts bursts where pauses are more', window: '24h', sums: { followed: 12, quick: 5 }, value: 5 },
    { says: 'counts pauses where bursts are more', window: '24h', sums: { followed: 12, quick: 9 }, value: 3 },
  ],
  bytes_out: byHead('bytes', 64 * 1024 ** 2, 1024, 0.8),
  denied: share('counts 401 and 403', 'denied'),
  device_signals: mean('integrity', 900, 4, 9 / 4.5),
  devices: [
    { says: 'counts those beyond the first', distinct: { devices: 4 }, value: 3 },
    { says: 'is counted by the user', kind: 'ip', distinct: { devices: 41, users: 3 }, value: 40 / 4 ** 0.8 },
  ],
  far_steps: byHead('far_step', 900, 100, 0.8),
  foreign_objects: byHead('foreign', 900, 100, 0.8),
  never_again: [
    { says: 'counts objects asked for once', sums: { named: 40, returned: 4 }, value: 36, whole: 40 },
    { says: 'says nothing of who comes back', sums: { named: 40, returned: 30 }, value: null },
  ],
  newcomer_answers: ofNewcomers('newcomer_answer'),
  newcomer_failures: [
    {
      says: 'counts requests of newcomers that failed',
      kind: 'cohort',
      sums: { newcomer: 600, arrived: 200, newcomer_failed: 500 },
      value: 5,
      whole: 6,
    },
    {
      says: 'counts three of the thirty of a single one',
      kind: 'cohort',
      sums: { newcomer: 3000, arrived: 100, newcomer_failed: 3000 },
      value: 3,
      whole: 3,
    },
  ],
  newcomer_share: [
    {
      says: 'counts requests of newcomers',
      kind: 'cohort',
      sums: { seen: 10, newcomer: 800, arrived: 800 },
      value: 8,
      whole: 10,
    },
    {
      says: 'counts three of the twenty of a single one',
      kind: 'net',
      sums: { seen: 20, newcomer: 2000, arrived: 100 },
      value: 3,
      whole: 3,
    },
  ],
  newcomer_steps: ofNewcomers('newcomer_step'),
  newcomers: [
    {
      // 144 in the day: one in ten minutes.
      says: 'counts standard deviations over those of the day',
      kind: 'cohort',
      window: '10m',
      sums: { arrived: 900 },
      before: { arrived: 13_500 },
      value: 8 / Math.SQRT2,
    },
  ],
  newness: [
    { says: 'halves in ten minutes', kind: 'ip', sums: { seen: 1 }, age: 600, value: 3 },
    { says: 'is the most at first sight', kind: 'net', sums: { seen: 1 }, age: 0, value: 6 },
    { says: 'says nothing of a caller', kind: 'user', sums: { seen: 1 }, age: 600, value: null },
  ],
  not_found: share('counts 404', 'notfound'),
  objects: setByHead('objects', 0, 0.8),
  odd_answers: mean('odd_answer', 1000, 3, 10 / 5),
  odd_country: mean('odd_country', 600, 2, 6 / 3),
  odd_hours: mean('odd_hour', 900, 4, 9 / 4.5),
  odd_key_use: mean('odd_key', 800, 4, 8 / 4),
  odd_network: mean('odd_network', 2000, 4, 20 / 4),
  odd_own: mean('odd_own', 1000, 3, 10 / 5),
  odd_routes: mean('odd_route', 1000, 3, 10 / 5),
  odd_software: mean('odd_software', 2000, 4, 20 / 4),
  odd_software_here: mean('here', 900, 4, 9 / 4.5),
  odd_steps: mean('odd_step', 1000, 3, 10 / 5),
  one_by_one: [
    { says: 'counts what came after a pause', sums: { followed: 40, quick: 2 }, value: 38, whole: 40 },
    { says: 'says nothing of bursts', sums: { followed: 40, quick: 20 }, value: null },
  ],
  outside: byHead('outside', 900, 100, 0.8),
  payloads: byHead('payload', 3, 1, 0.4),
  regularity: [
    // Six pauses of e^8 ms each; then pauses that are e times as long and as short.
    { says: 'is highest by the clock', sums: { followed: 6, gap: 4800, gap_square: 6 * 800 ** 2 }, value: 1 / 0.15 },
    {
      says: 'is one over the spread of pauses',
      sums: { followed: 10, gap: 8000, gap_square: 5 * 700 ** 2 + 5 * 900 ** 2 },
      value: 1 / 1.15,
    },
    { says: 'waits for six', sums: { followed: 5, gap: 4000, gap_square: 5 * 800 ** 2 }, value: null },
  ],
  repeats: [
    { says: 'counts those on the route before', sums: { followed: 20, repeated: 18 }, value: 18, whole: 20 },
    { says: 'says nothing of who moves on', sums: { followed: 20, repeated: 5 }, value: null },
  ],
  requests: [
    { says: 'is a plain sum for who calls', window: '10s', sums: { requests: 30 }, value: 30 },
    {
      says: 'takes what is older than its window out',
      sums: { requests: 90 },
      before: { requests: 500 },
      value: 90,
    },
    {
      says: 'is counted by the head where users are named',
      kind: 'ip',
      sums: OFFICE,
      distinct: SEVEN,
      value: 300 / CROWD ** 0.8,
    },
    {
      says: 'is counted by half of the agents where nobody is',
      kind: 'ip',
      sums: OFFICE,
      distinct: { agents: 9 },
      value: 300 / (1 + 4) ** 0.8,
    },
  ],
  returns: [{ says: 'is a plain sum', window: '24h', sums: { returned: 6 }, value: 6 }],
  routes: setByHead('routes', 0, 0.3),
  scanning: byHead('scanner', 3, 1, 0.4),
  signed_in: [
    { says: 'counts those that did not fail', window: '24h', sums: { signin: 3, signin_failed: 1 }, value: 2 },
    { says: 'says nothing of who fails', window: '24h', sums: { signin: 3, signin_failed: 3 }, value: null },
  ],
  signin_failures: byHead('signin_failed', 8, 1, 0.7),
  signin_subjects: setByHead('subjects', 1, 0.6),
  signin_subjects_failed: setByHead('failed_subjects', 1, 0.6).map((one) => ({ kind: 'device', ...one })),
  signins: byHead('signin', 8, 1, 0.7),
  strange_keys: mean('strange_key', 800, 4, 8 / 4).map((one) => ({ kind: 'ip', ...one })),
  travel: [{ says: 'is a plain sum of surprise', sums: { travel: 800 }, value: 8 }],
  users: [
    { says: 'counts those beyond the first', kind: 'device', distinct: { users: 3 }, value: 2 },
    { says: 'counts all of an address', kind: 'ip', sums: OFFICE, distinct: { users: 50 }, value: 49 },
  ],
  volumes: byHead('volume', 1900, 100, 0.8),
  walking: byHead('walk', 900, 100, 0.8),
  writes: byHead('write', 90, 1, 0.8),
};

const ALL = Object.entries(CASES).flatMap(([feature, cases]) => cases.map((one) => ({ ...one, feature })));

describe('the value of a feature', () => {
  const query = createRiskQuery();
  const features = loadFeatures();
  /** By the number of its case: value and, of a share, the whole, by `feature:window`. */
  const found = new Map<number, Map<string, { value: number; usual: number }>>();
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await openEngine('feature_values');
    const { clickhouse } = engine;
    for (const sql of query.prepare) await clickhouse.run(sql);
    const names: unknown[][] = [];
    const sums: unknown[][] = [];
    const sets: unknown[][] = [];
    for (const [number, one] of ALL.entries()) {
      const kind = SCORED_KINDS.indexOf(one.kind ?? 'user') + 1;
      for (const name of Object.keys({ ...one.sums, ...one.before })) expect(query.sumNames).toContain(name);
      const running = (of: readonly (Case['sums'] | undefined)[]) =>
        query.sumNames.map((name) => of.reduce((sum, row) => sum + (row?.[name] ?? 0), 0));
      names.push([number, '', kind, `case-${number}`, NOW - (one.age ?? 0), NOW]);
      if (one.before !== undefined) sums.push([number, HOURS_AGO, kind, running([one.before])]);
      sums.push([number, NOW, kind, running([one.before, one.sums])]);
      const distinct = new Map(Object.entries(one.distinct ?? {}).map(([set, n]) => [`distinct_${set}`, n]));
      for (const set of distinct.keys())
        expect(
          query.setNames.some((name) => name.startsWith(`${set}_`)),
          set,
        ).toBe(true);
      sets.push([number, NOW, query.setNames.map((name) => distinct.get(name.replace(/_[^_]+$/, '')) ?? 0)]);
    }
    await clickhouse.insert('entity_v1', ['entity', 'scope', 'kind', 'id', 'first_seen', 'last_seen'], names);
    await clickhouse.insert('score_sums', ['entity', 'at', 'kind', 'sums'], sums);
    await clickhouse.insert('score_sets', ['entity', 'at', 'sets'], sets);
    await clickhouse.run(
      `INSERT INTO {db}.score_wanted SELECT number AS entity, ${STEP} AS step FROM numbers(${ALL.length})`,
    );
    const rows = await clickhouse.rows<{ entity: number; term: number[]; value: number[]; usual: number[] }>(
      `SELECT toUInt32(entity) AS entity, term, value, usual FROM (${query.terms})`,
    );
    for (const { entity, term, value, usual } of rows)
      found.set(
        entity,
        new Map(
          term.map((t, i) => [query.termNames[t - 1] ?? '', { value: value[i] ?? 0, usual: usual[i] ?? 0 }] as const),
        ),
      );
  });
  afterAll(() => engine.close());

  it('is asked of every feature', () => {
    expect(Object.keys(CASES)).toEqual(features.map(({ name }) => name));
    expect(found.size).toBe(ALL.length);
  });

  it.each(ALL.map((one, number) => ({ ...one, number })))('$feature $says', (one) => {
    const { feature, window = '1h', kind = 'user', value, whole } = one;
    const term = features
      .find(({ name }) => name === feature)
      ?.terms.find((of) => of.window === window && of.feature === feature);
    if (term === undefined) throw new Error(`${feature} has no window of ${window}`);
    const told = found.get(one.number)?.get(`${feature}:${window}`);
    if (value === null) return expect(told).toBeUndefined();
    // Terms are stored in single precision.
    expect((told?.value ?? 0) / value).toBeCloseTo(1, 6);
    if (term.tail.kind === 'count') return expect(whole).toBeUndefined();
    const base = term.tail.base[SCORED_KINDS.indexOf(kind)] ?? 0;
    expect((told?.usual ?? 0) / base).toBeCloseTo(whole ?? 0, 4);
  });
});
