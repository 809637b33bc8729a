import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TOKEN_ALGORITHMS } from '../../../schemas/credentials.ts';
import { splitJws, verifyJws } from '../../../services/decide/identity/jws.ts';
import { fixedKeys } from '../../../services/decide/identity/key-set.ts';
import {
  createHmacSha256,
  publicKeys,
  readKeySet,
  secretKey,
  type TokenKey,
} from '../../../services/decide/identity/keys.ts';
import { PACKAGE_ROOT } from '../../../shared/root.ts';
import type { Jwk } from '../../support/signers.ts';

type Case<T extends unknown[]> = [id: number, what: string, ...rest: T];
interface Vectors {
  jws: { name: string; key: Jwk; tests: Case<[jws: string, valid: boolean]>[] }[];
  jwk: { name: string; set: { keys: Jwk[] }; tests: Case<[jws: string, valid: boolean]>[] }[];
  ecdsa: { key: Jwk; tests: Case<[message: string, signature: string, valid: boolean]>[] }[];
  ed25519: { key: Jwk; tests: Case<[message: string, signature: string, valid: boolean]>[] }[];
  /** `salt`: of PSS, in bytes; null without. */
  rsa: {
    algorithm: 'RS256' | 'PS256' | 'PSS512';
    salt: number | null;
    key: Jwk;
    tests: Case<[message: string, signature: string, valid: boolean]>[];
  }[];
  hmac: { tests: Case<[key: string, message: string, tag: string, valid: boolean]>[] }[];
}
const vectors = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'test/support/vectors/wycheproof.json'), 'utf8')) as Vectors;

/** Keys of a JWK or a set as an operator would name them: `oct` as a shared secret, anything else as a key set. */
function keysOf(jwks: readonly Jwk[]): readonly TokenKey[] {
  const [first] = jwks;
  if (jwks.length === 1 && first?.kty === 'oct') {
    const secret = Buffer.from(String(first.k), 'base64url');
    // The credentials file takes no secret of fewer than 16 bytes.
    return secret.length < 16 ? [] : [secretKey(typeof first.kid === 'string' ? first.kid : null, secret)];
  }
  const read = readKeySet({ keys: jwks });
  return 'fault' in read ? [] : read.keys;
}

function accepts(jws: string, keys: readonly TokenKey[]): boolean {
  const parts = splitJws(jws);
  if ('kind' in parts) return false;
  return 'key' in verifyJws(parts, TOKEN_ALGORITHMS, fixedKeys(keys));
}

describe('Wycheproof', () => {
  /** Vectors of which we say otherwise, by number, and why. */
  const OTHERWISE: Readonly<Record<string, string>> = {
    'jws 259': 'a token without claims says nothing',
    'jws 272': 'a token without claims says nothing',
    'jws 346': 'PS384 is not among the algorithms',
    'jws 350': 'PS384 is not among the algorithms',
    'jws 367': 'the text of this vector holds no padding: it is a sound token',
    'jws 370': 'the text of this vector holds no padding: it is a sound token',
    'jws 372': 'a character that is not base64url is refused, not skipped',
    'jws 373': 'a character that is not base64url is refused, not skipped',
    'jwk 2': 'shared secrets stand in the credentials file, never in a key set',
    'jwk 7': 'keys are the issuer’s; whether its generator was sound is not found out here',
    'jwk 10': 'an HS256 secret of 16 to 31 bytes is told of, not refused',
  };
  const check = (kind: 'jws' | 'jwk', keys: readonly TokenKey[], tests: Vectors['jws'][number]['tests']) => {
    for (const [id, what, jws, valid] of tests) {
      const wanted = `${kind} ${id}` in OTHERWISE ? !valid : valid;
      expect([id, what, accepts(jws, keys)]).toEqual([id, what, wanted]);
    }
  };

  it.each(vectors.jws.map((group, i) => [`${group.name} ${i}`, group] as const))(
    'JSON Web Signatures: %s',
    (_name, group) => {
      check('jws', keysOf([group.key]), group.tests);
    },
  );

  it.each(vectors.jwk.map((group, i) => [`${group.name} ${i}`, group] as const))(
    'JSON Web Keys: %s',
    (_name, group) => {
      check('jwk', keysOf(group.set.keys), group.tests);
    },
  );

  it.each([
    ['ECDSA P-256 with SHA-256, r and s', vectors.ecdsa, 'ES256'],
    ['Ed25519', vectors.ed25519, 'EdDSA'],
  ] as const)('%s', (_name, groups, algorithm) => {
    let accepted = 0;
    for (const { key, tests } of groups) {
      const read = publicKeys(key);
      const own = 'fault' in read ? undefined : read.keys.find((one) => one.algorithm === algorithm);
      for (const [id, what, message, signature, valid] of tests) {
        const text = Buffer.from(message, 'hex').toString('latin1');
        const given = Buffer.from(signature, 'hex').toString('base64url');
        const verdict = own?.verify(text, given) ?? false;
        if (verdict) accepted++;
        expect([id, what, verdict]).toEqual([id, what, valid]);
      }
    }
    expect(accepted).toBeGreaterThan(50);
  });

  it.each(vectors.rsa.map((group, i) => [group.algorithm, group.salt, i, group] as const))(
    'RSA: %s, salt %s, %i',
    (algorithm, salt, _i, { key, tests }) => {
      // RFC 7518 section 3.5 and RFC 9421 section 3.3.1: the salt is as long as the digest, else it is another algorithm.
      const fits = salt === null || salt === (algorithm === 'PSS512' ? 64 : 32);
      const read = publicKeys(key);
      const own = 'fault' in read ? undefined : read.keys.find((one) => one.algorithm === algorithm);
      expect(own).toBeDefined();
      for (const [id, what, message, signature, valid] of tests) {
        const verdict = own?.verify(Buffer.from(message, 'hex').toString('latin1'), signature);
        expect([id, what, verdict]).toEqual([id, what, valid && fits]);
      }
    },
  );

  it('HMAC with SHA-256', () => {
    for (const [id, what, key, message, tag, valid] of vectors.hmac.flatMap(({ tests }) => tests)) {
      const mac = createHmacSha256(Buffer.from(key, 'hex'))(Buffer.from(message, 'hex').toString('latin1'));
      expect([id, what, Buffer.from(mac, 'latin1').toString('hex') === tag]).toEqual([id, what, valid]);
    }
  });
});
