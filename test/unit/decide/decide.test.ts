import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attestation } from '../../../schemas/decision.ts';
import { ATTESTATION_STATUSES, ENTITY_KINDS, type EntityRef, OUTCOMES, type Outcome } from '../../../schemas/event.ts';
import type { PolicyInput } from '../../../schemas/policy.ts';
import { ATTESTATION_CODES } from '../../../schemas/reasons.ts';
import { decide } from '../../../services/decide/decide.ts';
import { createLimits } from '../../../services/decide/limits.ts';
import type { RequestFacts } from '../../../services/decide/question.ts';
import { type FakeRisk, GENUINE_CURVE, NOW, policyOf, snapshotOf } from '../../support/decision-app.ts';
import { attest, TABLE } from '../../support/joining-table.ts';

function facts(more: Partial<RequestFacts> = {}): RequestFacts {
  return {
    id: 'r1',
    method: 'GET',
    path: '/v1/orders',
    host: 'api.example.com',
    scope: 'default',
    address: '203.0.113.9',
    entities: [
      { kind: 'user', id: 'alice' },
      { kind: 'ip', id: '203.0.113.9' },
      { kind: 'net', id: '203.0.113.0/24' },
    ],
    attestation: attest(null),
    platform: '',
    canAttest: null,
    userAgent: '',
    route: 'GET /v1/orders',
    cohort: 'App/ GET /v1/orders',
    ...more,
  };
}

interface Ask {
  policy?: PolicyInput;
  risks?: readonly FakeRisk[];
  request?: Partial<RequestFacts>;
  ageMs?: number;
  basis?: 'genuine' | 'shipped';
  now?: number;
}
function ask({ policy, risks = [], request, ageMs, basis = 'genuine', now = NOW }: Ask) {
  const snapshot = snapshotOf(risks, {
    ...(basis === 'genuine' ? { curve: GENUINE_CURVE } : {}),
    ...(ageMs === undefined ? {} : { ageMs }),
  });
  return decide(facts(request), snapshot, policyOf({ mode: 'enforce', holdout: 0, ...policy }), now, createLimits());
}

const user = (score: number, held: 0 | 1 | 2 = 0): FakeRisk => ({ kind: 'user', id: 'alice', score, held });
const ip = (score: number, held: 0 | 1 | 2 = 0): FakeRisk => ({ kind: 'ip', id: '203.0.113.9', score, held });

describe('a token that is known by itself', () => {
  const token = { kind: 'session', id: 't_farmed' } as const;
  const request = { token, attestation: attest('genuine') };
  const risky = (score: number, held: 0 | 1 | 2 = 0): FakeRisk => ({ kind: 'session', id: token.id, score, held });

  it('carries the risk of the request, as a session does, and may block alone', () => {
    const { context } = ask({ risks: [risky(45), user(3)], request });
    expect(context).toMatchObject({ outcome: 'block', risk: 45, entity: token });
    // Whoever is refused for it, its own refusals are held, not those of the session beside it.
    expect(context.id).toBe('r1-t');
    expect(ask({ risks: [risky(0, 1)], request }).context).toMatchObject({ outcome: 'challenge', risk: 30 });
  });

  it('is refused by an override of its name, and nobody is let in by one', () => {
    const by = (outcome: Outcome) => ({
      overrides: [{ entity: token, outcome, until: new Date(NOW + 60_000).toISOString(), reason: 'farmed' }],
    });
    expect(ask({ policy: by('block'), request }).context.outcome).toBe('block');
    expect(ask({ policy: by('allow'), risks: [user(45)], request }).context.outcome).toBe('block');
  });

  it('is not the caller: limits and rollout go by the others', () => {
    const limits = [
      { name: 'few', match: { path: '/*' }, by: 'session' as const, rate: '1/h', burst: 1, outcome: 'block' as const },
    ];
    const state = createLimits();
    const again = () => decide(facts(request), snapshotOf([]), policyOf({ mode: 'enforce', limits }), NOW, state);
    expect([again(), again()].map(({ context }) => context.outcome)).toEqual(['allow', 'allow']);
  });
});

