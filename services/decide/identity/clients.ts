import { hash, timingSafeEqual } from 'node:crypto';
import type { ClientCredential } from '../../../schemas/credential-clients.ts';
import type { IdentityCode } from '../../../schemas/reasons.ts';
import type { KeySet } from './key-set.ts';
import { createHmacSha256, sameMac } from './keys.ts';
import { type MessageSignature, readSignatures, type SignatureKey, signatureFault } from './message-signature.ts';
import { useOnce } from './once.ts';
import type { IdentityRequest } from './request.ts';
import { createXSignature } from './x-signature.ts';

/** Which software is calling, as far as it was verified; `''` where nothing was. */
export interface ClientResult {
  readonly id: string;
  /** Of other API keys of the request: the API behind may take one of them. */
  readonly others?: readonly string[];
  /** What is wrong with the request signature of a client that is known; null: nothing, or there is none. */
  readonly fault: IdentityCode | null;
}

export interface ClientVerifier {
  verify(request: IdentityRequest): ClientResult;
}

/** @param keysOf public keys of a client with `signature`. */
export function createClientVerifier(
  clients: readonly ClientCredential[],
  keysOf: (client: ClientCredential) => KeySet,
): ClientVerifier {
  const apiKeysOf = createApiKeys(clients);
  const xSignature = createXSignature(clients);
  const messageOf = createMessageClients(clients, keysOf);
  const steps = [xSignature, messageOf].filter((step) => step !== null);
  return {
    verify(request) {
      // A signature proves more than a key that every copy of an app carries.
      let fault: IdentityCode | null = null;
      for (const step of steps) {
        const found = step(request);
        if (found.id !== '') return found;
        fault ??= found.fault;
      }
      const [id = '', ...others] = apiKeysOf(request);
      return others.length === 0 ? { id, fault } : { id, others, fault };
    },
  };
}

const SCHEME = /^(?:Bearer|ApiKey|Key)[ \t]+/i;
/** Of a header that came several times, at each end: an API takes the first or the last. */
const MOST_COPIES = 2;
const BETWEEN_COPIES = /,[ \t]*/;

/**
 * A header that came twice is one text here, joined with a blank or (by Envoy's `ext_authz`) without, and two to the API
 * behind; a key may hold what stands between them.
 */
function copiesOf(value: string): readonly string[] {
  if (!value.includes(',')) return [value];
  const copies = value.split(BETWEEN_COPIES);
  if (copies.length <= 2 * MOST_COPIES) return [value, ...copies];
  return [value, ...copies.slice(0, MOST_COPIES), ...copies.slice(-MOST_COPIES)];
}

const NO_CLIENTS: readonly string[] = [];

/** API keys, by the SHA-256 that is stored of them: the clients that a request has keys of, the likeliest first. */
function createApiKeys(clients: readonly ClientCredential[]): (request: IdentityRequest) => readonly string[] {
  const byHeader = new Map<string, Map<string, { id: string; digest: Buffer }>>();
  for (const { id, header, sha256 } of clients) {
    if (sha256 === undefined) continue;
    const keys = byHeader.get(header) ?? new Map<string, { id: string; digest: Buffer }>();
    keys.set(sha256, { id, digest: Buffer.from(sha256, 'hex') });
    byHeader.set(header, keys);
  }
  return ({ headers }) => {
    let found = NO_CLIENTS;
    for (const [header, keys] of byHeader) {
      const value = headers(header);
      if (value === null) continue;
      for (const copy of copiesOf(value)) {
        const text = header === 'authorization' ? copy.replace(SCHEME, '') : copy;
        // The look-up is by digest: its timing tells nothing of a key that hashes to another one.
        const given = hash('sha256', text, 'hex');
        const known = keys.get(given);
        if (known === undefined || !timingSafeEqual(known.digest, Buffer.from(given, 'hex'))) continue;
        if (!found.includes(known.id)) found = [...found, known.id];
      }
    }
    return found;
  };
}

const NOTHING: ClientResult = { id: '', fault: null };
const WEB_BOT_AUTH = 'web-bot-auth';
/** Longest life of a Web Bot Auth signature (draft-meunier-web-bot-auth-architecture). */
const BOT_WINDOW_S = 86_400;

interface MessageClient {
  id: string;
  scheme: 'web-bot-auth' | 'rfc9421';
  agent: string | null;
  covers: readonly string[];
  windowS: number;
}
/** A client, and those of its keys that one name may mean. */
type Candidate = MessageClient & { keys: readonly SignatureKey[] };

/** How often it is looked whether fetched keys have changed. */
const LOOK_MS = 1000;

/**
 * Clients that sign their requests (RFC 9421): with a shared secret, with a private key, or as a declared agent by Web
 * Bot Auth, whose `keyid` is the thumbprint of its key. An agent is known by its key alone; its user agent says nothing.
 */
