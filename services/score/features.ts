import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENTITY_KINDS, type EntityKind } from '../../schemas/event.ts';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { WINDOW_NAMES, type WindowName } from './windows.ts';

const FOLDER = join(PACKAGE_ROOT, 'services', 'score', 'features');

/** One feature in one window: a column of the risk query. */
export interface Term {
  /** `<feature>_<window>`, a column name. */
  name: string;
  feature: string;
  window: WindowName;
  /** SQL over window columns, the number that a reason shows. */
  value: string;
  /** SQL: what is usual up to, the value that 1 in 100 genuine entities of this kind exceeds. */
  usual: string;
  /** SQL: decibels of surprise ≥ 0 against the shipped tail; 0 for kinds that the feature does not speak of. */
  part: string;
}

/** A feature file: header lines `-- key: text`, then one SQL expression with `{w}` for the window. */
export interface Feature {
  name: string;
  /** What it counts, for people. */
  title: string;
  unit: string;
  /** OWASP API Security Top 10 (2023) id, `''` where none fits. */
  owasp: string;
  /** The sentence of a reason with `{value}`, `{usual}`, `{window}`. */
  says: string;
  terms: readonly Term[];
}

/** All features, in the order of their file names. */
export function loadFeatures(): Feature[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => parseFeature(file.replace(/\.sql$/, ''), readFileSync(join(FOLDER, file), 'utf8')));
}

/**
 * Reads one file. Two tails are known:
 *
 * - `count`: Lomax, `P(X ≥ x) = (1 + x/m)^-shape`, heavy as counts of requests are; `usual` is where it passes 1 in 100.
 * - `share`: a part of a whole, overdispersed binomial, by its Chernoff bound with an effective size
 *   `n / (1 + (n-1)·rho)`; `base` is the genuine share, `rho` the correlation of one entity's requests.
 *
 * @throws Error that names the file and the line that is missing.
 */
export function parseFeature(name: string, text: string): Feature {
  const header = new Map<string, string>();
  const body: string[] = [];
  for (const line of text.split('\n')) {
    const match = /^--\s*([a-z]+(?: [a-z]+)?):\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined) header.set(match[1], (match[2] ?? '').trim());
    else if (!line.startsWith('--') && line.trim() !== '') body.push(line.trim());
  }
  const need = (key: string): string => {
    const value = header.get(key);
    if (value === undefined || value === '')
      throw new Error(`feature ${name}: the header line "-- ${key}: …" is missing`);
    return value;
  };
  const expression = body.join(' ').replace(/;$/, '');
  const tail = need('tail');
  const kinds = ENTITY_KINDS.filter((kind) => header.has(`usual ${kind}`) || header.has(`base ${kind}`));
  if (kinds.length === 0)
    throw new Error(`feature ${name}: no kind has a "-- usual <kind>:" or "-- base <kind>:" line`);

  const windows = need('windows').split(/[ ,]+/).map(windowName(name));
  const terms = windows.map((window, index): Term => {
    const column = expression.replaceAll('{w}', window);
    const perKind = (key: string): string =>
      byKind(ENTITY_KINDS.map((kind) => (kinds.includes(kind) ? numbers(name, need(`${key} ${kind}`), index) : 0)));
    if (tail === 'count') {
      const shape = Number(header.get('shape') ?? 3);
      const usual = perKind('usual');
      const known = byKind(ENTITY_KINDS.map((kind) => (kinds.includes(kind) ? 1 : 0)));
      const scale = (10 ** (2 / shape) - 1).toPrecision(8);
      return {
        name: `${name}_${window}`,
        feature: name,
        window,
        value: `toFloat64(${column})`,
        usual,
        part: `if(${known} = 0, 0., ${10 * shape} * log10(1 + ${scale} * greatest(0., toFloat64(${column})) / greatest(${usual}, 1e-9)))`,
      };
    }
    if (tail === 'share') {
      const whole = need('of').replaceAll('{w}', window);
      const rho = Number(need('rho'));
      const base = perKind('base');
      return {
        name: `${name}_${window}`,
        feature: name,
        window,
        value: `toFloat64(${column})`,
        usual: `${base} * (${whole})`,
        part: shareTail(column, whole, base, rho),
      };
    }
    throw new Error(`feature ${name}: tail is count or share, not ${tail}`);
  });
  return {
    name,
    title: need('title'),
    unit: need('unit'),
    owasp: header.get('owasp') ?? '',
    says: need('says'),
    terms,
  };
}

function windowName(feature: string): (text: string) => WindowName {
  return (text) => {
    const found = WINDOW_NAMES.find((window) => window === text);
    if (found === undefined) throw new Error(`feature ${feature}: ${text} is no window (${WINDOW_NAMES.join(', ')})`);
    return found;
  };
}

function numbers(feature: string, text: string, index: number): number {
  const parts = text.split(/[ ,]+/).map(Number);
  const value = parts[Math.min(index, parts.length - 1)];
  if (value === undefined || !Number.isFinite(value)) throw new Error(`feature ${feature}: not a number in "${text}"`);
  return value;
}

function byKind(values: readonly number[]): string {
  return values.every((value) => value === values[0])
    ? `${values[0]}.`.replace(/(\.\d+)\.$/, '$1')
    : `[0., ${values.join(', ')}][kind + 1]`;
}

function shareTail(part: string, whole: string, base: string, rho: number): string {
  const x = `toFloat64(${part})`;
  const n = `greatest(toFloat64(${whole}), toFloat64(${part}), 1.)`;
  const f = `least(1., ${x} / ${n})`;
  const q = `(${base})`;
  return (
    `if(${q} = 0 OR ${f} <= ${q}, 0., 4.342944819 * ${n} / (1 + (${n} - 1) * ${rho}) * ` +
    `(${f} * log(${f} / ${q}) + greatest(1 - ${f}, 1e-9) * log(greatest(1 - ${f}, 1e-9) / (1 - ${q}))))`
  );
}

/** Which kinds a feature file gives numbers for; for the docs' table. */
export type FeatureKinds = readonly EntityKind[];
