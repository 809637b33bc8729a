import { createHmac, hash } from 'node:crypto';
import type { Issuer } from '../../../schemas/credentials.ts';
import type { LateCode, TokenFault, UnsureCode } from '../../../schemas/reasons.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import { boundKey } from './budget.ts';
import { readObject } from './json.ts';
import { splitJws } from './jws.ts';
import { algorithmOf, publicKeys, type TokenKey, thumbprintOf } from './keys.ts';
import { useOnce } from './once.ts';
import { authorityOf, type IdentityRequest, schemeOf } from './request.ts';
import { bad, type Claims, type TokenVerdict } from './verdict.ts';

export type ProofFault = TokenFault | 'unbound' | LateCode | UnsureCode;

/** A DPoP proof whose form is good; its signature is checked only when its key is the wanted one. */
export interface DpopProof {
  text: string;
  thumbprint: string;
  claims: Claims;
  /** Checks the signature, once. */
  isSigned(): ProofFault | null;
}

/** Callers come again with the same key; making one costs as much as a signature. */
const keyCache = createBoundedCache<readonly TokenKey[]>(4096);
export const PROOF_ALGORITHMS: readonly string[] = ['ES256', 'EdDSA', 'RS256', 'PS256'];

/**
 * The request's `DPoP` header (RFC 9449 section 4), read once.
 * @returns null when there is none.
 */
export function readDpop(request: IdentityRequest): DpopProof | TokenVerdict | null {
  if (request.dpop === undefined) request.dpop = parseDpop(request);
  return request.dpop;
}

function parseDpop(request: IdentityRequest): DpopProof | TokenVerdict | null {
  const text = request.headers('dpop');
  if (text === null) return null;
  const parts = splitJws(text.trim(), true);
  if ('kind' in parts) return parts;
  const { jwk, typ, alg } = parts.header;
  if (typ !== 'dpop+jwt' || jwk === null) return bad('proof_invalid');
  const algorithm = algorithmOf(alg);
  if (!PROOF_ALGORITHMS.includes(algorithm)) return bad('algorithm_not_allowed');
  if ('d' in jwk || 'k' in jwk) return bad('header_not_allowed');
  const thumbprint = thumbprintOf(jwk);
  if (thumbprint === undefined) return bad('malformed');
  const payload = readObject(parts.payload);
  if ('fault' in payload) return bad(payload.fault);
  let checked: ProofFault | null | undefined;
  return {
    text,
    thumbprint,
    claims: payload.object,
    isSigned() {
      if (checked !== undefined) return checked;
      const { budget, raw, now } = request;
      const signer = { address: raw.address, name: () => boundKey(thumbprint) };
      if (!budget.allows(signer, now)) return 'not_verified';
      checked = keysOf(thumbprint, jwk).some(
        (key) => key.algorithm === algorithm && key.verify(parts.signed, parts.signature),
      )
        ? null
        : 'proof_invalid';
      if (checked !== null) budget.spend(signer, now);
      return checked;
    },
  };
}

function keysOf(thumbprint: string, jwk: Claims): readonly TokenKey[] {
  const known = keyCache.get(thumbprint);
  if (known !== undefined) return known;
  // `alg`, `use` and the like are not part of the thumbprint, so they may not be part of what is remembered.
  const { kty, crv, x, y, e, n } = jwk;
  const read = publicKeys(
    Object.fromEntries(Object.entries({ kty, crv, x, y, e, n }).filter(([, v]) => v !== undefined)),
    'callers',
  );
  const keys = 'fault' in read ? [] : read.keys;
  if (keys.length > 0) keyCache.set(thumbprint, keys);
  return keys;
}

/**
 * Does the proof show that the caller of this very request holds the key? RFC 9449 section 4.3.
 * @param accessToken whose hash `ath` must be; null: `ath` must fit the access token of the request when there is one.
 */
