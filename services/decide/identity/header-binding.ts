import { hash } from 'node:crypto';
import type { Issuer } from '../../../schemas/credentials.ts';
import type { ChallengeNonce } from '../challenge/nonce.ts';
import type { IdentityRequest } from './request.ts';
import type { Claims } from './verdict.ts';

/** Carries the nonce of a challenge beside a token that is bound to it by a hash. */
const NONCE_HEADER = 'attestation-nonce';

/**
 * `absent`: the token binds itself to no header. A nonce: it is bound to that one, behind the headers, whether or not its time is
 * over. Only a nonce of ours may stand there, also where the credentials name its header: with a text of the caller's own choice a
 * token for one user's header would fit the beginning of it.
 */
export function headerBinding(
  claims: Claims,
  { binding }: Issuer,
  { headers, hooks }: IdentityRequest,
): 'absent' | 'ok' | 'elsewhere' | ChallengeNonce {
  const bound = claims[binding.claim];
  if (bound === undefined) return 'absent';
  let value = '';
  for (const name of binding.header) if (name !== NONCE_HEADER) value += headers(name) ?? '';
  if (value !== '' && bound === hash('sha256', value, 'base64')) return 'ok';
  const nonce = hooks.nonces?.read(headers(NONCE_HEADER)?.trim()) ?? null;
  return nonce !== null && bound === hash('sha256', value + nonce.text, 'base64') ? nonce : 'elsewhere';
}
