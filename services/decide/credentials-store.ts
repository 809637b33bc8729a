import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { credentialsSchema, type Issuer } from '../../schemas/credentials.ts';
import type { IntrospectionEndpoint } from '../../schemas/introspection.ts';
import { type Health, OK } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Introspector } from './caller-state/introspection.ts';
import type { ReplayMemory } from './caller-state/replay.ts';
import { createIdentity, type Identity, TRUSTING } from './identity/identity.ts';
import { publicKey, secretKey, type TokenKey } from './identity/token.ts';

/** A credentials file that may not be used; the sentence says what to do. Secrets never stand in it. */
export class CredentialsError extends Error {}

export interface CredentialsStore {
  identity(): Identity;
  /** Reads the file again when it changed; a faulty one is told and the last good one stays. */
  poll(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

const EVERY_MS = 2000;

/**
 * Opens the file of `BONAFIDE_CREDENTIALS`.
 * @param path null: there is none, and the gateway's word stands.
 * @throws CredentialsError at start; later a fault keeps the last good credentials in force.
 */
export function openCredentials(
  path: string | null,
  deps: { health: Health; log: Logger; replay?: ReplayMemory; introspector?: Introspector },
): CredentialsStore {
  const { log } = deps;
  if (path === null) return { identity: () => TRUSTING, poll: async () => {}, start() {}, stop: async () => {} };
  const file = resolve(path);
  let { identity, files, introspection } = readCredentials(file, deps.replay);
  deps.introspector?.configure(introspection);
  let stamp = stampOf(files);
  let fault = '';
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  deps.health.register('credentials', 'decide', () =>
    fault === '' ? OK : { state: 'degraded', detail: `The credentials read before stay in force: ${fault}` },
  );

  async function poll(): Promise<void> {
    const now = (await Promise.all(files.map((name) => stat(name).then(mark, () => 'gone')))).join();
    if (now === stamp) return;
    stamp = now;
    try {
      ({ identity, files, introspection } = readCredentials(file, deps.replay));
      deps.introspector?.configure(introspection);
      stamp = stampOf(files);
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
    start: schedule,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
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
  introspection: readonly IntrospectionEndpoint[];
}

/** Reads and judges the file and the key sets that it names. */
export function readCredentials(file: string, replay?: ReplayMemory): ReadCredentials {
  const { mode } = statOf(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CredentialsError(`${file} can be read by others than its owner. Run: chmod 600 ${file}`);
  }
  let input: unknown;
  try {
    input = parseYaml(readFileSync(file, 'utf8')) ?? {};
  } catch {
    // The parser's message quotes the file, and the file holds secrets.
    throw new CredentialsError(`${file} is neither YAML nor JSON.`);
  }
  const parsed = credentialsSchema.safeParse(input);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(top)'}: ${message}`);
    throw new CredentialsError(`${file} has faults:\n${faults.join('\n')}`);
  }
  const files = [file];
  const keys = new Map<Issuer, TokenKey[]>();
  for (const issuer of parsed.data.issuers) {
    const own = issuer.keys.map(({ kid, secret_base64 }) =>
      secretKey(kid ?? null, Buffer.from(secret_base64, 'base64')),
    );
    if (issuer.jwks_file !== undefined) {
      const path = resolve(dirname(file), issuer.jwks_file);
      files.push(path);
      own.push(...readKeySet(path));
    }
    keys.set(issuer, own);
  }
  const identity = createIdentity(parsed.data, (issuer) => keys.get(issuer) ?? [], replay);
  return { identity, files, introspection: parsed.data.introspection };
}

function statOf(path: string): { mode: number } {
  try {
    return statSync(path);
  } catch {
    throw new CredentialsError(`${path} cannot be read.`);
  }
}

function readKeySet(path: string): TokenKey[] {
  statOf(path);
  let set: unknown;
  try {
    set = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new CredentialsError(`${path} is not JSON.`);
  }
  const listed = typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys) ? set.keys : [];
  const keys = (listed as unknown[]).flatMap((jwk) => {
    if (typeof jwk !== 'object' || jwk === null) return [];
    try {
      const key = publicKey({ ...jwk });
      return key === undefined ? [] : [key];
    } catch {
      throw new CredentialsError(`${path} holds a key that cannot be read.`);
    }
  });
  if (keys.length === 0) throw new CredentialsError(`${path} holds no RSA or P-256 key.`);
  return keys;
}