describe('ordinary life', () => {
  const at = (...risks: FakeRisk[]) => ask({ risks }).context.risk;

  it('of the caller or of its address weighs against what is odd of either', () => {
    expect(at(user(45))).toBe(45);
    expect(at(user(45), ip(-12))).toBe(33);
    expect(at(user(-12), ip(45))).toBe(33);
    expect(at(user(-12), ip(-30))).toBe(0);
  });

  it('of a quiet entity is not hidden by one that is not known yet, and the loudest of those known speaks', () => {
    const session = (score: number): FakeRisk => ({ kind: 'session', id: 's', score, held: 0 });
    const entities = [{ kind: 'session', id: 's' } as const, ...facts().entities];
    const risk = (...risks: FakeRisk[]) => ask({ risks, request: { entities } }).context.risk;
    expect(risk(user(-12), ip(45))).toBe(33);
    expect(risk(user(-12), session(-4), ip(45))).toBe(41);
  });

  it('leaves rules and holding as they are', () => {
    expect(ask({ risks: [user(-20, 2)] }).context.outcome).toBe('block');
    const failed = ask({
      risks: [user(-20)],
      policy: { attestation: 'require' },
      request: { attestation: attest('failed') },
    });
    expect(failed.context.outcome).toBe('block');
  });
});

describe('the joining table', () => {
  it.each(TABLE)('%s, %s: the most severe of rule and risk wins', (attestation, status, calm, odd, bad) => {
    const at = (score: number) =>
      ask({ policy: { attestation }, risks: score > 0 ? [user(score)] : [], request: { attestation: attest(status) } })
        .context.outcome;
    expect([at(0), at(35), at(45)]).toEqual([calm, odd, bad]);
  });

  it.each(OUTCOMES)('the answers to failed, missing and no attestation are the policy’s (%s)', (outcome) => {
    const policy: PolicyInput = {
      attestation: 'require',
      on_failed_attestation: outcome,
      on_missing_attestation: outcome,
      on_no_attestation: outcome,
    };
    for (const status of ['failed', 'missing', 'none', null] as const) {
      expect(ask({ policy, request: { attestation: attest(status) } }).context.outcome).toBe(outcome);
    }
  });

  it('a route says for itself what it will, and the rest falls to the top level', () => {
    const policy: PolicyInput = {
      routes: [
        { match: { method: 'POST', path: '/v1/auth/*' }, attestation: 'require' },
        { match: { path: '/v1/search' }, budgets: { challenge: 0.2, block: 0.1 } },
        { match: { path: '/v1/*' }, mode: 'shadow' },
      ],
    };
    const on = (method: string, path: string, risks: FakeRisk[] = []) =>
      ask({ policy, risks, request: { method, path, attestation: attest('failed') } });
    expect(on('POST', '/v1/auth/login').context.outcome).toBe('block');
    expect(on('POST', '//v1/./auth/%6cogin').context.outcome).toBe('block');
    expect(on('GET', '/v1/auth/login')).toMatchObject({
      decision: true,
      context: { outcome: 'challenge', mode: 'shadow' },
    });
    expect(on('GET', '/v1/search').context.outcome).toBe('block');
  });
});

