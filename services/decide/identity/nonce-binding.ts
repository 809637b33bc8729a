import type { Issuer } from '../../../schemas/credentials.ts';
import type { BoundNonce, ChallengeNonce } from '../challenge/nonce.ts';
import { boundKeyName } from './key-binding.ts';
import type { IdentityRequest } from './request.ts';
import type { Claims } from './verdict.ts';

/** Lists of nonces (RFC 9711 section 4.1) are short. */
const MOST = 8;
const CLOCKS_DIFFER_S = 30;

/**
 * Which of our nonces is a good token bound to? By a claim of the token (`nonce`, or `eat_nonce` of an EAT), by the hash
 * that binds it to headers (`headerBinding`), or by the proof of the key that it names (`challenge` of an attestation's
 * proof, `nonce` of DPoP). A token that holds the nonce, or its hash, was made after it; beside a proof it may be an old one, so
 * there its time of issue must be told.
 * @param inHeader the nonce of the request's header, where the token's hash covers it.
 */
export function boundNonce(
  claims: Claims,
  { leeway_s }: Pick<Issuer, 'leeway_s'>,
  inHeader: ChallengeNonce | null,
  request: IdentityRequest,
): BoundNonce | null {
  const { nonces } = request.hooks;
  if (nonces === undefined) return null;
  const { nonce, eat_nonce: eat } = claims;
  const claimed = nonce === undefined && eat === undefined ? [] : [nonce, ...(Array.isArray(eat) ? eat : [eat])];
  let found = inHeader;
  for (const text of claimed.slice(0, MOST)) found ??= nonces.read(text);
  const inToken = found !== null;
  found ??= nonces.read(request.proofNonces?.get(boundKeyName(claims)));
  if (found === null) return null;
  const { iat } = claims;
  // Whole seconds; and where a token holds the nonce an earlier time says no more than that clocks differ.
  const toleranceS = 1 + leeway_s + (inToken ? CLOCKS_DIFFER_S : 0);
  const isFresh = typeof iat === 'number' ? (iat + toleranceS) * 1000 > found.issuedMs : inToken;
  return { nonce: found, isFresh };
}
