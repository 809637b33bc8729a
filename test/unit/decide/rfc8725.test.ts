import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { credentialsSchema } from '../../../schemas/credentials.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { signer } from '../../support/signers.ts';
import { hs256 } from '../../support/tokens.ts';

const SECRET = Buffer.alloc(32, 1);
const es = signer('ES256');
const ed = signer('EdDSA');
const rs = signer('RS256');
const ps = signer('PS256');
const good = { exp: SECONDS + 60 };
const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const publicIdentity = identityOf(
  { issuers: [{ name: 'app', jwks_file: 'x' }] },
  {
    app: keysOf(
      { ...es.jwk, kid: 'es' },
      { ...ed.jwk, kid: 'ed' },
      { ...rs.jwk, kid: 'rs', alg: 'RS256' },
      { ...ps.jwk, kid: 'ps', alg: 'PS256' },
    ),
  },
);
const secretIdentity = identityOf({
  issuers: [{ name: 'app', keys: [{ kid: 'k1', secret_base64: SECRET.toString('base64') }] }],
});
const asked = (identity: typeof publicIdentity, token: string) =>
  identify(identity, { headers: { 'approov-token': token } }).raw.attestation;
const ofPublic = (token: string) => asked(publicIdentity, token);
const ofSecret = (token: string) => asked(secretIdentity, token);
/** Signs whatever is written as header and claims. */
const signed = (header: unknown, claims: unknown = good) => {
  const content = `${part(header)}.${part(claims)}`;
  return `${content}.${es.sign(content)}`;
};