describe('risk', () => {
  it('adds what shared entities show, and is carried by the largest part', () => {
    const { context } = ask({ risks: [user(12), ip(20)] });
    expect(context).toMatchObject({ outcome: 'challenge', risk: 32, entity: { kind: 'ip' } });
    expect(ask({}).context).toMatchObject({ risk: 0, entity: null, id: 'r1-x', reasons: [] });
  });

  it('lifts a held refusal to the line that it crossed, and not beyond', () => {
    expect(ask({ risks: [user(5, 1)] }).context).toMatchObject({ outcome: 'challenge', risk: 30 });
    expect(ask({ risks: [user(5, 2), ip(8)] }).context).toMatchObject({ outcome: 'block', risk: 40, id: 'r1-u' });
    expect(ask({ risks: [user(55, 2)] }).context.risk).toBe(55);
  });

  it('is held for who crossed the line alone, else for the caller, and the id says for whom', () => {
    const idOf = (risks: FakeRisk[], more: Partial<Ask> = {}) => ask({ risks, ...more }).context.id;
    expect(idOf([user(35)])).toBe('r1-u');
    expect(idOf([user(3), ip(35)])).toBe('r1-i');
    // The address did not cross it alone: neighbours have nothing to do with this caller.
    expect(idOf([user(12), ip(20)])).toBe('r1-u');
    expect(idOf([ip(28)], { request: { attestation: attest('missing') } })).toBe('r1-u');
    const nobody = { request: { entities: facts().entities.filter(({ kind }) => kind === 'ip' || kind === 'net') } };
    expect(idOf([ip(35)], nobody)).toBe('r1-i');
    // Below the line, and where a rule, a limit, an override or staleness refused, nobody is held.
    expect(idOf([user(12)])).toBe('r1-x');
    const byRule = { policy: { attestation: 'require' }, request: { attestation: attest('failed') } } as const;
    expect(idOf([ip(12)], byRule)).toBe('r1-x');
    expect(idOf([user(35)], { ageMs: 600_000 })).toBe('r1-x');
  });

  it('held for a shared entity refuses its unknown neighbours, not those whom token or ordinary life vouches for', () => {
    const genuine = { attestation: attest('genuine') };
    expect(ask({ risks: [ip(5, 1)] }).context).toMatchObject({ outcome: 'challenge', risk: 30 });
    expect(ask({ risks: [ip(5, 1)], request: genuine }).context).toMatchObject({ outcome: 'allow', risk: 5 });
    expect(ask({ risks: [user(-4), ip(12, 2)] }).context).toMatchObject({ outcome: 'allow', risk: 8 });
    expect(ask({ risks: [user(5, 1), ip(5)], request: genuine }).context.outcome).toBe('challenge');
  });

  it('of a hold alone renews the hold of who is held as the caller, and not that of what callers share', () => {
    expect(ask({ risks: [user(5, 1)] }).context.id).toBe('r1-u');
    expect(ask({ risks: [ip(5, 1)] }).context.id).toBe('r1-x');
    // A genuine app that goes on asking would never get out again.
    const genuine = { attestation: attest('genuine') };
    expect(ask({ risks: [user(5, 1)], request: genuine }).context).toMatchObject({ outcome: 'challenge', id: 'r1-x' });
    expect(ask({ risks: [user(35, 1)], request: genuine }).context.id).toBe('r1-u');
    const entities = facts().entities.filter(({ kind }) => kind === 'ip' || kind === 'net');
    expect(ask({ risks: [ip(5, 1)], request: { entities } }).context.id).toBe('r1-i');
  });

  it('below calibration "genuine" challenges and never blocks, unless the policy trusts it', () => {
    expect(ask({ risks: [user(80)], basis: 'shipped' }).context.outcome).toBe('challenge');
    expect(ask({ risks: [user(80)], basis: 'shipped', policy: { trust_uncalibrated: true } }).context.outcome).toBe(
      'block',
    );
  });

  it('that only shared entities carry challenges a genuine request and never blocks it', () => {
    const request = { attestation: attest('genuine') };
    expect(ask({ risks: [ip(80)], request }).context.outcome).toBe('challenge');
    expect(ask({ risks: [ip(80, 2)], request }).context.outcome).toBe('challenge');
    expect(ask({ risks: [ip(8, 2)], request }).context.outcome).toBe('allow');
    expect(ask({ risks: [ip(80), user(35)], request }).context.outcome).toBe('challenge');
    expect(ask({ risks: [ip(80), user(45)], request }).context.outcome).toBe('block');
    expect(ask({ risks: [ip(80)] }).context.outcome).toBe('block');
  });

  it('of one scope refuses nobody in another', () => {
    expect(ask({ risks: [user(80)], request: { scope: 'shop' } }).context.outcome).toBe('allow');
  });

  it('tells what the cohort of a request does apart from what its caller shows', () => {
    const part = (feature: string, part: number) => [{ feature, value: 10, usual: 1, part }];
    const cohort = { kind: 'cohort', id: 'App/ GET /v1/orders', score: 30, reasons: part('newcomers:1h', 30) } as const;
    const address: FakeRisk = { kind: 'ip', id: '203.0.113.9', score: 5, reasons: part('requests:1m', 5) };
    const { context } = ask({ risks: [address, cohort] });
    expect(context.reasons.map(({ code, entity }) => [code, entity])).toEqual([
      ['campaign.newcomers', null],
      ['behaviour.requests', 'ip:203.0.113.9'],
    ]);
    expect(context.reasons[0]?.evidence).toMatch(/^All callers with this software on this route together: /);
    // Who proves to be a genuine app is none of them.
    expect(ask({ risks: [cohort], request: { attestation: attest('genuine') } }).context.reasons).toEqual([]);
  });

  it('has reasons, most severe first, one a feature, five at most', () => {
    const reasons = ['a:1m', 'a:1h', 'b:1m', 'c:1m', 'd:1m', 'e:1m', 'f:1m'].map((feature, i) => ({
      feature,
      value: 10,
      usual: 1,
      part: 40 - i,
    }));
    const { context } = ask({
      risks: [{ kind: 'user', id: 'alice', score: 45, reasons }],
      request: { attestation: attest('failed') },
    });
    expect(context.reasons.map(({ code }) => code)).toEqual([
      'behaviour.a',
      'behaviour.b',
      'behaviour.c',
      'behaviour.d',
      'behaviour.e',
    ]);
    expect(context.reasons[0]).toMatchObject({
      entity: 'user:alice',
      risk: 40,
      evidence: 'User alice: a is 10 in a minute; usual is up to 1',
    });
    const byRule = ask({
      policy: { attestation: 'require' },
      risks: [user(12)],
      request: { attestation: attest('failed') },
    });
    expect(byRule.context.reasons[0]?.code).toBe('attestation.signature_invalid');
  });
});

