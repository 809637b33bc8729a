import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { introspectionSchema } from '../../../schemas/introspection.ts';
import { createIntrospector, type Introspector } from '../../../services/decide/caller-state/introspection.ts';
import { contextHeaders } from '../../../services/decide/identity/headers.ts';
import { manualClock } from '../../../shared/clock.ts';
import { createLogger } from '../../../shared/logger.ts';
import { createMetrics } from '../../../shared/metrics.ts';
import { NOW, openDecisionApp } from '../../support/decision-app.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { dpop, signer } from '../../support/signers.ts';
import { hs256 } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';

/** An authorization server: what it answers is the test's. */
let server: Server;
let url = '';
const asked: { token: string; headers: IncomingMessage['headers'] }[] = [];
let answer: (token: string) => { status?: number; body: unknown; headers?: Record<string, string> };
let hold: Promise<void> = Promise.resolve();

let introspector: Introspector;
let metrics = createMetrics();
let clock = manualClock(NOW);
const log = createLogger('silent');
const complaints = vi.spyOn(log, 'error');

beforeEach(async () => {
  complaints.mockClear();
  asked.length = 0;
  hold = Promise.resolve();
  answer = (token) => ({
    body: { active: token.startsWith('good'), sub: `user-of-${token}`, sid: 's1', jti: 't1', iat: 1 },
  });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', async () => {
      const token = new URLSearchParams(body).get('token') ?? '';
      asked.push({ token, headers: request.headers });
      await hold;
      const { status = 200, body: json, headers } = answer(token);
      response.writeHead(status, headers).end(typeof json === 'string' ? json : JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`;
  metrics = createMetrics();
  clock = manualClock(NOW);
  introspector = createIntrospector({ clock, metrics, log });
  introspector.configure([endpoint()]);
});
afterEach(async () => {
  introspector.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const endpoint = (more: Record<string, unknown> = {}) =>
  introspectionSchema.parse({ name: 'login', endpoint: url, client_id: 'bona:fide', client_secret: 's€cret', ...more });
const look = (headers: Record<string, string>, address = '192.0.2.1') =>
  introspector.find(contextHeaders(headers), address, clock.now());
const find = (token: string, address?: string) => look({ Authorization: `Bearer ${token}` }, address)[0]?.who ?? null;
const counted = (result: string) =>
  Number(new RegExp(`_total\\{result="${result}"\\} (\\d+)`).exec(metrics.text())?.[1] ?? 0);
/** What was asked a moment ago is there, and answered. */
async function answered() {
  await new Promise((resolve) => setTimeout(resolve, 15));
  await until('all are answered', () => counted('failed') + counted('active') === asked.length);
}
const settled = (result: string, n: number) =>
  until(`${n} are ${result}`, () => metrics.text().includes(`bonafide_introspections_total{result="${result}"} ${n}`));

describe('an opaque user token', () => {
  it('is nobody’s at first sight, is asked about once, and the next request knows whose it is', async () => {
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    for (let i = 0; i < 50; i++) expect(find('good-1')).toBeNull();
    await until('it is asked', () => asked.length === 1);
    expect(find('good-1')).toBeNull();
    release();
    await settled('active', 1);
    expect(find('good-1')).toEqual({ user: 'user-of-good-1', session: 's1', tokenId: 't1', issuedAtS: 1 });
    expect(asked).toHaveLength(1);
    // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    const basic = Buffer.from('bona%3Afide:s%E2%82%ACcret').toString('base64');
    expect(asked[0]?.headers).toMatchObject({ authorization: `Basic ${basic}`, accept: 'application/json' });
  });

  it('that is inactive stays nobody’s, and is not asked about again for a while', async () => {
    find('bad-1');
    await settled('inactive', 1);
    for (let i = 0; i < 20; i++) expect(find('bad-1')).toBeNull();
    expect(asked).toHaveLength(1);
    clock.set(NOW + 31_000);
    find('bad-1');
    await settled('inactive', 2);
  });

  it('is asked about again while it is in use, and believed no longer than its exp', async () => {
    answer = () => ({ body: { active: true, sub: 'alice', exp: NOW / 1000 + 100 } });
    find('good-1');
    await settled('active', 1);
    clock.set(NOW + 50_000);
    expect(find('good-1')?.user).toBe('alice');
    await settled('active', 2);
    clock.set(NOW + 99_000);
    expect(find('good-1')?.user).toBe('alice');
    clock.set(NOW + 100_000);
    expect(find('good-1')).toBeNull();
  });

  it('that was taken back is nobody’s once that is known', async () => {
    find('good-1');
    await settled('active', 1);
    answer = () => ({ body: { active: false } });
    clock.set(NOW + 55_000);
    find('good-1');
    await settled('inactive', 1);
    expect(find('good-1')).toBeNull();
  });

  it.each([
    ['of another audience', { active: true, sub: 'a', aud: ['other'] }],
    ['of another issuer', { active: true, sub: 'a', aud: 'api', iss: 'https://elsewhere.example' }],
    ['that has expired', { active: true, sub: 'a', aud: 'api', iss: 'https://login.example', exp: 1 }],
    [
      'that is not valid yet',
      { active: true, sub: 'a', aud: 'api', iss: 'https://login.example', nbf: NOW / 1000 + 301 },
    ],
    ['that names nobody', { active: true, aud: 'api', iss: 'https://login.example' }],
  ])('%s is nobody’s', async (_what, body) => {
    introspector.configure([endpoint({ audience: 'api', issuer: 'https://login.example' })]);
    answer = () => ({ body });
    find('good-1');
    await settled('inactive', 1);
    expect(find('good-1')).toBeNull();
  });

  it('of a server whose clock is a little ahead is its user’s', async () => {
    answer = () => ({ body: { active: true, sub: 'alice', nbf: NOW / 1000 + 300 } });
    find('good-1');
    await settled('active', 1);
    expect(find('good-1')?.user).toBe('alice');
  });

  it('is never a JWT: those are verified, not sent, however their header is spaced', () => {
    const part = (text: string) => Buffer.from(text).toString('base64url');
    const [, body, signature] = hs256({ sub: 'alice' }, 'x').split('.');
    const heads = ['{"alg":"HS256"}', '{ "alg":"HS256"}', '{\n"alg":"HS256"}', ' \t{"alg":"HS256"}'];
    for (const head of heads) expect(find(`${part(head)}.${body}.${signature}`)).toBeNull();
    expect(find(`${part('{ "alg":"dir","enc":"A128GCM"}')}..iv.text.tag`)).toBeNull();
    expect(find('x'.repeat(5000))).toBeNull();
    expect(look({ authorization: '' })).toEqual([]);
    expect(asked).toHaveLength(0);
  });

  it('is never a password or a key: in Authorization it has its scheme in front', async () => {
    for (const value of [
      'Basic YWxpY2U6aHVudGVyMg==',
      'ApiKey good-1',
      'Digest username="alice"',
      'good-1',
      'Bearer',
    ]) {
      expect(look({ authorization: value })).toEqual([]);
    }
    introspector.configure([endpoint({ header: 'X-Session' })]);
    look({ 'x-session': 'good-2' });
    await settled('active', 1);
    expect(look({ 'x-session': 'good-2' })[0]?.who?.user).toBe('user-of-good-2');
    expect(asked.map(({ token }) => token)).toEqual(['good-2']);
  });
});

it('an opaque token behind a tab is its user’s, as an API may read it', async () => {
  look({ authorization: 'Bearer\tgood-1' });
  await settled('active', 1);
  expect(look({ authorization: 'Bearer\tgood-1' })[0]?.who?.user).toBe('user-of-good-1');
});

it('two opaque tokens of two lines each count', async () => {
  const authorization = 'Basic eDp5, Bearer good-1, DPoP good-2';
  look({ authorization });
  await settled('active', 2);
  expect(look({ authorization }).map(({ who }) => who?.user)).toEqual(['user-of-good-1', 'user-of-good-2']);
});

describe('an opaque token that names a key', () => {
  const phone = signer('ES256');
  const thief = signer('ES256');
  const HTU = 'https://api.example.com/v1/orders';
  const learnt = async (cnf: unknown) => {
    answer = () => ({ body: { active: true, sub: 'alice', cnf } });
    find('good-1');
    await settled('active', 1);
    return identityOf({ tls_client_cert_header: 'X-Cert' }, {}, { opaque: introspector });
  };
  const proof = (key: typeof phone, accessToken = 'good-1') =>
    dpop(key, { htm: 'GET', htu: HTU, iat: SECONDS, accessToken });
  const nobody = (code: string) => ({ user: '', identityFault: code });

  it('by cnf.jkt is its user’s only with a DPoP proof of that key, this request and this token', async () => {
    const by = await learnt({ jkt: phone.thumbprint });
    const ask = (headers: Record<string, string>) =>
      identify(by, { headers: { authorization: 'DPoP good-1', ...headers } }).raw;
    expect(ask({ dpop: proof(phone) })).toMatchObject({ user: 'alice', identityFault: null });
    expect(ask({})).toMatchObject(nobody('proof_missing'));
    expect(ask({ authorization: 'Bearer good-1' })).toMatchObject(nobody('proof_missing'));
    expect(ask({ dpop: proof(thief) })).toMatchObject(nobody('bound_elsewhere'));
    expect(ask({ dpop: proof(phone, 'good-2') })).toMatchObject(nobody('bound_elsewhere'));
  });

  it('by cnf.x5t#S256 is its user’s only with that certificate, and a cnf that says nothing is no key', async () => {
    const der = Buffer.alloc(200, 1);
    const by = await learnt({ 'x5t#S256': createHash('sha256').update(der).digest('base64url') });
    const ask = (headers: Record<string, string>, identity = by) =>
      identify(identity, { headers: { authorization: 'Bearer good-1', ...headers } }).raw;
    expect(ask({ 'x-cert': `:${der.toString('base64')}:` })).toMatchObject({ user: 'alice', identityFault: null });
    expect(ask({ 'x-cert': `:${Buffer.alloc(200, 2).toString('base64')}:` })).toMatchObject(nobody('bound_elsewhere'));
    expect(ask({})).toMatchObject(nobody('proof_missing'));
    introspector.configure([endpoint({ audience: 'api' })]);
    answer = () => ({ body: { active: true, sub: 'bob', aud: 'api', cnf: null } });
    find('good-1');
    await settled('active', 2);
    expect(ask({})).toMatchObject({ user: 'bob', identityFault: null });
  });

  it('beside a verified token of another user is a fact about the caller', async () => {
    const login = signer('ES256');
    answer = () => ({ body: { active: true, sub: 'mallory' } });
    introspector.configure([endpoint({ header: 'X-Session' })]);
    const headers = {
      authorization: `Bearer ${login.jwt({ exp: SECONDS + 60, sub: 'alice' })}`,
      'x-session': 'good-1',
    };
    look(headers);
    await settled('active', 1);
    const issuers = [{ name: 'login', proves: 'who', jwks_file: 'x' }];
    const by = identityOf({ issuers }, { login: keysOf(login.jwk) }, { opaque: introspector });
    expect(identify(by, { headers }).raw).toMatchObject({ user: 'alice', identityFault: 'users_differ' });
  });
});

describe('an authorization server that fails', () => {
  it.each([
    ['answers 500', () => ({ status: 500, body: {} })],
    ['answers what is not JSON', () => ({ body: '<html>' })],
    ['answers without active', () => ({ body: { sub: 'alice' } })],
    ['answers too much', () => ({ body: { active: true, sub: 'alice', more: 'x'.repeat(100_000) } })],
    ['sends the token elsewhere', () => ({ status: 307, body: {}, headers: { location: '/elsewhere' } })],
  ])('and %s is left alone for longer and longer', async (_what, fails) => {
    answer = fails;
    find('good-1');
    await settled('failed', 1);
    expect(find('good-1')).toBeNull();
    expect(asked).toHaveLength(1);
    clock.set(NOW + 1000);
    find('good-1');
    await settled('failed', 2);
    clock.set(NOW + 2500);
    find('good-1');
    expect(asked).toHaveLength(2);
    answer = () => ({ body: { active: true, sub: 'alice' } });
    clock.set(NOW + 3100);
    find('good-1');
    await settled('active', 1);
    expect(find('good-1')?.user).toBe('alice');
  });
});

describe('tokens that make an authorization server fail', () => {
  beforeEach(() => {
    answer = (token) =>
      token.startsWith('crash') ? { status: 500, body: {} } : { body: { active: true, sub: `user-of-${token}` } };
  });

  it('from one address keep nobody else from being known', async () => {
    for (let n = 1; n <= 20; n++) {
      find(`crash-${n}`, '203.0.113.66');
      await answered();
      find(`good-${n}`, '192.0.2.1');
      await settled('active', n);
      expect(find(`good-${n}`)?.user).toBe(`user-of-good-${n}`);
      clock.set(NOW + n * 1000);
    }
    // And whoever sends them is left alone for longer and longer.
    expect(asked.filter(({ token }) => token.startsWith('crash')).length).toBeLessThanOrEqual(6);
  });

  it('fill no log: it is told once a minute, whoever is answered in between, and again once it fails anew', async () => {
    for (let n = 1; n <= 20; n++) {
      find(`crash-${n}`, `203.0.113.${n}`);
      await settled('failed', n);
      find(`good-${n}`, '192.0.2.1');
      await settled('active', n);
    }
    expect(complaints).toHaveBeenCalledTimes(1);
    clock.set(NOW + 61_000);
    for (let n = 21; n <= 22; n++) {
      find(`crash-${n}`, `203.0.113.${n}`);
      await settled('failed', n);
    }
    expect(complaints).toHaveBeenCalledTimes(2);
    expect(complaints).toHaveBeenLastCalledWith(
      { event: 'introspection_failed', endpoint: 'login', why: expect.any(String) },
      'user tokens cannot be asked about',
    );
  });

  it('from nobody knows where keep none from staying known', async () => {
    find('good-1');
    await settled('active', 1);
    clock.set(NOW + 50_000);
    find('crash-1', '');
    await settled('failed', 1);
    find('good-1');
    await settled('active', 2);
  });

  it('from many addresses keep none from staying known, and new ones are asked about once they pause', async () => {
    find('good-1');
    await settled('active', 1);
    // Three a second, for two minutes and a half: the pauses of all are as long as they get.
    for (let second = 1; second <= 150; second++) {
      clock.set(NOW + second * 1000);
      const before = asked.length;
      for (let n = 0; n < 3; n++) find(`crash-${second}-${n}`, `203.0.${second % 256}.${n}`);
      const known = find('good-1', '192.0.2.1');
      expect([second, known?.user]).toEqual([second, 'user-of-good-1']);
      await answered();
      expect(asked.length - before).toBeLessThanOrEqual(5);
    }
    clock.set(NOW + 181_000);
    const active = counted('active');
    find('good-2', '192.0.2.2');
    await settled('active', active + 1);
    expect(find('good-2', '192.0.2.2')?.user).toBe('user-of-good-2');
  });
});

it('a server that fails is told of in the health, until it answers again', async () => {
  expect(introspector.health()).toEqual({ state: 'ok', detail: '' });
  answer = () => ({ status: 503, body: {} });
  find('good-1');
  await settled('failed', 1);
  clock.set(NOW + 20_000);
  expect(introspector.health()).toEqual({
    state: 'degraded',
    detail: 'login fails for 20 s: users of opaque tokens that are new may be nobody meanwhile.',
  });
  answer = () => ({ body: { active: true, sub: 'alice' } });
  find('good-1');
  await settled('active', 1);
  expect(introspector.health()).toEqual({ state: 'ok', detail: '' });
});

it('a server that the credentials name no more fails no more', async () => {
  answer = () => ({ status: 503, body: {} });
  find('good-1');
  await settled('failed', 1);
  introspector.configure([endpoint()]);
  expect(introspector.health().state).toBe('degraded');
  introspector.configure([endpoint({ name: 'other' })]);
  expect(introspector.health().state).toBe('ok');
});

it('an answer that comes when the credentials name the server no more says nothing of one that is asked', async () => {
  let release = () => {};
  hold = new Promise((resolve) => {
    release = resolve;
  });
  answer = () => ({ status: 503, body: {} });
  for (let n = 0; n < 12; n++) find(`good-${n}`);
  await until('the server is asked', () => asked.length === 8);
  introspector.configure([endpoint({ name: 'other' })]);
  release();
  await settled('failed', 8);
  expect(introspector.health()).toEqual({ state: 'ok', detail: '' });
  // What waits is not told to a server that was taken out.
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asked).toHaveLength(8);
});

it.each([400, 413, 414, 422, 431])(
  'a token that the server answers with %i keeps no other from being asked about',
  async (status) => {
    answer = (token) => (token.startsWith('odd') ? { status, body: {} } : { body: { active: true, sub: 'alice' } });
    for (let n = 1; n <= 5; n++) {
      find(`odd-${n}`, '203.0.113.66');
      await settled('failed', n);
    }
    find('good-1');
    await settled('active', 1);
    expect(find('good-1')?.user).toBe('alice');
    // It is left alone for as long as an inactive one, and one that was active stays so until its time is over.
    find('odd-1', '203.0.113.66');
    expect(asked).toHaveLength(6);
    answer = () => ({ status, body: {} });
    clock.set(NOW + 55_000);
    expect(find('good-1')?.user).toBe('alice');
    await settled('failed', 6);
    expect(find('good-1')?.user).toBe('alice');
    clock.set(NOW + 61_000);
    expect(find('good-1')).toBeNull();
  },
);

it('a token of characters that no token has is not asked about', async () => {
  for (const token of ['a b', 'é', 'a\u0000b', 'a\u007f', 'good-1']) find(token);
  await settled('active', 1);
  expect(asked.map(({ token }) => token)).toEqual(['good-1']);
});

describe('a flood of made-up tokens', () => {
  it('from one address waits for itself, and the others are still answered', async () => {
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    for (let i = 0; i < 5000; i++) find(`made-up-${i}`, '203.0.113.66');
    expect(metrics.text()).toContain('bonafide_introspections_total{result="dropped"} 4980');
    find('good-1');
    release();
    await settled('active', 1);
    expect(find('good-1')?.user).toBe('user-of-good-1');
    expect(asked.length).toBeLessThanOrEqual(21);
  });

  it('from the many addresses of one IPv6 caller waits for itself too', async () => {
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    for (let i = 0; i < 5000; i++) find(`made-up-${i}`, `2001:db8::${i.toString(16)}`);
    expect(metrics.text()).toContain('bonafide_introspections_total{result="dropped"} 4980');
    find('good-1', '2001:db8:0:1::1');
    release();
    await settled('active', 1);
    expect(find('good-1')?.user).toBe('user-of-good-1');
  });

  it('from many addresses is bounded, and known users stay known', async () => {
    find('good-1');
    await settled('active', 1);
    hold = new Promise(() => {});
    for (let i = 0; i < 30_000; i++) find(`made-up-${i}`, `2001:db8:0:${i.toString(16)}::1`);
    expect(find('good-1')?.user).toBe('user-of-good-1');
    expect(Number(/result="dropped"\} (\d+)/.exec(metrics.text())?.[1])).toBeGreaterThan(28_000);
  });

  it('that goes on lets those that are in use be asked about again, before their time is over', async () => {
    find('good-1', '203.0.113.66');
    await settled('active', 1);
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    for (let i = 0; i < 30_000; i++) find(`made-up-${i}`, `203.0.${i >> 8}.${i & 255}`);
    for (let i = 0; i < 30; i++) find(`mine-${i}`, '203.0.113.66');
    await until('eight are under way', () => asked.length === 9);
    clock.set(NOW + 50_000);
    expect(find('good-1', '203.0.113.66')?.user).toBe('user-of-good-1');
    release();
    await settled('active', 2);
    // Before the thousand that wait.
    expect(asked.findIndex(({ token }, nth) => nth > 0 && token === 'good-1')).toBeLessThan(50);
    clock.set(NOW + 100_000);
    expect(find('good-1')?.user).toBe('user-of-good-1');
  });
});

it('a decision knows the user of an opaque token from the second request on', async () => {
  const identity = identityOf({}, {}, { opaque: introspector });
  const { app } = openDecisionApp({ identity: () => identity, clock });
  const ask = async () =>
    app.inject({
      url: '/gateway/nginx',
      headers: {
        'x-bonafide-key': 'test-gateway-key',
        'x-original-uri': '/v1/me',
        'x-original-method': 'GET',
        'x-real-ip': '192.0.2.1',
        authorization: 'Bearer good-7',
      },
    });
  const reusable = async () => {
    const reply = await app.inject({
      method: 'POST',
      url: '/access/v1/evaluation',
      headers: { authorization: 'Bearer test-gateway-key', 'content-type': 'application/json' },
      payload: {
        subject: { type: 'anonymous', id: 'anonymous' },
        action: { name: 'GET' },
        resource: { type: 'route', id: '/v1/me' },
        context: { ip: '192.0.2.1', headers: { authorization: 'Bearer good-8' } },
      },
    });
    return reply.json().context.ttl_ms;
  };
  // Whose it is may be known, and revoked, in the next moment.
  expect(await reusable()).toBe(1000);
  await settled('active', 1);
  expect((await ask()).headers['x-bonafide-user']).toBeUndefined();
  await settled('active', 2);
  const known = await ask();
  expect(known.headers).toMatchObject({ 'x-bonafide-user': 'user-of-good-7', 'x-bonafide-session': 's1' });
  await app.close();
});
