import { hash } from 'node:crypto';
import type { LateCode, TokenFault, UnsureCode } from '../../../schemas/reasons.ts';
import type { BoundNonce } from '../challenge/nonce.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** A token whose signature and fixed claims are good. */
export interface VerifiedToken {
  /** Name of the issuer in the credentials. */
  readonly issuer: string;
  /**
   * Base64url of the SHA-256 of header and claims as they were signed: the name by which a token is used once or taken
   * back. The signature is left out because ECDSA has two for each content, so it would give one token two names.
   */
  readonly hash: string;
  readonly jti: string | null;
  /** Epoch milliseconds, leeway included. */
  readonly expMs: number;
  readonly claims: Claims;
}

/** What a token turned out to be; `code` is stable and one of `schemas/reasons.ts`. */
export type TokenVerdict =
  | {
      readonly kind: 'good';
      readonly code: 'ok' | 'unbound';
      readonly token: VerifiedToken;
      /** Of an attestation token: the challenge that it answers, or null. */
      readonly nonce: BoundNonce | null;
    }
  /** Signed, and over: never evidence against the caller. */
  | { readonly kind: 'late'; readonly code: LateCode; readonly token: VerifiedToken }
  /** `unbound`: its issuer's tokens must be bound, and this one is not. */
  | { readonly kind: 'bad'; readonly code: TokenFault | 'unbound'; readonly token: VerifiedToken | null }
  | { readonly kind: 'unsure'; readonly code: UnsureCode; readonly token: null };

export function verifiedToken(issuer: string, signed: string, claims: Claims, leewayS: number): VerifiedToken {
  return new Verified(issuer, signed, claims, leewayS);
}

/** A class, because one is made for each first sight of a token, and its name is seldom asked for. */
class Verified implements VerifiedToken {
  readonly issuer: string;
  readonly claims: Claims;
  readonly jti: string | null;
  readonly expMs: number;
  readonly #signed: string;
  #hash = '';

  constructor(issuer: string, signed: string, claims: Claims, leewayS: number) {
    const { exp, jti } = claims;
    this.issuer = issuer;
    this.claims = claims;
    this.jti = typeof jti === 'string' && jti !== '' ? jti : null;
    this.expMs = typeof exp === 'number' ? (exp + leewayS) * 1000 : 0;
    this.#signed = signed;
  }

  get hash(): string {
    if (this.#hash === '') this.#hash = hash('sha256', this.#signed, 'base64url');
    return this.#hash;
  }
}

const bads = new Map<TokenFault, TokenVerdict>();

/** One object for each fault: a flood of bad tokens makes no garbage. */
export function bad(code: TokenFault): TokenVerdict {
  let verdict = bads.get(code);
  if (verdict === undefined) {
    verdict = { kind: 'bad', code, token: null };
    bads.set(code, verdict);
  }
  return verdict;
}

export const KEY_PENDING: TokenVerdict = { kind: 'unsure', code: 'key_pending', token: null };
export const KEYS_UNAVAILABLE: TokenVerdict = { kind: 'unsure', code: 'keys_unavailable', token: null };
export const NOT_VERIFIED: TokenVerdict = { kind: 'unsure', code: 'not_verified', token: null };
