import { readFileSync, statSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { type Credentials, credentialsSchema } from '../../schemas/credentials.ts';
import type { Logger } from '../../shared/logger.ts';

/** Headers that tokens may be bound to and that are no secrets. */
const HARMLESS = /^(?:user-agent|host|date|origin|accept.*|content-.*|x-forwarded-(?:for|proto|host)|x-real-ip)$/;
const EVERY_MS = 2_000;

/** Headers that carry tokens, keys, signatures and certificates in an install, in lower case. */
export function secretHeaders({ issuers, clients, introspection, tls_client_cert_header }: Credentials): string[] {
  const names = [
    ...issuers.flatMap(({ header, binding }) => [header, ...binding.header]),
    ...clients.flatMap(({ header, hmac }) => (hmac === undefined ? [header] : [hmac.signature_header])),
    ...introspection.map(({ header }) => header),
    ...(tls_client_cert_header === null ? [] : [tls_client_cert_header]),
  ].map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => !HARMLESS.test(name)).sort();
}

/**
 * The header names of `BONAFIDE_CREDENTIALS`, as the file stands; the same array as long as they do. Ingest needs no more
 * of it: a file that cannot be read is told, and the names before stay.
 * @param path null: there is none.
 */
export function createSecretNames(
  path: string | null,
  log: Logger,
  now = () => performance.now(),
): () => readonly string[] {
  let names: readonly string[] = [];
  if (path === null) return () => names;
  let stamp = '';
  let isTold = false;
  let lookedAt = Number.NEGATIVE_INFINITY;

  function look(file: string): void {
    const { mtimeMs, ino, size } = statSync(file);
    const mark = `${mtimeMs}:${ino}:${size}`;
    if (mark === stamp) return;
    stamp = mark;
    const next = secretHeaders(credentialsSchema.parse(parseYaml(readFileSync(file, 'utf8')) ?? {}));
    if (next.join() !== names.join()) names = next;
    isTold = false;
  }

  return () => {
    const at = now();
    if (at - lookedAt < EVERY_MS) return names;
    lookedAt = at;
    try {
      look(path);
    } catch {
      // Faults quote the file, and the file holds secrets.
      if (!isTold)
        log.warn(
          { event: 'secret_names_unread' },
          'BONAFIDE_CREDENTIALS cannot be read: its header names are not known to redaction',
        );
      isTold = true;
      stamp = '';
    }
    return names;
  };
}
