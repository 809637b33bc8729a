import { hash } from 'node:crypto';
import type { Issuer } from '../../../schemas/credentials.ts';
import { LATE_CODES, type LateCode, type TokenFault } from '../../../schemas/reasons.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import type { Signer } from './budget.ts';
import { fixedFault, timeFault } from './claims.ts';
import { headerBinding } from './header-binding.ts';
import { type JsonRead, readClaims } from './json.ts';
import { MAX_TOKEN, splitJws, verifyJws } from './jws.ts';
import { installationOf, keyBinding } from './key-binding.ts';
import type { KeySet } from './key-set.ts';
import type { TokenKey } from './keys.ts';
import { boundNonce } from './nonce-binding.ts';
import { useOnce } from './once.ts';
import type { IdentityRequest } from './request.ts';
import { bad, NOT_VERIFIED, type TokenVerdict, type VerifiedToken, verifiedToken } from './verdict.ts';

/** Verifies the tokens of one issuer. */
export interface TokenVerifier {
  readonly issuer: Issuer;
  /** @param isAccessToken the token is what a DPoP proof names by `ath`. Total: never throws. */
  verify(token: string, isAccessToken: boolean, request: IdentityRequest): TokenVerdict;
}

/** What does not change with time or request, so that it is found out once. */
interface Entry {
  readonly token: VerifiedToken;
  readonly fault: TokenFault | null;
  readonly key: TokenKey;
}

const CACHE_SIZE = 8192;
/** Claims of a longer token, base64url, are not read before its signature is good: that would cost as much as the check. */
const LONGEST_NAMED = 4096;

/**
 * Order: form, algorithm, signature, `exp`, the rest; a bad signature is `bad` even when the token has expired, because
 * only a signed claim says anything.
 *
 * Verified tokens are remembered under their SHA-256, so that nothing about a token is compared or placed by its own
 * text; good and bad ones apart, so that a flood of forged ones does not push out the good. A remembered token is
 * judged anew each time by clock, binding, revocation, and by whether its key is still its issuer's.
 */
export function createTokenVerifier(issuer: Issuer, keys: KeySet): TokenVerifier {
  const good = createBoundedCache<Entry>(CACHE_SIZE);
  let refused = createBoundedCache<TokenVerdict>(CACHE_SIZE);
  let refusedUnder = keys.version();
  /** The key of the last good token: most of the others are of it too. */
  let likely: TokenKey | undefined;

  function firstTime(token: string, name: string, request: IdentityRequest): Entry | TokenVerdict {
    const parts = splitJws(token);
    if ('kind' in parts) return parts;
    const costly = parts.header.alg !== 'HS256';
    const { budget, raw, now } = request;
    let named: string | undefined;
    const signer: Signer = {
      address: raw.address,
      name() {
        named ??= parts.payload.length > LONGEST_NAMED ? '' : nameIn(readClaims(parts.payload), issuer);
        return named;
      },
    };
    const may = (tried: number) => budget.allows(signer, now, tried);
    const verified = verifyJws(parts, issuer.algorithms, keys, may, likely);
    if ('verdict' in verified) {
      if (verified.tried > 0 && costly) budget.spend(signer, now, verified.tried);
      if (verified.verdict.kind === 'bad') refused.set(name, verified.verdict);
      return verified.verdict;
    }
    likely = verified.key;
    const payload = readClaims(parts.payload);
    named ??= nameIn(payload, issuer);
    budget.earn(signer);
    if ('fault' in payload) {
      const verdict = bad(payload.fault);
      refused.set(name, verdict);
      return verdict;
    }
    const entry: Entry = {
      token: verifiedToken(issuer.name, parts.signed, payload.object, issuer.leeway_s),
      fault: fixedFault(payload.object, parts.header.typ, issuer),
      key: verified.key,
    };
    good.set(name, entry);
    return entry;
  }

  return {
    issuer,
    verify(token, isAccessToken, request) {
      if (token.length > MAX_TOKEN) return bad('oversized');
      const name = hash('sha256', token, 'binary');
      let entry = good.get(name);
      if (entry === undefined || !keys.has(entry.key)) {
        const version = keys.version();
        if (version !== refusedUnder) {
          refusedUnder = version;
          refused = createBoundedCache(CACHE_SIZE);
        }
        const known = refused.get(name);
        if (known !== undefined) return known;
        const first = firstTime(token, name, request);
        if ('kind' in first) return first;
        entry = first;
      }
      return judge(entry, issuer, isAccessToken ? token : null, request);
    },
  };
}

/** Whom a token names to its issuer, for the budget of signatures; `''`: nobody of its own. */
function nameIn(payload: JsonRead, issuer: Issuer): string {
  if ('fault' in payload) return '';
  const { object: claims } = payload;
  const named = issuer.proves === 'what' ? installationOf(claims, issuer) : claims[issuer.user_claim];
  return typeof named === 'string' && named !== '' ? `${issuer.name}\0${named}` : '';
}

const LATE = new Set<string>(LATE_CODES);
const isLate = (code: string): code is LateCode => LATE.has(code);

function judge(
  { token, fault }: Entry,
  issuer: Issuer,
  accessToken: string | null,
  request: IdentityRequest,
): TokenVerdict {
  const { claims } = token;
  if (fault === 'no_expiry') return { kind: 'bad', code: fault, token };
  const time = timeFault(claims, issuer, request.now);
  if (time === 'expired') return { kind: 'late', code: time, token };
  if (fault !== null) return { kind: 'bad', code: fault, token };
  if (time !== null) return { kind: 'late', code: time, token };
  if (request.hooks.revoked(token, issuer, request)) return { kind: 'bad', code: 'revoked', token };

  const header = headerBinding(claims, issuer, request);
  if (header === 'elsewhere') return { kind: 'bad', code: 'bound_elsewhere', token };
  if (header === 'absent' && issuer.binding.required) return { kind: 'bad', code: 'unbound', token };
  const inHeader = typeof header === 'object' ? header : null;
  let bound = header === 'ok' || inHeader !== null;
  if (issuer.key_binding !== 'ignored') {
    const key = keyBinding(claims, issuer, accessToken, request);
    if (typeof key === 'object') {
      const { fault: code } = key;
      if (code === 'not_verified' || code === 'key_pending' || code === 'keys_unavailable') return NOT_VERIFIED;
      return isLate(code) ? { kind: 'late', code, token } : { kind: 'bad', code, token };
    }
    if (key !== 'ok' && issuer.key_binding === 'required') return { kind: 'bad', code: 'proof_missing', token };
    bound ||= key === 'ok';
  }
  if (issuer.one_time || request.oneTime) {
    // By issuer and `jti`, else by what was signed: another spelling of one token is the same token.
    const name = `${issuer.name}\0${token.jti ?? token.hash}`;
    const owner = { kind: 'issuer', name: issuer.name } as const;
    if (!useOnce(request, name, token.hash, token.expMs, owner)) return { kind: 'bad', code: 'replayed', token };
  }
  const nonce = issuer.proves === 'what' ? boundNonce(claims, issuer, inHeader, request) : null;
  return { kind: 'good', code: bound ? 'ok' : 'unbound', token, nonce };
}
