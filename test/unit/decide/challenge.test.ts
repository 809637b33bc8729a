import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { policySchema } from '../../../schemas/policy.ts';
import { policyWarnings } from '../../../services/decide/policy-check.ts';
import {
  advance,
  app,
  appToken,
  ask,
  base,
  beginCase,
  challenged,
  counted,
  MINUTE,
  revocations,
  risks,
  SECRET,
  seconds,
  strict,
  token,
  wallet,
  world,
} from '../../support/challenge-app.ts';
import { GATEWAY_KEY, NOW, policyOf } from '../../support/decision-app.ts';
import { bindingOf, hs256 } from '../../support/tokens.ts';

beforeEach(beginCase);
afterAll(() => app.close());

describe('a challenge', () => {
  it('is met by a fresh token that holds the nonce, and others are lifted for a quarter of an hour, blocks never', async () => {
    const nonce = await challenged();
    advance(2000);
    expect(await ask(appToken({ nonce }))).toMatchObject({
      decision: true,
      outcome: 'allow',
      result: 'met',
      status: 'genuine',
      codes: ['challenge.met', 'behaviour.requests'],
    });
    expect(counted('met')).toBeGreaterThan(0);
    // The same token again, and one without the nonce: this caller is let be.
    advance(15 * MINUTE - 1);
    expect(await ask(appToken())).toMatchObject({ outcome: 'allow', result: undefined });
    risks({ kind: 'user', id: world.who.user, score: 45 });
    expect(await ask(appToken())).toMatchObject({ decision: false, outcome: 'block' });
    risks({ kind: 'user', id: world.who.user, score: 35 });
    advance(1);
    await challenged();
  });

  it.each([
    ['a list in an EAT', (nonce: string) => appToken({ eat_nonce: ['other', nonce] })],
    ['the hash of a header', (nonce: string) => appToken({ pay: bindingOf(nonce) }, { 'attestation-nonce': nonce })],
    [
      'the hash of the user’s header and the nonce behind it',
      (nonce: string) =>
        appToken({ pay: bindingOf(`Bearer x${nonce}`) }, { authorization: 'Bearer x', 'attestation-nonce': nonce }),
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
          'x-real-ip': world.who.ip,
          'x-bonafide-user': world.who.user,
          ...headers,
        },
      });
    const refused = await question(appToken());
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['x-bonafide-challenge']).toBe('unmet');
    const asked = /^Attestation realm="bonafide", challenge="[^"]+-u", nonce="([A-Za-z0-9_-]{52})"$/;
    const nonce = asked.exec(String(refused.headers['www-authenticate']))?.[1];
    expect(nonce).toBeDefined();
    const met = await question(appToken({ nonce }));
    expect([met.statusCode, met.headers['x-bonafide-challenge']]).toEqual([200, 'met']);
    const after = await question(appToken());
    expect([after.statusCode, after.headers['x-bonafide-challenge']]).toEqual([200, undefined]);
  });

  it('is lifted whoever asks for it: risk, a rule, a limit, an override', async () => {
    const nonce = await challenged(appToken(), { path: '/v1/orders' });
    expect((await ask(appToken({ nonce }))).result).toBe('met');
    // By user: the installation is not named, so the caller is another one.
    await challenged({}, { path: '/v1/pay' });
    for (let i = 0; i < 3; i++) expect((await ask(appToken(), { path: '/v1/search' })).outcome).toBe('allow');
    expect((await ask(appToken(), { ip: '192.0.2.77' })).codes).toEqual(
      expect.arrayContaining(['challenge.met', 'override']),
    );
  });

  it('is not lifted where an override blocks', async () => {
    expect((await ask(appToken({ nonce: await challenged() }))).result).toBe('met');
    const entity = { kind: 'user', id: world.who.user } as const;
    const until = new Date(world.clock.now() + MINUTE).toISOString();
    world.policy = policyOf({ ...base, overrides: [{ entity, outcome: 'block', until, reason: 'x' }] });
    expect(await ask(appToken())).toMatchObject({ decision: false, outcome: 'block' });
  });

  it('that one question of a batch meets is lifted for those behind it, of this caller alone', async () => {
    const nonce = await challenged();
    const answering = appToken({ nonce });
    const context = (headers: object) => ({ context: { ip: world.who.ip, host: 'api', headers } });
    const answer = await app.inject({
      method: 'POST',
      url: '/access/v1/evaluations',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      payload: {
        subject: { type: 'user', id: world.who.user },
        action: { name: 'GET' },
        resource: { type: 'route', id: '/v1/orders' },
        evaluations: [appToken(), answering, answering, appToken(), appToken({ did: 'another', nonce }), {}].map(
          context,
        ),
      },
    });
    const results = answer
      .json()
      .evaluations.map((one: { context: { outcome: string; challenge?: { result: string } } }) => [
        one.context.outcome,
        one.context.challenge?.result,
      ]);
    const [asked, passed] = [
      ['challenge', 'unmet'],
      ['allow', undefined],
    ];
    expect(results).toEqual([asked, ['allow', 'met'], passed, passed, asked, asked]);
  });

  it('is lifted without a token too, for a user whose tokens name no installation', async () => {
    risks({ kind: 'user', id: world.who.user, score: 25 });
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
    risks({ kind: 'ip', id: world.who.ip, score: 25 });
    expect(await ask(anonymous, visitor)).toMatchObject({ outcome: 'allow', result: 'met' });
    expect((await ask(anonymous, visitor)).outcome).toBe('allow');
    expect((await ask({ 'approov-token': '' }, visitor)).outcome).toBe('challenge');
    risks({ kind: 'ip', id: world.who.ip, score: 35 });
    expect((await ask(anonymous, visitor)).codes[0]).toBe('challenge.met');
    expect((await ask({}, { user: '' })).outcome).toBe('challenge');
  });

  it('is not lifted for whoever is named beside the caller', async () => {
    const nonce = await challenged();
    expect((await ask(appToken({ nonce }))).result).toBe('met');
    const user = (sub: string) => hs256({ exp: seconds() + 300, aud: 'api', sub }, SECRET);
    const two = { authorization: `Bearer ${user(world.who.user)}, Bearer ${user('somebody-else')}` };
    risks({ kind: 'user', id: 'somebody-else', score: 35 });
    expect((await ask(appToken({}, two))).outcome).toBe('challenge');
  });

  it('is neither met nor lifted for a user who was revoked: that the app is genuine says nothing of the account', async () => {
    risks();
    world.policy = policyOf({
      ...base,
      on_revoked: 'challenge',
      routes: [{ match: { path: '/v1/pay' }, attestation: 'require' }],
    });
    const nonce = await challenged({ 'approov-token': '' }, { path: '/v1/pay' });
    expect((await ask(appToken({ nonce }), { path: '/v1/pay' })).result).toBe('met');
    revocations.put(
      { kind: 'user', id: world.who.user, scope: '', untilMs: world.clock.now() + MINUTE, issuedBeforeMs: 0 },
      world.clock.now(),
    );
    expect(await ask(appToken())).toMatchObject({ outcome: 'challenge', codes: ['identity.revoked'] });
    world.who.device = `${world.who.device}-second`;
    expect(await ask(appToken({ nonce: await challenged() }))).toMatchObject({ outcome: 'challenge', result: 'unmet' });
  });

  it('is not lifted for a forged user token, where the policy asks for a good one', async () => {
    expect((await ask(appToken({ nonce: await challenged() }))).result).toBe('met');
    const authorization = `Bearer ${hs256({ exp: seconds() + 300, aud: 'api', sub: 'victim' }, Buffer.alloc(32, 9))}`;
    expect((await ask(appToken({}, { authorization }))).outcome).toBe('allow');
    risks();
    world.policy = policyOf({ ...base, on_failed_identity: 'challenge' });
    expect(await ask(appToken({}, { authorization }))).toMatchObject({
      outcome: 'challenge',
      codes: ['identity.signature_invalid'],
    });
  });

  it('is met three times in 24 hours, and a fourth one is not held against the caller', async () => {
    for (const gap of [1, 20 * MINUTE, 20 * MINUTE]) {
      advance(gap);
      const nonce = await challenged();
      expect((await ask(appToken({ nonce }))).result).toBe('met');
    }
    const first = world.clock.now() - 40 * MINUTE;
    advance(20 * MINUTE);
    const nonce = await challenged();
    const before = counted('too_often');
    expect(await ask(appToken({ nonce }))).toMatchObject({ outcome: 'challenge', result: 'unmet', status: 'genuine' });
    expect(counted('too_often')).toBe(before + 1);
    advance(first + 86_400_000 - world.clock.now() - 1);
    expect((await ask(appToken({ nonce: await challenged() }))).result).toBe('unmet');
    advance(1);
    expect((await ask(appToken({ nonce: await challenged() }))).result).toBe('met');
  });

  it('of requests at once is met once: the others cost nothing of the day', async () => {
    const nonces = [await challenged(), await challenged(), await challenged()];
    const results: (string | undefined)[] = [];
    for (const nonce of nonces) {
      const { outcome, result } = await ask(appToken({ nonce }));
      expect(outcome).toBe('allow');
      results.push(result);
    }
    expect(results).toEqual(['met', undefined, undefined]);
    advance(15 * MINUTE);
    for (let i = 0; i < 2; i++) {
      expect((await ask(appToken({ nonce: await challenged() }))).result).toBe('met');
      advance(15 * MINUTE);
    }
    expect((await ask(appToken({ nonce: await challenged() }))).result).toBe('unmet');
  });

  it('is met for a day at most, whatever the policy says', async () => {
    world.policy = policyOf({ ...base, challenge_grace: '999999999d' });
    expect((await ask(appToken({ nonce: await challenged() }))).result).toBe('met');
    advance(86_400_000 - 1);
    expect((await ask(appToken())).outcome).toBe('allow');
    advance(1);
    await challenged();
  });

  it('cannot be met where the policy says 0, and in shadow mode nobody is asked', async () => {
    const nonce = await challenged();
    world.policy = policyOf({ ...base, challenge_grace: '0s' });
    expect(await ask(appToken({ nonce }))).toMatchObject({ outcome: 'challenge', result: undefined });
    world.policy = policyOf({ ...base, mode: 'shadow' });
    expect(await ask(appToken())).toMatchObject({ decision: true, outcome: 'challenge', result: undefined });
    const warned = (challenge_grace: string) => policyWarnings(policySchema.parse({ challenge_grace }), NOW).join(' ');
    expect(warned('0s')).toContain('challenge_grace is 0');
    expect(warned('9h')).toContain('challenge_grace is 9h');
    expect(warned('15m')).toBe('');
  });
});
