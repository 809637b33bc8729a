import type { IdentityCode } from '../../../schemas/reasons.ts';
import { bearerOf } from './dpop.ts';
import type { IdentityRequest } from './request.ts';
import type { TokenVerifier } from './token-verifier.ts';
import type { VerifiedToken } from './verdict.ts';

/** Who is calling, as far as it was verified; `''` where nothing was. */
export interface WhoResult {
  readonly user: string;
  readonly session: string;
  /** What is wrong with the user token that was sent; null: nothing, or there is none. */
  readonly fault: IdentityCode | null;
  readonly token: VerifiedToken | null;
}

export interface WhoVerifier {
  verify(request: IdentityRequest): WhoResult;
}

const NOBODY: WhoResult = { user: '', session: '', fault: null, token: null };
/** A token of some issuer that is not in the credentials is nobody's forgery: APIs have tokens of their own kinds too. */
const NOT_OURS: ReadonlySet<string> = new Set(['malformed', 'oversized', 'algorithm_not_allowed', 'unknown_key']);

/** Signed-in users by the tokens of `who` issuers (OpenID Connect, RFC 9068). */
export function createWhoVerifier(verifiers: readonly TokenVerifier[]): WhoVerifier {
  return {
    verify(request) {
      let fault: IdentityCode | null = null;
      for (const verifier of verifiers) {
        const { issuer } = verifier;
        const value = request.headers(issuer.header);
        if (value === null) continue;
        const text = issuer.header === 'authorization' ? bearerOf(value) : value.trim();
        if (text === null || text === '') continue;
        const verdict = verifier.verify(text, true, request);
        if (verdict.kind === 'good') {
          const { claims, jti } = verdict.token;
          const user = claims[issuer.user_claim];
          if (typeof user !== 'string' || user === '') {
            fault ??= 'claim_missing';
            continue;
          }
          const { sid } = claims;
          const session = typeof sid === 'string' && sid !== '' ? sid : (jti ?? '');
          return { user, session, fault: null, token: verdict.token };
        }
        if (verdict.kind === 'unsure' || (verdict.token === null && NOT_OURS.has(verdict.code))) continue;
        // Several issuers may share a header: the one whose signature is on the token knows best what is wrong with it.
        if (fault === null || verdict.token !== null) fault = verdict.code;
      }
      return fault === null ? NOBODY : { ...NOBODY, fault };
    },
  };
}

/** What an authorization server says of the user of an opaque token (RFC 7662), and what a decision needs of it. */
export interface WhoUser {
  user: string;
  /** `sid`. */
  session: string;
  /** `jti`. */
  tokenId: string;
  /** `iat`, epoch seconds. */
  issuedAtS: number | null;
}

/** Of the claims of an active token; null when it names nobody. */
export function whoOf({ sub, sid, jti, iat }: Readonly<Record<string, unknown>>): WhoUser | null {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const user = text(sub);
  if (user === '') return null;
  const issuedAtS = typeof iat === 'number' && Number.isFinite(iat) ? iat : null;
  return { user, session: text(sid), tokenId: text(jti), issuedAtS };
}
