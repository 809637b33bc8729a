import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Derivation, ExplainedKind } from '../../schemas/api-explain.ts';
import { type Policy, policySchema } from '../../schemas/policy.ts';
import { answerOf } from '../../services/dashboard/explain-text.ts';
import { decide } from '../../services/decide/decide.ts';
import { createLimits } from '../../services/decide/limits.ts';
import { createSnapshot } from '../../services/decide/snapshot.ts';
import { createExplainer, type Explain } from '../../services/score/explain.ts';
import { createScorer } from '../../services/score/main.ts';
import { manualClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { decibelsByHand, type HandCurve } from '../support/by-hand-curve.ts';
import { canonical } from '../support/by-hand-events.ts';
import { type Kind, VALUES } from '../support/by-hand-features.ts';
import { type ByHand, scoreByHand } from '../support/by-hand-score.ts';
import { HOUR, HOURS, START, smallShop } from '../support/by-hand-world.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

// Five hours of a small shop, scored by the live scorer; then what score-explain says is computed a second time from the
// events, outside ClickHouse. Terms and references are stored in single precision: both sides round there, and the last
// bit (1.2e-7 of a number) may still fall differently, which the scale of peers doubles at most. So all is equal to 1e-6
// of the decibels at hand.
const ALPHA = 0.01;
const EXACT = 1e-6;
const COLD = START / 1000 + 2400;
const WARM = (START + (HOURS - 1) * HOUR) / 1000 + 3500;

/** Counts by their column, and by hand. Squares of pauses are left to the values made of them. */
const COUNTED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['requests', 'signin', 'signin_failed', 'write', 'denied', 'bytes', 'seen', 'followed', 'repeated'].map((n) => [
      n,
      n,
    ]),
  ),
  ...Object.fromEntries(['far_step', 'newcomer', 'arrived', 'newcomer_failed', 'newcomer_step'].map((n) => [n, n])),
  notfound: 'not_found',
  badrequest: 'other_4xx',
  att_genuine: 'genuine_token',
  att_failed: 'failed_token',
  att_missing: 'missing_token',
  odd_route: 'route',
  odd_step: 'step',
  odd_answer: 'answer',
  odd_network: 'network',
  odd_software: 'software',
  odd_key: 'key_use',
  strange_key: 'strange_key',
  odd_own: 'own',
  here: 'here',
  at_home: 'at_home',
  quick: 'quick',
  named: 'named',
  returned: 'returned',
  foreign: 'owner',
  volume: 'volume',
  walk: 'walk',
  integrity: 'integrity',
  odd_hour: 'clock',
  odd_country: 'country',
  outside: 'outside',
  travel: 'travel',
};

/** The least value at which something that grows reaches a height. */
function searched(grows: (value: number) => number, height: number, most: number): number {
  let [low, high] = [0, most];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (grows(middle) < height) low = middle;
    else high = middle;
  }
  return high;
}

/** A number as sentences have it: no more digits than people read. */
const written = (value: number) =>
  value < 100 && !Number.isInteger(value)
    ? String(Number(value.toFixed(value < 1 ? 2 : 1)))
    : Math.round(value).toLocaleString('en');

