import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { policySchema } from '../../../schemas/policy.ts';
import { createRevocationMemory } from '../../../services/decide/caller-state/revocations.ts';
import { policyWarnings } from '../../../services/decide/policy-check.ts';
import type { SnapshotView } from '../../../services/decide/question.ts';
import { manualClock } from '../../../shared/clock.ts';
import { challengeParts } from '../../support/challenge.ts';
import {
  type FakeRisk,
  GATEWAY_KEY,
  GENUINE_CURVE,
  NOW,
  openDecisionApp,
  policyOf,
  snapshotOf,
} from '../../support/decision-app.ts';
import { identityOf, keysOf } from '../../support/identity.ts';
import { dpop, signer } from '../../support/signers.ts';
import { bindingOf, hs256 } from '../../support/tokens.ts';

const SECRET = Buffer.alloc(32, 1);
const MINUTE = 60_000;
const attester = signer('ES256');
const phone = signer('ES256');
const keys = [{ secret_base64: SECRET.toString('base64') }];
const parts = challengeParts();
const identity = identityOf(
  {
    issuers: [
      { name: 'app', keys },
      { name: 'login', proves: 'who', keys, audience: 'api' },
      { name: 'wallet', preset: 'oauth_client_attestation', jwks_file: 'a.json', proof: { audience: 'https://api' } },
      {
        name: 'listed',
        header: 'Listed-Token',
        keys,
        binding: { header: ['Authorization', 'Attestation-Nonce'], required: true },
      },
      {
        name: 'strict',
        header: 'Strict-Token',
        jwks_file: 'a.json',
        proof: { nonce_secret_base64: Buffer.alloc(32, 3).toString('base64') },
      },
    ],
  },
  { wallet: keysOf(attester.jwk), strict: keysOf(attester.jwk) },
  { hooks: parts.hooks },
);
const base = { mode: 'enforce', holdout: 0 } as const;
const usual = policyOf({
  ...base,
  routes: [{ match: { path: '/v1/pay' }, attestation: 'require' }],
  limits: [{ name: 'search', match: { path: '/v1/search' }, by: 'ip', rate: '1/h', burst: 1, outcome: 'challenge' }],
  overrides: [
    {
      entity: { kind: 'ip', id: '192.0.2.77' },
      outcome: 'challenge',
      until: new Date(NOW + 9e10).toISOString(),
      reason: 'x',
    },
  ],
});
let policy = usual;
let view: SnapshotView;
const risks = (...of: FakeRisk[]) => {
  view = snapshotOf(of, { curve: GENUINE_CURVE });
};
let clock = manualClock(NOW);
const revocations = createRevocationMemory();
const { app, metrics } = openDecisionApp({
  policy: () => policy,
  snapshot: () => view,
  identity: () => identity,
  clock: { now: () => clock.now() },
  challenges: parts.challenges,
  revocations,
});
afterAll(() => app.close());

/** Callers of one test are nobody's of another: what was met stays met. */
let n = 0;
let who = { user: '', device: '', ip: '' };
beforeEach(() => {
  n++;
  who = { user: `user-${n}`, device: `phone-${n}`, ip: `192.0.2.${n}` };
  clock = manualClock(NOW + n * 10 * 86_400_000);
  policy = usual;
  risks({ kind: 'user', id: who.user, score: 35 });
});
const advance = (ms: number) => clock.set(clock.now() + ms);
const seconds = () => Math.floor(clock.now() / 1000);

