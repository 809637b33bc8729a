import type { Issuer } from '../../../schemas/credentials.ts';
import type { IdentityCode } from '../../../schemas/reasons.ts';
import { linesOf } from './authorization.ts';
import { CLOCK_SKEW_S, isFor, isFrom } from './claims.ts';
import { bearerOf } from './dpop.ts';
import type { HeaderView } from './headers.ts';
import { readClaims } from './json.ts';
import { splitJws } from './jws.ts';
import { keyBinding, type ProofRules } from './key-binding.ts';
import type { IdentityRequest } from './request.ts';
import { respelledIn } from './respelled.ts';
import type { TokenVerifier } from './token-verifier.ts';
import type { Claims, VerifiedToken } from './verdict.ts';

/** The user of one token that was verified, or that its authorization server vouches for. */
export interface WhoUser {
  user: string;
  /** `sid`, else `jti`; `''`: neither. */
  session: string;
  /** `jti`. */
  tokenId: string;
  /** `iat`, epoch seconds. */
  issuedAtS: number | null;
}

export interface ClaimedUser extends WhoUser {
  /** The token is good but for its spelling. */
  held: boolean;
}

/** Who is calling, as far as it was verified; `''` where nothing was. */
export interface WhoResult {
  readonly user: string;
  readonly session: string;
  /** What is wrong with a user token that was sent, or with two that disagree; null: nothing, or there is none. */
  readonly fault: IdentityCode | null;
  /** The first that was verified here. */
  readonly token: VerifiedToken | null;
  /** Of every good token of the request, that of `user` first: what was taken back is looked up for all of them. */
  readonly users: readonly WhoUser[];
  /**
   * Of tokens of issuers here that are not good: over by a few minutes, bound elsewhere, or not looked at because their address sent too many
   * bad ones. They name nobody; yet the API behind may take one, so what was taken back, and what users are held back for, is looked
   * up for them too, and whoever made one up has harmed himself.
   */
  readonly claimed: readonly ClaimedUser[];
  /** A token whose user is still being asked about is there too. */
  readonly pending: boolean;
}

export interface WhoVerifier {
  verify(request: IdentityRequest): WhoResult;
}

/** A token that is no JWT, and whose user its authorization server names (RFC 7662). */
export interface OpaqueUser {
  /** null: it is being asked. */
  readonly who: WhoUser | null;
  readonly token: string;
  /** `cnf` of the answer: whoever sends the token must hold this key. */
  readonly cnf: unknown;
}

/** Where opaque tokens are looked up; one look-up in memory, the path of a request never waits. */
export interface OpaqueUsers {
  /** Of each header with such a token, what is known by now. @param address whose share of the questions it takes. */
  find(headers: HeaderView, address: string, now: number): readonly OpaqueUser[];
}

const NO_USERS: readonly ClaimedUser[] = [];
const NOBODY: WhoResult = {
  user: '',
  session: '',
  fault: null,
  token: null,
  users: NO_USERS,
  claimed: NO_USERS,
  pending: false,
};
/**
 * A token of some issuer that is not in the credentials is nobody's forgery: APIs have tokens of their own kinds too. One that
 * says it is of an issuer that is there is one, whatever key or algorithm it names.
 */
const NOT_OURS: ReadonlySet<string> = new Set(['malformed', 'oversized', 'algorithm_not_allowed', 'unknown_key']);
/** An introspection endpoint has no settings of its own for proofs: those of an issuer that says nothing. */
const PROOFS: ProofRules = { header: 'authorization', message_keys: [], proof: { audience: null, window_s: 60 } };

/** Signed-in users by the tokens of `who` issuers (OpenID Connect, RFC 9068) and by introspection. */
export function createWhoVerifier(verifiers: readonly TokenVerifier[], opaque?: OpaqueUsers): WhoVerifier {
  const byHeader = new Map<string, TokenVerifier[]>();
  for (const verifier of verifiers) {
    const { header } = verifier.issuer;
    byHeader.set(header, [...(byHeader.get(header) ?? []), verifier]);
  }
  const groups = [...byHeader];

  return {
    verify(request) {
      let fault: IdentityCode | null = null;
      let token: VerifiedToken | null = null;
      let users: WhoUser[] | null = null;
      let pending = false;
      const unbelieved: Unbelieved[] = [];
      const take = (found: Judged | IdentityCode) => {
        if (typeof found === 'string') {
          fault ??= found;
          return;
        }
        token ??= found.token;
        users ??= [];
        users.push(found.who);
      };
      for (const [header, group] of groups) {
        const value = request.headers(header);
        if (value === null) continue;
        for (const one of header === 'authorization' ? linesOf(value) : [value]) {
          const text = header === 'authorization' ? bearerOf(one) : one.trim();
          if (text === null || text === '') continue;
          const found = judge(text, group, request, unbelieved);
          if (found !== null) take(found);
          else {
            // Asked for whatever is wrong already: whom it names counts.
            const wrong = misspelt(one, text, group, request, unbelieved);
            fault ??= wrong;
          }
        }
      }
      if (opaque !== undefined) {
        for (const found of opaque.find(request.headers, request.raw.address, request.now)) {
          if (found.who === null) {
            pending = true;
            continue;
          }
          const wrong = proofFault(found, request);
          if (wrong === null) {
            users ??= [];
            users.push(found.who);
          } else if (wrong !== 'unsure') fault ??= wrong;
        }
      }
      const claimed = unbelieved.length === 0 ? NO_USERS : unbelieved.flatMap((one) => claimedBy(one, request.now));
      const first = users?.[0];
      if (users === null || first === undefined) {
        const known = fault !== null || pending || unbelieved.length > 0;
        return known ? { ...NOBODY, fault, pending, claimed } : NOBODY;
      }
      // Nobody can say which of the two the API behind will take.
      if (users.length > 1 && users.some(({ user }) => user !== first.user)) fault ??= 'users_differ';
      return { user: first.user, session: first.session, fault, token, users, claimed, pending };
    },
  };
}