describe('holdout and rollout', () => {
  const callers = Array.from({ length: 2000 }, (_, i) => ({ kind: 'user', id: `u${i}` }) satisfies EntityRef);
  const refusedShare = (policy: PolicyInput, score: number, status: Attestation['status'], now = NOW) => {
    const refused = callers.filter(({ kind, id }) => {
      const { context } = ask({
        policy,
        risks: [{ kind, id, score }],
        request: { entities: [{ kind, id }], attestation: attest(status) },
        now,
      });
      return context.outcome !== 'allow';
    });
    return refused.length / callers.length;
  };

  it('spares the share of genuine callers below 60 dB, on behaviour alone', () => {
    expect(refusedShare({ holdout: 0.2 }, 45, 'genuine')).toBeCloseTo(0.8, 1);
    expect(refusedShare({ holdout: 0.2 }, 61, 'genuine')).toBe(1);
    expect(refusedShare({ holdout: 0.2 }, 45, null)).toBe(1);
    expect(refusedShare({ holdout: 1, attestation: 'require' }, 45, 'failed')).toBe(1);
  });

  it('is not told what would have been allowed, nor is who is allowed by an override or on an old snapshot', () => {
    const genuine = { attestation: attest('genuine') };
    const until = new Date(NOW + 3_600_000).toISOString();
    const override = { entity: { kind: 'user', id: 'alice' }, outcome: 'allow', until, reason: 'r' } as const;
    const told = (more: Ask) => {
      const { outcome, reasons } = ask({ risks: [user(45)], request: genuine, ...more }).context;
      return [outcome, reasons.find(({ code }) => code === 'behaviour.requests')?.evidence];
    };
    expect(told({})).toEqual(['block', expect.stringMatching(/line\.$|equal\.$|no reason\.$/)]);
    const short = ['allow', expect.stringMatching(/ before calibration\.$/)];
    expect(told({ policy: { holdout: 1 } })).toEqual(short);
    expect(told({ policy: { overrides: [override] } })).toEqual(short);
    expect(told({ policy: { on_stale: 'allow' }, ageMs: 3_600_000 })).toEqual(short);
  });

  it('spares the same callers all week and others later', () => {
    const spared = (now: number) =>
      ask({ policy: { holdout: 0.5 }, risks: [user(45)], request: { attestation: attest('genuine') }, now }).context
        .outcome;
    const weeks = Array.from({ length: 30 }, (_, week) => spared(NOW + week * 7 * 86_400_000));
    expect(spared(NOW + 3_600_000)).toBe(spared(NOW));
    expect(new Set(weeks).size).toBe(2);
  });

  it('enforces for the share of callers, the same ones each time; the others are in shadow', () => {
    const decisions = callers.map(({ kind, id }) =>
      ask({ policy: { rollout: 0.25 }, risks: [{ kind, id, score: 45 }], request: { entities: [{ kind, id }] } }),
    );
    const enforced = decisions.filter(({ decision }) => !decision);
    expect(enforced.length / callers.length).toBeCloseTo(0.25, 1);
    expect(enforced.every(({ context }) => context.mode === 'enforce')).toBe(true);
    expect(decisions.every(({ context }) => context.outcome === 'block')).toBe(true);
  });

  it('in shadow everybody passes and the outcome says what enforcing would answer', () => {
    expect(ask({ policy: { mode: 'shadow' }, risks: [user(45)] })).toMatchObject({
      decision: true,
      context: { outcome: 'block', mode: 'shadow', ttl_ms: 0 },
    });
  });
});