function createMessageClients(
  clients: readonly ClientCredential[],
  keysOf: (client: ClientCredential) => KeySet,
): ((request: IdentityRequest) => ClientResult) | null {
  const known: (MessageClient & { set: KeySet })[] = [];
  const bySecret = new Map<string, Candidate>();
  for (const client of clients) {
    const { id, hmac, signature } = client;
    if (hmac?.scheme === 'rfc9421') {
      const mac = createHmacSha256(Buffer.from(hmac.secret_base64, 'base64'));
      bySecret.set(hmac.key_id ?? id, {
        id,
        scheme: 'rfc9421',
        agent: null,
        covers: hmac.covers,
        windowS: hmac.window_s,
        keys: [{ algorithm: 'HS256', verify: (signed, given) => sameMac(mac(signed), given) }],
      });
    } else if (signature !== undefined) {
      const { scheme, agent, covers } = signature;
      const windowS = scheme === WEB_BOT_AUTH ? BOT_WINDOW_S : signature.window_s;
      known.push({ id, scheme, agent, covers, windowS, set: keysOf(client) });
    }
  }
  if (known.length === 0 && bySecret.size === 0) return null;

  // A stranger names a key as he likes: what that costs may not grow with the number of clients.
  let index = new Map<string, Candidate[]>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let indexed = -1;
  const fetched = [...new Set(known.map(({ set }) => set))].filter((set) => set.fixed !== true);
  function candidatesOf(keyid: string, now: number): readonly Candidate[] {
    if (Math.abs(now - lookedAt) >= LOOK_MS) {
      lookedAt = now;
      const version = fetched.reduce((sum, set) => sum + set.version(), 0);
      if (version !== indexed) index = indexKeys(known);
      indexed = version;
    }
    return index.get(keyid) ?? [];
  }

  return (request) => {
    const read = readSignatures(request);
    if ('fault' in read) return { id: '', fault: read.fault };
    let fault: IdentityCode | null = null;
    for (const found of read.signatures) {
      // Those of an attestation SDK are its issuer's.
      if (found.label === 'install' || found.label === 'account') continue;
      const isBot = found.tag === WEB_BOT_AUTH;
      if (found.keyid === null) continue;
      const secret = isBot ? undefined : bySecret.get(found.keyid);
      const candidates =
        secret === undefined
          ? candidatesOf(found.keyid, request.now).filter(({ scheme }) => (scheme === WEB_BOT_AUTH) === isBot)
          : [secret];
      for (const client of candidates) {
        const { keys } = client;
        const agent = request.headers('signature-agent');
        const covers = isBot
          ? [['@authority', '@target-uri'], ...(agent === null ? [] : ['signature-agent'])]
          : client.covers;
        if (isBot && found.expires === null) {
          fault ??= 'claim_missing';
          continue;
        }
        if (client.agent !== null && agent !== null && !names(agent, client.agent)) {
          fault ??= 'wrong_issuer';
          continue;
        }
        const wrong = signatureFault(found, keys, { covers, windowS: client.windowS }, request, `client ${client.id}`);
        if (wrong === 'not_verified') continue;
        if (wrong !== null) {
          fault ??= wrong;
          continue;
        }
        // A nonce is there to be used once; without one the signature is good until it expires.
        if (found.nonce !== null && !firstUse(client, found.nonce, found, request)) {
          fault ??= 'replayed';
          continue;
        }
        return { id: client.id, fault: null };
      }
    }
    return fault === null ? NOTHING : { id: '', fault };
  };
}

/** Keys by the names that a signature may use: the thumbprint, and but for agents the `kid`. */
function indexKeys(known: readonly (MessageClient & { set: KeySet })[]): Map<string, Candidate[]> {
  const index = new Map<string, Candidate[]>();
  for (const client of known) {
    const byName = new Map<string, SignatureKey[]>();
    for (const key of client.set.keys()) {
      const names = client.scheme === WEB_BOT_AUTH ? [key.thumbprint] : [key.thumbprint, key.kid];
      for (const name of new Set(names)) {
        if (name !== null && name !== '') byName.set(name, [...(byName.get(name) ?? []), key]);
      }
    }
    for (const [name, keys] of byName) index.set(name, [...(index.get(name) ?? []), { ...client, keys }]);
  }
  return index;
}

function firstUse(
  { id, windowS }: MessageClient,
  nonce: string,
  { created, expires, signature }: MessageSignature,
  request: IdentityRequest,
): boolean {
  const untilS = Math.min(expires ?? Number.POSITIVE_INFINITY, (created ?? request.now / 1000) + windowS);
  return useOnce(request, `signature ${id}\0${nonce}`, signature, untilS * 1000, { kind: 'key', name: id });
}

/** `"https://signer.example"` as the whole field, or as a member of a dictionary of agents; with or without a slash. */
function names(field: string, agent: string): boolean {
  const bare = (url = '') => url.replace(/\/$/, '');
  return [...field.matchAll(/"([^"\\]*)"/g)].some(([, value]) => bare(value) === bare(agent));
}
