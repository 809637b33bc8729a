import {
  constants,
  createPublicKey,
  hash,
  type KeyObject,
  timingSafeEqual,
  verify as verifySignature,
} from 'node:crypto';
import type { TokenAlgorithm } from '../../../schemas/credentials.ts';
import { isObject } from './json.ts';
import type { Claims } from './verdict.ts';

/** `PSS512` signs HTTP messages only (RFC 9421 `rsa-pss-sha512`); no token may name it. */
export type KeyAlgorithm = TokenAlgorithm | 'PSS512';

/** One key, with the only algorithm that it may be used for: a public key is never a shared secret. */
export interface TokenKey {
  readonly kid: string | null;
  readonly algorithm: KeyAlgorithm;
  /** RFC 7638; `''` for a secret. */
  readonly thumbprint: string;
  /** Stable name of the key's content: a key that is fetched again is the same key. */
  readonly id: string;
  /** @param signed ASCII. @param signature base64url, in canonical form. */
  verify(signed: string, signature: string): boolean;
}

/** Bytes of a signature; 0: as many as the key has. */
const SIGNATURE_BYTES = { HS256: 32, ES256: 64, EdDSA: 64, RS256: 0, PS256: 0, PSS512: 0 } as const;
const BLOCK = 64;
const LONGEST = 16_384;

/**
 * HMAC-SHA-256 (RFC 2104) of an ASCII text, as a string of 32 bytes. Two one-shot hashes cost half of what an Hmac
 * object does; `test/unit/decide/keys.test.ts` compares them.
 */
export function createHmacSha256(secret: Buffer): (text: string) => string {
  const key = Buffer.alloc(BLOCK);
  if (secret.length > BLOCK) key.write(hash('sha256', secret, 'binary'), 0, 'latin1');
  else secret.copy(key);
  const inner = Buffer.alloc(BLOCK + LONGEST);
  const outer = Buffer.alloc(BLOCK + 32);
  for (let i = 0; i < BLOCK; i++) {
    inner[i] = (key[i] ?? 0) ^ 0x36;
    outer[i] = (key[i] ?? 0) ^ 0x5c;
  }
  return (text) => {
    if (text.length > LONGEST) throw new RangeError('longer than any signed text');
    const length = inner.write(text, BLOCK, 'latin1');
    outer.write(hash('sha256', inner.subarray(0, BLOCK + length), 'binary'), BLOCK, 'latin1');
    return hash('sha256', outer, 'binary');
  };
}

const given = Buffer.alloc(32);
const wanted = Buffer.alloc(32);

/** Compares 32 bytes in constant time. @param signature base64url. */
export function sameMac(mac: string, signature: string): boolean {
  if (signature.length !== 43) return false;
  wanted.write(mac, 0, 'latin1');
  given.write(signature, 0, 'base64url');
  return timingSafeEqual(wanted, given);
}

export function secretKey(kid: string | null, secret: Buffer): TokenKey {
  const hmac = createHmacSha256(secret);
  return {
    kid,
    algorithm: 'HS256',
    thumbprint: '',
    id: `${kid ?? ''} HS256 ${hash('sha256', secret, 'base64url')}`,
    verify: (signed, signature) => sameMac(hmac(signed), signature),
  };
}

/** A key whose content may be used under one algorithm alone. */
export function verifierOf(algorithm: Exclude<KeyAlgorithm, 'HS256'>, key: KeyObject): TokenKey['verify'] {
  const bytes = SIGNATURE_BYTES[algorithm];
  const options =
    algorithm === 'ES256'
      ? { key, dsaEncoding: 'ieee-p1363' as const }
      : algorithm === 'PS256' || algorithm === 'PSS512'
        ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : { key };
  const digest = algorithm === 'EdDSA' ? null : algorithm === 'PSS512' ? 'sha512' : 'sha256';
  return (signed, signature) => {
    const given = Buffer.from(signature, 'base64url');
    if (bytes !== 0 && given.length !== bytes) return false;
    return verifySignature(digest, Buffer.from(signed, 'latin1'), options, given);
  };
}

const ALGORITHMS_OF = (jwk: Claims): Exclude<KeyAlgorithm, 'HS256'>[] => {
  if (jwk.kty === 'RSA') return ['RS256', 'PS256', 'PSS512'];
  if (jwk.kty === 'EC' && jwk.crv === 'P-256') return ['ES256'];
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return ['EdDSA'];
  return [];
};
/** RFC 9864 names the curve; the key has always done so. */
const ALIAS: Readonly<Record<string, string>> = { Ed25519: 'EdDSA' };
const RSA_PSS_SHA512 = 'PS512';
export const algorithmOf = (alg: string): string => ALIAS[alg] ?? alg;

/** Why a JWK may not be used. `unsupported` is not a fault: key sets hold keys for other uses too. */
export type KeyFault = 'unsupported' | 'private' | 'weak' | 'costly' | 'unreadable';