describe('a stale snapshot', () => {
  it.each(OUTCOMES)('answers what the policy says (%s) instead of risk, and says so', (outcome) => {
    const { context } = ask({
      policy: { on_stale: outcome, max_snapshot_age: '30s' },
      risks: [user(45)],
      ageMs: 30_001,
    });
    expect(context.outcome).toBe(outcome);
    expect(context.risk).toBe(45);
    expect(context.reasons.map(({ code }) => code)).toContain('stale');
  });
  it('is served without a word up to the limit', () => {
    expect(ask({ policy: { max_snapshot_age: '30s' }, ageMs: 30_000 }).context.reasons).toEqual([]);
  });
  it('leaves rules as they are, and a route may say otherwise', () => {
    const policy: PolicyInput = {
      attestation: 'require',
      routes: [{ match: { path: '/v1/pay' }, on_stale: 'block' }],
    };
    expect(ask({ policy, ageMs: 99_000, request: { attestation: attest('failed') } }).context.outcome).toBe('block');
    expect(ask({ policy, ageMs: 99_000, request: { path: '/v1/pay' } }).context.outcome).toBe('block');
  });
});

describe('an override', () => {
  const until = new Date(NOW + 3_600_000).toISOString();
  const override = (kind: EntityRef['kind'], id: string, outcome: Outcome, scope?: string): PolicyInput => ({
    attestation: 'require',
    overrides: [{ entity: { kind, id }, outcome, until, reason: 'test', ...(scope === undefined ? {} : { scope }) }],
  });
  const bad: Ask = { risks: [user(45), ip(45)], request: { attestation: attest('failed') } };

  it.each([
    ['user', 'alice'],
    ['ip', '203.0.113.9'],
    ['ip', '203.0.113.8/31'],
    ['net', '203.0.0.0/16'],
    ['net', '0.0.0.0/0'],
    ['ip', '::ffff:203.0.113.9'],
  ] as const)('on %s:%s replaces rule, limit and risk', (kind, id) => {
    const { context } = ask({ ...bad, policy: override(kind, id, 'allow') });
    expect(context.outcome).toBe('allow');
    expect(context.reasons[0]).toMatchObject({ code: 'override', entity: `${kind}:${id}` });
    expect(context.risk).toBeGreaterThan(40);
    expect(ask({ policy: override(kind, id, 'block') }).context.outcome).toBe('block');
  });

  it('covers a single IPv6 address within its /64', () => {
    const v6 = (address: string) => ({
      address,
      entities: [{ kind: 'ip' as const, id: '2001:db8:1:2::/64' }],
    });
    const policy = override('ip', '2001:db8:1:2::7', 'block');
    expect(ask({ policy, request: v6('2001:db8:1:2::7') }).context.outcome).toBe('block');
    expect(ask({ policy, request: v6('2001:db8:1:2::8') }).context.outcome).toBe('allow');
    expect(
      ask({ policy: override('net', '2001:db8::/33', 'block'), request: v6('2001:db8:1:2::8') }).context.outcome,
    ).toBe('block');
  });

  it('ends at its time, keeps to its scope, and the first of several wins', () => {
    expect(ask({ policy: override('user', 'alice', 'block'), now: NOW + 3_600_000 }).context.outcome).toBe('allow');
    expect(ask({ policy: override('user', 'alice', 'block', 'shop') }).context.outcome).toBe('allow');
    expect(ask({ policy: override('user', 'alice', 'block', 'default') }).context.outcome).toBe('block');
    const two = [
      ...(override('net', '203.0.113.0/24', 'allow').overrides ?? []),
      ...(override('user', 'alice', 'block').overrides ?? []),
    ];
    expect(ask({ policy: { overrides: two } }).context.outcome).toBe('allow');
  });

  it('lends its allow no longer than it lasts', () => {
    expect(ask({ policy: override('user', 'alice', 'allow'), now: NOW + 3_599_400 }).context.ttl_ms).toBe(600);
  });
});

