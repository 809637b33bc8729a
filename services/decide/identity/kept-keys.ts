import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Key sets as they were last fetched, over a restart: else whoever starts while a key server is away knows no key, and a
 * forged token says nothing where one that was never sent is refused.
 */
export interface KeptKeys {
  /** The set that was kept for an address within the last {@link KEPT_MS}, not looked at; undefined: none. */
  load(uri: string): unknown;
  /** Keeps a set; what cannot be written is not kept. */
  save(uri: string, set: unknown): void;
}

/** An issuer that was not reached for so long may have changed its keys twice. */
const KEPT_MS = 7 * 86_400_000;
/** A set that did not change is written again after so long, to be known as of now. */
const AGAIN_MS = 3_600_000;

/** @param folder made when the first set is kept; only its owner may look in. */
export function createKeptKeys(folder: string, now: () => number = Date.now): KeptKeys {
  const fileOf = (uri: string) => join(folder, `${createHash('sha256').update(uri).digest('hex')}.json`);
  const written = new Map<string, { text: string; at: number }>();
  return {
    load(uri) {
      try {
        const path = fileOf(uri);
        return now() - statSync(path).mtimeMs < KEPT_MS ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
      } catch {
        return undefined;
      }
    },
    save(uri, set) {
      const text = JSON.stringify(set);
      const before = written.get(uri);
      if (before?.text === text && now() - before.at < AGAIN_MS) return;
      written.set(uri, { text, at: now() });
      const path = fileOf(uri);
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(`${path}.new`, text, { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch {
        written.delete(uri);
      }
    },
  };
}
