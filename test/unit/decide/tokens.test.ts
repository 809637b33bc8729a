import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CredentialsError, openCredentials, readCredentials } from '../../../services/decide/credentials-store.ts';
import { emptyRequest } from '../../../services/decide/decider.ts';
import { NOT_OBSERVED, type RawRequest } from '../../../services/decide/facts.ts';
import { contextHeaders } from '../../../services/decide/identity/headers.ts';
import type { Identity } from '../../../services/decide/identity/identity.ts';
import { createHealth } from '../../../shared/health.ts';
import { createLogger } from '../../../shared/logger.ts';
import { NOW, policyOf } from '../../support/decision-app.ts';
import { bindingOf, hs256 } from '../../support/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));

const K1 = Buffer.alloc(32, 1);
const K2 = Buffer.alloc(32, 2);
const WRONG = Buffer.alloc(32, 3);
const SECONDS = NOW / 1000;
const policy = policyOf({
  clients: [
    { match: { user_agent: 'App/*' }, platform: 'app' },
    { match: { user_agent: 'Browser/*' }, can_attest: false },
  ],
});

let files = 0;
function credentialsFile(content: unknown, mode = 0o600): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}
const open = (content: unknown): Identity => readCredentials(credentialsFile(content)).identity;

const app = {
  name: 'app',
  keys: [
    { kid: 'k1', secret_base64: K1.toString('base64') },
    { kid: 'k2', secret_base64: K2.toString('base64') },
  ],
};
const identity = open({ issuers: [app] });

interface Call {
  headers?: Record<string, string | string[]> | null;
  token?: string | null;
  agent?: string;
  raw?: Partial<RawRequest>;
  now?: number;
  by?: Identity;
}
function identify({ headers = {}, token = null, agent = '', raw, now = NOW, by = identity }: Call): RawRequest {
  const request = { ...emptyRequest('r', NOT_OBSERVED), userAgent: agent, ...raw };
  by.identify(request, contextHeaders(headers), token, policy, now);
  return request;
}
const what = (call: Call) => identify(call).attestation;
const good = { exp: SECONDS + 60 };

