import { createHash, createPublicKey } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { openCredentials } from '../../../services/decide/credentials-store.ts';
import { createLocalHooks } from '../../../services/decide/identity/replay.ts';
import { createHealth } from '../../../shared/health.ts';
import { createLogger } from '../../../shared/logger.ts';
import { GATEWAY_KEY, NOW, openDecisionApp, policyOf } from '../../support/decision-app.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { dpop, hmacOf, signer } from '../../support/signers.ts';
import { hs256 } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-identity-'));
afterAll(() => rmSync(folder, { recursive: true }));
const SECRET = Buffer.alloc(32, 1);
const secret_base64 = SECRET.toString('base64');
const good = { exp: SECONDS + 60 };

describe('the verdict', () => {
  const hooks = { ...createLocalHooks(), revoked: ({ jti }: { jti: string | null }) => jti === 'taken-back' };
  const by = identityOf(
    {
      issuers: [
        { name: 'app', keys: [{ secret_base64 }] },
        { name: 'login', proves: 'who', keys: [{ secret_base64 }] },
      ],
    },
    {},
    { hooks },
  );
  const send = (claims: Record<string, unknown>, user: Record<string, unknown> = {}) =>
    identify(by, {
      headers: {
        'approov-token': hs256({ ...good, ...claims }, SECRET),
        authorization: `Bearer ${hs256({ ...good, sub: 'alice', ...user }, SECRET)}`,
      },
    });

  it('names each token by hash, jti and exp, and session by sid, else jti', () => {
    const { raw, verdict } = send({ jti: 'a1' }, { sid: 's1', jti: 'u1' });
    expect(verdict?.what?.token).toMatchObject({ issuer: 'app', jti: 'a1', expMs: (SECONDS + 60) * 1000 });
    expect(verdict?.who.token?.hash).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(raw).toMatchObject({ user: 'alice', session: 's1' });
    expect(send({}, { jti: 'u1' }).raw.session).toBe('u1');
  });

  it('is revoked for a token that was taken back, also when it was verified before', () => {
    expect(send({ jti: 'taken-back' }).raw.attestation).toMatchObject({ status: 'failed', code: 'revoked' });
    expect(send({}, { jti: 'taken-back' }).raw).toMatchObject({ user: '', identityFault: 'revoked' });
    let taken = false;
    const later = identityOf(
      { issuers: [{ name: 'app', keys: [{ secret_base64 }] }] },
      {},
      { hooks: { ...hooks, revoked: () => taken } },
    );
    const headers = { 'approov-token': hs256(good, SECRET) };
    expect(identify(later, { headers }).raw.attestation.status).toBe('genuine');
    taken = true;
    expect(identify(later, { headers }).raw.attestation.code).toBe('revoked');
  });

  it('holds no text of a token', () => {
    const { verdict } = send({ jti: 'a1' });
    const token = hs256({ ...good, jti: 'a1' }, SECRET);
    expect(JSON.stringify(verdict)).not.toContain(token.split('.')[2]);
    expect(JSON.stringify(verdict)).not.toContain(token.split('.')[1]);
  });
});

