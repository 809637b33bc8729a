import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createJwksPool } from '../../../services/decide/identity/jwks-pool.ts';
import { createJwksSource, type JwksOptions, type JwksSource } from '../../../services/decide/identity/jwks-source.ts';
import { createKeptKeys } from '../../../services/decide/identity/kept-keys.ts';
import { identify, identityOf, SECONDS } from '../../support/identity.ts';
import { type Signer, signer } from '../../support/signers.ts';
import { until } from '../../support/until.ts';

const k1 = signer('ES256');
const k2 = signer('ES256');
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface KeyServer {
  uri: string;
  /** How often it was asked. */
  asked: number;
  answer: RequestListener;
  server: Server;
}

async function keyServer(answer: RequestListener): Promise<KeyServer> {
  const server = createServer((request, response) => {
    self.asked++;
    self.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const self: KeyServer = { uri: `http://127.0.0.1:${port}/jwks`, asked: 0, answer, server };
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return self;
}

const set =
  (...keys: readonly (readonly [string, Signer])[]): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'public, max-age=0');
    response.end(JSON.stringify({ keys: keys.map(([kid, { jwk }]) => ({ ...jwk, kid })) }));
  };
const failing: RequestListener = (_request, response) => {
  response.statusCode = 503;
  response.end();
};

function source(uri: string, options: JwksOptions = {}): JwksSource {
  const made = createJwksSource(uri, options);
  open.push(() => made.stop());
  return made;
}
const kids = (from: JwksSource) => from.keys().map(({ kid }) => kid);
const identityBy = (keys: JwksSource, more = {}) =>
  identityOf({ issuers: [{ name: 'app', jwks_uri: 'https://keys.example/jwks', ...more }] }, { app: keys });
const ask = (by: ReturnType<typeof identityBy>, key: Signer, kid: string) =>
  identify(by, { headers: { 'approov-token': key.jwt({ exp: SECONDS + 600 }, { kid }) } }).raw.attestation;

