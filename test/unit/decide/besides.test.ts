import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { createBudget } from '../../../services/decide/identity/budget.ts';
import { GATEWAY_KEY, GENUINE_CURVE, NOW, openDecisionApp, policyOf, snapshotOf } from '../../support/decision-app.ts';
import { identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { signer } from '../../support/signers.ts';

const login = signer('ES256');
const thief = signer('ES256');
const exp = SECONDS + 600;
const token = (sub: string, more = {}) => login.jwt({ exp, sub, sid: `of-${sub}`, ...more });

function open(address: string) {
  const identity = identityOf(
    {
      issuers: [
        { name: 'login', proves: 'who', jwks_file: 'x' },
        { name: 'app', keys: [{ secret_base64: Buffer.alloc(32, 1).toString('base64') }] },
      ],
      clients: ['app', 'leaked'].map((id) => ({
        id,
        sha256: createHash('sha256').update(`key of ${id}`).digest('hex'),
      })),
    },
    { login: keysOf(login.jwk) },
    { budget: createBudget() },
  );
  const policy = policyOf({
    mode: 'enforce',
    overrides: [
      { entity: { kind: 'user', id: 'guest' }, outcome: 'allow', until: '2026-12-01T00:00:00Z', reason: 'partner' },
      { entity: { kind: 'user', id: 'banned' }, outcome: 'block', until: '2026-12-01T00:00:00Z', reason: 'fraud' },
      { entity: { kind: 'client', id: 'leaked' }, outcome: 'block', until: '2026-12-01T00:00:00Z', reason: 'leaked' },
      { entity: { kind: 'user', id: 'friend' }, outcome: 'allow', until: '2026-12-01T00:00:00Z', reason: 'partner' },
    ],
    routes: [{ match: { path: '/attested' }, attestation: 'require' }],
    clients: [{ match: { api_client: 'app' }, platform: 'android', can_attest: true }],
    limits: [{ name: 'each', match: { path: '/limited' }, by: 'user', rate: '1/m', burst: 1, outcome: 'block' }],
  });
  const snapshot = snapshotOf(
    [
      { kind: 'user', id: 'mallory', score: 60 },
      { kind: 'session', id: 'of-eve', score: 60 },
      { kind: 'user', id: 'held', score: 0, held: 2 },
      { kind: 'user', id: 'good', score: -20 },
      { kind: 'ip', id: '198.51.100.9', score: 45 },
    ],
    { curve: GENUINE_CURVE },
  );
  const { app } = openDecisionApp({ identity: () => identity, policy: () => policy, snapshot: () => snapshot });
  afterAll(() => app.close());
  return async (authorization: string, uri = '/v1/orders', more = {}) => {
    const { headers, statusCode } = await app.inject({
      url: '/gateway/nginx',
      headers: {
        'x-bonafide-key': GATEWAY_KEY,
        'x-original-uri': uri,
        'x-original-method': 'GET',
        'x-real-ip': address,
        authorization,
        ...more,
      },
    });
    return { status: statusCode, user: headers['x-bonafide-user'], id: String(headers['x-bonafide-decision-id']) };
  };
}

/** Another last character of the same bytes, which lenient libraries read. */
function otherBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
}

