import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from './root.ts';

/** What a feature says to people; from the header of `services/score/features/<feature>.sql`. */
export interface FeatureText {
  title: string;
  unit: string;
  /** OWASP API Security Top 10 (2023) id, `''` where none fits. */
  owasp: string;
  /** One sentence: value, window, what is usual. */
  sentence(value: number, usual: number): string;
  /** What of it was seen in which window, without what is usual. @param value as it is written: `30 of 40`. */
  shows(value: string): string;
}

/** How a window is said: `in {…}`. */
export const WINDOW_TEXT: Readonly<Record<string, string>> = {
  '10s': '10 seconds',
  '1m': 'a minute',
  '10m': '10 minutes',
  '1h': 'an hour',
  '24h': '24 hours',
};

const headers = new Map<string, Map<string, string>>();

/** The `-- key: text` lines of a feature file; a key is one or two lower-case words (`title`, `usual ip`). */
export function featureHeader(text: string): Map<string, string> {
  const header = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^--\s*([a-z]+(?: [a-z]+)?):\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined) header.set(match[1], (match[2] ?? '').trim());
  }
  return header;
}

function headerOf(feature: string): Map<string, string> | undefined {
  if (headers.size === 0) {
    const folder = join(PACKAGE_ROOT, 'services', 'score', 'features');
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql'))) {
      headers.set(file.replace(/\.sql$/, ''), featureHeader(readFileSync(join(folder, file), 'utf8')));
    }
  }
  return headers.get(feature);
}

/** A count as people write it: no more digits than are known. By hand, since `toLocaleString` costs 18 µs a number. */
export function plainNumber(value: number): string {
  const size = Math.abs(value);
  if (size < 100 && !Number.isInteger(value)) return String(Number(value.toFixed(size < 1 ? 2 : 1)));
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The features are few; what they say is put together once. */
const texts = new Map<string, FeatureText>();

/**
 * @param feature as stored with a risk row: `<feature>:<window>`, e.g. `requests:10m`.
 */
export function featureText(feature: string): FeatureText {
  const known = texts.get(feature);
  if (known !== undefined) return known;
  const [name = feature, window = ''] = feature.split(':');
  const header = headerOf(name);
  const text = textOf(name, window, header);
  // One that no file has is somebody's input, of which there is no end.
  if (header !== undefined && window in WINDOW_TEXT) texts.set(feature, text);
  return text;
}

function textOf(name: string, window: string, header: Map<string, string> | undefined): FeatureText {
  const says = header?.get('says') ?? `${name} is {value} in {window}; usual is up to {usual}`;
  const span = WINDOW_TEXT[window] ?? window;
  const [seen = ''] = says.split(';');
  const shown = (seen.includes('{window}') ? seen : `${seen}, in {window}`).replace('{window}', span);
  return {
    title: header?.get('title') ?? name,
    unit: header?.get('unit') ?? '',
    owasp: header?.get('owasp') ?? '',
    sentence: (value, usual) =>
      says.replace('{value}', plainNumber(value)).replace('{usual}', plainNumber(usual)).replace('{window}', span),
    shows: (value) => shown.replace('{value}', value),
  };
}
