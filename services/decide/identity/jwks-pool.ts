import { createJwksSource, type JwksSource } from './jwks-source.ts';
import type { KeptKeys } from './kept-keys.ts';
import type { KeySet } from './key-set.ts';

/** Key sets by address: one source for each, whoever names it, kept while the credentials are read again. */
export interface JwksPool {
  at(uri: string): KeySet;
  /** Lets go of addresses that were not asked for since the last call. */
  keepOnly(): void;
  start(): void;
  /** Resolves when each address was tried once: with the first keys there, or a fault told. Never rejects. */
  tried(): Promise<void>;
  stop(): Promise<void>;
  /** A sentence about the first address whose keys cannot be fetched, or `''`. */
  fault(): string;
}

/** @param kept where key sets outlive a restart. */
export function createJwksPool(onFault: (uri: string, detail: string) => void, kept?: KeptKeys): JwksPool {
  const sources = new Map<string, JwksSource>();
  let asked = new Set<string>();
  let started = false;
  return {
    at(uri) {
      asked.add(uri);
      let source = sources.get(uri);
      if (source === undefined) {
        source = createJwksSource(uri, { onFault: (detail) => onFault(uri, detail), kept });
        sources.set(uri, source);
        if (started) source.start();
      }
      return source;
    },
    keepOnly() {
      for (const [uri, source] of sources) {
        if (asked.has(uri)) continue;
        sources.delete(uri);
        void source.stop();
      }
      asked = new Set();
    },
    start() {
      started = true;
      for (const source of sources.values()) source.start();
    },
    async tried() {
      await Promise.all(
        [...sources.values()].filter((source) => !source.ready() || !source.tried()).map((source) => source.refresh()),
      );
    },
    async stop() {
      started = false;
      await Promise.all([...sources.values()].map((source) => source.stop()));
    },
    fault: () => [...sources.values()].map((source) => source.fault()).find((fault) => fault !== '') ?? '',
  };
}