describe('keys at an address', () => {
  it('are fetched in the background, one fetch at a time, and never when a token is verified', async () => {
    const server = await keyServer(set(['k1', k1]));
    const keys = source(server.uri);
    const by = identityBy(keys);
    // Before any key was fetched nothing is known, and that is not the caller's doing.
    expect(ask(by, k1, 'k1')).toMatchObject({ status: null, code: 'keys_unavailable' });
    await Promise.all([keys.refresh(), keys.refresh(), keys.refresh()]);
    expect(server.asked).toBe(1);
    for (let i = 0; i < 50; i++) expect(ask(by, k1, 'k1')).toMatchObject({ status: 'genuine' });
    expect(server.asked).toBe(1);
  });

  it('are fetched again before their life is over, and changed without a gap', async () => {
    const server = await keyServer(set(['k1', k1]));
    const keys = source(server.uri, { shortestLifeMs: 20 });
    keys.start();
    await until('the first keys are there', () => keys.ready(), { everyMs: 10 });
    const by = identityBy(keys);
    expect(ask(by, k1, 'k1')).toMatchObject({ status: 'genuine' });
    server.answer = set(['k1', k1], ['k2', k2]);
    await until('the new key is there', () => kids(keys).includes('k2'), { everyMs: 10 });
    expect(ask(by, k1, 'k1')).toMatchObject({ status: 'genuine' });
    expect(ask(by, k2, 'k2')).toMatchObject({ status: 'genuine' });
    server.answer = set(['k2', k2]);
    await until('the old key is gone', () => !kids(keys).includes('k1'), { everyMs: 10 });
    // A remembered token of a key that was taken away is no longer good.
    expect(ask(by, k1, 'k1').status).not.toBe('genuine');
    expect(ask(by, k2, 'k2')).toMatchObject({ status: 'genuine' });
  });

  it('that a token names and nobody knows are asked for once in a while, and judged when the answer is there', async () => {
    const server = await keyServer(set(['k1', k1]));
    let now = 1_000_000;
    const keys = source(server.uri, { now: () => now });
    await keys.refresh();
    const by = identityBy(keys);
    now += 1;
    // A key of which the issuer was not asked yet may be a new one: worth as much as no token, and no evidence.
    expect(ask(by, k2, 'k2')).toMatchObject({ status: 'missing', code: 'key_pending' });
    for (let i = 0; i < 20; i++) ask(by, k2, `made-up-${i}`);
    await keys.refresh();
    expect(server.asked).toBe(2);
    now += 1;
    for (let i = 0; i < 20; i++) ask(by, k2, `made-up-${i}`);
    expect(ask(by, k2, 'later')).toMatchObject({ code: 'key_pending' });
    expect(server.asked).toBe(2);
    // The next time that it may ask, the new key is there.
    server.answer = set(['k1', k1], ['k2', k2]);
    now += 10_000;
    ask(by, k2, 'k2');
    await keys.refresh();
    expect(ask(by, k2, 'k2')).toMatchObject({ status: 'genuine' });
    // What was unknown in an answer that is newer than the question is unknown for good.
    now += 1;
    await keys.refresh();
    expect(ask(by, k2, 'made-up-1')).toMatchObject({ status: 'failed', code: 'unknown_key' });
  });

  it('stay as they were while the key server is away', async () => {
    const server = await keyServer(set(['k1', k1]));
    const faults: string[] = [];
    const keys = source(server.uri, { shortestLifeMs: 10, retryMs: 10, onFault: (detail) => faults.push(detail) });
    keys.start();
    await until('the first keys are there', () => keys.ready(), { everyMs: 10 });
    const by = identityBy(keys);
    server.answer = failing;
    await until('three fetches have failed', () => faults.length >= 3, { everyMs: 10 });
    expect(keys.fault()).toMatch(/503/);
    expect(ask(by, k1, 'k1')).toMatchObject({ status: 'genuine' });
    server.answer = set(['k1', k1]);
    await until('the fetch is good again', () => keys.fault() === '', { everyMs: 10 });
  });

  it.each<[string, RequestListener, RegExp]>([
    ['a redirect', (_q, r) => r.writeHead(302, { location: '/other' }).end(), /cannot be fetched/],
    ['an error', failing, /503/],
    ['no JSON', (_q, r) => r.end('<html>'), /not JSON/],
    ['no key set', (_q, r) => r.end('[]'), /no key set/],
    ['a private key', (_q, r) => r.end(JSON.stringify({ keys: [{ ...k1.jwk, d: 'AAAA' }] })), /private/],
    ['a shared secret', (_q, r) => r.end(JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA' }] })), /secret/],
    ['more than a key set can be', (_q, r) => r.end('x'.repeat(1_100_000)), /larger/],
    [
      'half an answer',
      (_q, r) => r.writeHead(200, { 'content-length': 100 }).write('{', () => r.destroy()),
      /cannot be/,
    ],
    ['no answer', () => {}, /cannot be/],
  ])('refuses %s, with a sentence', async (_what, answer, sentence) => {
    const server = await keyServer(answer);
    const keys = source(server.uri, { timeoutMs: 500 });
    await keys.refresh();
    expect(keys.fault()).toMatch(sentence);
    expect(keys.ready()).toBe(false);
  });

  it.each(['application/json', 'application/jwk-set+json', 'application/http-message-signatures-directory+json'])(
    'are asked for as %s, for servers that have nothing else',
    async (type) => {
      const server = await keyServer((request, response) => {
        if ((request.headers.accept ?? '').includes(type)) {
          set(['k1', k1])(request, response);
          return;
        }
        response.statusCode = 406;
        response.end();
      });
      const keys = source(server.uri);
      await keys.refresh();
      expect([kids(keys), keys.fault()]).toEqual([['k1'], '']);
    },
  );

  it('stay as they were where a server sends more than anybody has, or nothing but brackets', async () => {
    const server = await keyServer(set(['k1', k1]));
    const keys = source(server.uri);
    await keys.refresh();
    server.answer = set(...Array.from({ length: 101 }, (_, i) => [`k${i}`, k2] as const));
    await keys.refresh();
    expect([kids(keys), keys.fault()]).toEqual([['k1'], `${server.uri} holds more than 100 keys`]);
    server.answer = (_request, response) => response.end(`{"keys":${'['.repeat(400_000)}${']'.repeat(400_000)}}`);
    await keys.refresh();
    expect([kids(keys), keys.fault()]).toEqual([['k1'], `${server.uri} is not JSON`]);
    server.answer = set(...Array.from({ length: 100 }, (_, i) => [`k${i}`, k2] as const));
    await keys.refresh();
    expect([keys.keys().length, keys.fault()]).toEqual([100, '']);
  });

  it('are never fetched over plain HTTP from elsewhere', async () => {
    const keys = source('http://keys.example/jwks');
    await keys.refresh();
    expect(keys.fault()).toMatch(/not https/);
  });

  it('are asked for again while an unknown one is used: caches of issuers show a new key late', async () => {
    const server = await keyServer(set(['k1', k1]));
    let now = 1_000_000_000;
    const keys = source(server.uri, { now: () => now });
    const by = identityBy(keys);
    await keys.refresh();
    now += 1000;
    expect(ask(by, k2, 'k2').code).toBe('key_pending');
    await keys.refresh();
    now += 1000;
    await keys.refresh();
    expect(ask(by, k2, 'k2').code).toBe('unknown_key');
    server.answer = set(['k1', k1], ['k2', k2]);
    now += 60_000;
    expect(ask(by, k2, 'k2').code).toBe('key_pending');
    await until('the new key is there', () => kids(keys).includes('k2'));
    expect(ask(by, k2, 'k2').status).toBe('genuine');
  });

  it('outlive a restart while the server is away, for a week, and give way to the next that are fetched', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bonafide-jwks-'));
    open.push(async () => rmSync(folder, { recursive: true }));
    let now = Date.now();
    const restarted = () => {
      const pool = createJwksPool(
        () => {},
        createKeptKeys(join(folder, 'jwks'), () => now),
      );
      open.push(() => pool.stop());
      return { pool, keys: pool.at(server.uri) };
    };
    const server = await keyServer(set(['k1', k1]));
    const first = restarted();
    await first.pool.tried();
    server.answer = failing;

    const away = restarted();
    expect(away.keys.keys().map(({ kid }) => kid)).toEqual(['k1']);
    // A start waits for a first answer all the same: keys may have changed meanwhile.
    const asked = server.asked;
    await away.pool.tried();
    expect(server.asked).toBe(asked + 1);
    expect(away.pool.fault()).toContain('503');
    expect(away.keys.ready()).toBe(true);

    server.answer = set(['k2', k2]);
    await restarted().pool.tried();
    server.answer = failing;
    expect(
      restarted()
        .keys.keys()
        .map(({ kid }) => kid),
    ).toEqual(['k2']);
    now += 7.01 * 86_400_000;
    expect(restarted().keys.ready()).toBe(false);
    const [file = ''] = readdirSync(join(folder, 'jwks'));
    now = Date.now();
    writeFileSync(join(folder, 'jwks', file), '{"keys":');
    expect(restarted().keys.ready()).toBe(false);
  });
});
