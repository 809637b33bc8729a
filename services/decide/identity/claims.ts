import type { Issuer } from '../../../schemas/credentials.ts';
import type { LateCode, TokenFault } from '../../../schemas/reasons.ts';
import type { Claims } from './verdict.ts';

/** Clocks differ; `iat` or `nbf` a little ahead is no forgery. */
export const CLOCK_SKEW_S = 300;

/** What the claims say that holds at any time; null: nothing is wrong. Order: `exp`, kinds, type, audience, issuer. */
export function fixedFault(claims: Claims, typ: string | null, issuer: Issuer): TokenFault | null {
  const { exp, nbf, iat, aud, iss } = claims;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return 'no_expiry';
  if (nbf !== undefined && !isNumber(nbf)) return 'claim_invalid';
  if (iat !== undefined && (!isNumber(iat) || iat > exp)) return 'claim_invalid';
  if (issuer.max_age_s !== null && iat === undefined) return 'claim_missing';
  for (const name of issuer.required_claims) {
    const value = claims[name];
    if (value === undefined || value === null || value === '') return 'claim_missing';
  }
  if (issuer.type !== null && typ !== issuer.type.toLowerCase()) return 'wrong_type';
  if (issuer.audience !== null && !isFor(aud, issuer.audience)) return 'wrong_audience';
  if (issuer.issuer !== null && !isFrom(iss, issuer.issuer)) return 'wrong_issuer';
  return null;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** RFC 7519 section 4.1.3: a text or a list of them. */
export function isFor(aud: unknown, wanted: readonly string[]): boolean {
  if (typeof aud === 'string') return wanted.includes(aud);
  return Array.isArray(aud) && aud.some((one) => typeof one === 'string' && wanted.includes(one));
}

/** @param wanted a `*` at its end stands for anything. */
export function isFrom(iss: unknown, wanted: string): boolean {
  if (typeof iss !== 'string') return false;
  return wanted.endsWith('*') ? iss.startsWith(wanted.slice(0, -1)) : iss === wanted;
}

/** What the clock says. @param now epoch milliseconds. */
export function timeFault(claims: Claims, issuer: Issuer, now: number): LateCode | null {
  const seconds = now / 1000;
  const { exp, nbf, iat } = claims;
  if (typeof exp !== 'number' || seconds >= exp + issuer.leeway_s) return 'expired';
  const ahead = seconds + issuer.leeway_s + CLOCK_SKEW_S;
  if (typeof nbf === 'number' && nbf > ahead) return 'not_yet_valid';
  if (typeof iat === 'number') {
    if (iat > ahead) return 'issued_in_future';
    if (issuer.max_age_s !== null && seconds > iat + issuer.max_age_s + issuer.leeway_s) return 'too_old';
  }
  return null;
}
