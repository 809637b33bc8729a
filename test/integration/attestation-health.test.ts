import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntityRef } from '../../schemas/event.ts';
import { type PolicyInput, policySchema } from '../../schemas/policy.ts';
import type { AttestationCode } from '../../schemas/reasons.ts';
import { type AttestationHealth, createAttestationHealth } from '../../services/attestation-health/main.ts';
import { WINDOW_S } from '../../services/attestation-health/verdict.ts';
import { createRelaxation, type Relaxation } from '../../services/decide/caller-state/relaxation.ts';
import type { RequestFacts } from '../../services/decide/question.ts';
import { type Clock, manualClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { GATEWAY_KEY, GENUINE_CURVE, openDecisionApp, policyOf, snapshotOf } from '../support/decision-app.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { identityOf } from '../support/identity.ts';
import { hs256 } from '../support/tokens.ts';

/** Worlds of their own, each a scope; all of them have the same quiet days. */
const WORLDS = ['outage', 'stolen', 'flood', 'both', 'stuffing', 'office', 'blind', 'farm'] as const;
type World = (typeof WORLDS)[number];
const POLICY: PolicyInput = {
  scopes: WORLDS.map((name) => ({ name, hosts: [`${name}.example.com`] })),
  clients: [{ match: { user_agent: 'App/*' }, platform: 'android', issuer: 'app' }],
};
const PHONES = 120;
/** Phones of the cohort "farm" that are the attacker's own. */
const FARM = 40;
const DAY = 86_400;
const START = Date.UTC(2026, 1, 10, 9) / 1000;
/** Quiet windows before it happens. */
const QUIET = 12;
const ONSET = START + QUIET * WINDOW_S;

let engine: TestEngine;
let health: AttestationHealth;
const pipeline = canonicalPipeline(manualClock((START + DAY) * 1000), POLICY);
let inserted = 0;

const insert = async (events: EventInput[]) => {
  await insertEvents(engine.clickhouse, pipeline, events, inserted);
  inserted += events.length;
};

/** One request of a phone; its home network unless another is named. */
function call(world: World, phone: number, at: number, more: Record<string, unknown> = {}): EventInput {
  return {
    time: at * 1000,
    'client.address': `10.${phone % 100}.${Math.floor(phone / 100)}.7`,
    'server.address': `${world}.example.com`,
    'user_agent.original': 'App/3.1',
    'user.id': `${world}-user-${phone}`,
    'attestation.status': 'genuine',
    'attestation.issuer': 'app',
    ...more,
  };
}
const missing = { 'attestation.status': 'missing', 'attestation.issuer': undefined };

/** Every phone calls in the window that ends at `end`; one in forty fails by itself, one in thirty roams. */
function quiet(world: World, end: number): EventInput[] {
  return Array.from({ length: PHONES }, (_, phone) => {
    const lot = (phone * 31 + end / WINDOW_S) % 120;
    const roams = lot % 30 === 1 ? { 'client.address': `172.${16 + (end % 15)}.${phone}.1` } : {};
    return call(world, phone, end - 200 + (phone % 100), { ...roams, ...(lot % 40 === 0 ? missing : {}) });
  });
}

/** What a decision asks of a relaxation. */
const asked = (
  world: World,
  id: string,
  code: AttestationCode = 'no_token',
  issuer: string | null = null,
): RequestFacts => ({
  id: 'r',
  method: 'GET',
  path: '/v1/items',
  host: `${world}.example.com`,
  scope: world,
  address: '192.0.2.1',
  entities: [
    { kind: 'user', id },
    { kind: 'ip', id: '192.0.2.1' },
  ],
  attestation: { status: code === 'no_token' ? 'missing' : 'failed', code, issuer },
  platform: 'android',
  canAttest: true,
  userAgent: 'App/3.1',
  route: '',
  cohort: '',
});

/** The relaxation of a decision process that has read the verdicts; its bucket begins to fill. */
async function openRelaxation(at = (ONSET + WINDOW_S) * 1000) {
  const relaxation = createRelaxation({ clickhouse: engine.clickhouse, clock: manualClock(at) });
  await relaxation.poll();
  relaxation.relaxes(asked('outage', 'outage-user-1'), compilePolicy(policySchema.parse(POLICY)), at);
  return relaxation;
}

/** The newest verdict on a world. */
async function verdict(world: World) {
  const [row] = await engine.clickhouse.rows<{
    state: string;
    detail: string;
    callers: number;
    failing: number;
    relaxedUntil: number;
    usual: number;
    platform: string;
    issuer: string;
  }>(
    `SELECT toString(state) AS state, detail, callers, failing, toUnixTimestamp(relaxed_until) AS relaxedUntil,
       usual_per_minute AS usual, toString(platform) AS platform, toString(issuer) AS issuer
     FROM {db}.attestation_health_v1 WHERE scope = '${world}' ORDER BY at DESC LIMIT 1`,
  );
  return row;
}

beforeAll(async () => {
  engine = await openEngine('attestation_health');
  health = createAttestationHealth({
    clickhouse: engine.clickhouse,
    clock: manualClock(START * 1000),
    policy: () => policySchema.parse(POLICY),
    log: createLogger('silent'),
  });
  // Two days ago everybody showed a genuine token from home.
  await insert(WORLDS.flatMap((world) => Array.from({ length: PHONES }, (_, i) => call(world, i, START - 2 * DAY))));
  for (let i = 1; i <= QUIET; i++) {
    const end = START + i * WINDOW_S;
    await insert(WORLDS.filter((world) => world !== 'blind').flatMap((world) => quiet(world, end)));
    await health.look(end);
  }
  // What happens in the window after.
  const at = ONSET + 100;
  const phones = Array.from({ length: PHONES }, (_, i) => i);
  const flood = (world: World, n: number) =>
    Array.from({ length: n }, (_, i) =>
      call(world, 5000 + i, at, {
        'client.address': `198.${i % 200}.${(i * 7) % 200}.${i % 250}`,
        'user.id': undefined,
        'device.id': `new-${i}`,
        'attestation.status': 'failed',
      }),
    );
  const fromElsewhere = (i: number) => ({ 'client.address': `203.${i % 200}.7.9` });
  await insert([
    ...phones.map((i) => call('outage', i, at, i % 10 === 0 ? {} : missing)),
    // Stolen accounts called from elsewhere, without the app.
    ...phones.map((i) => call('stolen', i, at, i < 70 ? { ...missing, ...fromElsewhere(i) } : {})),
    // Many new installations with forged tokens; everybody else is well.
    ...phones.map((i) => call('flood', i, at)),
    ...flood('flood', 3000),
    // An outage, and the flood beside it.
    ...phones.map((i) => call('both', i, at, missing)),
    ...flood('both', 3000),
    // Tokens fail and sign-ins fail.
    ...phones.flatMap((i) => [
      call('stuffing', i, at, missing),
      ...(i % 3 === 0
        ? [
            call('stuffing', i, at, {
              ...missing,
              'url.path': '/v1/login',
              'http.request.method': 'POST',
              'http.response.status_code': 401,
            }),
          ]
        : []),
    ]),
    // As the outage, but nobody has seen a quiet day of it.
    ...phones.map((i) => call('blind', i, at, missing)),
    // A third of the cohort are installations of one man, older than a day, of networks of their own: he lets them fail.
    ...phones.map((i) => call('farm', i, at, i < FARM ? missing : {})),
    // All phones of one network: a proxy in that office, not an outage.
    ...phones.map((i) => call('office', i, at, { 'client.address': `10.1.0.${i}`, ...(i < 60 ? missing : {}) })),
  ]);
  await health.look(ONSET + WINDOW_S);
}, 240_000);
afterAll(() => engine.close());

describe('failing tokens of callers with a genuine history', () => {
  it('are an outage when they behave as ever, with a limit in time and rate', async () => {
    expect(await verdict('outage')).toMatchObject({
      state: 'outage',
      platform: 'android',
      issuer: 'app',
      callers: PHONES,
      failing: (PHONES * 9) / 10,
      relaxedUntil: ONSET + WINDOW_S + 3600,
    });
    expect((await verdict('outage'))?.usual).toBeCloseTo(PHONES / 5, 0);
  });

  it('are an attack when they come from networks that these callers never used', async () => {
    expect(await verdict('stolen')).toMatchObject({ state: 'attack', relaxedUntil: 0 });
    expect((await verdict('stolen'))?.detail).toContain('networks that they never used');
  });

  it('are an attack when sign-ins fail too', async () => {
    expect(await verdict('stuffing')).toMatchObject({ state: 'attack', relaxedUntil: 0 });
  });

  it('are no outage when one network has them all', async () => {
    expect(await verdict('office')).toMatchObject({ state: 'normal', failing: 60 });
  });
});

describe('an outage of which no quiet day is known', () => {
  it('relaxes nobody', async () => {
    expect(await verdict('blind')).toMatchObject({ state: 'learning', failing: PHONES, relaxedUntil: 0 });
  });
});

describe('a flood of failing tokens from new installations', () => {
  it('counts for nothing: it cannot make an outage', async () => {
    expect(await verdict('flood')).toMatchObject({ state: 'normal', callers: PHONES, failing: 0, relaxedUntil: 0 });
  });
  it('does not hide a real outage either', async () => {
    expect(await verdict('both')).toMatchObject({ state: 'outage', callers: PHONES, failing: PHONES });
  });
});

describe('installations of an attacker’s own, older than a day, that are a third of a small cohort', () => {
  it('make an outage when he lets them fail: the cohort is relaxed, as he behaves as ever', async () => {
    expect(await verdict('farm')).toMatchObject({ state: 'outage', callers: PHONES, failing: FARM });
  });

  it('gain that their missing token is not held against them, at no more than the cohort’s rate and for its time', async () => {
    const relaxation = await openRelaxation();
    const policyNow = compilePolicy(policySchema.parse(POLICY));
    let relaxed = 0;
    // Each of them once a second, for ten minutes.
    for (let s = 0; s < 600; s++) {
      for (let i = 0; i < FARM; i++) {
        if (relaxation.relaxes(asked('farm', `farm-user-${i}`), policyNow, (ONSET + WINDOW_S + s) * 1000)) relaxed++;
      }
    }
    const usual = (await verdict('farm'))?.usual ?? 0;
    expect(relaxed).toBeGreaterThan(usual * 10);
    expect(relaxed).toBeLessThan(usual * 1.5 * 10 + usual);
    // Installations without a history gain nothing, nor does anybody once its time is over.
    const later = (ONSET + WINDOW_S + 1200) * 1000;
    expect(relaxation.relaxes(asked('farm', 'farm-new-1'), policyNow, later)).toBe(false);
    const over = (ONSET + WINDOW_S + 3601) * 1000;
    expect(relaxation.relaxes(asked('farm', 'farm-user-1'), policyNow, over)).toBe(false);
  });
});

describe('a decision over HTTP during an outage', () => {
  const at = (ONSET + WINDOW_S + 60) * 1000;
  const secret = Buffer.alloc(32, 1);
  const token = (more: object, key = secret) => hs256({ exp: at / 1000 + 300, ...more }, key);
  const identity = identityOf({ issuers: [{ name: 'app', keys: [{ secret_base64: secret.toString('base64') }] }] });
  const policy = policyOf({ ...POLICY, mode: 'enforce', holdout: 0, attestation: 'require' });
  const snapshot = snapshotOf([{ scope: 'outage', kind: 'user', id: 'outage-user-5', score: 55 }], {
    curve: GENUINE_CURVE,
  });
  const app = (clock: Clock, relaxation: Relaxation) =>
    openDecisionApp({
      policy: () => policy,
      snapshot: () => snapshot,
      identity: () => identity,
      clock,
      relaxation,
    }).app;
  const ask = async (
    decisions: ReturnType<typeof app>,
    world: World,
    user: string,
    headers: Record<string, string> = {},
    path = '/v1/items',
  ) => {
    const answer = await decisions.inject({
      method: 'POST',
      url: '/access/v1/evaluation',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      payload: {
        subject: { type: 'user', id: user },
        action: { name: 'GET' },
        resource: { type: 'route', id: path },
        context: {
          ip: '10.3.0.7',
          host: `${world}.example.com`,
          user_agent: 'App/3.1',
          headers: { accept: '*/*', ...headers },
        },
      },
    });
    const { decision, context } = answer.json<{
      decision: boolean;
      context: { outcome: string; reasons: { code: string }[] };
    }>();
    return { decision, outcome: context.outcome, codes: context.reasons.map(({ code }) => code) };
  };

  it('lets callers of the failing cohort through where a token is required, says why, and nobody else', async () => {
    const clock = manualClock(at - 60_000);
    const relaxation = await openRelaxation();
    const decisions = app(clock, relaxation);
    // The bucket of relaxed requests begins to fill with the first question.
    await ask(decisions, 'outage', 'outage-user-1');
    clock.set(at);
    expect(await ask(decisions, 'outage', 'outage-user-3')).toEqual({
      decision: true,
      outcome: 'allow',
      codes: ['attestation.no_token'],
    });
    // The keys of the issuer have changed: its tokens verify no more.
    const rotated = { 'approov-token': token({ did: 'p3' }, Buffer.alloc(32, 2)) };
    expect(await ask(decisions, 'outage', 'outage-user-3', rotated)).toMatchObject({
      decision: true,
      outcome: 'allow',
    });
    expect(await ask(decisions, 'outage', 'somebody-new')).toMatchObject({ decision: false, outcome: 'challenge' });
    expect(await ask(decisions, 'outage', 'somebody-new', rotated)).toMatchObject({
      decision: false,
      outcome: 'block',
    });
    for (const world of ['stolen', 'stuffing', 'flood'] as const) {
      expect([world, await ask(decisions, world, `${world}-user-3`)]).toMatchObject([
        world,
        { decision: false, outcome: 'challenge' },
      ]);
    }
    // Behaviour counts as ever.
    expect(await ask(decisions, 'outage', 'outage-user-5')).toMatchObject({ decision: false, outcome: 'block' });
    // A deed is no outage: an unreadable token, one of another algorithm.
    const unreadable = { 'approov-token': 'a.b.c' };
    expect(await ask(decisions, 'outage', 'outage-user-3', unreadable)).toMatchObject({ outcome: 'block' });
    clock.set((ONSET + WINDOW_S + 3601) * 1000);
    expect(await ask(decisions, 'outage', 'outage-user-3')).toMatchObject({ decision: false, outcome: 'challenge' });
    await decisions.close();
  });
});

describe('a decision process', () => {
  const now = (ONSET + WINDOW_S) * 1000;
  const policy = (more: PolicyInput = {}) => compilePolicy(policySchema.parse({ ...POLICY, ...more }));
  const open = (at = now) => openRelaxation(at);

  it('knows a caller by its pseudonym of before while the key is being replaced, and by no other kind of id', async () => {
    const relaxation = await open();
    const later = now + 60_000;
    const named = (...ids: [EntityRef['kind'], string][]): RequestFacts => ({
      ...asked('outage', ''),
      entities: ids.map(([kind, id]) => ({ kind, id })),
    });
    expect(relaxation.relaxes(named(['user', 'p_new'], ['user', 'outage-user-3']), policy(), later)).toBe(true);
    expect(relaxation.relaxes(named(['user', 'p_new'], ['user', 'p_old']), policy(), later)).toBe(false);
    // Somebody else's session of before does not vouch for a user.
    expect(relaxation.relaxes(named(['user', 'p_new'], ['session', 'outage-user-3']), policy(), later)).toBe(false);
  });

  it('relaxes the callers with a history of the failing cohort, and nobody else', async () => {
    const relaxation = await open();
    const later = now + 60_000;
    const relaxes = (facts: RequestFacts, by = policy()) => relaxation.relaxes(facts, by, later);
    expect(relaxes(asked('outage', 'outage-user-3'))).toBe(true);
    expect(relaxes(asked('outage', 'outage-user-3', 'signature_invalid', 'app'))).toBe(true);
    expect(relaxes(asked('outage', 'outage-user-3', 'signature_invalid', 'other'))).toBe(false);
    // A deed, not an outage.
    for (const code of ['replayed', 'bound_elsewhere', 'rejected', 'malformed', 'algorithm_not_allowed'] as const) {
      expect([code, relaxes(asked('outage', 'outage-user-3', code, 'app'))]).toEqual([code, false]);
    }
    expect(relaxes(asked('both', 'new-17'))).toBe(false);
    expect(relaxes(asked('both', 'both-user-17'))).toBe(true);
    for (const world of ['stolen', 'stuffing', 'flood', 'office', 'blind'] as const) {
      expect([world, relaxes(asked(world, `${world}-user-3`))]).toEqual([world, false]);
    }
    expect(relaxes({ ...asked('outage', 'outage-user-3'), platform: 'ios' })).toBe(false);
    expect(relaxes(asked('outage', 'outage-user-3'), policy({ attestation_outage: { relax: false } }))).toBe(false);
  });

  it('relaxes no more than the cohort usually sends, and nobody once the verdict is old or its time is over', async () => {
    const relaxation = await open();
    const policyNow = policy();
    let relaxed = 0;
    // A hundred a second for a minute, of all callers together.
    for (let i = 0; i < 6000; i++) {
      if (relaxation.relaxes(asked('outage', `outage-user-${i % PHONES}`), policyNow, now + i * 10)) relaxed++;
    }
    const usual = (await verdict('outage'))?.usual ?? 0;
    expect(relaxed).toBeGreaterThan(usual);
    expect(relaxed).toBeLessThan(usual * 1.5 * 1.1 + 2);
    expect(relaxation.relaxes(asked('outage', 'outage-user-3'), policyNow, now + 3_600_001)).toBe(false);
    const late = await open(now + 180_000);
    expect(late.cohorts()).toEqual([]);
    expect(late.relaxes(asked('outage', 'outage-user-3'), policyNow, now + 200_000)).toBe(false);
  });
});

describe('one caller with a genuine history who sends a hundred requests a second in an outage', () => {
  it('takes the relief from nobody else', async () => {
    const relaxation = await openRelaxation();
    const policyNow = compilePolicy(policySchema.parse(POLICY));
    const relaxed = { flooding: 0, others: 0 };
    for (let i = 0; i < 30_000; i++) {
      const at = (ONSET + WINDOW_S) * 1000 + i * 10;
      if (relaxation.relaxes(asked('outage', 'outage-user-0'), policyNow, at)) relaxed.flooding++;
      // As on quiet days: one request of each of the others in five minutes.
      const other = `outage-user-${1 + i / 252}`;
      if (i % 252 === 0 && relaxation.relaxes(asked('outage', other), policyNow, at)) relaxed.others++;
    }
    expect(relaxed.others).toBeGreaterThan(110);
    expect(relaxed.flooding).toBeLessThanOrEqual(20);
  });
});

describe('what happens later', () => {
  it('a silence is no verdict, an outage that turns into an attack is relaxed no more, and one that lasts is exhausted', async () => {
    const second = ONSET + 2 * WINDOW_S;
    const phones = Array.from({ length: PHONES }, (_, i) => i);
    await insert([
      ...phones.map((i) => call('outage', i, second - 100, missing)),
      // Behind the outage somebody begins to use stolen accounts.
      ...phones.map((i) =>
        call('both', i, second - 100, { ...missing, ...(i < 40 ? { 'client.address': `203.${i}.7.9` } : {}) }),
      ),
    ]);
    // Half of the attacker's own installations try passwords.
    const tries = { 'url.path': '/v1/login', 'http.request.method': 'POST', 'http.response.status_code': 401 };
    await insert([
      ...phones.map((i) => call('farm', i, second - 100, i < FARM ? missing : {})),
      ...phones.slice(0, FARM / 2).map((i) => call('farm', i, second - 90, { ...missing, ...tries })),
    ]);
    await health.look(second);
    expect(await verdict('farm')).toMatchObject({ state: 'attack', relaxedUntil: 0 });
    expect(await verdict('outage')).toMatchObject({ state: 'outage', relaxedUntil: ONSET + WINDOW_S + 3600 });
    expect(await verdict('both')).toMatchObject({ state: 'attack', relaxedUntil: 0 });
    // Nobody calls any more in the world of the attack: that is not its end.
    expect(await verdict('stolen')).toMatchObject({ state: 'attack', callers: 0 });

    const late = ONSET + WINDOW_S + 3600;
    await insert(phones.map((i) => call('outage', i, late - 100, missing)));
    await health.look(late);
    expect(await verdict('outage')).toMatchObject({ state: 'exhausted', relaxedUntil: 0 });
    await insert(phones.map((i) => call('outage', i, late + WINDOW_S - 100)));
    await health.look(late + WINDOW_S);
    expect(await verdict('outage')).toMatchObject({ state: 'normal' });
  });
});