interface Answered {
  outcome: string;
  decision: boolean;
  codes: string[];
  status: string | null;
  result: string | undefined;
  nonce: string;
}
async function ask(headers: Record<string, string> = {}, more: { user?: string; path?: string; ip?: string } = {}) {
  const { user = who.user, path = '/v1/orders', ip = who.ip } = more;
  const answer = await app.inject({
    method: 'POST',
    url: '/access/v1/evaluation',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    payload: {
      subject: user === '' ? { type: 'anonymous', id: 'anonymous' } : { type: 'user', id: user },
      action: { name: 'GET' },
      resource: { type: 'route', id: path },
      context: { ip, host: 'api', scheme: 'https', headers },
    },
  });
  const { decision, context } = answer.json();
  return {
    decision,
    outcome: context.outcome,
    codes: context.reasons.map(({ code }: { code: string }) => code),
    status: context.attestation.status,
    result: context.challenge?.result,
    nonce: context.challenge?.nonce ?? '',
  } satisfies Answered;
}

const token = (claims: Record<string, unknown> = {}) =>
  hs256({ exp: seconds() + 300, iat: seconds(), jti: randomUUID(), did: who.device, ...claims }, SECRET);
const app_ = (claims: Record<string, unknown> = {}, headers: Record<string, string> = {}) => ({
  'approov-token': token(claims),
  ...headers,
});
const counted = (result: string) =>
  Number(new RegExp(`bonafide_challenges_total\\{result="${result}"\\} (\\d+)`).exec(metrics.text())?.[1] ?? 0);

/** A challenge, and the nonce that it asks for. */
async function challenged(headers: Record<string, string> = app_(), more: Parameters<typeof ask>[1] = {}) {
  const answer = await ask(headers, more);
  expect(answer).toMatchObject({ decision: false, outcome: 'challenge', result: 'unmet' });
  expect(answer.nonce).toMatch(/^[A-Za-z0-9_-]{52}$/);
  return answer.nonce;
}