/** A longer exponent, or modulus, only makes each signature dearer to check: 8 ms in the place of 0.05. */
const LARGEST_EXPONENT = 2n ** 32n;
const LARGEST_MODULUS = { ours: 8192, callers: 4096 } as const;

/**
 * The key of a JWK (RFC 7517), once for each algorithm that its kind allows and its `alg` does not exclude.
 * A private key is refused: who published it has lost it.
 * @param whose `callers`: the caller brings it, and may not choose what it costs.
 */
export function publicKeys(
  jwk: Claims,
  whose: keyof typeof LARGEST_MODULUS = 'ours',
): { keys: TokenKey[]; key: KeyObject } | { fault: KeyFault } {
  if (jwk.kty === 'oct' || 'd' in jwk || 'k' in jwk) return { fault: 'private' };
  const named = typeof jwk.alg === 'string' ? algorithmOf(jwk.alg) : undefined;
  const algorithms = ALGORITHMS_OF(jwk).filter(
    (name) => jwk.alg === undefined || name === named || (name === 'PSS512' && jwk.alg === RSA_PSS_SHA512),
  );
  const notForUs =
    (jwk.use !== undefined && jwk.use !== 'sig') || (Array.isArray(jwk.key_ops) && !jwk.key_ops.includes('verify'));
  if (algorithms.length === 0 || notForUs) return { fault: 'unsupported' };
  let key: KeyObject;
  try {
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return { fault: 'unreadable' };
  }
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  // RFC 7518 section 3.3; an even or tiny exponent verifies what nobody signed.
  if (modulusLength !== undefined && modulusLength < 2048) return { fault: 'weak' };
  if (publicExponent !== undefined && (publicExponent < 3n || publicExponent % 2n === 0n)) return { fault: 'weak' };
  if (modulusLength !== undefined && modulusLength > LARGEST_MODULUS[whose]) return { fault: 'costly' };
  if (publicExponent !== undefined && publicExponent > LARGEST_EXPONENT) return { fault: 'costly' };
  const kid = typeof jwk.kid === 'string' ? jwk.kid : null;
  const thumbprint = thumbprintOf(jwk) ?? '';
  const keys = algorithms.map((algorithm) => ({
    kid,
    algorithm,
    thumbprint,
    id: `${kid ?? ''} ${algorithm} ${thumbprint}`,
    verify: verifierOf(algorithm, key),
  }));
  return { keys, key };
}

/** RFC 7638: base64url of the SHA-256 of the required members, in order; undefined when they are not there. */
export function thumbprintOf(jwk: Claims): string | undefined {
  const names =
    jwk.kty === 'RSA' ? ['e', 'kty', 'n'] : jwk.kty === 'EC' ? ['crv', 'kty', 'x', 'y'] : ['crv', 'kty', 'x'];
  const members = names.map((name) => jwk[name]);
  if (!members.every((member) => typeof member === 'string')) return undefined;
  return hash('sha256', JSON.stringify(Object.fromEntries(names.map((name, i) => [name, members[i]]))), 'base64url');
}

const WHY = {
  private: 'holds a private key or a secret: nothing that it signs is to be believed',
  weak: 'holds only RSA keys that are too weak',
  costly: 'holds only RSA keys of more than 8192 bits or with an exponent of more than 32',
  unreadable: 'holds only keys that cannot be read',
  unsupported: 'holds no RSA, P-256 or Ed25519 key for signatures',
} as const satisfies Record<KeyFault, string>;

/**
 * Every usable key of a key set; single keys that are not usable are passed over, as sets hold keys for others too.
 * @returns `fault`: a sentence, when the set may not be used at all: no set, no key, a private key, two keys of one kind with one `kid`.
 */
export function readKeySet(set: unknown): { keys: TokenKey[] } | { fault: string } {
  const listed = isObject(set) && Array.isArray(set.keys) ? (set.keys as unknown[]) : undefined;
  if (listed === undefined) return { fault: 'is no key set: {"keys": […]}' };
  const keys: TokenKey[] = [];
  const seen = new Set<string>();
  let worst: KeyFault = 'unsupported';
  for (const jwk of listed) {
    if (!isObject(jwk)) continue;
    const read = publicKeys(jwk);
    if ('fault' in read) {
      if (read.fault === 'private') return { fault: WHY.private };
      if (read.fault !== 'unsupported') worst = read.fault;
      continue;
    }
    const kid = read.keys[0]?.kid ?? null;
    // RFC 7517 section 4.5: keys of several kinds may stand for each other under one name.
    const name = `${String(jwk.kty)} ${kid}`;
    if (kid !== null && seen.has(name)) return { fault: 'holds two keys of one kind with one kid' };
    seen.add(name);
    keys.push(...read.keys);
  }
  return keys.length === 0 ? { fault: WHY[worst] } : { keys };
}
