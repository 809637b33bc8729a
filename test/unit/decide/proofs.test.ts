import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noncesAt } from '../../../services/decide/identity/dpop.ts';
import { type Call, identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { dpop, hmacOf, messageSignature, type Signer, signer } from '../../support/signers.ts';
import { bindingOf, hs256 } from '../../support/tokens.ts';

const login = signer('ES256');
const phone = signer('ES256');
const thief = signer('ES256');
const SECRET = Buffer.alloc(32, 1);
const HTU = 'https://api.example.com/v1/orders';
const good = { exp: SECONDS + 600 };

describe('DPoP (RFC 9449)', () => {
  const open = (more: Record<string, unknown> = {}) =>
    identityOf({ issuers: [{ name: 'login', proves: 'who', jwks_file: 'x', ...more }] }, { login: keysOf(login.jwk) });
  const token = login.jwt({ ...good, sub: 'alice', cnf: { jkt: phone.thumbprint } });
  const now = { htm: 'GET', htu: HTU, iat: SECONDS, accessToken: token };
  const send = (proof: string | null, call: Call = {}, by = open()) =>
    identify(by, {
      ...call,
      headers: { authorization: `DPoP ${token}`, ...(proof === null ? {} : { dpop: proof }), ...call.headers },
    }).raw;
  const fault = (proof: string | null, call: Call = {}, by = open()) => send(proof, call, by).identityFault;

  it('accepts a proof of this request, this token and this key', () => {
    expect(send(dpop(phone, now))).toMatchObject({ user: 'alice', identityFault: null });
    for (const key of [signer('EdDSA'), signer('RS256'), signer('PS256')]) {
      const bound = login.jwt({ ...good, sub: 'alice', cnf: { jkt: key.thumbprint } });
      const headers = { authorization: `DPoP ${bound}`, dpop: dpop(key, { ...now, accessToken: bound }) };
      expect(identify(open(), { headers }).raw.user).toBe('alice');
    }
  });

  it('counts a target as the same through query, port, case and dot segments', () => {
    for (const htu of [
      `${HTU}?a=1#x`,
      'https://API.example.com:443/v1/orders',
      'https://api.example.com/v1/x/../orders',
    ]) {
      expect(send(dpop(phone, { ...now, htu })).user).toBe('alice');
    }
    for (const [path, as] of [
      ['/v1/~a', '/v1/%7Ea'],
      ['/v1/%7ea', '/v1/~a'],
      ['/v1/caf%c3%a9', '/v1/café'],
      ['/v1/a%2fb', '/v1/a%2Fb'],
    ] as const) {
      const htu = `https://api.example.com${as}`;
      expect([path, send(dpop(phone, { ...now, htu }), { raw: { path } }).user]).toEqual([path, 'alice']);
    }
    const there = { raw: { host: 'api.example.com:8443', scheme: '' } };
    expect(send(dpop(phone, { ...now, htu: 'https://api.example.com:8443/v1/orders' }), there).user).toBe('alice');
    expect(send(dpop(phone, { ...now, htu: 'http://api.example.com:8443/v1/orders' }), there).user).toBe('alice');
  });

  it.each([
    ['no proof', null, 'proof_missing'],
    ['another method', dpop(phone, { ...now, htm: 'POST' }), 'bound_elsewhere'],
    ['another path', dpop(phone, { ...now, htu: `${HTU}/1` }), 'bound_elsewhere'],
    ['another host', dpop(phone, { ...now, htu: 'https://evil.example/v1/orders' }), 'bound_elsewhere'],
    ['another scheme', dpop(phone, { ...now, htu: HTU.replace('https', 'http') }), 'bound_elsewhere'],
    ['a target that is none', dpop(phone, { ...now, htu: 'v1/orders' }), 'bound_elsewhere'],
    ['another token', dpop(phone, { ...now, accessToken: `${token}x` }), 'bound_elsewhere'],
    ['no token hash', dpop(phone, { ...now, accessToken: undefined } as never), 'bound_elsewhere'],
    ['another key', dpop(thief, now), 'bound_elsewhere'],
    ['another key that claims the right one', dpop(thief, now, { jwk: phone.jwk }), 'proof_invalid'],
    ['a private key in it', dpop(phone, now, { jwk: { ...phone.jwk, d: 'AAAA' } }), 'header_not_allowed'],
    [
      'a shared secret in it',
      hs256({ ...now }, SECRET, { typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AAAA' } }),
      'algorithm_not_allowed',
    ],
    ['no key', phone.jwt(now, { typ: 'dpop+jwt' }), 'malformed'],
    ['the type of another token', dpop(phone, now, { typ: 'JWT' }), 'proof_invalid'],
    ['no jti', dpop(phone, { ...now, jti: undefined }), 'proof_invalid'],
    ['no iat', dpop(phone, { ...now, iat: undefined } as never), 'proof_invalid'],
    ['an old one', dpop(phone, { ...now, iat: SECONDS - 61 }), 'proof_expired'],
    ['one of the future', dpop(phone, { ...now, iat: SECONDS + 61 }), 'proof_expired'],
    ['two proofs', `${dpop(phone, now)}, ${dpop(phone, now)}`, 'malformed'],
    ['rubbish', 'x', 'malformed'],
  ])('refuses %s', (_what, proof, code) => {
    expect(send(proof)).toMatchObject({ user: '', identityFault: code });
  });

  it('takes no part of a Host header for a part of the path, and no escaped slash for one', () => {
    for (const raw of [
      { host: 'api.example.com/v1', path: '/orders' },
      { host: 'x@api.example.com', path: '/v1/orders' },
      { path: '/v1%2Forders' },
    ])
      expect([raw, fault(dpop(phone, now), { raw })]).toEqual([raw, 'bound_elsewhere']);
  });

  it('counts each proof once', () => {
    const by = open();
    const proof = dpop(phone, now);
    expect(fault(proof, {}, by)).toBeNull();
    expect(fault(proof, {}, by)).toBe('replayed');
    expect(fault(dpop(phone, now), {}, by)).toBeNull();
  });

  it('asks for a nonce in force where the issuer has nonces', () => {
    const secret = Buffer.alloc(32, 9).toString('base64');
    const by = open({ proof: { nonce_secret_base64: secret } });
    const [fresh, before] = noncesAt(secret, SECONDS * 1000);
    expect(fresh).toBe(hmacOf(Buffer.alloc(32, 9), String(Math.floor(SECONDS / 300))));
    expect(fault(dpop(phone, { ...now, nonce: fresh }), {}, by)).toBeNull();
    expect(fault(dpop(phone, { ...now, nonce: before }), {}, by)).toBeNull();
    expect(fault(dpop(phone, { ...now, nonce: noncesAt(secret, (SECONDS - 600) * 1000)[0] }), {}, by)).toBe(
      'proof_nonce',
    );
    expect(fault(dpop(phone, now), {}, by)).toBe('proof_nonce');
  });

  it('verifies the example of RFC 9449 section 7.1', () => {
    const proof =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';
    const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
    // The access token of the example is opaque: an attestation by the same key stands in for it.
    const by = identityOf({ issuers: [{ name: 'app', keys: [{ secret_base64: SECRET.toString('base64') }] }] });
    const attestation = hs256({ exp: 1562266216, cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }, SECRET);
    const call = (authorization: string): Call => ({
      headers: { 'approov-token': attestation, authorization, dpop: proof },
      raw: { host: 'resource.example.org', path: '/protectedresource' },
      now: 1562262618_000,
    });
    expect(identify(by, call(`DPoP ${accessToken}`)).raw.attestation).toMatchObject({ status: 'genuine', code: 'ok' });
    expect(identify(by, call('DPoP another')).raw.attestation).toMatchObject({ code: 'bound_elsewhere' });
  });
});

describe('OAuth 2.0 attestation-based client authentication', () => {
  const attester = signer('ES256');
  const issuer = {
    name: 'wallet',
    preset: 'oauth_client_attestation',
    jwks_file: 'x',
    proof: { audience: 'https://api.example.com' },
  };
  const open = () => identityOf({ issuers: [issuer] }, { wallet: keysOf(attester.jwk) });
  const attestation = attester.jwt(
    { ...good, sub: 'client-1', cnf: { jwk: phone.jwk } },
    { typ: 'oauth-client-attestation+jwt' },
  );
  const pop = (key: Signer, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
    key.jwt(
      { aud: 'https://api.example.com', jti: String(Math.random()), iat: SECONDS, ...claims },
      { typ: 'oauth-client-attestation-pop+jwt', ...header },
    );
  const send = (headers: Record<string, string>, by = open()) =>
    identify(by, { headers: { 'OAuth-Client-Attestation': attestation, ...headers } }).raw;

  it('is genuine with its proof, and names client and installation', () => {
    expect(send({ 'OAuth-Client-Attestation-PoP': pop(phone) })).toMatchObject({
      attestation: { status: 'genuine', code: 'ok', issuer: 'wallet' },
      apiClient: 'client-1',
      device: phone.thumbprint,
    });
  });

  it('takes a DPoP proof by the same key in its place', () => {
    const proof = dpop(phone, { htm: 'GET', htu: HTU, iat: SECONDS });
    expect(send({ dpop: proof }).attestation).toMatchObject({ status: 'genuine', code: 'ok' });
    expect(send({ dpop: dpop(thief, { htm: 'GET', htu: HTU, iat: SECONDS }) }).attestation.code).toBe(
      'bound_elsewhere',
    );
  });

  it.each([
    ['no proof', {}, 'failed', 'proof_missing'],
    ['a proof by another key', { 'OAuth-Client-Attestation-PoP': pop(thief) }, 'failed', 'proof_invalid'],
    [
      'for another API',
      { 'OAuth-Client-Attestation-PoP': pop(phone, { aud: 'https://other' }) },
      'failed',
      'wrong_audience',
    ],
    ['an old one', { 'OAuth-Client-Attestation-PoP': pop(phone, { iat: SECONDS - 100 }) }, 'expired', 'proof_expired'],
    ['no jti', { 'OAuth-Client-Attestation-PoP': pop(phone, { jti: '' }) }, 'failed', 'proof_invalid'],
    ['another type', { 'OAuth-Client-Attestation-PoP': pop(phone, {}, { typ: 'JWT' }) }, 'failed', 'proof_invalid'],
    ['two of them', { 'OAuth-Client-Attestation-PoP': `${pop(phone)}, ${pop(phone)}` }, 'failed', 'malformed'],
  ])('is not genuine with %s', (_what, headers, status, code) => {
    expect(send(headers as Record<string, string>).attestation).toMatchObject({ status, code });
  });

  it('refuses an algorithm that signs messages alone, though the key of the proof knows it', () => {
    const rsa = signer('PS256');
    const { privateKey } = rsa;
    const claims = { ...good, sub: 'client-1', cnf: { jwk: rsa.jwk } };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const header = { typ: 'oauth-client-attestation-pop+jwt', alg: 'PSS512' };
    const content = `${part(header)}.${part({ aud: 'https://api.example.com', jti: 'x', iat: SECONDS })}`;
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const bytes = sign('sha512', Buffer.from(content), { key: privateKey, padding, saltLength: 64 });
    const headers = {
      'OAuth-Client-Attestation': attester.jwt(claims, { typ: 'oauth-client-attestation+jwt' }),
      'OAuth-Client-Attestation-PoP': `${content}.${bytes.toString('base64url')}`,
    };
    expect(send(headers).attestation).toMatchObject({ status: 'failed', code: 'algorithm_not_allowed' });
    expect(send({ ...headers, 'OAuth-Client-Attestation-PoP': pop(rsa) }).attestation.status).toBe('genuine');
  });

  it('refuses a proof that was used, an attestation of another type, and one with a private key', () => {
    const by = open();
    const proof = pop(phone);
    expect(send({ 'OAuth-Client-Attestation-PoP': proof }, by).attestation.status).toBe('genuine');
    expect(send({ 'OAuth-Client-Attestation-PoP': proof }, by).attestation.code).toBe('replayed');
    const claims = { ...good, sub: 'client-1', cnf: { jwk: phone.jwk } };
    expect(send({ 'OAuth-Client-Attestation': attester.jwt(claims) }).attestation.code).toBe('wrong_type');
    const leaky = attester.jwt(
      { ...claims, cnf: { jwk: { ...phone.jwk, d: 'AAAA' } } },
      { typ: 'oauth-client-attestation+jwt' },
    );
    const headers = { 'OAuth-Client-Attestation': leaky, 'OAuth-Client-Attestation-PoP': pop(phone) };
    expect(send(headers).attestation.code).toBe('claim_invalid');
  });
});

describe('a token bound to the TLS client key (RFC 8705)', () => {
  // Any DER serves: the gateway has checked the certificate, it is hashed here.
  const der = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' });
  const base64 = der.toString('base64');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
  const issuers = [{ name: 'app', keys: [{ secret_base64: SECRET.toString('base64') }] }];
  const thumbprint = createHash('sha256').update(der).digest('base64url');
  const token = hs256({ ...good, cnf: { 'x5t#S256': thumbprint } }, SECRET);
  const by = identityOf({ issuers, tls_client_cert_header: 'X-Bonafide-Client-Cert' });
  const send = (value: string, identity = by) =>
    identify(identity, { headers: { 'approov-token': token, 'x-bonafide-client-cert': value } }).raw.attestation;

  it('is genuine with its certificate, in each form that gateways pass on', () => {
    for (const form of [pem, encodeURIComponent(pem), `:${base64}:`]) {
      expect(send(form)).toMatchObject({ status: 'genuine', code: 'ok' });
    }
  });
  it('is refused with another, with none, and with one that cannot be read', () => {
    expect(send(`:${Buffer.alloc(200, 1).toString('base64')}:`)).toMatchObject({ code: 'bound_elsewhere' });
    expect(send('')).toMatchObject({ status: 'failed', code: 'proof_missing' });
    for (const rubbish of ['%', '%zz', ':AA:', 'x'.repeat(20_000)]) expect(send(rubbish).status).toBe('failed');
  });
  it('is unbound where the gateway passes none on: a header of that name is a stranger’s', () => {
    expect(send(pem, identityOf({ issuers }))).toMatchObject({ status: 'genuine', code: 'unbound' });
  });
});

describe('Approov', () => {
  const ACCOUNT = Buffer.alloc(32, 5);
  const issuer = {
    name: 'app',
    preset: 'approov',
    keys: [{ secret_base64: SECRET.toString('base64') }],
    message_keys: [{ kid: 'm1', secret_base64: ACCOUNT.toString('base64') }],
  };
  const by = identityOf({ issuers: [issuer] });
  const spki = (key: Signer) => key.privateKey && Buffer.from(publicDer(key)).toString('base64url');
  const token = hs256({ ...good, did: 'install-1', ipk: spki(phone), mskid: 'm1' }, SECRET);
  const lines = (of = token, method = 'GET', uri = `${HTU}?a=1`) =>
    [
      ['"@method"', method],
      ['"@target-uri"', uri],
      ['"approov-token"', of],
    ] as const;
  const parameters = (alg: string, created = SECONDS) => `;alg="${alg}";created=${created};expires=${created + 15}`;
  const send = (headers: Record<string, string>, more: Call = {}) =>
    identify(by, { raw: { query: '?a=1' }, ...more, headers: { 'Approov-Token': token, ...headers } }).raw;
  const install = (key: Signer, ...of: Parameters<typeof lines>) =>
    messageSignature('install', lines(...of), parameters('ecdsa-p256-sha256'), key.sign);

  it('verifies the installation’s signature over the message', () => {
    expect(send({ ...install(phone) })).toMatchObject({
      device: 'install-1',
      attestation: { status: 'genuine', code: 'ok' },
    });
    // As the Android SDK writes it: a string in the place of a byte sequence.
    const { signature, ...input } = install(phone);
    const text = signature.replace('=:', '="').replace(/:$/, '"');
    expect(send({ ...input, signature: text }).attestation).toMatchObject({ code: 'ok' });
  });
  it('verifies the account’s signature by the key that mskid names', () => {
    const account = messageSignature('account', lines(), parameters('hmac-sha256'), (base) => hmacOf(ACCOUNT, base));
    expect(send({ ...account }).attestation).toMatchObject({ status: 'genuine', code: 'ok' });
    const forged = messageSignature('account', lines(), parameters('hmac-sha256'), (base) => hmacOf(SECRET, base));
    expect(send({ ...forged }).attestation).toMatchObject({ status: 'failed', code: 'signature_invalid' });
  });
  it('refuses a signature of another key, request, token or time', () => {
    expect(send({ ...install(thief) }).attestation.code).toBe('signature_invalid');
    expect(send({ ...install(phone, token, 'POST') }).attestation.code).toBe('signature_invalid');
    expect(send({ ...install(phone) }, { raw: { path: '/v1/pay', query: '?a=1' } }).attestation.code).toBe(
      'signature_invalid',
    );
    const shifted = { host: 'api.example.com/v1', path: '/orders', query: '?a=1' };
    expect(send({ ...install(phone) }, { raw: shifted }).attestation.code).toBe('signature_invalid');
    expect(send({ ...install(phone, 'other') }).attestation.code).toBe('signature_invalid');
    const part = messageSignature('install', lines().slice(0, 2), parameters('ecdsa-p256-sha256'), phone.sign);
    expect(send({ ...part }).attestation.code).toBe('claim_missing');
    const old = messageSignature('install', lines(), parameters('ecdsa-p256-sha256', SECONDS - 20), phone.sign);
    expect(send({ ...old }).attestation).toMatchObject({ status: 'expired', code: 'proof_expired' });
    const confused = messageSignature('install', lines(), parameters('hmac-sha256'), (base) =>
      hmacOf(Buffer.from(publicDer(phone)), base),
    );
    expect(send({ ...confused }).attestation.code).toBe('algorithm_not_allowed');
  });
  it('takes both signatures of an SDK where it has the key of one alone, and asks for one where they are required', () => {
    // What the SDK covers by default when there is a body.
    const body = '{"a":1}';
    const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
    const sent = { 'content-length': '7', 'content-type': 'application/json', 'content-digest': digest };
    const both = (of: string, account = ACCOUNT, phoneKey = phone) => {
      const all = [...lines(of, 'POST'), ...Object.entries(sent).map(([name, value]) => [`"${name}"`, value] as const)];
      const one = messageSignature('install', all, parameters('ecdsa-p256-sha256'), phoneKey.sign);
      const two = messageSignature('account', all, parameters('hmac-sha256'), (base) => hmacOf(account, base));
      return {
        'Approov-Token': of,
        ...sent,
        'signature-input': `${one['signature-input']}, ${two['signature-input']}`,
        signature: `${one.signature}, ${two.signature}`,
      };
    };
    const { message_keys: _, ...bare } = issuer;
    const issuerWithout = { ...bare, key_binding: 'required' };
    const withoutSecret = identityOf({ issuers: [issuerWithout] });
    const withSecret = identityOf({ issuers: [{ ...issuer, key_binding: 'required' }] });
    const ask = (identity: typeof by, headers: Record<string, string>) =>
      identify(identity, { headers, raw: { method: 'POST', query: '?a=1' } }).raw.attestation;
    const genuine = { status: 'genuine', code: 'ok' };
    expect(ask(withSecret, both(token))).toMatchObject(genuine);
    // No message_keys: the installation's signature proves it.
    expect(ask(withoutSecret, both(token))).toMatchObject(genuine);
    expect(ask(withoutSecret, both(token, ACCOUNT, thief))).toMatchObject({
      status: 'failed',
      code: 'signature_invalid',
    });
    // No ipk in the token: the account's signature proves it.
    const accountOnly = hs256({ ...good, mskid: 'm1' }, SECRET);
    expect(ask(withSecret, both(accountOnly))).toMatchObject(genuine);
    expect(ask(withSecret, both(accountOnly, SECRET))).toMatchObject({ status: 'failed', code: 'signature_invalid' });
    // Neither key: nothing is proven.
    expect(ask(withoutSecret, both(accountOnly))).toMatchObject({ status: 'failed', code: 'proof_missing' });
    expect(ask(identityOf({ issuers: [bare] }), both(accountOnly))).toMatchObject({
      status: 'genuine',
      code: 'unbound',
    });
  });
  it('without a signature is unbound, or refused where key_binding is required', () => {
    expect(send({}).attestation).toMatchObject({ status: 'genuine', code: 'unbound' });
    const strict = identityOf({ issuers: [{ ...issuer, key_binding: 'required' }] });
    expect(identify(strict, { headers: { 'Approov-Token': token } }).raw.attestation).toMatchObject({
      code: 'proof_missing',
    });
  });

  it('binds to several headers, joined in order, and asks for the binding where it is required', () => {
    const many = identityOf({
      issuers: [{ ...issuer, binding: { header: ['Authorization', 'X-Device'], required: true } }],
    });
    const bound = hs256({ ...good, pay: bindingOf('Bearer alicephone-1') }, SECRET);
    const ask = (headers: Record<string, string>, what = bound) =>
      identify(many, { headers: { 'Approov-Token': what, ...headers } }).raw.attestation;
    expect(ask({ Authorization: 'Bearer alice', 'X-Device': 'phone-1' })).toMatchObject({
      status: 'genuine',
      code: 'ok',
    });
    expect(ask({ Authorization: 'Bearer mallory', 'X-Device': 'phone-1' })).toMatchObject({ code: 'bound_elsewhere' });
    expect(ask({}, hs256(good, SECRET))).toMatchObject({ status: 'failed', code: 'unbound' });
  });

  it.each([
    ['rejected', 'App/1', 'failed', 'rejected'],
    ['mitm_detected', 'App/1', 'failed', 'rejected'],
    ['untrusted_network', 'Browser/1', 'failed', 'rejected'],
    ['no_network', 'App/1', 'missing', 'status_word'],
    ['no_approov_service', 'curl', 'missing', 'status_word'],
    ['no_network', 'Browser/1', 'none', 'cannot_attest'],
    ['success', 'App/1', 'missing', 'status_word'],
    ['success<script>', 'App/1', 'missing', 'no_token'],
  ])('Approov-Status %s of %s without a token is %s', (word, userAgent, status, code) => {
    const both: Record<string, string>[] = [
      { 'Approov-Status': word },
      { 'Approov-Status': word, 'Approov-Token': '' },
    ];
    for (const headers of both) {
      const { attestation } = identify(by, { headers, raw: { userAgent } }).raw;
      expect(attestation).toMatchObject({ status, code });
    }
  });

  it('Approov-Status never excuses a token that is there', () => {
    const forged = hs256(good, Buffer.alloc(32, 7));
    const { attestation } = identify(by, { headers: { 'Approov-Status': 'success', 'Approov-Token': forged } }).raw;
    expect(attestation).toMatchObject({ status: 'failed', code: 'signature_invalid' });
  });
});

function publicDer(key: Signer): Buffer {
  const prefix = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
  const point = [
    Buffer.from([4]),
    Buffer.from(String(key.jwk.x), 'base64url'),
    Buffer.from(String(key.jwk.y), 'base64url'),
  ];
  return Buffer.concat([prefix, ...point]);
}

describe('Firebase App Check', () => {
  const google = signer('RS256');
  const issuer = { name: 'firebase', preset: 'firebase_app_check', audience: 'projects/123' };
  const open = (more = {}) =>
    identityOf({ issuers: [{ ...issuer, ...more }] }, { firebase: keysOf({ ...google.jwk, kid: 'g1' }) });
  const claims = {
    iss: 'https://firebaseappcheck.googleapis.com/123',
    sub: '1:123:android:abc',
    aud: ['projects/123', 'projects/shop'],
    exp: SECONDS + 3600,
    iat: SECONDS,
    jti: 'j1',
  };
  const send = (more: Record<string, unknown> = {}, header = {}, by = open()) => {
    const token = google.jwt({ ...claims, ...more }, { kid: 'g1', typ: 'JWT', ...header });
    return identify(by, { headers: { 'X-Firebase-AppCheck': token } }).raw.attestation;
  };
  it('is three words of the credentials file, and checked as the admin SDK does', () => {
    expect(send()).toMatchObject({ status: 'genuine', issuer: 'firebase' });
    expect(send({ aud: ['projects/9'] }).code).toBe('wrong_audience');
    expect(send({ iss: 'https://securetoken.google.com/123' }).code).toBe('wrong_issuer');
    expect(send({ sub: '' }).code).toBe('claim_missing');
    expect(send({}, { typ: 'other' }).code).toBe('wrong_type');
  });
  it('counts limited-use tokens once', () => {
    const by = open({ one_time: true });
    expect(send({}, {}, by).status).toBe('genuine');
    expect(send({}, {}, by)).toMatchObject({ status: 'failed', code: 'replayed' });
    expect(send({ jti: 'j2' }, {}, by).status).toBe('genuine');
  });
});

describe('single use', () => {
  it('is of the token, not of its spelling: ECDSA has a second signature for each content', () => {
    const by = identityOf({ issuers: [{ name: 'app', jwks_file: 'x', one_time: true }] }, { app: keysOf(login.jwk) });
    const token = login.jwt(good);
    const [head, body, signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const n = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
    const s = n - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
    const send = (text: string) => identify(by, { headers: { 'approov-token': text } }).raw.attestation;
    expect(send(token)).toMatchObject({ status: 'genuine' });
    expect(send(`${head}.${body}.${twin.toString('base64url')}`)).toMatchObject({ status: 'failed', code: 'replayed' });
  });
});
