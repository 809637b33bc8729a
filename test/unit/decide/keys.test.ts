import { createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createHmacSha256,
  publicKeys,
  readKeySet,
  sameMac,
  thumbprintOf,
} from '../../../services/decide/identity/keys.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { dpop, signer } from '../../support/signers.ts';

/** Odd, 2,048 bits. */
const LONG_EXPONENT = Buffer.alloc(256, 0x7f).toString('base64url');

describe('HMAC-SHA-256', () => {
  it('is what node:crypto makes, for any key and text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.array(fc.string({ minLength: 0, maxLength: 400, unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 5 }),
        (key, texts) => {
          const hmac = createHmacSha256(Buffer.from(key));
          // One after the other with one key: nothing of a longer text stays for a shorter one.
          for (const text of texts) {
            const wanted = createHmac('sha256', key).update(text).digest('base64url');
            expect(Buffer.from(hmac(text), 'latin1').toString('base64url')).toBe(wanted);
            expect(sameMac(hmac(text), wanted)).toBe(true);
            expect(sameMac(hmac(`${text}x`), wanted)).toBe(false);
          }
        },
      ),
    );
  });
});

describe('a key set', () => {
  const es = signer('ES256');
  const ed = signer('EdDSA');
  const rs = signer('RS256');
  const faultOf = (keys: unknown) => {
    const read = readKeySet({ keys });
    return 'fault' in read ? read.fault : read.keys.map(({ kid, algorithm }) => `${kid} ${algorithm}`).join();
  };

  it('gives each key its own algorithms and nothing else', () => {
    expect(
      faultOf([
        { ...es.jwk, kid: 'a' },
        { ...ed.jwk, kid: 'b' },
        { ...rs.jwk, kid: 'c' },
      ]),
    ).toBe('a ES256,b EdDSA,c RS256,c PS256,c PSS512');
    expect(faultOf([{ ...rs.jwk, kid: 'c', alg: 'RS256' }])).toBe('c RS256');
    expect(faultOf([{ ...ed.jwk, kid: 'b', alg: 'Ed25519' }])).toBe('b EdDSA');
    // Keys of other uses, other curves and no use at all are passed over.
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
    expect(
      faultOf([{ ...es.jwk, kid: 'a' }, { ...rs.jwk, use: 'enc' }, p384, 7, null, { ...es.jwk, y: es.jwk.x }]),
    ).toBe('a ES256');
  });

  it.each([
    ['no set', undefined, /no key set/],
    ['no key', [], /no RSA/],
    ['a private key', [{ ...es.jwk, d: 'AAAA' }], /private/],
    ['a shared secret', [{ kty: 'oct', k: 'AAAA' }], /secret/],
    [
      'two keys of one kind with one kid',
      [
        { ...es.jwk, kid: 'a' },
        { ...signer('ES256').jwk, kid: 'a' },
      ],
      /one kid/,
    ],
    [
      'a short RSA key',
      [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })],
      /weak/,
    ],
    ['an RSA exponent of one', [{ ...rs.jwk, e: 'AQ' }], /weak|cannot be read/],
    ['an RSA exponent that takes long', [{ ...rs.jwk, e: LONG_EXPONENT }], /exponent/],
    ['a point that is not on the curve', [{ ...es.jwk, y: es.jwk.x }], /cannot be read/],
  ])('with %s is refused with a sentence', (_what, keys, sentence) => {
    expect(faultOf(keys)).toMatch(sentence);
  });

  it('may hold keys of several kinds under one kid (RFC 7517 section 4.5), each for its own algorithm', () => {
    const both = [
      { ...es.jwk, kid: 'a' },
      { ...ed.jwk, kid: 'a' },
    ];
    expect(faultOf(both)).toBe('a ES256,a EdDSA');
    const by = identityOf({ issuers: [{ name: 'app', jwks_file: 'x' }] }, { app: keysOf(...both) });
    for (const key of [es, ed]) {
      const headers = { 'approov-token': key.jwt({ exp: SECONDS + 60 }, { kid: 'a' }) };
      expect(identify(by, { headers }).raw.attestation.status).toBe('genuine');
    }
  });

  it('may be of 8192 bits where it is an issuer’s, of 4096 where the caller brings it', () => {
    // No key of that size need be made: what is read of it is its length.
    const modulus = (bits: number) => Buffer.alloc(bits / 8, 0xff).toString('base64url');
    const jwk = (bits: number) => ({ kty: 'RSA', e: 'AQAB', n: modulus(bits) });
    const read = (bits: number, whose: 'ours' | 'callers') => {
      const found = publicKeys(jwk(bits), whose);
      return 'fault' in found ? found.fault : 'good';
    };
    expect([2048, 8192, 8200].map((bits) => read(bits, 'ours'))).toEqual(['good', 'good', 'costly']);
    expect([2048, 4096, 4104].map((bits) => read(bits, 'callers'))).toEqual(['good', 'good', 'costly']);
  });

  it('of a caller’s own proof costs no more than any other, whatever exponent it has', () => {
    const login = signer('ES256');
    const jwk = { ...rs.jwk, e: LONG_EXPONENT };
    const token = login.jwt({ exp: SECONDS + 60, sub: 'alice', cnf: { jkt: thumbprintOf(jwk) } });
    const proof = dpop(
      rs,
      { htm: 'GET', htu: 'https://api.example.com/v1/orders', iat: SECONDS, accessToken: token },
      { jwk },
    );
    const by = identityOf(
      { issuers: [{ name: 'login', proves: 'who', jwks_file: 'x' }] },
      { login: keysOf(login.jwk) },
    );
    const headers = { authorization: `DPoP ${token}`, dpop: proof };
    expect(identify(by, { headers }).raw).toMatchObject({ user: '', identityFault: 'proof_invalid' });
    const own = { ...signer('RS256').jwk, e: LONG_EXPONENT };
    expect(publicKeys(own, 'callers')).toEqual({ fault: 'costly' });
  });

  it('names a key by RFC 7638', () => {
    // The example of section 3.1.
    const jwk = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    };
    expect(thumbprintOf(jwk)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
    expect(publicKeys(jwk)).toMatchObject({ keys: [{ algorithm: 'RS256', kid: '2011-04-29' }] });
  });
});
