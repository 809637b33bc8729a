import { createHmac } from 'node:crypto';
import type { VerifiedToken } from './identity/verdict.ts';

/**
 * The session of a user whose genuine attestation token names no installation, and whom nothing else names: the token
 * itself, under a keyed hash of its issuer and `jti`, else of what was signed. A token lives for minutes to an hour and belongs to one installation, as a session
 * does; one that is handed around comes from many addresses and serves many users, and that is how it is seen.
 */
export type TokenSession = (token: VerifiedToken) => string;

/** @param key the same in every decision process, else one token has a name for each of them. */
export function createTokenSession(key: string): TokenSession {
  // Verified tokens are remembered by their verifier: each is hashed once.
  const names = new WeakMap<VerifiedToken, string>();
  return (token) => {
    let name = names.get(token);
    if (name === undefined) {
      const whole = `attestation\0${token.issuer}\0${token.jti ?? token.hash}`;
      name = `t_${createHmac('sha256', key).update(whole).digest('base64url').slice(0, 22)}`;
      names.set(token, name);
    }
    return name;
  };
}
