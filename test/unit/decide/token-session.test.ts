import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createTokenSession } from '../../../services/decide/token-session.ts';
import { identityId } from '../../../shared/identity.ts';
import { GATEWAY_KEY, openDecisionApp } from '../../support/decision-app.ts';
import { identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { signer } from '../../support/signers.ts';
import { hs256 } from '../../support/tokens.ts';

const key = signer('RS256');
const SECRET = Buffer.alloc(32, 1);
const open = () => {
  const identity = identityOf(
    {
      issuers: [
        { name: 'firebase', preset: 'firebase_app_check', audience: 'projects/1' },
        { name: 'login', proves: 'who', keys: [{ secret_base64: SECRET.toString('base64') }] },
      ],
    },
    { firebase: keysOf(key.jwk) },
  );
  return openDecisionApp({ identity: () => identity }).app;
};
const app = open();
afterAll(() => app.close());

const ISS = 'https://firebaseappcheck.googleapis.com/1';
const appCheck = (more: Record<string, unknown> = {}) =>
  key.jwt({ iss: ISS, aud: ['projects/1'], sub: '1:1:android:a', exp: SECONDS + 3600, ...more }, { typ: 'JWT' });

async function sessionOf(
  headers: Record<string, string>,
  said: Record<string, string> = {},
  by = app,
  type: 'user' | 'anonymous' = 'user',
) {
  const { context } = (
    await by.inject({
      method: 'POST',
      url: '/access/v1/evaluation',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      payload: {
        subject: { type, id: 'alice' },
        action: { name: 'GET' },
        resource: { type: 'route', id: '/v1/orders' },
        context: { ip: '192.0.2.1', headers, ...said },
      },
    })
  ).json<{ context: { attestation: { status: string }; caller?: { session?: string; token?: string } } }>();
  const { session, token } = context.caller ?? {};
  return { session, status: context.attestation.status, ...(token === undefined ? {} : { token }) };
}

describe('a genuine token that names no installation', () => {
  it('is the session of who shows it, the same on every decision process, and another for every token', async () => {
    const token = appCheck({ jti: 'a' });
    const one = await sessionOf({ 'x-firebase-appcheck': token });
    expect(one).toEqual({ status: 'genuine', session: expect.stringMatching(/^t_[A-Za-z0-9_-]{22}$/) });
    const elsewhere = open();
    expect(await sessionOf({ 'x-firebase-appcheck': token }, {}, elsewhere)).toEqual(one);
    await elsewhere.close();
    const others = [appCheck({ jti: 'b' }), appCheck(), appCheck({ iat: SECONDS })];
    const sessions = await Promise.all(others.map(async (other) => sessionOf({ 'x-firebase-appcheck': other })));
    expect(new Set([one, ...sessions].map(({ session }) => session)).size).toBe(4);
  });

  it('stands in the answer to nginx too', async () => {
    const token = appCheck({ jti: 'a' });
    const answer = await app.inject({
      url: '/gateway/nginx',
      headers: {
        'x-bonafide-key': GATEWAY_KEY,
        'x-original-uri': '/',
        'x-bonafide-user': 'alice',
        'x-firebase-appcheck': token,
      },
    });
    const { session } = await sessionOf({ 'x-firebase-appcheck': token });
    expect(answer.headers['x-bonafide-session']).toBe(session);
  });

  it('gives way to whatever names session or installation, and is nobody’s unless it verifies', async () => {
    const token = { 'x-firebase-appcheck': appCheck({ jti: 'a' }) };
    expect((await sessionOf(token, { session: 's1' })).session).toBe('s1');
    expect((await sessionOf(token, { device: 'd1' })).session).toBeUndefined();
    // A visitor is an address: without its token it must be the same caller as before.
    expect((await sessionOf(token, {}, app, 'anonymous')).session).toBeUndefined();
    const signedIn = hs256({ exp: SECONDS + 60, sub: 'alice', sid: 's2' }, SECRET);
    expect((await sessionOf({ ...token, authorization: `Bearer ${signedIn}` })).session).toBe('s2');
    const installed = await sessionOf({ 'x-firebase-appcheck': appCheck({ did: 'install-1' }) });
    expect(installed).toEqual({ status: 'genuine', session: undefined });
    const over = await sessionOf({ 'x-firebase-appcheck': appCheck({ exp: SECONDS - 60 }) });
    expect(over).toEqual({ status: 'expired', session: undefined });
    const forged = await sessionOf({ 'x-firebase-appcheck': `${appCheck().slice(0, -6)}AAAAAA` });
    expect(forged).toEqual({ status: 'failed', session: undefined });
  });

  it('is known by itself beside whatever names session or installation, and beside a visitor’s address', async () => {
    const token = { 'x-firebase-appcheck': appCheck({ jti: 'a' }) };
    const { session: name } = await sessionOf(token);
    const signedIn = { authorization: `Bearer ${hs256({ exp: SECONDS + 60, sub: 'alice', sid: 's2' }, SECRET)}` };
    expect((await sessionOf({ ...token, ...signedIn })).token).toBe(name);
    expect((await sessionOf(token, { session: 's1' })).token).toBe(name);
    // An installation that the gateway claims, and the token does not name, hides nothing.
    expect((await sessionOf(token, { device: 'd1' })).token).toBe(name);
    expect((await sessionOf(token, {}, app, 'anonymous')).token).toBe(name);
    const answer = await app.inject({
      url: '/gateway/nginx',
      headers: { 'x-bonafide-key': GATEWAY_KEY, 'x-original-uri': '/', ...token, ...signedIn },
    });
    expect(answer.headers).toMatchObject({ 'x-bonafide-session': 's2', 'x-attestation-token-id': name });
  });

  it('is not what a gateway says beside a token that is verified here', async () => {
    const said = { 'attestation.status': 'genuine', 'attestation.token': 't_said' };
    const installed = { 'x-firebase-appcheck': appCheck({ did: 'install-1' }) };
    expect((await sessionOf(installed, said)).token).toBeUndefined();
    const over = { 'x-firebase-appcheck': appCheck({ exp: SECONDS - 60 }) };
    expect(await sessionOf(over, said)).toEqual({ status: 'expired', session: undefined });
    // It may have verified one that it does not pass on.
    expect((await sessionOf({}, said)).token).toBe('t_said');
  });

  it('is known by nothing where it counts once: it cannot be handed around, and each request would be another session', async () => {
    const identity = identityOf(
      { issuers: [{ name: 'firebase', preset: 'firebase_app_check', audience: 'projects/1', one_time: true }] },
      { firebase: keysOf(key.jwk) },
    );
    const once = openDecisionApp({ identity: () => identity }).app;
    for (const type of ['user', 'anonymous'] as const) {
      const token = { 'x-firebase-appcheck': appCheck({ jti: `once for ${type}` }) };
      expect(await sessionOf(token, {}, once, type)).toEqual({ status: 'genuine', session: undefined });
    }
    await once.close();
  });

  it('has a name that says nothing without the key, and that ingest keeps as it is', () => {
    const named = (jti: string, by: string) =>
      createTokenSession(by)({ issuer: 'app', hash: 'h', jti, expMs: 0, claims: {} });
    fc.assert(
      fc.property(fc.string(), (jti) => {
        expect(identityId(named(jti, 'k'))).toBe(named(jti, 'k'));
        expect(named(jti, 'other')).not.toBe(named(jti, 'k'));
      }),
    );
  });
});
