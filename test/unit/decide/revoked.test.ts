import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Revocable } from '../../../schemas/revocation.ts';
import { createRevocationMemory } from '../../../services/decide/caller-state/revocations.ts';
import { createRevokedHook } from '../../../services/decide/caller-state/revoked.ts';
import { createRefs } from '../../../services/decide/facts.ts';
import type { OpaqueUser } from '../../../services/decide/identity/who.ts';
import { identityId } from '../../../shared/identity.ts';
import { createPseudonymise } from '../../../shared/pseudonym.ts';
import { GATEWAY_KEY, NOW, openDecisionApp, policyOf } from '../../support/decision-app.ts';
import { identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { signer } from '../../support/signers.ts';
import { hs256 } from '../../support/tokens.ts';

const secret = (n: number) => Buffer.alloc(32, n);
const keys = (n: number) => [{ secret_base64: secret(n).toString('base64') }];
const good = { exp: SECONDS + 600 };

/** A decision service with user tokens in two headers, attestation, opaque tokens, and revocations. */
function open(options: { pseudonymKey?: string } = {}) {
  const memory = createRevocationMemory();
  const pseudonymise = createPseudonymise(options.pseudonymKey ?? null);
  const policy = policyOf({
    mode: 'enforce',
    holdout: 0,
    scopes: [{ name: 'shop', hosts: ['shop.example'] }],
    clients: [{ match: { user_agent: 'App/*' }, platform: 'app' }],
  });
  const opaque: OpaqueUser[] = [];
  const identity = identityOf(
    {
      issuers: [
        { name: 'login', proves: 'who', keys: keys(1) },
        { name: 'partner-login', proves: 'who', header: 'X-Partner-Token', keys: keys(2) },
        { name: 'app', keys: keys(3) },
      ],
    },
    {},
    {
      hooks: {
        firstUse: () => true,
        revoked: createRevokedHook(memory, createRefs(pseudonymise), policy.scopeOf),
      },
      opaque: { find: () => opaque },
    },
  );
  const { app } = openDecisionApp({
    identity: () => identity,
    policy: () => policy,
    revocations: memory,
    ...(options.pseudonymKey === undefined ? {} : { pseudonymKey: options.pseudonymKey }),
  });
  return {
    opaque,
    revoke(kind: Revocable, id: string, more: { scope?: string; issuedBeforeMs?: number } = {}) {
      const named = identityId(id);
      const stored = kind === 'token' || kind === 'attestation' ? named : pseudonymise(kind, named);
      memory.put({ scope: '', issuedBeforeMs: 0, ...more, kind, id: stored, untilMs: NOW + 60_000 }, NOW);
    },
    async ask(headers: Record<string, string>) {
      const url = '/gateway/nginx';
      const answer = await app.inject({
        url,
        headers: {
          'x-bonafide-key': GATEWAY_KEY,
          'x-original-uri': '/v1/pay',
          'x-original-method': 'POST',
          'x-original-host': 'shop.example',
          'user-agent': 'App/1',
          ...headers,
        },
      });
      return {
        status: answer.statusCode,
        reasons: String(answer.headers['x-risk-reasons'] ?? '').split(','),
        attestation: answer.headers['x-attestation-code'],
        token: String(answer.headers['x-attestation-token-id'] ?? ''),
      };
    },
  };
}

const login = (claims: Record<string, unknown>) => ({
  authorization: `Bearer ${hs256({ ...good, ...claims }, secret(1))}`,
});
const partner = (claims: Record<string, unknown>) => ({ 'x-partner-token': hs256({ ...good, ...claims }, secret(2)) });
const attested = (claims: Record<string, unknown>) => ({ 'approov-token': hs256({ ...good, ...claims }, secret(3)) });

describe('a user who was revoked', () => {
  const mallory = { sub: 'mallory', jti: 'm1' };
  const alice = { sub: 'alice', sid: 's1', jti: 'a1' };

  it.each([
    ['user', 'alice'],
    ['session', 's1'],
    ['token', 'a1'],
  ] as const)('by %s hides behind no other good token, whichever header it is in', async (kind, id) => {
    for (const options of [{}, { pseudonymKey: 'k'.repeat(32) }]) {
      const { ask, revoke, opaque } = open(options);
      const pairs = [
        { ...login(alice), ...partner(mallory) },
        { ...login(mallory), ...partner(alice) },
      ];
      for (const headers of pairs) expect((await ask(headers)).status).toBe(200);
      revoke(kind, id);
      for (const headers of pairs) {
        expect(await ask(headers)).toMatchObject({
          status: 403,
          reasons: expect.arrayContaining(['identity.revoked']),
        });
      }
      opaque.push({ who: { user: 'mallory', session: 'm', tokenId: '', issuedAtS: null }, token: 'x', cnf: null });
      expect((await ask(login(alice))).status).toBe(403);
      expect((await ask(login(mallory))).status).toBe(200);
    }
  });

  it('does not pass by another spelling of the token, which the API behind may read', async () => {
    const { ask, revoke } = open();
    revoke('session', 's1');
    const { authorization } = login(alice);
    for (const value of [`${authorization}=`, authorization.replace(' ', '\t'), authorization.replace('Bearer', 'JWT')])
      expect([value, (await ask({ authorization: value })).status]).toEqual([value, 403]);
  });

  it('does not pass by a token that is over here, or bound elsewhere, which the API may take all the same', async () => {
    const { ask, revoke } = open();
    const over = login({ ...alice, exp: SECONDS - 1 });
    const bound = login({ ...alice, cnf: { jkt: 'x' } });
    for (const headers of [over, bound]) expect((await ask(headers)).status).toBe(200);
    revoke('session', 's1');
    for (const headers of [over, bound]) expect((await ask(headers)).status).toBe(403);
    // One that is long over is what an app may send along as its user signs in anew.
    expect((await ask(login({ ...alice, exp: SECONDS - 301 }))).status).toBe(200);
    // Nobody else is refused for it, and a forged one names nobody.
    expect((await ask(login(mallory))).status).toBe(200);
    const forged = { authorization: `Bearer ${hs256({ ...good, ...alice }, secret(9))}` };
    expect((await ask(forged)).status).toBe(200);
  });

  it('does not pass by a token that was not looked at, since its address sent too many bad ones', async () => {
    const key = signer('ES256');
    const thief = signer('ES256');
    const by = identityOf({ issuers: [{ name: 'login', proves: 'who', jwks_file: 'x' }] }, { login: keysOf(key.jwk) });
    const memory = createRevocationMemory();
    const { app } = openDecisionApp({ identity: () => by, revocations: memory });
    const ask = async (token: string) => {
      const headers = { 'x-bonafide-key': GATEWAY_KEY, 'x-real-ip': '192.0.2.1', authorization: `Bearer ${token}` };
      const { statusCode, headers: told } = await app.inject({ url: '/gateway/nginx', headers });
      return [statusCode, told['x-bonafide-user']];
    };
    const token = (sub: string) => key.jwt({ ...good, sub, iat: SECONDS });
    const revocation = { scope: '', kind: 'user' as const, id: 'alice', untilMs: NOW + 60_000 };
    memory.put({ ...revocation, issuedBeforeMs: 0 }, NOW);
    for (let n = 0; n < 60; n++) expect(await ask(thief.jwt({ ...good, sub: 'x', n }))).toEqual([200, undefined]);
    expect(await ask(token('bob'))).toEqual([200, undefined]);
    expect(await ask(token('alice'))).toEqual([403, undefined]);
    // Whoever signed in anew is let in.
    memory.put({ ...revocation, issuedBeforeMs: NOW - 1000 }, NOW);
    expect(await ask(token('alice'))).toEqual([200, undefined]);
    await app.close();
  });

  it('with a token of before does not pass by one of after', async () => {
    const { ask, revoke } = open();
    revoke('user', 'alice', { issuedBeforeMs: NOW - 10_000 });
    const fresh = { ...alice, iat: SECONDS };
    const stale = { ...alice, iat: SECONDS - 60 };
    expect((await ask(login(fresh))).status).toBe(200);
    expect((await ask({ ...login(fresh), ...partner(stale) })).status).toBe(403);
    expect((await ask({ ...login(stale), ...partner(fresh) })).status).toBe(403);
  });
});

describe('two user tokens', () => {
  it('of two users are a fact about the caller, of one user they are none; a bad one stays bad beside a good one', async () => {
    const { ask } = open();
    const both = await ask({ ...login({ sub: 'alice' }), ...partner({ sub: 'mallory' }) });
    expect(both.reasons).toContain('identity.users_differ');
    const same = await ask({ ...login({ sub: 'alice' }), ...partner({ sub: 'alice' }) });
    expect(same.reasons.filter((code) => code.startsWith('identity.'))).toEqual([]);
    const over = await ask({ ...login({ sub: 'alice' }), ...partner({ sub: 'alice', exp: 1 }) });
    expect(over.reasons).toContain('identity.expired');
  });
});

describe('what was revoked of an app', () => {
  const caller = { did: 'install-1', jti: 'j1', iat: SECONDS };

  it('is an installation: its tokens are no longer good, and on_revoked decides', async () => {
    for (const options of [{}, { pseudonymKey: 'k'.repeat(32) }]) {
      const { ask, revoke } = open(options);
      expect(await ask(attested(caller))).toMatchObject({ status: 200 });
      revoke('device', 'install-1');
      for (const jti of ['j1', 'j2']) {
        expect(await ask(attested({ ...caller, jti }))).toMatchObject({
          status: 403,
          attestation: 'revoked',
          reasons: expect.arrayContaining(['identity.revoked', 'attestation.revoked']),
        });
      }
      expect(await ask(attested({ did: 'install-2' }))).toMatchObject({ status: 200 });
      // As the gateway calls it, where no token names one.
      expect((await ask({ 'x-bonafide-device': 'install-1' })).status).toBe(403);
    }
  });

  it('is one token that names no installation, by its name in the answer, whoever shows it', async () => {
    for (const options of [{}, { pseudonymKey: 'k'.repeat(32) }]) {
      const { ask, revoke } = open(options);
      const token = attested({ jti: 'farmed' });
      const first = await ask({ ...token, ...login({ sub: 'alice', sid: 's1' }) });
      expect(first).toMatchObject({ status: 200, token: expect.stringMatching(/^t_/) });
      revoke('session', first.token);
      for (const by of [login({ sub: 'alice', sid: 's1' }), login({ sub: 'bob', sid: 's2' }), {}])
        expect(await ask({ ...token, ...by })).toMatchObject({ status: 403, token: first.token });
      expect(await ask({ ...attested({ jti: 'own' }), ...login({ sub: 'alice', sid: 's1' }) })).toMatchObject({
        status: 200,
      });
    }
  });

  it('is one token, by issuer and jti, or by the hash of what was signed', async () => {
    const token = attested({ did: 'install-1' })['approov-token'];
    const signed = token.split('.').slice(0, 2).join('.');
    const hash = createHash('sha256').update(signed).digest('base64url');
    for (const [id, headers] of [
      ['app/j1', attested(caller)],
      [`app/${hash}`, { 'approov-token': token }],
    ] as const) {
      const { ask, revoke } = open();
      expect((await ask(headers)).status).toBe(200);
      revoke('attestation', 'login/j1');
      revoke('token', 'j1');
      expect((await ask(headers)).status).toBe(200);
      revoke('attestation', id);
      expect(await ask(headers)).toMatchObject({ status: 403, attestation: 'revoked' });
      expect((await ask(attested({ ...caller, jti: 'j2' }))).status).toBe(200);
    }
  });

  it('is so in its scope alone, and passes with a token of after where that is said', async () => {
    const { ask, revoke } = open();
    revoke('device', 'install-1', { scope: 'bank' });
    expect((await ask(attested(caller))).status).toBe(200);
    revoke('device', 'install-1', { scope: 'shop', issuedBeforeMs: NOW });
    expect((await ask(attested(caller))).status).toBe(200);
    expect((await ask(attested({ ...caller, iat: SECONDS - 1 }))).status).toBe(403);
    expect(
      (await ask({ ...attested({ ...caller, iat: SECONDS - 1 }), 'x-original-host': 'else.example' })).status,
    ).toBe(200);
  });
});