describe('a challenge', () => {
  it('is met by a fresh token that holds the nonce, and others are lifted for a quarter of an hour, blocks never', async () => {
    const nonce = await challenged();
    advance(2000);
    expect(await ask(app_({ nonce }))).toMatchObject({
      decision: true,
      outcome: 'allow',
      result: 'met',
      status: 'genuine',
      codes: ['challenge.met', 'behaviour.requests'],
    });
    expect(counted('met')).toBeGreaterThan(0);
    // The same token again, and one without the nonce: this caller is let be.
    advance(15 * MINUTE - 1);
    expect(await ask(app_())).toMatchObject({ outcome: 'allow', result: undefined });
    risks({ kind: 'user', id: who.user, score: 45 });
    expect(await ask(app_())).toMatchObject({ decision: false, outcome: 'block' });
    risks({ kind: 'user', id: who.user, score: 35 });
    advance(1);
    await challenged();
  });

  it.each([
    ['a list in an EAT', (nonce: string) => app_({ eat_nonce: ['other', nonce] })],
    ['the hash of a header', (nonce: string) => app_({ pay: bindingOf(nonce) }, { 'attestation-nonce': nonce })],
    [
      'the hash of the user’s header and the nonce behind it',
      (nonce: string) =>
        app_({ pay: bindingOf(`Bearer x${nonce}`) }, { authorization: 'Bearer x', 'attestation-nonce': nonce }),
    ],
    [
      'the hash of headers of which the credentials name the nonce’s',
      (nonce: string) => ({
        'listed-token': token({ pay: bindingOf(`Bearer x${nonce}`) }),
        authorization: 'Bearer x',
        'attestation-nonce': nonce,
      }),
    ],
    ['the proof of an OAuth client attestation', (nonce: string) => wallet({ challenge: nonce })],
    ['that of an older draft', (nonce: string) => wallet({ nonce })],
    ['a DPoP proof by the attested key', (nonce: string) => strict({ nonce })],
  ])('is met by %s', async (_way, headers) => {
    const nonce = await challenged({});
    advance(2000);
    expect(await ask(headers(nonce))).toMatchObject({ outcome: 'allow', result: 'met', status: 'genuine' });
    expect(await ask(headers(nonce))).toMatchObject({ outcome: 'allow', result: undefined });
  });

  it('is met through nginx, which hands the nonce on and logs what became of it', async () => {
    const question = (headers: Record<string, string>) =>
      app.inject({
        url: '/gateway/nginx',
        headers: {
          'x-bonafide-key': GATEWAY_KEY,
          'x-original-method': 'GET',
          'x-original-uri': '/v1/orders',
          'x-real-ip': who.ip,
          'x-bonafide-user': who.user,
          ...headers,
        },
      });
    const refused = await question(app_());
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['x-bonafide-challenge']).toBe('unmet');
    const asked = /^Attestation realm="bonafide", challenge="[^"]+-u", nonce="([A-Za-z0-9_-]{52})"$/;
    const nonce = asked.exec(String(refused.headers['www-authenticate']))?.[1];
    expect(nonce).toBeDefined();
    const met = await question(app_({ nonce }));
    expect([met.statusCode, met.headers['x-bonafide-challenge']]).toEqual([200, 'met']);
    const after = await question(app_());
    expect([after.statusCode, after.headers['x-bonafide-challenge']]).toEqual([200, undefined]);
  });

  it('is lifted whoever asks for it: risk, a rule, a limit, an override', async () => {
    const nonce = await challenged(app_(), { path: '/v1/orders' });
    expect((await ask(app_({ nonce }))).result).toBe('met');
    // By user: the installation is not named, so the caller is another one.
    await challenged({}, { path: '/v1/pay' });
    for (let i = 0; i < 3; i++) expect((await ask(app_(), { path: '/v1/search' })).outcome).toBe('allow');
    expect((await ask(app_(), { ip: '192.0.2.77' })).codes).toEqual(
      expect.arrayContaining(['challenge.met', 'override']),
    );
  });

  it('is lifted without a token too, for a user whose tokens name no installation', async () => {
    risks({ kind: 'user', id: who.user, score: 25 });
    const nonce = await challenged({ 'approov-token': '' }, { path: '/v1/pay' });
    const anonymous = { 'approov-token': hs256({ exp: seconds() + 300, iat: seconds(), nonce }, SECRET) };
    expect((await ask(anonymous, { path: '/v1/pay' })).result).toBe('met');
    expect((await ask({ 'approov-token': '' }, { path: '/v1/pay' })).outcome).toBe('allow');
    // Evidence of now: a forged token is no forgotten one.
    const forged = hs256({ exp: seconds() + 300 }, Buffer.alloc(32, 9));
    expect((await ask({ 'approov-token': forged })).outcome).toBe('challenge');
  });

  it('is not lifted for others behind the address of a visitor who met one', async () => {
    const visitor = { user: '', path: '/v1/pay' };
    const nonce = await challenged({ 'approov-token': '' }, visitor);
    const anonymous = { 'approov-token': hs256({ exp: seconds() + 300, iat: seconds(), nonce }, SECRET) };
    risks({ kind: 'ip', id: who.ip, score: 25 });
    expect(await ask(anonymous, visitor)).toMatchObject({ outcome: 'allow', result: 'met' });
    expect((await ask(anonymous, visitor)).outcome).toBe('allow');
    expect((await ask({ 'approov-token': '' }, visitor)).outcome).toBe('challenge');
    risks({ kind: 'ip', id: who.ip, score: 35 });
    expect((await ask(anonymous, visitor)).codes[0]).toBe('challenge.met');
    expect((await ask({}, { user: '' })).outcome).toBe('challenge');
  });

  it('is not lifted for whoever is named beside the caller', async () => {
    const nonce = await challenged();
    expect((await ask(app_({ nonce }))).result).toBe('met');
    const user = (sub: string) => hs256({ exp: seconds() + 300, aud: 'api', sub }, SECRET);
    const two = { authorization: `Bearer ${user(who.user)}, Bearer ${user('somebody-else')}` };
    risks({ kind: 'user', id: 'somebody-else', score: 35 });
    expect((await ask(app_({}, two))).outcome).toBe('challenge');
  });

  it('is neither met nor lifted for a user who was revoked: that the app is genuine says nothing of the account', async () => {
    risks();
    policy = policyOf({
      ...base,
      on_revoked: 'challenge',
      routes: [{ match: { path: '/v1/pay' }, attestation: 'require' }],
    });
    const nonce = await challenged({ 'approov-token': '' }, { path: '/v1/pay' });
    expect((await ask(app_({ nonce }), { path: '/v1/pay' })).result).toBe('met');
    revocations.put(
      { kind: 'user', id: who.user, scope: '', untilMs: clock.now() + MINUTE, issuedBeforeMs: 0 },
      clock.now(),
    );
    expect(await ask(app_())).toMatchObject({ outcome: 'challenge', codes: ['identity.revoked'] });
    who.device = `${who.device}-second`;
    expect(await ask(app_({ nonce: await challenged() }))).toMatchObject({ outcome: 'challenge', result: 'unmet' });
  });

  it('is not lifted for a forged user token, where the policy asks for a good one', async () => {
    expect((await ask(app_({ nonce: await challenged() }))).result).toBe('met');
    const authorization = `Bearer ${hs256({ exp: seconds() + 300, aud: 'api', sub: 'victim' }, Buffer.alloc(32, 9))}`;
    expect((await ask(app_({}, { authorization }))).outcome).toBe('allow');
    risks();
    policy = policyOf({ ...base, on_failed_identity: 'challenge' });
    expect(await ask(app_({}, { authorization }))).toMatchObject({
      outcome: 'challenge',
      codes: ['identity.signature_invalid'],
    });
  });

  it('is met three times in 24 hours, and a fourth one is not held against the caller', async () => {
    for (const gap of [1, 20 * MINUTE, 20 * MINUTE]) {
      advance(gap);
      const nonce = await challenged();
      expect((await ask(app_({ nonce }))).result).toBe('met');
    }
    const first = clock.now() - 40 * MINUTE;
    advance(20 * MINUTE);
    const nonce = await challenged();
    const before = counted('too_often');
    expect(await ask(app_({ nonce }))).toMatchObject({ outcome: 'challenge', result: 'unmet', status: 'genuine' });
    expect(counted('too_often')).toBe(before + 1);
    advance(first + 86_400_000 - clock.now() - 1);
    expect((await ask(app_({ nonce: await challenged() }))).result).toBe('unmet');
    advance(1);
    expect((await ask(app_({ nonce: await challenged() }))).result).toBe('met');
  });

  it('of requests at once is met once: the others cost nothing of the day', async () => {
    const nonces = [await challenged(), await challenged(), await challenged()];
    const results: (string | undefined)[] = [];
    for (const nonce of nonces) {
      const { outcome, result } = await ask(app_({ nonce }));
      expect(outcome).toBe('allow');
      results.push(result);
    }
    expect(results).toEqual(['met', undefined, undefined]);
    advance(15 * MINUTE);
    for (let i = 0; i < 2; i++) {
      expect((await ask(app_({ nonce: await challenged() }))).result).toBe('met');
      advance(15 * MINUTE);
    }
    expect((await ask(app_({ nonce: await challenged() }))).result).toBe('unmet');
  });

  it('is met for a day at most, whatever the policy says', async () => {
    policy = policyOf({ ...base, challenge_grace: '999999999d' });
    expect((await ask(app_({ nonce: await challenged() }))).result).toBe('met');
    advance(86_400_000 - 1);
    expect((await ask(app_())).outcome).toBe('allow');
    advance(1);
    await challenged();
  });

  it('cannot be met where the policy says 0, and in shadow mode nobody is asked', async () => {
    const nonce = await challenged();
    policy = policyOf({ ...base, challenge_grace: '0s' });
    expect(await ask(app_({ nonce }))).toMatchObject({ outcome: 'challenge', result: undefined });
    policy = policyOf({ ...base, mode: 'shadow' });
    expect(await ask(app_())).toMatchObject({ decision: true, outcome: 'challenge', result: undefined });
    const warned = (challenge_grace: string) => policyWarnings(policySchema.parse({ challenge_grace }), NOW).join(' ');
    expect(warned('0s')).toContain('challenge_grace is 0');
    expect(warned('9h')).toContain('challenge_grace is 9h');
    expect(warned('15m')).toBe('');
  });
});

