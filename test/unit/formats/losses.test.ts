import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAdapter } from '../../../services/ingest/formats/registry.ts';
import { PACKAGE_ROOT } from '../../../shared/root.ts';
import { KEYS, type Key, LOSSES, UNSAID } from '../../support/log-losses.ts';
import { ORDINARY } from './ordinary.ts';

const text = (path: string) => readFileSync(join(PACKAGE_ROOT, path), 'utf8');
const rows = text('docs/log-formats.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.split('|').length === 6);
const rowOf = (file: string) => rows.find((row) => row.includes(`(gateways/${file})`)) ?? '';
const [HEADERS, NAMES] = [
  { user: 'X-Bonafide-User', session: 'X-Bonafide-Session', device: 'X-Bonafide-Device' },
  { attestation: 'X-Attestation-Status', outcome: 'X-Risk-Decision', decision: 'X-Bonafide-Decision-Id' },
];
/** By what name a format's log has a key. */
const nameIn = (format: string, key: Key): string =>
  format === 'traefik-json' ? `downstream_${{ ...HEADERS, ...NAMES }[key]}` : key;

/** Does the shipped file log this? AWS has the user as `principalId`. */
function carries(file: string, format: string, key: Key): boolean {
  const name = format === 'traefik-json' ? nameIn(format, key).replace('downstream_', '') : key;
  const known = format === 'aws-api-gateway' && key === 'user' ? 'principalId' : name;
  const settings = text(`docs/gateways/${file}`).replace(/^\s*#.*$/gm, '');
  return new RegExp(`(?<![\\w.-])${known}"?:`).test(settings);
}

describe('the table of what a log loses', () => {
  it.each(Object.entries(UNSAID))('names what %s leaves out, and no more', (file, { format, lost }) => {
    const column = rowOf(file).split('|')[3] ?? '';
    const keys = Object.keys(KEYS) as Key[];
    expect(keys.filter((key) => !carries(file, format, key))).toEqual(lost);
    expect(keys.filter((key) => new RegExp(`\\b${key}\\b`).test(column))).toEqual(lost);
  });

  it.each(Object.entries(UNSAID))('keeps its promise of what %s carries', (file, { format, lost }) => {
    if (format === 'aws-api-gateway') return;
    const kept = (Object.keys(KEYS) as Key[]).filter((key) => !lost.includes(key));
    const line: unknown = JSON.parse(ORDINARY[format]?.[0] ?? '{}');
    const full = { ...(line as object), ...Object.fromEntries(kept.map((key) => [nameIn(format, key), `a ${key}`])) };
    const parsed = findAdapter(format)?.parse(JSON.stringify(full));
    const expected = Object.fromEntries(kept.map((key) => [KEYS[key], `a ${key}`]));
    expect([file, parsed]).toMatchObject([file, { ok: true, fields: expected }]);
  });

  it.each(Object.entries(LOSSES))('says what the tests of the real gateway find, %s', (_, { says }) => {
    for (const words of says) expect(rows.filter((row) => row.includes(words))).toHaveLength(1);
  });
});
