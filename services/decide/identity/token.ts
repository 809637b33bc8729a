import { createHash, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { Issuer, TokenAlgorithm } from '../../../schemas/credentials.ts';
import type { AttestationCode } from '../../../schemas/reasons.ts';

/** What a signed token turned out to be. `claims` only when the signature is good. */
export interface Verdict {
  code: Exclude<AttestationCode, 'no_token' | 'status_word' | 'cannot_attest' | 'not_observed' | 'rejected'>;
  claims: Readonly<Record<string, unknown>> | null;
}

/** One key of an issuer, with the only algorithm that it may be used for: a public key is never a shared secret. */
export interface TokenKey {
  kid: string | null;
  algorithm: TokenAlgorithm;
  verify(signed: string, signature: Buffer): boolean;
}

const MAX_TOKEN = 8192;
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

export function secretKey(kid: string | null, secret: Buffer): TokenKey {
  return {
    kid,
    algorithm: 'HS256',
    verify(signed, signature) {
      const expected = createHmac('sha256', secret).update(signed).digest();
      return signature.length === expected.length && timingSafeEqual(expected, signature);
    },
  };
}

/** @returns undefined for a key of another kind than RSA and P-256. */
export function publicKey(jwk: Readonly<Record<string, unknown>>): TokenKey | undefined {
  const algorithm = jwk.kty === 'RSA' ? 'RS256' : jwk.kty === 'EC' && jwk.crv === 'P-256' ? 'ES256' : undefined;
  if (algorithm === undefined || (jwk.alg !== undefined && jwk.alg !== algorithm)) return undefined;
  const key: KeyObject = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return {
    kid: typeof jwk.kid === 'string' ? jwk.kid : null,
    algorithm,
    verify(signed, signature) {
      const options = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
      return verify('sha256', Buffer.from(signed), options, signature);
    },
  };
}

/**
 * Judges a token: form, algorithm, signature, then time, audience, issuer, binding. A bad signature is `failed` even
 * when the token has expired, because only a signed claim says anything.
 * @param boundValue value of the header that the issuer binds its tokens to; null when the request has none.
 * @param now epoch milliseconds.
 */
export function judgeToken(
  token: string,
  issuer: Issuer,
  keys: readonly TokenKey[],
  boundValue: string | null,
  now: number,
): Verdict {
  const signed = readSigned(token, issuer, keys);
  if ('code' in signed) return signed;
  return judgeClaims(signed.claims, issuer, boundValue, now);
}

/** Form, algorithm, signature: what does not change with time, so it may be remembered. */
export function readSigned(
  token: string,
  issuer: Issuer,
  keys: readonly TokenKey[],
): { claims: Readonly<Record<string, unknown>> } | Verdict {
  const refuse = (code: Verdict['code']): Verdict => ({ code, claims: null });
  if (token.length > MAX_TOKEN || !FORM.test(token)) return refuse('malformed');
  const dot = token.indexOf('.');
  const lastDot = token.lastIndexOf('.');
  const header = readObject(token.slice(0, dot));
  if (header === undefined || typeof header.alg !== 'string' || 'crit' in header) return refuse('malformed');
  const kid = header.kid;
  if (kid !== undefined && typeof kid !== 'string') return refuse('malformed');
  const algorithm = issuer.algorithms.find((name) => name === header.alg);
  if (algorithm === undefined) return refuse('algorithm_not_allowed');
  const fitting = keys.filter(
    (key) => key.algorithm === algorithm && (kid === undefined || key.kid === null || key.kid === kid),
  );
  if (fitting.length === 0) return refuse('unknown_key');
  const signature = Buffer.from(token.slice(lastDot + 1), 'base64url');
  const content = token.slice(0, lastDot);
  if (!fitting.some((key) => key.verify(content, signature))) return refuse('signature_invalid');
  const claims = readObject(token.slice(dot + 1, lastDot));
  return claims === undefined ? refuse('malformed') : { claims };
}

export function judgeClaims(
  claims: Readonly<Record<string, unknown>>,
  issuer: Issuer,
  boundValue: string | null,
  now: number,
): Verdict {
  const seconds = now / 1000;
  const { exp, nbf, aud, iss } = claims;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return { code: 'no_expiry', claims };
  if (seconds >= exp + issuer.leeway_s) return { code: 'expired', claims };
  if (nbf !== undefined && (typeof nbf !== 'number' || seconds < nbf - issuer.leeway_s)) {
    return { code: 'not_yet_valid', claims };
  }
  if (issuer.audience !== null && aud !== issuer.audience && !(Array.isArray(aud) && aud.includes(issuer.audience))) {
    return { code: 'wrong_audience', claims };
  }
  if (issuer.issuer !== null && iss !== issuer.issuer) return { code: 'wrong_issuer', claims };
  const bound = claims[issuer.binding.claim];
  if (bound === undefined) return { code: 'unbound', claims };
  const matches = boundValue !== null && bound === createHash('sha256').update(boundValue).digest('base64');
  return { code: matches ? 'ok' : 'bound_elsewhere', claims };
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