describe('what an attacker shows lifts nothing, and costs an honest caller nothing:', () => {
  const refuses = async (why: string, headers: Record<string, string>, more: Parameters<typeof ask>[1] = {}) => {
    const before = counted(why);
    expect(await ask(headers, more)).toMatchObject({ outcome: 'challenge', result: 'unmet', status: 'genuine' });
    expect(counted(why)).toBe(before + 1);
  };

  it('the nonce of another caller', async () => {
    risks({ kind: 'user', id: who.user, score: 35 }, { kind: 'user', id: 'mallory', score: 35 });
    const nonce = await challenged({}, { user: 'mallory', ip: '198.51.100.9' });
    await refuses('other_caller', app_({ nonce }));
    // Of the right caller in another scope.
    policy = policyOf({ ...base, scopes: [{ name: 'shop', hosts: ['api'] }] });
    view = snapshotOf([{ scope: 'shop', kind: 'user', id: who.user, score: 35 }], { curve: GENUINE_CURVE });
    const elsewhere = parts.nonces.issue(parts.nonces.nameOf('default', { kind: 'user', id: who.user }), clock.now());
    await refuses('other_caller', app_({ nonce: elsewhere }));
  });

  it('a nonce that is over, to the millisecond', async () => {
    const [nonce, other] = [await challenged(), await challenged()];
    advance(300_000);
    await refuses('stale', app_({ nonce }));
    await refuses('stale', app_({ pay: bindingOf(other) }, { 'attestation-nonce': other }));
    const last = await challenged();
    advance(299_999);
    expect((await ask(app_({ nonce: last }))).result).toBe('met');
  });

  it('a nonce a second time, after what it lifted is over', async () => {
    policy = policyOf({ ...base, challenge_grace: '1m' });
    const nonce = await challenged({});
    expect((await ask(app_({ nonce }))).result).toBe('met');
    advance(MINUTE);
    await refuses('used', app_({ nonce }));
    // Another installation of the same user.
    who.device = `${who.device}-second`;
    await refuses('used', app_({ nonce }));
  });

  it('a token of before, with or without a proof of now', async () => {
    const [early, undated] = [wallet({}), wallet({}, { iat: undefined })];
    advance(5000);
    const nonce = await challenged({});
    advance(2000);
    expect(await ask(early)).toMatchObject({ outcome: 'challenge', status: 'genuine' });
    for (const { 'oauth-client-attestation': attestation } of [early, undated]) {
      const proof = wallet({ challenge: nonce })['oauth-client-attestation-pop'];
      await refuses('token_before', {
        'oauth-client-attestation': attestation,
        'oauth-client-attestation-pop': proof,
      });
    }
    // What holds the nonce was made after it, whatever a clock says that is half a minute behind.
    const behind = (s: number) => app_({ nonce, iat: seconds() - 2 - s });
    await refuses('token_before', behind(31));
    expect((await ask(behind(30))).result).toBe('met');
  });

  it('a nonce beside a token that is not bound to it', async () => {
    const nonce = await challenged();
    for (const headers of [
      app_({}, { 'attestation-nonce': nonce }),
      app_({ pay: bindingOf('Bearer x') }, { authorization: 'Bearer x', 'attestation-nonce': nonce }),
      app_({ jti: nonce }),
    ])
      expect(await ask(headers)).toMatchObject({ outcome: 'challenge', status: 'genuine' });
    // In the user's token, and in its proof by another key.
    const user = hs256({ exp: seconds() + 300, aud: 'api', sub: who.user, nonce }, SECRET);
    expect((await ask(app_({}, { authorization: `Bearer ${user}` }))).outcome).toBe('challenge');
    const other = signer('ES256');
    const bound = hs256({ exp: seconds() + 300, aud: 'api', sub: who.user, cnf: { jkt: other.thumbprint } }, SECRET);
    const proof = dpop(other, { htm: 'GET', htu: 'https://api/v1/orders', iat: seconds(), accessToken: bound, nonce });
    expect((await ask(app_({}, { authorization: `DPoP ${bound}`, dpop: proof }))).outcome).toBe('challenge');
  });

  it('a nonce in a token that is not genuine', async () => {
    const nonce = await challenged();
    expect(await ask(app_({ nonce, exp: seconds() - 1 }))).toMatchObject({ outcome: 'challenge', status: 'expired' });
    const forged = hs256({ exp: seconds() + 300, nonce, did: who.device }, Buffer.alloc(32, 9));
    expect(await ask({ 'approov-token': forged })).toMatchObject({ outcome: 'block', status: 'failed' });
    expect((await ask(app_({ nonce }))).result).toBe('met');
  });

  it.each([
    ['', 'approov-token'],
    [' and the credentials name that header', 'listed-token'],
  ])('a token of another’s header, cut where a text of the caller’s own would fit%s', async (_where, header) => {
    const stolen = { [header]: token({ pay: bindingOf('Bearer abcdef') }) };
    for (const [authorization, rest] of [
      ['Bearer abc', 'def'],
      ['', 'Bearer abcdef'],
    ] as const)
      expect((await ask({ ...stolen, authorization, 'attestation-nonce': rest })).status).toBe('failed');
  });

  it('forged nonces, of which nothing is remembered', async () => {
    const nonce = await challenged();
    const before = [parts.graces.size(), parts.replay.size()];
    const flip = (at: number) => `${nonce.slice(0, at)}${nonce[at] === 'A' ? 'B' : 'A'}${nonce.slice(at + 1)}`;
    for (let at = 0; at < nonce.length; at++) expect((await ask(app_({ nonce: flip(at) }))).outcome).toBe('challenge');
    for (const odd of ['', nonce.slice(1), `${nonce}A`, nonce.toLowerCase(), [nonce], { nonce }, 7, null, `${nonce}=`])
      expect(await ask(app_({ nonce: odd }))).toMatchObject({ outcome: 'challenge', status: 'genuine' });
    const others = challengeParts('another key').nonces;
    const name = others.nameOf('default', { kind: 'device', id: who.device });
    for (let i = 0; i < 200; i++) await ask(app_({ nonce: others.issue(name, clock.now()) }));
    expect([parts.graces.size(), parts.replay.size()]).toEqual(before);
    expect((await ask(app_({ nonce }))).result).toBe('met');
  });
});

/** An OAuth client attestation with its proof. */
function wallet(proof: Record<string, unknown>, claims: Record<string, unknown> = {}) {
  const cnf = { jwk: phone.jwk };
  const of = { sub: 'wallet', exp: seconds() + 3600, iat: seconds(), cnf, ...claims };
  return {
    'oauth-client-attestation': attester.jwt(of, { typ: 'oauth-client-attestation+jwt' }),
    'oauth-client-attestation-pop': phone.jwt(
      { aud: 'https://api', jti: randomUUID(), iat: seconds(), ...proof },
      { typ: 'oauth-client-attestation-pop+jwt' },
    ),
  };
}

/** A token bound to a key, of an issuer whose proofs need a nonce. */
function strict(proof: Record<string, unknown>) {
  const claims = { exp: seconds() + 300, iat: seconds(), did: who.device, cnf: { jkt: phone.thumbprint } };
  return {
    'strict-token': attester.jwt(claims),
    dpop: dpop(phone, { htm: 'GET', htu: 'https://api/v1/orders', iat: seconds(), ...proof }),
  };
}