/**
 * What is wrong with a token that is none in its spelling, and that the API behind may read all the same. It names nobody,
 * and is not believed: else one changed character would hide who was revoked.
 */
function misspelt(
  value: string,
  text: string,
  group: readonly TokenVerifier[],
  request: IdentityRequest,
  unbelieved: Unbelieved[],
): IdentityCode | null {
  let fault: IdentityCode | null = null;
  for (const other of respelledIn(value)) {
    const found = other.text === text ? null : judge(other.text, group, request, unbelieved);
    if (found === null) continue;
    if (typeof found === 'string') fault ??= found;
    else {
      if (other.changed) fault ??= 'malformed';
      unbelieved.push({ text: other.text, issuer: found.issuer, token: found.token, held: true });
    }
  }
  return fault;
}

interface Judged {
  issuer: Issuer;
  who: WhoUser;
  token: VerifiedToken;
}

/** A token that is not good, by an issuer whose it may be. */
interface Unbelieved {
  text: string;
  issuer: Issuer;
  /** null: its signature was not looked at. */
  token: VerifiedToken | null;
  held: boolean;
}

/** Whom it names; nobody when it is over for every API: an app may send an old token along as its user signs in anew. */
function claimedBy({ text, issuer, token, held }: Unbelieved, now: number): ClaimedUser[] {
  const claims = token?.claims ?? claimsOf(text);
  if (claims === null || (typeof claims.exp === 'number' && now / 1000 > claims.exp + CLOCK_SKEW_S)) return [];
  const who = whoOf(claims, claims[issuer.user_claim]);
  return who === null ? [] : [{ ...who, held }];
}

/**
 * One header's token by the issuers that share the header: the first that finds it good, else what is wrong with it.
 * @param unbelieved what is not good goes there.
 */
function judge(
  text: string,
  group: readonly TokenVerifier[],
  request: IdentityRequest,
  unbelieved: Unbelieved[],
): Judged | IdentityCode | null {
  let fault: IdentityCode | null = null;
  let unsure = false;
  for (const verifier of group) {
    const verdict = verifier.verify(text, true, request);
    if (verdict.kind === 'good') {
      const { claims } = verdict.token;
      const who = whoOf(claims, claims[verifier.issuer.user_claim]);
      if (who !== null) return { issuer: verifier.issuer, who, token: verdict.token };
      fault ??= 'claim_missing';
      continue;
    }
    const { issuer } = verifier;
    if (verdict.kind === 'unsure') {
      unsure = true;
      if (verdict.code === 'not_verified' || saysItIsOf(text, issuer))
        unbelieved.push({ text, issuer, token: null, held: false });
      continue;
    }
    if (verdict.token !== null) unbelieved.push({ text, issuer, token: verdict.token, held: false });
    if (verdict.token === null && NOT_OURS.has(verdict.code) && !saysItIsOf(text, verifier.issuer)) continue;
    // The one whose signature is on the token knows best what is wrong with it.
    if (fault === null || verdict.token !== null) fault = verdict.code;
  }
  // Another entry may have the key: nothing is known of it yet.
  return unsure && fault !== null && NOT_OURS.has(fault) ? null : fault;
}

/** Patterns that name no host are of everybody's tokens. */
const ANYBODY = /^(?:[a-z]+:\/\/)?[^/]*\*$/i;

/** What a token that was not verified says of itself. */
function saysItIsOf(token: string, { issuer, audience }: Issuer): boolean {
  if (issuer === null || ANYBODY.test(issuer)) return false;
  const claims = claimsOf(token);
  return claims !== null && isFrom(claims.iss, issuer) && (audience === null || isFor(claims.aud, audience));
}

/** What stands in a token, believed by nobody. */
function claimsOf(token: string): Claims | null {
  const parts = splitJws(token);
  if ('kind' in parts) return null;
  const payload = readClaims(parts.payload);
  return 'fault' in payload ? null : payload.object;
}

/** An opaque token that names a key needs the same proof as a JWT that does; `unsure`: it could not be looked at. */
function proofFault({ cnf, token }: OpaqueUser, request: IdentityRequest): IdentityCode | 'unsure' | null {
  if (cnf === undefined || cnf === null) return null;
  const bound = keyBinding({ cnf }, PROOFS, token, request);
  if (typeof bound !== 'object') return null;
  const { fault } = bound;
  return fault === 'not_verified' || fault === 'key_pending' || fault === 'keys_unavailable' ? 'unsure' : fault;
}

/** Of the claims of a good token; null when it names nobody. @param named the claim that names the user. */
export function whoOf(claims: Claims, named: unknown = claims.sub): WhoUser | null {
  if (typeof named !== 'string' || named === '') return null;
  const { sid, jti, iat } = claims;
  const tokenId = typeof jti === 'string' ? jti : '';
  const session = typeof sid === 'string' && sid !== '' ? sid : tokenId;
  return { user: named, session, tokenId, issuedAtS: typeof iat === 'number' && Number.isFinite(iat) ? iat : null };
}
