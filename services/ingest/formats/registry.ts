import type { Adapter } from './adapter.ts';
import { canonical } from './canonical.ts';
import { combined } from './combined.ts';
import { combinedExtra } from './combined-extra.ts';
import { common } from './common.ts';
import { nginxJson } from './nginx-json.ts';
import { unwrap } from './unwrap.ts';
import { vhostCombined } from './vhost-combined.ts';

/** Every format that is read. A new one is a file beside this one, a line here, and a fixture table in the tests. */
export const ADAPTERS: readonly Adapter[] = [canonical, nginxJson, combined, combinedExtra, common, vhostCombined];

/** Names that people type for the same thing. */
const ALIASES: Readonly<Record<string, string>> = {
  ndjson: 'canonical',
  json: 'canonical',
  nginx: 'combined',
  apache: 'combined',
  vhost_combined: 'vhost-combined',
};

/** What `--format` may say, `auto` first. */
export const FORMAT_NAMES: readonly string[] = ['auto', ...ADAPTERS.map(({ name }) => name)];

/** @returns undefined for `auto` and for names that nobody knows; ask {@link FORMAT_NAMES} which it was. */
export function findAdapter(name: string): Adapter | undefined {
  const wanted = ALIASES[name] ?? name;
  return ADAPTERS.find((adapter) => adapter.name === wanted);
}

/** May this be said with `--format`? */
export function isFormat(name: string): boolean {
  return name === 'auto' || findAdapter(name) !== undefined;
}

/** How many of the first lines a detection looks at. */
export const SAMPLE_LINES = 100;

/**
 * The adapter that fits most of the lines, the earlier in the registry when two fit alike; null when none fits any.
 * Bad lines among the sample cost every adapter the same, so a file that begins badly is still told.
 */
export function detectFormat(lines: readonly string[]): Adapter | null {
  const sample = lines.slice(0, SAMPLE_LINES).map(unwrap);
  let best: Adapter | null = null;
  let bestScore = 0;
  for (const adapter of ADAPTERS) {
    const score = adapter.detect(sample);
    if (score > bestScore) {
      best = adapter;
      bestScore = score;
    }
  }
  return best;
}
