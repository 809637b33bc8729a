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
import { signer } from '../../support/signers.ts';

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
      'two keys of one kid',
      [
        { ...es.jwk, kid: 'a' },
        { ...ed.jwk, kid: 'a' },
      ],
      /one kid/,
    ],
    [
      'a short RSA key',
      [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })],
      /weak/,
    ],
    ['an RSA exponent of one', [{ ...rs.jwk, e: 'AQ' }], /weak|cannot be read/],
    ['a point that is not on the curve', [{ ...es.jwk, y: es.jwk.x }], /cannot be read/],
  ])('with %s is refused with a sentence', (_what, keys, sentence) => {
    expect(faultOf(keys)).toMatch(sentence);
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