describe('an answer may be reused', () => {
  const ip = { kind: 'ip' as const, id: '203.0.113.9' };
  const ttlOf = (request: Partial<RequestFacts>, risks: readonly FakeRisk[] = []) =>
    ask({ request: { entities: [ip], ...request }, risks }).context.ttl_ms;

  it('for five seconds where nothing can be revoked, and for one where something can, or risk is near', () => {
    expect(ttlOf({})).toBe(5000);
    expect(ttlOf({ attestation: attest('none') })).toBe(5000);
    expect(ttlOf({}, [{ ...ip, score: 25 }])).toBe(1000);
    for (const kind of ['user', 'session', 'device'] as const) {
      expect(ttlOf({ entities: [{ kind, id: 'x' }, ip] })).toBe(1000);
    }
    expect(ttlOf({ attestation: attest('genuine') })).toBe(1000);
    expect(ttlOf({ pending: true })).toBe(1000);
  });
});

describe('a limit', () => {
  const policy = policyOf({
    mode: 'enforce',
    limits: [{ name: 'search', match: { path: '/v1/search' }, by: 'ip', rate: '60/m', burst: 3, outcome: 'challenge' }],
  });
  const snapshot = snapshotOf([], { curve: GENUINE_CURVE });

  it('lets the burst pass, then the rate, by entity, on its route alone', () => {
    const limits = createLimits();
    const at = (now: number, request: Partial<RequestFacts> = {}) =>
      decide(facts({ path: '/v1/search', ...request }), snapshot, policy, now, limits).context;
    expect([0, 1, 2].map(() => at(NOW).outcome)).toEqual(['allow', 'allow', 'allow']);
    expect(at(NOW)).toMatchObject({
      outcome: 'challenge',
      reasons: [{ code: 'limit.search', entity: 'ip:203.0.113.9', risk: 0 }],
    });
    expect(at(NOW, { entities: [{ kind: 'ip', id: '203.0.113.10' }] }).outcome).toBe('allow');
    expect(at(NOW, { scope: 'shop' }).outcome).toBe('allow');
    expect(at(NOW, { path: '/v1/orders' }).outcome).toBe('allow');
    expect(at(NOW + 999).outcome).toBe('challenge');
    expect(at(NOW + 2000).outcome).toBe('allow');
    expect(at(NOW + 2000).ttl_ms).toBe(0);
  });

  it('keeps its memory bounded whoever asks', () => {
    const limits = createLimits(100);
    const [limit] = policy.settingsOf({ method: 'GET', host: '', path: '/v1/search' }).limits;
    if (limit === undefined) throw new Error('the limit is missing');
    for (let i = 0; i < 10_000; i++) expect(limits.take(limit, `ip${i}`, NOW)).toBe(true);
    for (let i = 0; i < 3; i++) limits.take(limit, 'loud', NOW);
    expect(limits.take(limit, 'loud', NOW)).toBe(false);
    // A clock that is set back gives nothing.
    expect(limits.take(limit, 'loud', NOW - 100_000)).toBe(false);
  });
});

