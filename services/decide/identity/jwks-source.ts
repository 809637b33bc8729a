import { isSecureUri } from '../../../schemas/credential-parts.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import { DEEPEST_BODY, membersIn } from '../../../shared/json-members.ts';
import { isObject } from './json.ts';
import type { KeptKeys } from './kept-keys.ts';
import type { KeySet } from './key-set.ts';
import { readKeySet, type TokenKey } from './keys.ts';

/** A key set at an address. Fetching is its own affair: whoever asks for keys gets those that are there. */
export interface JwksSource extends KeySet {
  /** False until a first fetch has ended, well or not: keys that are there may be of before the start. */
  tried(): boolean;
  /** Fetches now unless a fetch is under way, which is then waited for. Never throws. */
  refresh(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
  /** A sentence, or `''`: the last fetch was good. */
  fault(): string;
}

export interface JwksOptions {
  /** Epoch milliseconds. */
  now?: () => number;
  /** Told of each fetch that fails. */
  onFault?: (detail: string) => void;
  timeoutMs?: number;
  /** Shortest life of fetched keys. */
  shortestLifeMs?: number;
  /** Wait after the first fetch that fails; doubled with each more. */
  retryMs?: number;
  /** Unknown `kid`s ask once in this time, all together; a stranger can make them up. */
  missEveryMs?: number;
  kept?: KeptKeys | undefined;
}

const LARGEST = 1_048_576;
/** Making one takes a quarter of a millisecond of the decision thread, and the set may be a stranger's: a declared agent's. */
const MOST_KEYS = 100;
/** Of RFC 7517 and of Web Bot Auth's directories; whoever negotiates answers others with 406. */
const KEY_SETS = 'application/jwk-set+json, application/http-message-signatures-directory+json, application/json;q=0.9';
const TIMEOUT_MS = 5000;
/** How long keys are good for without being told, and the bounds of what is told (`Cache-Control: max-age`). */
const DEFAULT_LIFE_MS = 300_000;
const SHORTEST_LIFE_MS = 60_000;
const LONGEST_LIFE_MS = 6 * 3_600_000;
/** Keys are fetched again when this share of their life is over, so that none is ever waited for. */
const REFRESH_AT = 0.75;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
const MISS_EVERY_MS = 10_000;
/** For so long an answer says that nobody has a key: issuers' caches show a new one late. */
const MISSING_FOR_MS = 60_000;
const REMEMBERED_KIDS = 1024;

export function createJwksSource(uri: string, options: JwksOptions = {}): JwksSource {
  const clock = options.now ?? Date.now;
  const missEveryMs = options.missEveryMs ?? MISS_EVERY_MS;
  let keys: readonly TokenKey[] = [];
  let known = new Set<TokenKey>();
  let version = 0;
  let ready = false;
  let tried = false;
  let fault = 'no key was fetched yet';
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let failures = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** Start of the last fetch that was good: it shows what there was then. */
  let goodSince = Number.NEGATIVE_INFINITY;
  const firstSeen = createBoundedCache<number>(REMEMBERED_KIDS, 256);
  const abort = new AbortController();

  function take(fetched: readonly TokenKey[]): void {
    const before = new Map(keys.map((key) => [key.id, key]));
    const next = fetched.map((key) => before.get(key.id) ?? key);
    const same = ready && next.length === keys.length && next.every((key) => known.has(key));
    ready = true;
    if (same) return;
    keys = next;
    known = new Set(next);
    version++;
  }

  async function attempt(): Promise<number> {
    const startedAt = clock();
    try {
      const { set, lifeMs } = await fetchKeySet(uri, abort.signal, options.timeoutMs ?? TIMEOUT_MS);
      const read = readKeySet(set);
      if ('fault' in read) throw new Error(`${uri} ${read.fault}`);
      take(read.keys);
      options.kept?.save(uri, set);
      goodSince = startedAt;
      fault = '';
      failures = 0;
      return Math.max(lifeMs, options.shortestLifeMs ?? SHORTEST_LIFE_MS) * REFRESH_AT;
    } catch (error) {
      if (abort.signal.aborted) return LAST_RETRY_MS;
      // The last good keys stay: an outage of the key server is nobody's fault but its own.
      fault = error instanceof Error ? error.message : String(error);
      options.onFault?.(fault);
      return Math.min(LAST_RETRY_MS, (options.retryMs ?? FIRST_RETRY_MS) * 2 ** Math.min(failures++, 16));
    }
  }

  function refresh(): Promise<void> {
    running ??= attempt().then((waitMs) => {
      running = null;
      tried = true;
      if (!started || abort.signal.aborted) return;
      clearTimeout(timer);
      timer = setTimeout(refresh, waitMs * (0.9 + Math.random() * 0.1));
      timer.unref();
    });
    return running;
  }

  const before = readKeySet(options.kept?.load(uri));
  if (!('fault' in before)) take(before.keys);

  return {
    keys: () => keys,
    tried: () => tried,
    has: (key) => known.has(key),
    version: () => version,
    ready: () => ready,
    missed(kid) {
      const now = clock();
      const first = firstSeen.get(kid) ?? now;
      if (first === now) firstSeen.set(kid, now);
      // Only a fetch that began after the name was first seen, and not long ago, can say that nobody has such a key. Until
      // then a rotated key is as likely as a made-up one, and who makes one up gains no more than by sending no token.
      if (goodSince > first && now - goodSince < MISSING_FOR_MS) return false;
      if (now - askedAt >= missEveryMs) {
        askedAt = now;
        void refresh();
      }
      return true;
    },
    refresh,
    start() {
      started = true;
      void refresh();
    },
    async stop() {
      started = false;
      clearTimeout(timer);
      abort.abort();
      await running;
    },
    fault: () => fault,
  };
}

async function fetchKeySet(
  uri: string,
  stop: AbortSignal,
  timeoutMs: number,
): Promise<{ set: unknown; lifeMs: number }> {
  if (!isSecureUri(uri)) throw new Error(`${uri} is not https`);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  let response: Response;
  try {
    // A redirect would let the key server's neighbour name the keys, over plain HTTP even.
    response = await fetch(uri, { redirect: 'error', signal, headers: { accept: KEY_SETS } });
  } catch (error) {
    throw new Error(`${uri} cannot be fetched: ${causeOf(error)}`);
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${uri} answers ${response.status}`);
  }
  const text = await readText(response, uri);
  let set: unknown;
  try {
    set = membersIn(text, DEEPEST_BODY) < 0 ? undefined : JSON.parse(text);
  } catch {
    // Said below.
  }
  if (set === undefined) throw new Error(`${uri} is not JSON`);
  if (isObject(set) && Array.isArray(set.keys) && set.keys.length > MOST_KEYS) {
    throw new Error(`${uri} holds more than ${MOST_KEYS} keys`);
  }
  return { set, lifeMs: lifeOf(response.headers) };
}

async function readText(response: Response, uri: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > LARGEST) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new Error(`${uri} cannot be read: ${causeOf(error)}`);
  }
  if (size > LARGEST) throw new Error(`${uri} is larger than ${LARGEST} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function lifeOf(headers: Headers): number {
  const told = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '')?.[1];
  if (told === undefined) return DEFAULT_LIFE_MS;
  return Math.min(LONGEST_LIFE_MS, Number(told) * 1000);
}