describe('a user token whose key or algorithm nobody has', () => {
  const login = signer('ES256');
  const thief = signer('ES256');
  const by = identityOf(
    { issuers: [{ name: 'login', proves: 'who', jwks_file: 'x', issuer: 'https://login.example', audience: 'api' }] },
    { login: keysOf({ ...login.jwk, kid: 'k1' }) },
  );
  const ours = { ...good, sub: 'alice', iss: 'https://login.example', aud: 'api' };
  const unsigned = (alg: string, claims: object) =>
    [{ alg }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const fault = (token: string) => {
    const { raw } = identify(by, { headers: { authorization: `Bearer ${token}` } });
    expect(raw.user).toBe('');
    return raw.identityFault;
  };

  it('is a forgery where it says that it is of an issuer that is known here', () => {
    expect(fault(thief.jwt(ours, { kid: 'k1' }))).toBe('signature_invalid');
    expect(fault(thief.jwt(ours, { kid: 'k2' }))).toBe('unknown_key');
    expect(fault(`${unsigned('none', ours)}.`)).toBe('algorithm_not_allowed');
    expect(fault(hs256(ours, SECRET))).toBe('algorithm_not_allowed');
  });
  it('is nothing yet where another entry of its issuer has no keys so far, or no entry names a host', () => {
    const none = { keys: () => [], has: () => false, version: () => 0, ready: () => false, missed: () => false };
    const issuer = 'https://login.example';
    const entry = { proves: 'who', jwks_file: 'x' };
    const either = identityOf(
      {
        issuers: [
          { ...entry, name: 'one', issuer },
          { ...entry, name: 'two', issuer: `${issuer}*` },
        ],
      },
      { one: keysOf({ ...login.jwk, kid: 'k1' }), two: none },
    );
    const wide = identityOf(
      { issuers: [{ ...entry, name: 'one', issuer: 'https://*' }] },
      { one: keysOf({ ...login.jwk, kid: 'k1' }) },
    );
    const headers = { authorization: `Bearer ${thief.jwt({ ...ours, iss: issuer }, { kid: 'k2' })}` };
    for (const each of [either, wide]) expect(identify(each, { headers }).raw.identityFault).toBeNull();
  });
  it("is nobody's where it is of another issuer, for another audience, or no JWT", () => {
    for (const other of [{ iss: 'https://elsewhere.example' }, { iss: undefined }, { aud: 'web' }])
      expect(fault(thief.jwt({ ...ours, ...other }, { kid: 'k2' }))).toBeNull();
    expect(fault('opaque')).toBeNull();
  });
});

describe('a user token that is spelled otherwise', () => {
  const login = signer('ES256');
  const by = identityOf({ issuers: [{ name: 'login', proves: 'who', jwks_file: 'x' }] }, { login: keysOf(login.jwk) });
  const three = identityOf(
    { issuers: ['x', 'y', 'z'].map((name) => ({ name, proves: 'who', jwks_file: 'x', issuer: name })) },
    Object.fromEntries(['x', 'y', 'z'].map((name) => [name, keysOf({ ...login.jwk, kid: name })])),
  );
  const token = (sub: string) => login.jwt({ ...good, sub, sid: `of-${sub}` });
  const alice = token('alice');
  const found = (authorization: string | string[]) => {
    const { raw } = identify(by, { headers: { authorization } });
    return [raw.user, raw.session, raw.identityFault];
  };
  /** Another last character of the same bytes. */
  const otherBits = (text: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
  };

  it('is read by libraries that APIs use', async () => {
    const spelled = otherBits(alice);
    expect(
      (await jwtVerify(spelled, createPublicKey(login.privateKey), { currentDate: new Date(NOW) })).payload.sub,
    ).toBe('alice');
  });
  it('names nobody, and its spelling is a fact about the caller', () => {
    const [head, claims, signature = ''] = alice.split('.');
    const standard = signature.replaceAll('-', '+').replaceAll('_', '/');
    const spelled = [otherBits(alice), `${alice}==`, `${alice}!`, `${alice}.`, `${head}.${claims}.${standard}==`];
    for (const text of spelled) expect([text, ...found(`Bearer ${text}`)]).toEqual([text, '', '', 'malformed']);
    for (const value of [`JWT ${alice}`, `Bearer Bearer ${alice}`, `Bearer "${alice}"`, `x, ${alice}`])
      expect([value, ...found(value)]).toEqual([value, '', '', null]);
  });
  it('is its user’s behind a tab, or in the second of two lines', () => {
    expect(found(`Bearer\t${alice}`)).toEqual(['alice', 'of-alice', null]);
    expect(found(['Basic eDp5', `Bearer ${alice}`])).toEqual(['alice', 'of-alice', null]);
    expect(found([`Bearer ${alice}`, `Bearer ${alice}`])).toEqual(['alice', 'of-alice', null]);
    expect(found([`Bearer ${alice}`, `Bearer ${token('bob')}`])).toEqual(['alice', 'of-alice', 'users_differ']);
  });
  it('is its user’s as the first or the last of many lines, and many cost what a few do', () => {
    const others = Array.from({ length: 16 }, (_, i) => `Bearer x${i}`);
    expect(found([...others, `Bearer ${alice}`])).toEqual(['alice', 'of-alice', null]);
    expect(found([`Bearer ${alice}`, ...others])).toEqual(['alice', 'of-alice', null]);
    const forged = Array.from({ length: 16 }, (_, i) => `Bearer ${signer('ES256').jwt({ ...good, iss: 'x', i })}`);
    const parse = JSON.parse;
    let parsed = 0;
    JSON.parse = (...given: Parameters<typeof parse>) => {
      parsed++;
      return parse(...given);
    };
    try {
      identify(three, { headers: { authorization: forged } });
    } finally {
      JSON.parse = parse;
    }
    // Claims of four, once each whatever asks for them, and a header that all of them have.
    expect(parsed).toBeLessThanOrEqual(5);
  });
  it('is a forgery when its signature is one in each spelling, and nobody’s where it is no JWT', () => {
    const forged = signer('ES256').jwt({ ...good, sub: 'alice' });
    for (const value of [`Bearer ${forged}==`, `JWT ${forged}`])
      expect(found(value)).toEqual(['', '', 'signature_invalid']);
    for (const value of [
      'Bearer a.b',
      'Basic eDp5',
      `Bearer ${'.'.repeat(9000)}`,
      'Digest username="a.b.c", uri="/x.y.z"',
    ])
      expect([value, ...found(value)]).toEqual([value, '', '', null]);
  });
});

describe('the gateways', () => {
  const key = signer('ES256');
  const login = signer('ES256');
  const identity = identityOf(
    {
      issuers: [{ name: 'login', proves: 'who', jwks_file: 'x' }],
      clients: [{ id: 'partner-7', hmac: { scheme: 'x-signature', secret_base64 } }],
    },
    { login: keysOf(login.jwk) },
  );
  const open = () =>
    openDecisionApp({
      identity: () => identity,
      policy: () => policyOf({ mode: 'enforce', on_failed_identity: 'block' }),
    }).app;
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const signed = (query: string, salt: number) => {
    const at = SECONDS + salt;
    const mac = hmacOf(SECRET, `GET\n/v1/orders${query}\n${at}\n${empty}\npartner-7`);
    return { 'x-key-id': 'partner-7', 'x-timestamp': String(at), 'x-signature': mac };
  };

  it('hand method, host, path with query and scheme to signatures and proofs: nginx', async () => {
    const app = open();
    const token = login.jwt({ ...good, sub: 'alice', cnf: { jkt: key.thumbprint } });
    const proof = dpop(key, { htm: 'GET', htu: 'https://api.example.com/v1/orders', iat: SECONDS, accessToken: token });
    const ask = async (headers: Record<string, string>, uri = '/v1/orders?b=2') => {
      const reply = await app.inject({
        url: '/gateway/nginx',
        headers: {
          'x-bonafide-key': GATEWAY_KEY,
          'x-original-uri': uri,
          'x-original-method': 'GET',
          'x-original-host': 'api.example.com',
          'x-original-scheme': 'https',
          ...headers,
        },
      });
      return reply.statusCode;
    };
    expect(await ask({ authorization: `DPoP ${token}`, dpop: proof })).toBe(200);
    expect(await ask({ authorization: `DPoP ${token}`, dpop: proof })).toBe(403);
    expect(await ask(signed('?b=2', 1))).toBe(200);
    expect(await ask(signed('?b=3', 2))).toBe(403);
    expect(await ask(signed('', 3), '/v1/orders')).toBe(200);
    await app.close();
  });

  it('have no header that the client did not send, whatever name a signature covers', async () => {
    const partner = identityOf({ clients: [{ id: 'partner-8', hmac: { scheme: 'rfc9421', secret_base64 } }] });
    const { app } = openDecisionApp({ identity: () => partner });
    for (const name of ['constructor', '__proto__', 'x']) {
      const reply = await app.inject({
        url: '/gateway/nginx',
        headers: {
          'x-bonafide-key': GATEWAY_KEY,
          'x-original-uri': '/v1/orders',
          'x-original-method': 'GET',
          'signature-input': `s=("@method" "@path" "${name}");created=${SECONDS};keyid="partner-8"`,
          signature: 's=:AAAA:',
        },
      });
      // Anything but 200, 401 and 403 lets the request through where a gateway fails open.
      expect([name, reply.statusCode, reply.headers['x-identity-code']]).toEqual([name, 200, 'bound_elsewhere']);
    }
    await app.close();
  });

  it('hand method, host, path with query and scheme to signatures and proofs: AuthZEN', async () => {
    const app = open();
    const ask = async (id: string, headers: Record<string, string>, context = {}) => {
      const reply = await app.inject({
        method: 'POST',
        url: '/access/v1/evaluation',
        headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
        payload: {
          subject: { type: 'anonymous', id: 'anonymous' },
          action: { name: 'GET' },
          resource: { type: 'route', id },
          context: { host: 'api.example.com', headers, ...context },
        },
      });
      return reply.json().context.outcome;
    };
    expect(await ask('/v1/orders?b=2', signed('?b=2', 11))).toBe('allow');
    expect(await ask('/v1/orders', signed('?b=2', 12), { 'url.query': 'b=2' })).toBe('allow');
    expect(await ask('/v1/orders', signed('?b=2', 13))).toBe('block');
    await app.close();
  });
});

describe('what a gateway says of a user token that it verified itself', () => {
  const key = { id: 'key-1', sha256: createHash('sha256').update('k').digest('hex') };
  const said = { raw: { identityFault: 'expired' as const, user: 'alice' } };

  it('stands beside credentials that verify no user', () => {
    const by = identityOf({ clients: [key] });
    expect(identify(by, { ...said, headers: { 'x-api-key': 'k' } }).raw).toMatchObject({
      apiClient: 'key-1',
      identityFault: 'expired',
    });
  });
  it('gives way to what is verified here', () => {
    const by = identityOf({ issuers: [{ name: 'login', proves: 'who', keys: [{ secret_base64 }] }] });
    const ask = (token: string) => identify(by, { ...said, headers: { authorization: `Bearer ${token}` } }).raw;
    expect(ask(hs256({ ...good, sub: 'bob' }, SECRET))).toMatchObject({ user: 'bob', identityFault: null });
    expect(ask(hs256({ ...good, sub: 'bob' }, 'x')).identityFault).toBe('signature_invalid');
    expect(ask('opaque')).toMatchObject({ user: 'alice', identityFault: 'expired' });
  });
});

describe('a batch of questions', () => {
  const key = signer('ES256');
  const BOUND = Buffer.alloc(32, 2);
  const identity = () =>
    identityOf({
      issuers: [
        { name: 'app', keys: [{ secret_base64 }], one_time: true },
        { name: 'bound', header: 'X-Bound', keys: [{ secret_base64: BOUND.toString('base64') }] },
      ],
    });
  const batch = async (context: object, evaluations: object[]) => {
    const one = identity();
    const { app } = openDecisionApp({ identity: () => one });
    const ask = async (payload: object) =>
      app.inject({
        method: 'POST',
        url: '/access/v1/evaluations',
        headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
        payload: {
          subject: { type: 'anonymous', id: 'anonymous' },
          action: { name: 'GET' },
          resource: { type: 'route', id: '/v1/orders' },
          ...payload,
        },
      });
    const codes = async (payload: object) =>
      (await ask(payload))
        .json()
        .evaluations.map((item: { context: { attestation: { code: string } } }) => item.context.attestation.code);
    const first = await codes({ context, evaluations });
    const again = await codes({ context, evaluations });
    await app.close();
    return { first, again };
  };
  const reads = [{}, { resource: { type: 'route', id: '/v1/carts' } }, { action: { name: 'GET' } }];

  it('about one request uses its single-use token once, and the next batch is another use', async () => {
    const context = { ip: '192.0.2.1', attestation_token: hs256({ ...good, jti: 'once' }, SECRET) };
    const { first, again } = await batch(context, reads);
    expect(first).toEqual(['unbound', 'unbound', 'unbound']);
    expect(again).toEqual(['replayed', 'replayed', 'replayed']);
    // The same context written out in each item is the same request too.
    expect(
      (
        await batch(
          {},
          reads.map((item) => ({ ...item, context })),
        )
      ).first,
    ).toEqual(first);
  });

  it('about one request uses its proof of possession once', async () => {
    const proof = dpop(key, { htm: 'GET', htu: 'https://api.example.com/v1/orders', iat: SECONDS });
    const headers = { 'x-bound': hs256({ ...good, cnf: { jkt: key.thumbprint } }, BOUND), dpop: proof };
    const context = { host: 'api.example.com', scheme: 'https', headers };
    const { first, again } = await batch(context, [{}, {}, { action: { name: 'POST' } }]);
    expect(first).toEqual(['ok', 'ok', 'bound_elsewhere']);
    expect(again).toEqual(['replayed', 'replayed', 'bound_elsewhere']);
  });

  it('about several requests finds a token that is shown twice', async () => {
    const attestation_token = hs256({ ...good, jti: 'twice' }, SECRET);
    const of = (context: object) => ({ context: { ip: '192.0.2.1', attestation_token, ...context } });
    const others = [of({}), of({ ip: '192.0.2.2' }), of({ 'http.request.id': 'r2' })];
    expect((await batch({}, others)).first).toEqual(['unbound', 'replayed', 'replayed']);
    // One jti, two tokens: the second was never used, and its name was.
    const twin = { attestation_token: hs256({ ...good, jti: 'twice', x: 1 }, SECRET) };
    expect((await batch({}, [of({}), of(twin)])).first).toEqual(['unbound', 'replayed']);
  });
});

describe('credentials with keys at an address', () => {
  it('are read again when they change while the keys of the change before are waited for', async () => {
    let answer: (() => void) | undefined;
    const server = createServer((_request, response) => {
      answer = () => response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const jwks_uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const leaked = { id: 'leaked', sha256: createHash('sha256').update('k').digest('hex') };
    const path = join(folder, 'changing.json');
    const write = (content: object) => writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
    write({ clients: [leaked] });
    const store = openCredentials(path, { health: createHealth(['decide']), log: createLogger('silent') });
    const client = () => identify(store.identity(), { headers: { 'x-api-key': 'k' } }).raw.apiClient;
    write({ clients: [leaked], issuers: [{ name: 'app', jwks_uri }] });
    const polling = store.poll();
    await until('the keys are asked for', () => answer !== undefined);
    write({ clients: [] });
    answer?.();
    await polling;
    expect(client()).toBe('leaked');
    await store.poll();
    expect(client()).toBe('');
    await store.stop();
    server.closeAllConnections();
    server.close();
  });

  it('have the keys before the first decision, and tell an operator when they cannot be fetched', async () => {
    const key = signer('ES256');
    let up = false;
    const server = createServer((_request, response) => {
      response.statusCode = up ? 200 : 500;
      response.end(JSON.stringify({ keys: [{ ...key.jwk, kid: 'k' }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const jwks_uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const path = join(folder, 'credentials.json');
    writeFileSync(path, JSON.stringify({ issuers: [{ name: 'app', jwks_uri }] }));
    chmodSync(path, 0o600);
    const headers = { 'approov-token': key.jwt(good, { kid: 'k' }) };
    for (const [state, expected] of [
      ['degraded', { status: null, code: 'keys_unavailable' }],
      ['ok', { status: 'genuine', code: 'unbound' }],
    ] as const) {
      const health = createHealth(['decide']);
      const store = openCredentials(path, { health, log: createLogger('silent') });
      await store.start();
      expect(health.report('decide').parts.credentials?.state).toBe(state);
      expect(health.report('decide').ready).toBe(true);
      expect(identify(store.identity(), { headers }).raw.attestation).toMatchObject(expected);
      await store.stop();
      up = true;
    }
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });
});