export function dpopFault(
  proof: DpopProof,
  jkt: string,
  accessToken: string | null,
  issuer: Pick<Issuer, 'proof'>,
  request: IdentityRequest,
): ProofFault | null {
  if (proof.thumbprint !== jkt) return 'bound_elsewhere';
  const { htm, htu, ath, jti, iat, nonce } = proof.claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > 512 || typeof iat !== 'number') return 'proof_invalid';
  if (htm !== request.raw.method || typeof htu !== 'string' || !isSameTarget(htu, request)) return 'bound_elsewhere';
  const token = accessToken ?? (ath === undefined ? null : bearerOf(request.headers('authorization')));
  if (token !== null && ath !== hash('sha256', token, 'base64url')) return 'bound_elsewhere';
  if (token === null && ath !== undefined) return 'bound_elsewhere';
  const signed = proof.isSigned();
  if (signed !== null) return signed;
  const late = proofTimeFault(iat, nonce, issuer, request);
  if (late !== null) return late;
  keepNonce(request, proof.thumbprint, nonce);
  const owner = { kind: 'key', name: proof.thumbprint } as const;
  const untilMs = (iat + issuer.proof.window_s) * 1000;
  return useOnce(request, `dpop ${proof.thumbprint} ${jti}`, proof.text, untilMs, owner) ? null : 'replayed';
}

export function proofTimeFault(
  iat: number,
  nonce: unknown,
  { proof }: Pick<Issuer, 'proof'>,
  { now, hooks }: IdentityRequest,
): LateCode | null {
  if (Math.abs(now / 1000 - iat) > proof.window_s) return 'proof_expired';
  const secret = proof.nonce_secret_base64;
  if (secret === undefined || noncesAt(secret, now).some((one) => one === nonce)) return null;
  // A proof has room for one nonce: that of a challenge is as new as ours are.
  return now < (hooks.nonces?.read(nonce)?.expiresMs ?? 0) ? null : 'proof_nonce';
}

/** For whom a token that names the key answers a challenge. */
export function keepNonce(request: IdentityRequest, thumbprint: string, nonce: unknown): void {
  if (nonce === undefined) return;
  request.proofNonces ??= new Map();
  request.proofNonces.set(thumbprint, nonce);
}

const NONCE_S = 300;

/**
 * Nonces in force, the newest first: base64url of HMAC-SHA-256 of the number of the five minutes (decimal, since 1970),
 * so that whoever hands them out needs the secret alone. The one before stays good.
 */
export function noncesAt(secretBase64: string, now: number): [string, string] {
  const slot = Math.floor(now / 1000 / NONCE_S);
  const make = (n: number) =>
    createHmac('sha256', Buffer.from(secretBase64, 'base64')).update(String(n)).digest('base64url');
  return [make(slot), make(slot - 1)];
}

/** Scheme, host and path without query; both sides normalised (RFC 3986 sections 6.2.2 and 6.2.3). */
function isSameTarget(htu: string, request: IdentityRequest): boolean {
  if (htu.length > 4096 || !URL.canParse(htu)) return false;
  const named = new URL(htu);
  if (named.protocol !== 'https:' && named.protocol !== 'http:') return false;
  const scheme = schemeOf(request.raw);
  if (scheme !== '' && named.protocol !== `${scheme}:`) return false;
  const authority = authorityOf(request.raw);
  const asked = `${named.protocol}//${authority}${request.raw.path}`;
  if (authority === '' || !URL.canParse(asked)) return false;
  const { host, pathname } = new URL(asked);
  if (named.host !== host || named.username !== '' || named.password !== '') return false;
  return named.pathname === pathname || plainEscapes(named.pathname) === plainEscapes(pathname);
}

const UNRESERVED = /[A-Za-z0-9._~-]/;

/** Escapes in upper case, and none where none is needed: libraries for proofs and for HTTP need not agree. */
function plainEscapes(path: string): string {
  return path.replace(/%([0-9A-Fa-f]{2})/g, (written, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : written.toUpperCase();
  });
}

const SCHEME = /^(?:Bearer|DPoP)[ \t]+/i;

/** The token of an `Authorization` header; null when there is none. */
export function bearerOf(authorization: string | null): string | null {
  return authorization === null ? null : authorization.replace(SCHEME, '').trim();
}
