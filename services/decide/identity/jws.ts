import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import { readObject } from './json.ts';
import type { KeySet } from './key-set.ts';
import { algorithmOf, type TokenKey } from './keys.ts';
import { bad, type Claims, KEY_PENDING, KEYS_UNAVAILABLE, NOT_VERIFIED, type TokenVerdict } from './verdict.ts';

export const MAX_TOKEN = 8192;
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** The protected header, as far as anything is decided by it. */
export interface JwsHeader {
  readonly alg: string;
  readonly kid: string | null;
  /** Lower case, without `application/`. */
  readonly typ: string | null;
  /** In proofs of possession alone: the key that the caller says it holds. */
  readonly jwk: Claims | null;
}

/** A token taken apart; nothing in it is to be believed yet. */
export interface JwsParts {
  readonly header: JwsHeader;
  /** Header and claims as they were signed. */
  readonly signed: string;
  readonly payload: string;
  readonly signature: string;
}

type HeaderRead = { header: JwsHeader; fault?: undefined } | { header?: undefined; fault: TokenVerdict };

/** Headers are few: an issuer has one for each key. What strangers make up pushes out nothing for long. */
const headers = createBoundedCache<HeaderRead>(512, 512);
/** Nobody who is to be verified says which key to verify with, or where to fetch it. */
const KEY_MEMBERS = ['jku', 'x5u', 'x5c', 'jwk'] as const;

/**
 * Compact serialisation (RFC 7515) and its header. `none` and anything else is an algorithm like any other here: what
 * may be used is decided by the key.
 * @param proof true: the header carries the caller's own public key (RFC 9449), as it must.
 */
export function splitJws(token: string, proof = false): JwsParts | TokenVerdict {
  if (token.length > MAX_TOKEN) return bad('oversized');
  if (!FORM.test(token)) return bad('malformed');
  const dot = token.indexOf('.');
  const lastDot = token.lastIndexOf('.');
  const head = token.slice(0, dot);
  const payload = token.slice(dot + 1, lastDot);
  const signature = token.slice(lastDot + 1);
  if (!isCanonical(head) || !isCanonical(payload) || !isCanonical(signature)) return bad('malformed');
  const { header, fault } = headerOf(head, proof);
  if (fault !== undefined) return fault;
  return { header, signed: token.slice(0, lastDot), payload, signature };
}

function headerOf(text: string, proof: boolean): HeaderRead {
  if (proof) return readHeader(text, true);
  const known = headers.get(text);
  if (known !== undefined) return known;
  const read = readHeader(text, false);
  headers.set(text, read);
  return read;
}

function readHeader(text: string, proof: boolean): HeaderRead {
  const read = readObject(text);
  if ('fault' in read) return { fault: bad(read.fault) };
  const { alg, kid, typ, jwk, crit, b64, zip } = read.object;
  if (typeof alg !== 'string') return { fault: bad('malformed') };
  // `crit` lists extensions that must be understood (RFC 7515 section 4.1.11), and none is.
  if (crit !== undefined || b64 !== undefined || zip !== undefined) return { fault: bad('header_not_allowed') };
  for (const name of KEY_MEMBERS) {
    if (name in read.object && !(proof && name === 'jwk')) return { fault: bad('header_not_allowed') };
  }
  if (kid !== undefined && typeof kid !== 'string') return { fault: bad('malformed') };
  if (typ !== undefined && typeof typ !== 'string') return { fault: bad('malformed') };
  const isKey = typeof jwk === 'object' && jwk !== null && !Array.isArray(jwk);
  if (proof && !isKey) return { fault: bad('malformed') };
  return {
    header: { alg, kid: kid ?? null, typ: typ === undefined ? null : typeOf(typ), jwk: isKey ? { ...jwk } : null },
  };
}

/** RFC 7515 section 4.1.9: media types in any case, `application/` may be left out. */
export function typeOf(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice(12) : lower;
}

const LAST_BITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Unused bits of the last character are zero: else one signature could be written in sixteen ways. */
function isCanonical(text: string): boolean {
  const rest = text.length % 4;
  if (rest === 0) return true;
  if (rest === 1) return false;
  const bits = LAST_BITS.indexOf(text.charAt(text.length - 1));
  return rest === 2 ? (bits & 15) === 0 : (bits & 3) === 0;
}

export type Verification = { key: TokenKey } | { verdict: TokenVerdict; tried: number };

/**
 * Finds the key that made the signature: by `kid`, or each key of the algorithm when the token names none.
 * `tried` tells how many keys were, which is what costs.
 * @param may asked before each public key is tried, with how many will have been.
 * @param likely tried first where it may be the one: who names no key is not to pay for all of them.
 */
export function verifyJws(
  parts: JwsParts,
  algorithms: readonly string[],
  keys: KeySet,
  may: (keys: number) => boolean = () => true,
  likely?: TokenKey,
): Verification {
  const { alg, kid } = parts.header;
  const algorithm = algorithmOf(alg);
  if (!algorithms.includes(algorithm)) return { verdict: bad('algorithm_not_allowed'), tried: 0 };
  if (!keys.ready()) return { verdict: KEYS_UNAVAILABLE, tried: 0 };
  const fits = (key: TokenKey) => key.algorithm === algorithm && (kid === null || key.kid === null || key.kid === kid);
  const first = likely !== undefined && fits(likely) && keys.has(likely) ? likely : undefined;
  let tried = 0;
  for (const key of first === undefined ? keys.keys() : [first, ...keys.keys()]) {
    if (!fits(key) || (tried > 0 && key === first)) continue;
    if (algorithm !== 'HS256' && !may(tried + 1)) return { verdict: NOT_VERIFIED, tried };
    tried++;
    if (key.verify(parts.signed, parts.signature)) return { key };
  }
  if (tried > 0) return { verdict: bad('signature_invalid'), tried };
  return { verdict: kid !== null && keys.missed(kid) ? KEY_PENDING : bad('unknown_key'), tried };
}