// What sections 2.4, 2.5 and 3.6 say of encryption has no object here: an encrypted token is refused by its form (below, and `jwt-cves.test.ts`).
describe('RFC 8725, JSON Web Token Best Current Practices', () => {
  it('2.1, 3.1, 3.2: performs algorithm verification: each key with its own alone, none never', () => {
    expect(ofPublic(es.jwt(good, { kid: 'es' }))).toMatchObject({ status: 'genuine' });
    expect(ofPublic(ed.jwt(good, { kid: 'ed' }))).toMatchObject({ status: 'genuine' });
    expect(ofPublic(rs.jwt(good, { kid: 'rs' }))).toMatchObject({ status: 'genuine' });
    expect(ofPublic(ps.jwt(good, { kid: 'ps' }))).toMatchObject({ status: 'genuine' });
    expect(ofPublic(ed.jwt(good, { kid: 'ed', alg: 'Ed25519' }))).toMatchObject({ status: 'genuine' });
    const body = part(good);
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      for (const signature of ['', part('x'), es.sign(`${part({ alg })}.${body}`)]) {
        expect(ofPublic(`${part({ alg })}.${body}.${signature}`).status).toBe('failed');
      }
    }
    // The public key, in every form in which it is published, as a shared secret.
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const texts = [
      publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      publicKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
      JSON.stringify(rs.jwk),
      String(rs.jwk.n),
      '',
    ];
    for (const text of texts) {
      for (const kid of ['rs', 'es', 'x', undefined]) {
        const token = hs256(good, text, kid === undefined ? {} : { kid });
        expect(ofPublic(token)).toMatchObject({ status: 'failed', code: 'algorithm_not_allowed' });
      }
    }
    // A key of one algorithm is not one of another, however alike.
    expect(ofPublic(rs.jwt(good, { kid: 'ps' })).code).toBe('unknown_key');
    expect(ofPublic(ps.jwt(good, { kid: 'rs' })).code).toBe('unknown_key');
    expect(ofPublic(es.jwt(good, { kid: 'ed' })).code).toBe('unknown_key');
    expect(ofSecret(es.jwt(good)).code).toBe('algorithm_not_allowed');
  });

  it('2.2, 3.5: takes no weak keys', () => {
    const issuer = (secret_base64: string) =>
      credentialsSchema.safeParse({ issuers: [{ name: 'a', keys: [{ secret_base64 }] }] });
    expect(issuer('').success).toBe(false);
    expect(issuer(Buffer.from('secret').toString('base64')).success).toBe(false);
    expect(issuer(SECRET.toString('base64')).success).toBe(true);
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    expect(() => keysOf({ ...weak })).toThrow(/weak/);
  });

  it('2.3, 3.3, 3.4: validates every cryptographic operation and input', () => {
    const token = es.jwt(good, { kid: 'es' });
    const [head = '', body = '', signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const der = Buffer.concat([
      Buffer.from([0x30, 0x44, 2, 0x20]),
      bytes.subarray(0, 32),
      Buffer.from([2, 0x20]),
      bytes.subarray(32),
    ]);
    const zero = Buffer.alloc(64);
    const n = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    // CVE-2022-21449 ("psychic signatures"): r and s of zero, or of the group's order.
    for (const fake of [
      zero,
      Buffer.concat([n, n]),
      bytes.subarray(0, 63),
      Buffer.concat([bytes, zero]),
      der,
      Buffer.alloc(0),
    ]) {
      expect(ofPublic(`${head}.${body}.${fake.toString('base64url')}`)).toMatchObject({ code: 'signature_invalid' });
    }
    for (let i = 0; i < 64; i += 7) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      expect(ofPublic(`${head}.${body}.${flipped.toString('base64url')}`).status).toBe('failed');
    }
    // A JWE, a nested or JSON-serialised token is no token here.
    expect(ofPublic(`${head}.${body}.${signature}.x.y`).code).toBe('malformed');
    expect(ofPublic(JSON.stringify({ payload: body, protected: head, signature })).code).toBe('malformed');
  });

  it('2.6, 3.7: reads no token twice: duplicate members, invalid UTF-8, other spellings of one signature', () => {
    expect(ofPublic(signed('{"alg":"ES256","kid":"es"}', `{"exp":${SECONDS + 60},"did":"a","did":"b"}`)).code).toBe(
      'duplicate_claim',
    );
    expect(
      ofPublic(signed('{"alg":"ES256","kid":"es"}', `{"exp":${SECONDS + 60},"d\\u0069d":"a","did":"b"}`)).code,
    ).toBe('duplicate_claim');
    expect(
      ofPublic(signed('{"alg":"ES256","kid":"es"}', `{"exp":${SECONDS + 60},"cnf":{"jkt":"a","jkt":"b"}}`)).code,
    ).toBe('duplicate_claim');
    expect(ofPublic(signed('{"alg":"none","alg":"ES256"}')).code).toBe('duplicate_claim');
    expect(ofPublic(signed('{"alg":"ES256","alg":"none"}')).code).toBe('duplicate_claim');
    const broken = Buffer.concat([
      Buffer.from(`{"exp":${SECONDS + 60},"did":"`),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    const content = `${part({ alg: 'ES256' })}.${broken.toString('base64url')}`;
    expect(ofPublic(`${content}.${es.sign(content)}`).code).toBe('malformed');
    const bom = `${part({ alg: 'ES256' })}.${part(`\ufeff{"exp":${SECONDS + 60}}`)}`;
    expect(ofPublic(`${bom}.${es.sign(bom)}`).code).toBe('malformed');
    // The last character of 64 bytes has four unused bits.
    const token = es.jwt(good, { kid: 'es' });
    const last = token.charAt(token.length - 1);
    const other = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(ofPublic(token).status).toBe('genuine');
    expect(ofPublic(token.slice(0, -1) + other).status).toBe('failed');
    expect(ofPublic(`${token}=`).status).toBe('failed');
  });

  it('2.7, 3.8, 3.9: validates issuer, subject and audience, against substitution', () => {
    const strict = identityOf(
      {
        issuers: [
          { name: 'app', jwks_file: 'x', issuer: 'https://me/*', audience: ['api', 'web'], required_claims: ['sub'] },
        ],
      },
      { app: keysOf(es.jwk) },
    );
    const send = (claims: Record<string, unknown>) => asked(strict, es.jwt({ ...good, ...claims })).code;
    const whole = { iss: 'https://me/1', aud: 'api', sub: 's' };
    expect(send(whole)).toBe('unbound');
    expect(send({ ...whole, aud: ['x', 'web'] })).toBe('unbound');
    for (const aud of [undefined, '', 'apis', 'API', ['apis'], [], [['api']], { api: 1 }, null, 7]) {
      expect(send({ ...whole, aud })).toBe('wrong_audience');
    }
    for (const iss of [undefined, '', 'https://me', 'https://mean/1', ['https://me/1'], 1]) {
      expect(send({ ...whole, iss })).toBe('wrong_issuer');
    }
    for (const sub of [undefined, '', null]) expect(send({ ...whole, sub })).toBe('claim_missing');
  });

  it('2.8, 3.11, 3.12: tells kinds of token apart by explicit type', () => {
    const typed = identityOf(
      { issuers: [{ name: 'login', proves: 'who', preset: 'access_token', jwks_file: 'x' }] },
      { login: keysOf(es.jwk) },
    );
    const send = (typ?: string) =>
      identify(typed, {
        headers: { authorization: `Bearer ${es.jwt({ ...good, sub: 'alice' }, typ === undefined ? {} : { typ })}` },
      }).raw;
    expect(send('at+jwt').user).toBe('alice');
    expect(send('application/AT+JWT').user).toBe('alice');
    for (const typ of [undefined, 'JWT', 'dpop+jwt', 'logout+jwt', 'secevent+jwt']) {
      expect(send(typ)).toMatchObject({ user: '', identityFault: 'wrong_type' });
    }
  });

  it('2.9, 3.10: follows no address and takes no key out of a token', () => {
    const mallory = signer('ES256');
    const token = (header: Record<string, unknown>) => mallory.jwt(good, header);
    for (const header of [
      { jwk: mallory.jwk },
      { jku: 'http://127.0.0.1:1/keys' },
      { x5u: 'http://127.0.0.1:1/cert' },
      { x5c: ['MIIB'] },
      { kid: 'es', jwk: mallory.jwk },
    ]) {
      expect(ofPublic(token(header))).toMatchObject({ status: 'failed', code: 'header_not_allowed' });
    }
    // A `kid` is looked up, never opened, queried or run.
    for (const kid of ['../../../dev/null', "x' OR 1=1 --", '|id', '/proc/self/environ', '__proto__', 'constructor']) {
      expect(ofPublic(token({ kid }))).toMatchObject({ status: 'failed', code: 'unknown_key' });
    }
  });

  it('refuses extensions that must be understood, and those that change what is signed', () => {
    expect(ofPublic(signed({ alg: 'ES256', kid: 'es', crit: ['b64'], b64: false })).code).toBe('header_not_allowed');
    expect(ofPublic(signed({ alg: 'ES256', kid: 'es', crit: [] })).code).toBe('header_not_allowed');
    expect(ofPublic(signed({ alg: 'ES256', kid: 'es', b64: true })).code).toBe('header_not_allowed');
    expect(ofPublic(signed({ alg: 'ES256', kid: 'es', zip: 'DEF' })).code).toBe('header_not_allowed');
  });

  it('has claims of the right kind: exp, nbf and iat are numbers, and iat is no forgery of time', () => {
    const send = (claims: Record<string, unknown>) => ofSecret(hs256(claims, SECRET));
    for (const exp of ['99999999999', true, [SECONDS + 60], { $gt: 0 }, null]) {
      expect(send({ exp })).toMatchObject({ status: 'failed', code: 'no_expiry' });
    }
    expect(send({ ...good, nbf: '0' }).code).toBe('claim_invalid');
    expect(send({ ...good, iat: 'now' }).code).toBe('claim_invalid');
    expect(send({ ...good, iat: SECONDS + 61 }).code).toBe('claim_invalid');
    expect(send({ exp: SECONDS + 900, iat: SECONDS + 299 })).toMatchObject({ status: 'genuine' });
    expect(send({ exp: SECONDS + 900, iat: SECONDS + 302 }).code).toBe('issued_in_future');
    expect(ofSecret(hs256({}, SECRET).replace(/\.[^.]*\./, `.${part('{"exp":1e999}')}.`)).status).toBe('failed');
    const infinite = `${part({ alg: 'HS256' })}.${part('{"exp":1e999}')}`;
    const mac = createHmac('sha256', SECRET).update(infinite).digest('base64url');
    expect(ofSecret(`${infinite}.${mac}`).code).toBe('no_expiry');
    const aged = identityOf({
      issuers: [{ name: 'app', max_age_s: 60, leeway_s: 5, keys: [{ secret_base64: SECRET.toString('base64') }] }],
    });
    expect(asked(aged, hs256({ ...good, iat: SECONDS - 64 }, SECRET)).status).toBe('genuine');
    expect(asked(aged, hs256({ ...good, iat: SECONDS - 66 }, SECRET))).toMatchObject({
      status: 'expired',
      code: 'too_old',
    });
    expect(asked(aged, hs256(good, SECRET)).code).toBe('claim_missing');
  });
});
