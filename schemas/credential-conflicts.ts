import type { ClientCredential } from './credential-clients.ts';

/** Where the file says for a second time what can be said of one client alone. */
export interface Conflict {
  path: (string | number)[];
  message: string;
}

/** An API key, or the name of a shared secret, that stands for two clients: one of them would never be found. */
export function clientConflicts(clients: readonly ClientCredential[]): Conflict[] {
  const conflicts: Conflict[] = [];
  const first = new Map<string, number>();
  for (const [nth, client] of clients.entries()) {
    const known = knownBy(client);
    if (known === null) continue;
    const before = first.get(known.name);
    if (before === undefined) first.set(known.name, nth);
    else
      conflicts.push({ path: ['clients', nth, ...known.path], message: `is ${known.what} of clients.${before} too` });
  }
  return conflicts;
}

/** What a request shows of the client; null: public keys, several of which may have one name. */
function knownBy({
  id,
  header,
  sha256,
  hmac,
}: ClientCredential): { name: string; path: string[]; what: string } | null {
  if (sha256 !== undefined) return { name: `key\0${header}\0${sha256}`, path: ['sha256'], what: 'the API key' };
  if (hmac === undefined) return null;
  const { scheme, key_header, key_id = id } = hmac;
  const place = scheme === 'x-signature' ? key_header : '';
  return { name: `${scheme}\0${place}\0${key_id}`, path: ['hmac', 'key_id'], what: `the ${scheme} key name` };
}
