import { createHmac } from 'node:crypto';

/** Identities that become pseudonyms; `login.subject` shares the space of `user`, so that the two can be compared. */
export type IdentityKind = 'user' | 'session' | 'device';

/** Text in, text out; `''` stays `''`. The same key gives the same pseudonym in ingest and on the decision path. */
export type Pseudonymise = (kind: IdentityKind, id: string) => string;

const CACHE_SIZE = 20_000;

/**
 * Keyed pseudonyms of identities (law 7): HMAC-SHA-256, 128 bits of it, `p_` in front.
 * Without the key nobody can tell whether a known name stands behind one.
 * @param key null: identities stay as they are.
 */
export function createPseudonymise(key: string | null): Pseudonymise {
  if (key === null || key === '') return (_kind, id) => id;
  const cache = new Map<string, string>();
  return (kind, id) => {
    if (id === '') return '';
    const name = `${kind}\0${id}`;
    const known = cache.get(name);
    if (known !== undefined) return known;
    const pseudonym = `p_${createHmac('sha256', key).update(name).digest('base64url').slice(0, 22)}`;
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(name, pseudonym);
    return pseudonym;
  };
}
