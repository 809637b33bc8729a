import { hash } from 'node:crypto';
import type { IdentityRequest, UseOwner } from './request.ts';

/**
 * Uses what counts once. One request is one use, also when two tokens of it rest on one proof, or when a batch asks
 * several questions about it; the same name with another text is another use.
 * @param text of the token, proof or signature, as far as it is signed.
 * @returns false when it was used before.
 */
export function useOnce(
  request: IdentityRequest,
  name: string,
  text: string,
  untilMs: number,
  owner: UseOwner,
): boolean {
  const key = hash('sha256', name, 'base64url');
  if (request.uses?.get(key) === text) return true;
  if (!request.hooks.firstUse(key, untilMs, request.now, owner)) return false;
  request.uses ??= new Map();
  request.uses.set(key, text);
  return true;
}
