import type { Issuer } from '../../../schemas/credentials.ts';
import { boundKey } from './budget.ts';
import { isFor } from './claims.ts';
import { keepNonce, PROOF_ALGORITHMS, type ProofFault, proofTimeFault } from './dpop.ts';
import { readObject } from './json.ts';
import { splitJws } from './jws.ts';
import { algorithmOf, type TokenKey } from './keys.ts';
import { useOnce } from './once.ts';
import type { IdentityRequest } from './request.ts';

export const POP_HEADER = 'oauth-client-attestation-pop';
const POP_TYPE = 'oauth-client-attestation-pop+jwt';

/**
 * OAuth 2.0 Attestation-Based Client Authentication (draft-ietf-oauth-attestation-based-client-auth): the proof that
 * the caller holds the key that its attestation names. `aud`, `jti` and `iat` are required, `challenge` where nonces are.
 * @param keys of the attestation's `cnf.jwk`.
 */
export function attestationPopFault(
  text: string,
  thumbprint: string,
  keys: readonly TokenKey[],
  issuer: Pick<Issuer, 'proof'>,
  request: IdentityRequest,
): ProofFault | null {
  const parts = splitJws(text.trim());
  if ('kind' in parts) return parts.kind === 'bad' ? parts.code : 'proof_invalid';
  if (parts.header.typ !== POP_TYPE) return 'proof_invalid';
  const algorithm = algorithmOf(parts.header.alg);
  const { budget, raw, now } = request;
  // A key knows more than a token may name: RSA signs HTTP messages in a way of its own.
  const key = PROOF_ALGORITHMS.includes(algorithm) ? keys.find((one) => one.algorithm === algorithm) : undefined;
  if (key === undefined) return 'algorithm_not_allowed';
  const signer = { address: raw.address, name: () => boundKey(thumbprint) };
  if (!budget.allows(signer, now)) return 'not_verified';
  if (!key.verify(parts.signed, parts.signature)) {
    budget.spend(signer, now);
    return 'proof_invalid';
  }
  const payload = readObject(parts.payload);
  if ('fault' in payload) return payload.fault;
  const { aud, jti, iat, challenge, nonce, exp } = payload.object;
  if (typeof jti !== 'string' || jti === '' || jti.length > 512 || typeof iat !== 'number') return 'proof_invalid';
  if (issuer.proof.audience !== null && !isFor(aud, issuer.proof.audience)) return 'wrong_audience';
  if (exp !== undefined && (typeof exp !== 'number' || now / 1000 >= exp)) return 'proof_expired';
  const late = proofTimeFault(iat, challenge ?? nonce, issuer, request);
  if (late !== null) return late;
  keepNonce(request, thumbprint, challenge ?? nonce);
  const untilMs = (iat + issuer.proof.window_s) * 1000;
  const owner = { kind: 'key', name: thumbprint } as const;
  return useOnce(request, `pop ${thumbprint} ${jti}`, text, untilMs, owner) ? null : 'replayed';
}