describe('an attestation token', () => {
  const forged = hs256(good, WRONG);
  const [head, body, signature] = hs256(good, K1).split('.');
  it.each([
    ['a good one', hs256(good, K1), 'genuine', 'unbound'],
    ['a good one of the second key', hs256(good, K2), 'genuine', 'unbound'],
    ['one that names its key', hs256(good, K2, { kid: 'k2' }), 'genuine', 'unbound'],
    ['a fractional exp', hs256({ exp: SECONDS + 0.891 }, K1), 'genuine', 'unbound'],
    ['one of another key than it names', hs256(good, K2, { kid: 'k1' }), 'failed', 'signature_invalid'],
    ['one that names a key nobody has', hs256(good, K1, { kid: 'k9' }), 'failed', 'unknown_key'],
    ['a wrong signature', forged, 'failed', 'signature_invalid'],
    ['a wrong signature that has expired too', hs256({ exp: 1 }, WRONG), 'failed', 'signature_invalid'],
    ['an expired one', hs256({ exp: SECONDS - 1 }, K1), 'expired', 'expired'],
    ['one that expires now', hs256({ exp: SECONDS }, K1), 'expired', 'expired'],
    ['no exp', hs256({}, K1), 'failed', 'no_expiry'],
    ['an exp that is a text', hs256({ exp: '4708683205' }, K1), 'failed', 'no_expiry'],
    ['an exp that is not finite', hs256({ exp: null }, K1), 'failed', 'no_expiry'],
    [
      'one that a clock a little ahead made',
      hs256({ exp: SECONDS + 900, nbf: SECONDS + 300, iat: SECONDS + 9 }, K1),
      'genuine',
      'unbound',
    ],
    ['one of the future', hs256({ ...good, exp: SECONDS + 900, nbf: SECONDS + 301 }, K1), 'expired', 'not_yet_valid'],
    ['one issued in the future', hs256({ exp: SECONDS + 900, iat: SECONDS + 301 }, K1), 'expired', 'issued_in_future'],
    [
      'one of the future with a wrong signature',
      hs256({ ...good, nbf: SECONDS + 900 }, WRONG),
      'failed',
      'signature_invalid',
    ],
    ['alg none', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`, 'failed', 'algorithm_not_allowed'],
    ['alg None', hs256(good, K1, { alg: 'None' }), 'failed', 'algorithm_not_allowed'],
    ['RS256 signed with the shared secret', hs256(good, K1, { alg: 'RS256' }), 'failed', 'algorithm_not_allowed'],
    ['alg that is no text', hs256(good, K1, { alg: ['HS256'] }), 'failed', 'malformed'],
    ['crit', hs256(good, K1, { crit: ['exp'] }), 'failed', 'header_not_allowed'],
    ['kid that is no text', hs256(good, K1, { kid: { a: 1 } }), 'failed', 'malformed'],
    ['no signature', `${head}.${body}.`, 'failed', 'signature_invalid'],
    ['two parts', `${head}.${body}`, 'failed', 'malformed'],
    ['four parts', `${head}.${body}.${signature}.x`, 'failed', 'malformed'],
    ['the same token twice', `${head}.${body}.${signature}, ${head}.${body}.${signature}`, 'failed', 'malformed'],
    ['claims that are an array', hs256([] as unknown as Record<string, unknown>, K1), 'failed', 'malformed'],
    ['padding', `${head}=.${body}.${signature}`, 'failed', 'malformed'],
    ['oversize', hs256({ ...good, x: 'y'.repeat(9000) }, K1), 'failed', 'oversized'],
    ['rubbish', '\u0000\ud800{}', 'failed', 'malformed'],
    ['the SDK’s word that it was rejected', 'REJECTED', 'failed', 'rejected'],
    ['the SDK’s word for a proxy in the middle', 'MITM_DETECTED', 'failed', 'rejected'],
    ['a soft status word', 'NO_NETWORK', 'missing', 'status_word'],
    ['an empty text', '', 'missing', 'no_token'],
  ])('%s', (_what, token, status, code) => {
    expect(what({ headers: { 'Approov-Token': token } })).toMatchObject({ status, code, issuer: 'app' });
    if (token !== '') expect(what({ token })).toMatchObject({ status, code });
    // A remembered verdict is the same verdict.
    expect(what({ headers: { 'approov-token': [token] } })).toMatchObject({ status, code });
  });

  it('that is absent is missing, none or not observed by what the policy knows of the client', () => {
    expect(what({ agent: 'App/1' })).toMatchObject({ status: 'missing', code: 'no_token' });
    expect(what({ agent: 'Browser/1' })).toMatchObject({ status: 'none', code: 'cannot_attest' });
    expect(what({ agent: 'curl' })).toMatchObject({ status: null, code: 'not_observed' });
    expect(what({ agent: 'Browser/1', headers: { 'approov-token': '' } })).toMatchObject({ status: 'none' });
    // The gateway's empty text says that it found none, whoever it was that sent none.
    expect(what({ agent: 'App/1', token: '' })).toMatchObject({ status: 'missing', code: 'no_token' });
    expect(what({ agent: 'curl', token: '' })).toMatchObject({ status: null });
    // Without headers and token nobody looked.
    expect(what({ agent: 'App/1', headers: null })).toMatchObject({ status: null, code: 'not_observed' });
  });

  it('that expires while it is remembered is expired', () => {
    const token = hs256({ exp: SECONDS + 10 }, K1);
    expect(what({ token })).toMatchObject({ status: 'genuine' });
    expect(what({ token, now: NOW + 10_000 })).toMatchObject({ status: 'expired' });
  });

  it('is bound to the value of another header when it says so', () => {
    const bound = hs256({ ...good, pay: bindingOf('Bearer alice') }, K1);
    const send = (authorization?: string) =>
      what({
        headers: { 'approov-token': bound, ...(authorization === undefined ? {} : { Authorization: authorization }) },
      });
    expect(send('Bearer alice')).toMatchObject({ status: 'genuine', code: 'ok' });
    expect(send('Bearer mallory')).toMatchObject({ status: 'failed', code: 'bound_elsewhere' });
    expect(send()).toMatchObject({ status: 'failed', code: 'bound_elsewhere' });
    expect(send('Bearer alice, Bearer mallory')).toMatchObject({ status: 'failed' });
  });

  it('is held to audience, issuer, binding and single use where the credentials ask for it', () => {
    const strict = open({
      issuers: [
        {
          ...app,
          audience: 'api',
          issuer: 'me',
          leeway_s: 5,
          one_time: true,
          binding: { claim: 'pay', header: 'X-Device', required: true },
        },
      ],
    });
    const send = (claims: Record<string, unknown>) =>
      what({ by: strict, headers: { 'approov-token': hs256(claims, K1), 'x-device': 'd1' } });
    const whole = { ...good, aud: ['other', 'api'], iss: 'me', pay: bindingOf('d1') };
    expect(send({ ...whole, aud: 'other' })).toMatchObject({ code: 'wrong_audience' });
    expect(send({ ...whole, iss: 'you' })).toMatchObject({ code: 'wrong_issuer' });
    expect(send({ ...whole, pay: undefined })).toMatchObject({ status: 'failed', code: 'unbound' });
    expect(send({ ...whole, exp: SECONDS - 4 })).toMatchObject({ status: 'genuine' });
    expect(send(whole)).toMatchObject({ status: 'genuine', code: 'ok' });
    expect(send(whole)).toMatchObject({ status: 'failed', code: 'replayed' });
  });

  it('verified wins over what the gateway says; where there is none the gateway’s word stands', () => {
    const raw = { attestation: { status: 'genuine', code: 'ok', issuer: 'edge' } as const };
    expect(what({ raw, headers: { 'approov-token': hs256(good, WRONG) } })).toMatchObject({ status: 'failed' });
    expect(what({ raw, agent: 'App/1' })).toMatchObject({ status: 'genuine', issuer: 'edge' });
  });

  it('names the installation, whatever was claimed: one token is one installation', () => {
    const token = hs256({ ...good, did: 'install-1' }, K1);
    expect(identify({ token }).device).toBe('install-1');
    for (const device of ['d1', 'd2']) expect(identify({ token, raw: { device } }).device).toBe('install-1');
    // What names none, or is not verified, leaves the gateway's word as it is.
    expect(identify({ token: hs256(good, K1), raw: { device: 'd9' } }).device).toBe('d9');
    expect(identify({ token: hs256({ ...good, did: 'x' }, WRONG), raw: { device: 'd9' } }).device).toBe('d9');
    expect(identify({ token: hs256({ ...good, did: 'x' }, WRONG) }).device).toBe('');
  });
});

describe('public keys', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(
    join(folder, 'set.jwks.json'),
    JSON.stringify({
      keys: [
        { ...ec.publicKey.export({ format: 'jwk' }), kid: 'e1' },
        { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'r1', alg: 'RS256' },
      ],
    }),
  );
  const publicIdentity = open({
    issuers: [{ name: 'firebase', header: 'X-Firebase-AppCheck', jwks_file: 'set.jwks.json' }],
  });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const make = (alg: 'ES256' | 'RS256', kid: string) => {
    const content = `${part({ alg, kid })}.${part(good)}`;
    const key = alg === 'ES256' ? { key: ec.privateKey, dsaEncoding: 'ieee-p1363' as const } : rsa.privateKey;
    return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
  };
  const send = (token: string) => what({ by: publicIdentity, headers: { 'x-firebase-appcheck': token } });

  it('verify ES256 and RS256, each with its own kind of key alone', () => {
    expect(send(make('ES256', 'e1'))).toMatchObject({ status: 'genuine', issuer: 'firebase' });
    expect(send(make('RS256', 'r1'))).toMatchObject({ status: 'genuine' });
    expect(send(make('ES256', 'r1'))).toMatchObject({ code: 'unknown_key' });
    const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' });
    expect(send(hs256(good, pem.toString(), { kid: 'r1' }))).toMatchObject({ code: 'algorithm_not_allowed' });
  });
});

describe('who is calling', () => {
  const sha256 = createHash('sha256').update('the-api-key').digest('hex');
  const who = open({
    issuers: [{ name: 'login', proves: 'who', keys: [{ secret_base64: K1.toString('base64') }], audience: 'api' }],
    clients: [{ id: 'key-and-1', sha256 }],
  });
  const send = (headers: Record<string, string>, raw: Partial<RawRequest> = {}) => identify({ by: who, headers, raw });

  it('is the subject of a verified token, whatever was claimed', () => {
    const token = `Bearer ${hs256({ ...good, aud: 'api', sub: 'alice' }, K1)}`;
    expect(send({ Authorization: token }, { user: 'mallory' }).user).toBe('alice');
    expect(send({ Authorization: token }).user).toBe('alice');
    for (const bad of [
      hs256({ ...good, aud: 'api', sub: 'alice' }, WRONG),
      hs256({ exp: 1, aud: 'api', sub: 'alice' }, K1),
      hs256({ ...good, sub: 'alice' }, K1),
      hs256({ ...good, aud: 'api', sub: '' }, K1),
    ]) {
      expect(send({ Authorization: `Bearer ${bad}` }).user).toBe('');
    }
  });

  it('is the id of a known API key', () => {
    expect(send({ 'X-API-Key': 'the-api-key' }).apiClient).toBe('key-and-1');
    expect(send({ 'X-API-Key': 'another' }).apiClient).toBe('');
    expect(send({}, { apiClient: 'edge-said' }).apiClient).toBe('edge-said');
  });

  it('never answers what is calling', () => {
    const token = `Bearer ${hs256({ ...good, aud: 'api', sub: 'alice' }, K1)}`;
    expect(send({ Authorization: token }).attestation.status).toBeNull();
  });
});

describe('the credentials file', () => {
  it.each([0o640, 0o604, 0o666])('is refused when others can read it (%o)', (mode) => {
    expect(() => readCredentials(credentialsFile({ issuers: [app] }, mode))).toThrow(/chmod 600/);
  });

  it.each([
    ['broken YAML', 'issuers: [ secret: "x'],
    ['an unknown field', { issuers: [{ ...app, audiance: 'x' }] }],
    ['an issuer without keys', { issuers: [{ name: 'app' }] }],
    ['a short secret', { issuers: [{ name: 'app', keys: [{ secret_base64: 'YWJj' }] }] }],
    ['an unknown algorithm', { issuers: [{ ...app, algorithms: ['none'] }] }],
    ['a key set that is not there', { issuers: [{ name: 'x', jwks_file: 'nowhere.json' }] }],
    ['a digest of another length', { clients: [{ id: 'a', sha256: 'abc' }] }],
  ])('with %s is refused with a sentence that shows no secret', (_what, content) => {
    const path = credentialsFile(content);
    expect(() => readCredentials(path)).toThrow(CredentialsError);
    expect(() => readCredentials(path)).not.toThrow(/YWJj/);
  });

  const sha256 = createHash('sha256').update('the-api-key').digest('hex');
  const partner = { scheme: 'x-signature', secret_base64: K1.toString('base64') };
  it.each([
    [
      'one API key of two clients',
      {
        clients: [
          { id: 'a', sha256 },
          { id: 'b', sha256 },
        ],
      },
      /clients\.1\.sha256: is the API key of clients\.0 too/,
    ],
    [
      'two secrets of one name',
      {
        clients: [
          { id: 'a', hmac: partner },
          { id: 'b', hmac: { ...partner, key_id: 'a' } },
        ],
      },
      /clients\.1\.hmac\.key_id: is the x-signature key name of clients\.0 too/,
    ],
    [
      'the hash of an empty key',
      { clients: [{ id: 'a', sha256: createHash('sha256').digest('hex') }] },
      /clients\.0\.sha256: .*empty key/,
    ],
    [
      'tokens in a cookie: every browser would show a bad one',
      { issuers: [{ ...app, header: 'Cookie' }] },
      /issuers\.0\.header: .*header of its own/,
    ],
    [
      'tokens in what gateways say themselves',
      { issuers: [{ ...app, header: 'X-Real-IP' }] },
      /issuers\.0\.header: .*header of its own/,
    ],
    [
      'API keys where our own key travels',
      { clients: [{ id: 'a', sha256, header: 'x-bonafide-key' }] },
      /clients\.0\.header: .*header of its own/,
    ],
    [
      'algorithms that no key is for',
      { issuers: [{ ...app, algorithms: ['ES256'] }] },
      /issuers\.0\.algorithms: no key is for any of them/,
    ],
    [
      'secrets for tokens of App Check',
      { issuers: [{ ...app, preset: 'firebase_app_check', audience: 'projects/1' }] },
      /no key is for any/,
    ],
    [
      'a component that no request has',
      { clients: [{ id: 'a', hmac: { ...partner, scheme: 'rfc9421', covers: ['@status'] } }] },
      /covers\.0: is nothing that a request has/,
    ],
    [
      'a component in another case',
      { clients: [{ id: 'a', hmac: { ...partner, scheme: 'rfc9421', covers: ['@Method'] } }] },
      /covers\.0: is written in lower case/,
    ],
    ['one member twice', 'clients: []\nissuers: []\nclients: []\n', /DUPLICATE_KEY in line 3, column 1/],
  ])('with %s is refused by its place', (_what, content, sentence) => {
    expect(() => readCredentials(credentialsFile(content))).toThrow(sentence);
  });
  it('may name one key in two headers, and one name under two schemes', () => {
    const clients = [
      { id: 'a', sha256 },
      { id: 'a', header: 'X-Old-Key', sha256 },
      { id: 'a', hmac: partner },
      { id: 'a', hmac: { ...partner, key_header: 'X-Old-Id' } },
      { id: 'a', hmac: { ...partner, scheme: 'rfc9421' } },
    ];
    expect(() => readCredentials(credentialsFile({ clients }))).not.toThrow();
  });

  it.each(['X-Forwarded-Authorization', 'x-forwarded-access-token', 'X-Original-Authorization'])(
    'may look for tokens in %s, where proxies put them',
    (header) => {
      expect(() => readCredentials(credentialsFile({ issuers: [{ ...app, header }] }))).not.toThrow();
    },
  );

  it.each(['X-Forwarded-For', 'x-forwarded-tls-client-cert', 'X-Original-URI'])(
    'looks for no token in %s',
    (header) => {
      expect(() => readCredentials(credentialsFile({ issuers: [{ ...app, header }] }))).toThrow(/header of its own/);
    },
  );

  it('is read again when it changes; a faulty change leaves the last good one in force and is told', async () => {
    const path = credentialsFile({ issuers: [app] });
    const health = createHealth(['decide']);
    const store = openCredentials(path, { health, log: createLogger('silent') });
    const token = hs256(good, WRONG);
    const status = () => what({ by: store.identity(), token }).status;
    expect(status()).toBe('failed');
    writeFileSync(path, 'issuers: [broken');
    await store.poll();
    expect(status()).toBe('failed');
    expect(health.report('decide').parts.credentials?.state).toBe('degraded');
    writeFileSync(path, JSON.stringify({ issuers: [{ ...app, keys: [{ secret_base64: WRONG.toString('base64') }] }] }));
    await store.poll();
    expect(status()).toBe('genuine');
    expect(health.report('decide').parts.credentials?.state).toBe('ok');
  });
});