describe('who is refused for what he did', () => {
  const blocked = ['mallory', 'eve', 'held', 'banned'];

  it('is refused by every spelling of his token that an API may read', async () => {
    const ask = open('203.0.113.1');
    for (const user of blocked) {
      const mine = token(user);
      const spelled = [mine, otherBits(mine), `${mine}==`, `Bearer ${mine}`];
      for (const text of spelled) expect([text, (await ask(`Bearer ${text}`)).status]).toEqual([text, 403]);
      for (const value of [`JWT ${mine}`, `Bearer:${mine}`, `Token token=${mine}`, `Bearer ${mine}${'='.repeat(9000)}`])
        expect([value, (await ask(value)).status]).toEqual([value, 403]);
      expect((await ask(`Bearer ${token(user, { exp: SECONDS - 30 })}`)).status).toBe(403);
    }
  });

  it('is refused by the session that his token names, where the gateway says the user alone', async () => {
    const ask = open('203.0.113.8');
    const said = { 'x-bonafide-user': 'eve' };
    for (const text of [token('eve'), `${token('eve')}==`])
      expect([text, (await ask(`Bearer ${text}`, '/v1/orders', said)).status]).toEqual([text, 403]);
    expect((await ask('', '/v1/orders', said)).status).toBe(200);
  });

  it('is refused behind forged tokens, after which his own is not looked at', async () => {
    const ask = open('203.0.113.2');
    for (let i = 0; i < 60; i++) await ask(`Bearer ${thief.jwt({ exp, sub: 'nobody', i })}`);
    for (const user of blocked) {
      const answer = await ask(`Bearer ${token(user)}`);
      expect([user, answer.status, answer.user]).toEqual([user, 403, undefined]);
    }
  });

  it('is refused behind the token of somebody else', async () => {
    const ask = open('203.0.113.3');
    for (const user of blocked) {
      for (const between of [', ', ',']) {
        const { status, user: named, id } = await ask(`Bearer ${token('bob')}${between}Bearer ${token(user)}`);
        // Whose hold it would be is not in the event.
        expect([user, status, named, id.at(-1)]).toEqual([user, 403, 'bob', 'x']);
      }
    }
  });

  it('is refused by another spelling of his token behind one that is wrong', async () => {
    const ask = open('203.0.113.6');
    for (const first of [thief.jwt({ exp, sub: 'nobody' }), token('bob', { exp: SECONDS - 30 })])
      for (const user of blocked)
        expect([user, (await ask(`Bearer ${first}, Bearer ${token(user)}==`)).status]).toEqual([user, 403]);
  });

  it('is refused by an override beside the name of somebody whom an earlier one lets in', async () => {
    const ask = open('203.0.113.7');
    const guest = `Bearer ${token('guest', { exp: SECONDS - 30 })}`;
    expect((await ask(`${guest}, Bearer ${token('banned', { exp: SECONDS - 30 })}`)).status).toBe(403);
    expect((await ask(guest, '/v1/orders', { 'x-api-key': 'key of app, key of leaked' })).status).toBe(403);
  });

  it('is within the limit of a user by another spelling too, and nobody uses up the limit of others', async () => {
    const ask = open('203.0.113.4');
    const mine = token('carol');
    expect((await ask(`Bearer ${mine}`, '/limited')).status).toBe(200);
    expect((await ask(`Bearer ${mine}==`, '/limited')).status).toBe(403);
    const { status } = await ask(`Bearer ${login.jwt({ exp: SECONDS - 30, sub: 'dave' })}`, '/limited');
    expect(status).toBe(200);
    expect((await ask(`Bearer ${token('dave')}`, '/limited')).status).toBe(200);
    const heidi = token('heidi');
    expect((await ask(`Bearer ${heidi}==, Bearer ${heidi}=`, '/limited')).status).toBe(200);
    // Of two good ones each counts, as the API may take either.
    expect((await ask(`Bearer ${token('erin')}, Bearer ${token('frank')}`, '/limited')).status).toBe(200);
    for (const user of ['erin', 'frank'])
      expect([user, (await ask(`Bearer ${token(user)}`, '/limited')).status]).toEqual([user, 403]);
    expect((await ask(`Bearer ${token('grace')}, Bearer ${token('frank')}`, '/limited')).status).toBe(403);
  });
});

it('an API key that came twice, or beside others, is no way around what is known of its client', async () => {
  const ask = open('203.0.113.5');
  const status = async (uri: string, ...keys: string[]) =>
    (await ask('', uri, { 'x-api-key': keys.join(', ') })).status;
  for (const keys of [
    ['key of leaked'],
    ['key of leaked', 'x'],
    ['x', 'key of leaked'],
    ['key of app', 'key of leaked'],
  ])
    expect([keys, await status('/v1/orders', ...keys)]).toEqual([keys, 403]);
  // The key of an app is public: who has only that is one that should attest and does not.
  for (const keys of [['key of app'], ['key of app', 'key of app'], ['x', 'key of app'], ['key of app', 'x']])
    expect([keys, await status('/attested', ...keys)]).toEqual([keys, 401]);
});

it('nothing speaks for a caller but what he proved: neither the ordinary life nor the override of a name', async () => {
  const ask = open('198.51.100.9');
  expect((await ask('')).status).toBe(403);
  for (const user of ['good', 'friend']) {
    for (const text of [`${token(user)}==`, token(user, { exp: SECONDS - 30 })])
      expect([text, (await ask(`Bearer ${text}`)).status]).toEqual([text, 403]);
    expect((await ask(`Bearer ${token(user)}`)).status).toBe(200);
  }
  expect(NOW / 1000).toBe(SECONDS);
});
