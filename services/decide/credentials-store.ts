import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import type { ClientCredential } from '../../schemas/credential-clients.ts';
import { credentialsSchema, type Issuer } from '../../schemas/credentials.ts';
import type { IntrospectionEndpoint } from '../../schemas/introspection.ts';
import { type Health, OK } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Introspector } from './caller-state/introspection.ts';
import { createBudget } from './identity/budget.ts';
import { type Confusable, confusable } from './identity/confusion.ts';
import { createIdentity, type Identity, type IdentityDeps, TRUSTING } from './identity/identity.ts';
import { createJwksPool, type JwksPool } from './identity/jwks-pool.ts';
import { createKeptKeys } from './identity/kept-keys.ts';
import { fixedKeys, joinedKeys, type KeySet } from './identity/key-set.ts';
import { readKeySet, secretKey } from './identity/keys.ts';
import { createLocalHooks } from './identity/replay.ts';
import type { IdentityHooks } from './identity/request.ts';

/** A credentials file that may not be used; the sentence says what to do. Secrets never stand in it. */
export class CredentialsError extends Error {}

export interface CredentialsStore {
  identity(): Identity;
  /** Reads the file again when it changed; a faulty one is told and the last good one stays. */
  poll(): Promise<void>;
  /** Resolves when the keys of every address are there, or were tried for. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface CredentialsDeps {
  health: Health;
  log: Logger;
  /** Single use and revocation; without them this process remembers for itself. */
  hooks?: IdentityHooks;
  /** Folder in which fetched keys outlive a restart; without one they do not. */
  keptKeys?: string | undefined;
  /** Told of its endpoints whenever the file was read; without one opaque tokens are nobody's. */
  introspector?: Pick<Introspector, 'configure' | 'find'>;
}

const EVERY_MS = 2000;

/**
 * Opens the file of `BONAFIDE_CREDENTIALS`.
 * @param path null: there is none, and the gateway's word stands.
 * @throws CredentialsError at start; later a fault keeps the last good credentials in force.
 */
export function openCredentials(path: string | null, deps: CredentialsDeps): CredentialsStore {
  const { log } = deps;
  if (path === null)
    return { identity: () => TRUSTING, poll: async () => {}, start: async () => {}, stop: async () => {} };
  const file = resolve(path);
  // What was used and what was spent outlives a change of the file.
  const pool = createJwksPool(
    (uri, detail) =>
      log.warn(
        { event: 'jwks_unavailable', uri, detail },
        'the keys of an issuer cannot be fetched; the last ones stay',
      ),
    deps.keptKeys === undefined ? undefined : createKeptKeys(deps.keptKeys),
  );
  const opaque = deps.introspector === undefined ? {} : { opaque: deps.introspector };
  const kept = { hooks: deps.hooks ?? createLocalHooks(), budget: createBudget(), pool, ...opaque };
  const tellWeak = ({ weak, confusable }: Pick<ReadCredentials, 'weak' | 'confusable'>) => {
    for (const pair of confusable)
      log.warn(
        { event: 'tokens_confusable', ...pair },
        'a user token would pass as attestation: both issuers use one key; give the attestation an audience, type or required claim of its own',
      );
    for (const name of weak)
      log.warn(
        { event: 'weak_secret', name },
        'a shared secret is shorter than the 32 bytes that HS256 needs (RFC 7518)',
      );
  };
  const first = readCredentials(file, kept);
  let { identity, files } = first;
  tellWeak(first);
  deps.introspector?.configure(first.introspection);
  pool.keepOnly();
  let stamp = stampOf(files);
  let fault = '';
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  deps.health.register('credentials', 'decide', () => {
    if (fault !== '') return { state: 'degraded', detail: `The credentials read before stay in force: ${fault}` };
    const unfetched = pool.fault();
    return unfetched === '' ? OK : { state: 'degraded', detail: `The last keys stay in force: ${unfetched}` };
  });

  async function poll(): Promise<void> {
    const now = (await Promise.all(files.map((name) => stat(name).then(mark, () => 'gone')))).join();
    if (now === stamp) return;
    stamp = now;
    try {
      const next = readCredentials(file, kept);
      // As it was read: what changes while keys are waited for is another change.
      const read = stampOf(next.files);
      pool.keepOnly();
      // Keys first: an issuer that is new here is not turned away meanwhile.
      await pool.tried();
      ({ identity, files } = next);
      tellWeak(next);
      deps.introspector?.configure(next.introspection);
      stamp = read;
      fault = '';
      log.info({ event: 'credentials_changed' }, 'the credentials were read again');
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
      log.error({ event: 'credentials_faulty', detail: fault }, 'the changed credentials cannot be used');
    }
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      running = poll().then(schedule);
    }, EVERY_MS);
    timer.unref();
  }

  return {
    identity: () => identity,
    poll,
    async start() {
      pool.start();
      await pool.tried();
      schedule();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      await pool.stop();
    },
  };
}

