import { createHash } from 'node:crypto';
import { printable } from './printable.ts';
import { redact } from './redact.ts';

/** Longest id of an entity, in UTF-16 units. */
export const MAX_IDENTITY = 512;
const HARMLESS_ONCE_HASHED = /^\[redacted:(?:jwt|key|bearer)\]$/;

/**
 * The id of a user, session, device or API client as it is stored and looked up, from what a gateway said. Ingest and
 * the decision path both use this, so that they speak of the same entity; pseudonyms are made of its answer.
 *
 * An id may itself be a token, as when a gateway logs the session's token for its id. It must not be stored, yet one
 * text for all would make one caller of many: a token that cannot be guessed becomes its hash, other secrets `''`.
 */
export function identityId(said: string): string {
  if (said === '') return '';
  const id = printable(cut(said, MAX_IDENTITY));
  const clean = redact(id);
  if (clean === id) return id;
  if (!HARMLESS_ONCE_HASHED.test(clean)) return '';
  return `h_${createHash('sha256').update(id).digest('base64url').slice(0, 22)}`;
}

/** The first `limit` UTF-16 units, never half a surrogate pair. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