describe('a derivation', () => {
  const events = smallShop();
  const policy = policySchema.parse({ mode: 'enforce', budgets: { challenge: ALPHA, block: ALPHA / 10 } });
  /** Features that were compared with something to say, and what spoke for them. */
  const told = new Set<string>();
  const spoke = new Set<string>();
  let engine: TestEngine;
  let explain: Explain;
  let hand: ByHand;
  let curve: HandCurve | null;
  const clock = manualClock(START);

  beforeAll(async () => {
    engine = await openEngine('score_explain');
    const { clickhouse } = engine;
    const deps = { health: createHealth(['score']), metrics: createMetrics(), log: createLogger('silent') };
    const scorer = createScorer({ clickhouse, clock, alpha: () => ALPHA, ...deps });
    const pipeline = canonicalPipeline(clock);
    const inHour = (hour: number) => events.filter(({ time }) => Math.floor((time - START) / HOUR) === hour);
    for (let hour = 0, sent = 0; hour < HOURS; hour++) {
      const due = inHour(hour);
      await insertEvents(clickhouse, pipeline, due.map(canonical), sent);
      sent += due.length;
      if (hour === 0) await stepAt(COLD * 1000);
      await stepAt(hour === HOURS - 1 ? WARM * 1000 : START + (hour + 1) * HOUR - 1000);
    }
    async function stepAt(ms: number) {
      clock.set(ms);
      await scorer.step(ms);
    }
    const pseudonymise = createPseudonymise(null);
    explain = createExplainer({ clickhouse, clock, policyAt: async () => policy, pseudonymise });
    hand = scoreByHand(events);
    // Who calibrates is decided by a keyed hash: a fact of the installation, like the events.
    const split = await clickhouse.rows<{ id: string }>(
      `SELECT concat(['user', 'session', 'device', 'ip'][kind], ':', id) AS id FROM {db}.entity_v1
       WHERE kind <= 4 AND cityHash64(entity, 'split') % 6 != 5`,
    );
    const calibrating = new Set(split.map(({ id }) => id));
    curve = hand.curveAt((START + (HOURS - 1) * HOUR) / 1000, (caller) => calibrating.has(caller));
  }, 240_000);
  afterAll(() => engine?.close());

  async function derived(entity: string, step: number): Promise<Derivation> {
    const kind = entity.slice(0, entity.indexOf(':')) as ExplainedKind;
    const answer = await explain({ kind, id: entity.slice(kind.length + 1), scope: '', at: step });
    if (answer === null) throw new Error(`${entity} is not known`);
    return answer;
  }

  /** @param size what the tolerance is relative to. */
  const near = (got: number | undefined, wanted: number | undefined, what: string, size = Math.abs(wanted ?? 0)) => {
    if (got === undefined || wanted === undefined) return expect(got, what).toBe(wanted);
    const off = Math.abs(got - wanted);
    return expect(off, `${what}: ${got}, by hand ${wanted}`).toBeLessThan(EXACT * Math.max(1, size));
  };

  it.each([
    ['ip:192.0.2.66', COLD],
    ['net:192.0.2.0/24', COLD],
    ['cohort:Go-http-client/ POST /v1/login', COLD],
    ['device:phone-7', COLD],
    ['ip:198.51.100.20', COLD],
    ['client:partner-7', COLD],
    ['ip:192.0.2.66', WARM],
    ['cohort:Go-http-client/ POST /v1/login', WARM],
    ['device:phone-7', WARM],
    ['user:user-7', WARM],
    ['net:100.64.7.0/24', WARM],
    ['ip:198.51.100.20', WARM],
    ['ip:198.51.100.40', WARM],
    ['client:kiosk-3', WARM],
    ['client:partner-7', WARM],
    ['device:phone-12', WARM - 1800],
  ] as const)('of %s at %i is what the events give by hand, from counts to decibels', async (entity, step) => {
    const answer = await derived(entity, step);
    const kind = entity.slice(0, entity.indexOf(':')) as Kind;
    const wanted = hand.scoreAt(entity, step);
    for (const { name, windows } of answer.counts)
      for (const [window, count] of Object.entries(windows)) {
        const seen = hand.seenAt(entity, step, window);
        const [, set] = /^distinct_(.+)$/.exec(name) ?? [];
        const by = set === undefined ? COUNTED[name] : '';
        if (by !== undefined)
          expect([name, window, count]).toEqual([name, window, set === undefined ? seen.n(by) : seen.distinct(set)]);
      }
    expect(answer.terms.map(({ feature, window }) => `${feature}:${window}`).sort()).toEqual(
      wanted.terms.map(({ feature, window }) => `${feature}:${window}`).sort(),
    );
    const scale = hand.scaleOf(kind, step - (step % 3600));
    expect(answer.reference.entity_hours).toBe(scale?.entityHours ?? 0);
    for (const term of wanted.terms) {
      const name = `${term.feature}:${term.window}`;
      const got = answer.terms.find(({ feature, window }) => `${feature}:${window}` === name);
      near(got?.value, term.value, `value of ${name}`);
      near(got?.shipped_db, term.shipped, `tail of ${name}`);
      near(got?.height_db, term.height, `height of ${name}`);
      if (got?.tail.kind === 'share') near(got.tail.whole, term.whole ?? undefined, `whole of ${name}`);
      const learnt = scale?.of(name);
      near(got?.scale?.low_db, learnt?.low, `1 in 10 of ${name}`);
      near(got?.scale?.high_db, learnt?.high, `1 in 100 of ${name}`);
    }
    for (const part of wanted.features) {
      const got = answer.features.find(({ feature }) => feature === part.feature);
      near(got?.part_db, part.part, `part of ${part.feature}`, part.height);
      near(got?.relief_db, part.relief, `relief of ${part.feature}`, part.height);
      expect([part.feature, got?.by]).toEqual([part.feature, part.by]);
      for (const [i, adds] of part.adds.entries())
        near(got?.spans[i]?.adds_db, adds, `${part.feature} from ${got?.spans[i]?.from_db} dB`, part.height);
    }
    near(answer.score, wanted.score, 'score', wanted.loudest);
    near(answer.evidence.missing, hand.missingAt(step - (step % 3600)), 'what a missing token adds');
    for (const { feature } of answer.terms) told.add(feature);
    for (const { by, relief_db } of answer.features) spoke.add(relief_db > 0 ? 'relief' : by);
    // Both steps of the scorer are among those asked for: what it published is the same.
    if (answer.published?.step === answer.step) near(answer.published.score, answer.score, 'published score');
    const [whole] = answer.curves;
    const held = step > COLD ? curve : null;
    expect([whole?.basis, whole?.units]).toEqual(held === null ? ['shipped', 0] : ['genuine', held.units]);
    // At the score that was answered: knots lie close together, and a curve may be steep between two of them.
    const decibels = decibelsByHand(held, answer.score);
    near(whole?.decibels, decibels, 'decibels');
    near(whole?.p, 10 ** (-decibels / 10), 'p');
    expect(answer.over).toBe(decibels >= 30 ? 'block' : decibels >= 20 ? 'challenge' : 'allow');
  });

  it('had something to compare of every way in which a feature speaks', () => {
    expect([...told]).toEqual(
      expect.arrayContaining([
        'volumes',
        'outside',
        'walking',
        'odd_own',
        'foreign_objects',
        'requests',
        'odd_steps',
        'never_again',
        'odd_software_here',
      ]),
    );
    expect([...spoke].sort()).toEqual(['least', 'relief', 'weights']);
  });

  it.each([
    ['ip:192.0.2.66', COLD],
    ['cohort:Go-http-client/ POST /v1/login', WARM],
    ['device:phone-7', WARM],
    ['device:phone-12', WARM - 1800],
  ] as const)('of %s at %i names values that are usual, and allowed, by hand', async (entity, step) => {
    const answer = await derived(entity, step);
    const [whole] = answer.curves;
    const line = whole?.challenge_score ?? 0;
    near(decibelsByHand(step > COLD ? curve : null, line), 20, 'the challenge line');
    expect(answer.terms.length).toBeGreaterThan(3);
    for (const { feature, window, tail, usual, scale, allowed } of answer.terms) {
      const all = tail.kind === 'share' ? tail.whole : null;
      const others = answer.score - (answer.features.find((part) => part.feature === feature)?.part_db ?? 0);
      const total = (value: number) =>
        others + hand.wouldAdd(entity, step, { feature, window, value, whole: all, shipped: 0 }).adds;
      const tailAt = (value: number) =>
        hand.wouldAdd(entity, step, { feature, window, value, whole: all, shipped: 0 }).shipped;
      if (usual === null) expect(tailAt(all ?? 0)).toBeLessThan(scale?.high_db ?? 20);
      else near(tailAt(usual), scale?.high_db ?? 20, `usual of ${feature}:${window}`);
      if (allowed.kind === 'none') {
        expect(others, feature).toBeGreaterThanOrEqual(line);
        const { no_reason: quiet = all ?? 1e12 } = allowed;
        expect(total(quiet * 0.9999) - others, `below what is no reason of ${feature}:${window}`).toBeLessThan(0.5);
        if (quiet * 1.0001 <= (all ?? 1e11))
          expect(total(quiet * 1.0001) - others, feature).toBeGreaterThanOrEqual(0.5);
      } else if (allowed.kind === 'any') expect(total(all ?? 1e12), feature).toBeLessThan(line);
      else {
        expect(total(allowed.value * 0.9999), `below what is allowed of ${feature}:${window}`).toBeLessThan(line);
        // A share of a few requests may not be divisible so finely; all of them is the most there is.
        if (allowed.value * 1.0001 <= (all ?? Infinity))
          expect(total(allowed.value * 1.0001), feature).toBeGreaterThanOrEqual(line);
      }
    }
  });

  it('says it in sentences: who, what, since when, what is usual and learnt, its part, what would have been allowed', async () => {
    const cold = answerOf(await derived('ip:192.0.2.66', COLD)).reasons.map(({ sentence }) => sentence);
    expect(cold[0]).toMatch(
      /^Address 192\.0\.2\.66: .* in (10 minutes|an hour|24 hours), since 2026-\d\d-\d\d \d\d:40:00 UTC\. 1 in 100 hours of genuine addresses peaks at .* \(as shipped: nothing has been learnt here yet\)\. It adds [\d.]+ of [\d.]+ dB before calibration, the least that such evidence counts while little is learnt here\. No value of it would have been allowed: the others alone are over the challenge line\.( Up to .* it would be no reason\.)?$/,
    );
    const warm = answerOf(await derived('device:phone-7', WARM));
    expect(warm.reasons.map(({ sentence }) => sentence).join('\n')).toMatch(
      /^Device phone-7: .* 1 in 10+ hours of genuine devices peaks at .* \(learnt from \d+ such hours, which weigh \d\d %\)\./,
    );
    expect(warm.joins.join(' ')).toMatch(/Of this device every request meets [\d.]+, unless another/);
    const clerk = answerOf(await derived('ip:198.51.100.20', WARM)).joins.join(' ');
    expect(clerk).toContain(
      'Behind this address were 8 users and 0 app installations in 24 hours: what it did is judged by',
    );
    const hall = answerOf(await derived('ip:198.51.100.40', WARM)).joins.join(' ');
    expect(hall).toContain(
      'Behind this address were 9 user agents and nobody who is named in 24 hours: what it did is',
    );
  });

  it('is told in an answer too: each number of its sentences by hand, on the scale that judged it', async () => {
    const deps = { health: createHealth(['decide']), metrics: createMetrics(), log: createLogger('silent') };
    const snapshot = createSnapshot({ clickhouse: engine.clickhouse, clock, ...deps });
    await snapshot.load();
    const entities = [
      { kind: 'user', id: 'user-7' },
      { kind: 'device', id: 'phone-7' },
      { kind: 'ip', id: '100.64.7.7' },
      { kind: 'net', id: '100.64.7.0/24' },
    ] as const;
    const request = { id: 'r', method: 'GET', path: '/v1/items', host: '', scope: 'default', address: '100.64.7.7' };
    const caller = {
      platform: '',
      canAttest: null,
      userAgent: 'Shop/3.1 (Android 16)',
      route: 'GET /v1/items',
      cohort: 'Shop/ GET /v1/items',
    };
    const attestation = { status: 'genuine', code: 'ok', issuer: null } as const;
    const facts = { ...request, ...caller, entities, attestation };
    const scoreOf = (name: string) => hand.scoreAt(name, WARM).score;
    const [user, device, ip, net] = entities.map(({ kind, id }) => scoreOf(`${kind}:${id}`));
    const total = Math.max(user ?? 0, device ?? 0) + (ip ?? 0) + (net ?? 0);
    const reasonsOf = (of: Policy) =>
      decide(facts, snapshot.current(), compilePolicy(of), WARM * 1000, createLimits()).context.reasons;
    // Under the policy the rest is over the line already; under a bolder one each reason alone decides.
    const bold = decibelsByHand(curve, total) - 2;
    const budgets = { challenge: 10 ** (-bold / 10), block: 10 ** (-bold / 10) / 2 };
    const answers = [policy, policySchema.parse({ mode: 'enforce', budgets })].flatMap((of) =>
      reasonsOf(of).map((reason) => ({ ...reason, evidence: reason.evidence, challenge: of.budgets.challenge })),
    );
    let compared = 0;
    let allowed = 0;
    for (const { entity, code, evidence, challenge } of answers) {
      const line = searched((score) => decibelsByHand(curve, score), -10 * Math.log10(challenge), 200);
      const [, feature = ''] = code.split('.');
      const of = entity ?? '';
      const kind = of.slice(0, of.indexOf(':')) as Kind;
      const [, shown = '', whole] = /: .*?([\d,.]+)(?: of ([\d,.]+))? /.exec(evidence) ?? [];
      const by = hand.scoreAt(of, WARM);
      const part = by.features.find((one) => one.feature === feature);
      const loudest = by.terms.find((one) => one.feature === feature && one.window === part?.window);
      if (part === undefined || loudest === undefined || !(feature in VALUES)) continue;
      expect([code, shown, whole ?? null]).toEqual([
        code,
        written(loudest.value),
        loudest.whole === null ? null : written(loudest.whole),
      ]);
      const scale = hand.scaleOf(kind, WARM - (WARM % 3600));
      const wouldBe = (value: number, window: string) => hand.wouldAdd(of, WARM, { ...loudest, window, value });
      const top = loudest.whole ?? 1e9;
      const at = (decibels: number) => searched((value) => wouldBe(value, part.window).shipped, decibels, top);
      const { low, high } = scale?.of(`${feature}:${part.window}`) ?? { low: 10, high: 20 };
      if (part.height >= 20 && wouldBe(top, part.window).shipped >= high)
        expect(evidence).toMatch(
          new RegExp(`1 in 100 hours of genuine ${kind}s (peaks at [a-z ]*${written(at(high))} |show any)`),
        );
      else if (part.height >= 10)
        expect(evidence).toContain(`1 in 10 hours of genuine ${kind}s peaks at ${written(at(low))} `);
      const adds = /It adds ([\d.]+) dB to the request's score of ([\d.]+) before/.exec(evidence);
      // Told with one decimal, of which the last bit of a stored number may decide.
      expect(Math.abs(Number(adds?.[1]) - part.part)).toBeLessThan(0.051);
      expect(Math.abs(Number(adds?.[2]) - total)).toBeLessThan(0.051);
      expect(evidence).toContain(`(learnt from ${scale?.entityHours} such hours, `);
      const room = line - (total - part.part);
      expect(evidence.includes('No value of it')).toBe(room <= 0);
      for (const [, amount = '', window] of evidence.matchAll(
        /(?:Up to|,|and)(?: a [a-z]+ of)? ([\d,.]+)[^,.]*? in (a minute|10 minutes|an hour)(?=.* allowed)/g,
      )) {
        allowed++;
        const value = Number(amount.replaceAll(',', ''));
        const name = { 'a minute': '1m', '10 minutes': '10m', 'an hour': '1h' }[window ?? ''] ?? '';
        expect(wouldBe(value, name).adds, `${code}: ${value} in ${window}`).toBeLessThan(room);
        expect(wouldBe(value * 1.01 + 1, name).adds, `${code}: ${value} in ${window}`).toBeGreaterThanOrEqual(room);
      }
      compared++;
    }
    expect(compared).toBe(10);
    expect(allowed).toBeGreaterThan(3);
  });

  it('leaves the scorer’s own tables alone, side by side with others, and nothing of its own behind', async () => {
    const { clickhouse } = engine;
    const tables = () =>
      clickhouse.rows<{ name: string; total_rows: number }>(
        `SELECT name, total_rows FROM system.tables WHERE database = '${clickhouse.database}' AND engine = 'Memory' ORDER BY name`,
      );
    const before = await tables();
    const both = await Promise.all([derived('ip:192.0.2.66', WARM), derived('device:phone-7', WARM)]);
    expect(both.map(({ id }) => id)).toEqual(['192.0.2.66', 'phone-7']);
    expect(await tables()).toEqual(before);
    const broken = createExplainer({
      clickhouse: {
        ...clickhouse,
        rows: (sql, o) => (sql.includes('_sums') ? Promise.reject(new Error('away')) : clickhouse.rows(sql, o)),
      },
      clock: manualClock(WARM * 1000),
      policyAt: async () => policy,
      pseudonymise: createPseudonymise(null),
    });
    const asked = { kind: 'ip', id: '192.0.2.66', scope: '', at: WARM } as const;
    await expect(broken(asked)).rejects.toThrow('away');
    expect(await tables()).toEqual(before);
    await expect(broken(asked)).rejects.toThrow('away');
    expect(await explain({ ...asked, id: '192.0.2.67' })).toBeNull();
    expect(await explain({ ...asked, scope: 'elsewhere' })).toBeNull();
  });

  describe('a day later, when counts and evidence have aged out', () => {
    const asked = [
      ['ip:192.0.2.66', COLD],
      ['net:100.64.7.0/24', WARM],
      ['client:partner-7', WARM],
      ['cohort:Go-http-client/ POST /v1/login', WARM],
    ] as const;
    const then = new Map<string, Derivation>();

    beforeAll(async () => {
      const { clickhouse } = engine;
      for (const [entity, step] of asked) then.set(entity, await derived(entity, step));
      for (const table of ['entity_1s_v1', 'event_evidence_v1', 'caller_last_v1', 'place_last_v1'])
        await clickhouse.run(`TRUNCATE TABLE {db}.${table}`);
      clock.set((WARM + 30 * 3600) * 1000);
    });

    it.each(asked)('of %s at %i is the same, from the events that are still there', async (entity, step) => {
      const now = await derived(entity, step);
      expect(now).toEqual(then.get(entity));
      expect(now.terms).not.toEqual([]);
      expect(await engine.clickhouse.rows('SELECT * FROM {db}.entity_1s_v1')).toEqual([]);
    });
  });
});