const mark = (stats: { mtimeMs: number; ino: number; size: number; mode: number }) =>
  `${stats.mtimeMs}:${stats.ino}:${stats.size}:${stats.mode}`;

function stampOf(files: readonly string[]): string {
  return files.map((name) => mark(statSync(name))).join();
}

interface ReadCredentials {
  identity: Identity;
  files: string[];
  /** Issuers with a secret that is too short. */
  weak: string[];
  confusable: Confusable[];
  introspection: readonly IntrospectionEndpoint[];
}

/**
 * Reads and judges the file and the key sets that it names.
 * @param deps.pool where addresses of key sets are fetched; without one they have no keys.
 */
export function readCredentials(file: string, deps: IdentityDeps & { pool?: JwksPool } = {}): ReadCredentials {
  const { mode } = statOf(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CredentialsError(`${file} can be read by others than its owner. Run: chmod 600 ${file}`);
  }
  let input: unknown;
  try {
    input = parseYaml(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    // The parser's message quotes the file, and the file holds secrets.
    throw new CredentialsError(`${file} is neither YAML nor JSON${placeOf(error)}.`);
  }
  const parsed = credentialsSchema.safeParse(input);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(top)'}: ${message}`);
    throw new CredentialsError(`${file} has faults:\n${faults.join('\n')}`);
  }
  const files = [file];
  const pool = deps.pool ?? createJwksPool(() => {});
  const sets = new Map<Issuer | ClientCredential, KeySet>();

  function publicSets(from: { jwks_file?: string | undefined; jwks_uri?: string | undefined }): KeySet[] {
    const found: KeySet[] = [];
    if (from.jwks_file !== undefined) {
      const path = resolve(dirname(file), from.jwks_file);
      files.push(path);
      found.push(keySetOf(path));
    }
    if (from.jwks_uri !== undefined) found.push(pool.at(from.jwks_uri));
    return found;
  }

  for (const issuer of parsed.data.issuers) {
    const secrets = issuer.keys.map(({ kid, secret_base64 }) =>
      secretKey(kid ?? null, Buffer.from(secret_base64, 'base64')),
    );
    const own = secrets.length > 0 ? [fixedKeys(secrets)] : [];
    sets.set(issuer, joinedKeys([...own, ...publicSets(issuer)]));
  }
  for (const client of parsed.data.clients) {
    if (client.signature !== undefined) sets.set(client, joinedKeys(publicSets(client.signature)));
  }
  const none = fixedKeys([]);
  const keys = {
    ofIssuer: (issuer: Issuer) => sets.get(issuer) ?? none,
    ofClient: (client: ClientCredential) => sets.get(client) ?? none,
  };
  const isWeak = ({ secret_base64 }: { secret_base64: string }) => Buffer.from(secret_base64, 'base64').length < 32;
  const weak = parsed.data.issuers.filter((issuer) => issuer.keys.some(isWeak)).map(({ name }) => name);
  const identity = createIdentity(parsed.data, keys, deps);
  const { issuers, introspection } = parsed.data;
  return { identity, files, weak, confusable: confusable(issuers), introspection };
}

/** Where the parser stopped, and its word for why; nothing of the text. */
function placeOf(error: unknown): string {
  const at = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
  return at === undefined || !(error instanceof YAMLParseError)
    ? ''
    : `: ${error.code} in line ${at.line}, column ${at.col}`;
}

function statOf(path: string): { mode: number } {
  try {
    return statSync(path);
  } catch {
    throw new CredentialsError(`${path} cannot be read.`);
  }
}

function keySetOf(path: string): KeySet {
  statOf(path);
  let set: unknown;
  try {
    set = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new CredentialsError(`${path} is not JSON.`);
  }
  const read = readKeySet(set);
  if ('fault' in read) throw new CredentialsError(`${path} ${read.fault}.`);
  return fixedKeys(read.keys);
}