describe('for any request', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 40 });
  const anyEntities = fc.uniqueArray(
    fc.record({ kind: fc.constantFrom(...ENTITY_KINDS), id: fc.string({ minLength: 1, maxLength: 20 }) }),
    {
      selector: ({ kind }) => kind,
    },
  );
  const anyFacts = fc.record({
    id: anyText,
    method: anyText,
    path: anyText,
    host: anyText,
    scope: fc.constantFrom('default', 'shop'),
    address: fc.oneof(anyText, fc.ipV4(), fc.ipV6()),
    entities: anyEntities,
    attestation: fc.record({
      status: fc.constantFrom(...ATTESTATION_STATUSES, null),
      code: fc.constantFrom(...ATTESTATION_CODES),
      issuer: fc.option(anyText),
    }),
    platform: anyText,
    canAttest: fc.option(fc.boolean()),
    userAgent: anyText,
    route: anyText,
    cohort: anyText,
  });
  const anyPolicy = fc
    .record({
      mode: fc.constantFrom('shadow' as const, 'enforce' as const),
      attestation: fc.constantFrom('require' as const, 'observe' as const, 'off' as const),
      trust_uncalibrated: fc.boolean(),
      holdout: fc.constantFrom(0, 0.5, 1),
      on_stale: fc.constantFrom(...OUTCOMES),
    })
    .map((policy) => policyOf(policy));

  it('never throws, and its risk rises strictly with the score while severity never falls', () => {
    fc.assert(
      fc.property(
        anyFacts,
        anyPolicy,
        fc.tuple(fc.double({ min: 0, max: 200, noNaN: true }), fc.double({ min: 0.001, max: 50, noNaN: true })),
        fc.boolean(),
        (request, policy, [score, more], genuine) => {
          const withScore = (s: number) =>
            decide(
              request,
              snapshotOf(
                request.entities.map(({ kind, id }) => ({ scope: request.scope, kind, id, score: s })),
                genuine ? { curve: GENUINE_CURVE } : {},
              ),
              policy,
              NOW,
              createLimits(),
            ).context;
          const low = withScore(score);
          const high = withScore(score + more);
          expect(low.risk).toBeGreaterThanOrEqual(0);
          if (request.entities.length > 0) expect(high.risk).toBeGreaterThan(low.risk);
          expect(OUTCOMES.indexOf(high.outcome)).toBeGreaterThanOrEqual(OUTCOMES.indexOf(low.outcome));
          expect(high.reasons.length).toBeLessThanOrEqual(5);
          if (low.outcome !== 'allow') expect(low.ttl_ms).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
