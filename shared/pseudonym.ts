import { createHmac } from 'node:crypto';

/** Identities that become pseudonyms; `login.subject` shares the space of `user`, so that the two can be compared. */
export type IdentityKind = 'user' | 'session' | 'device';

/** Text in, text out; `''` stays `''`. The same key gives the same pseudonym in ingest and on the decision path. */
export type Pseudonymise = (kind: IdentityKind, id: string) => string;

const PSEUDONYM = /^p_[\w-]{22}$/;

/** As lists and the dashboard show an id where a pseudonym key is set; such an id is looked up as it is. */
export const isPseudonym = (id: string): boolean => PSEUDONYM.test(id);

/**
 * Every form in which an identity may be stored, the one of today first: pseudonyms by the key of today and by the one
 * before, and the id itself, as it was stored before there was a key.
 * @param formerly pseudonyms by the key before, while it is being replaced.
 */
export function storedForms(
  pseudonyms: { pseudonymise: Pseudonymise; formerly?: Pseudonymise | undefined },
  kind: IdentityKind,
  id: string,
): string[] {
  if (id === '' || isPseudonym(id)) return [id];
  const { pseudonymise, formerly } = pseudonyms;
  return [...new Set([pseudonymise(kind, id), ...(formerly === undefined ? [] : [formerly(kind, id)]), id])];
}

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
