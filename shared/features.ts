import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { featureHeader } from './feature-text.ts';
import { SCORED_KINDS, type ScoredKind } from './kinds.ts';
import { PACKAGE_ROOT } from './root.ts';
import { WINDOW_NAMES, WINDOWS, type WindowName } from './windows.ts';

const FOLDER = join(PACKAGE_ROOT, 'services', 'score', 'features');

/** One feature in one window. Numbers of each kind of entity are in the order of `SCORED_KINDS`; 0: it says nothing of that kind. */
export interface Term {
  feature: string;
  window: WindowName;
  /** SQL over window columns, the number that a reason shows. */
  value: string;
  tail: CountTail | ShareTail;
}

/** Lomax, `P(X ≥ x) = (1 + x/m)^-shape`, heavy as counts of requests are; `usual` is where it passes 1 in 100. */
export interface CountTail {
  kind: 'count';
  usual: readonly number[];
  shape: number;
}

/**
 * A part of a whole: overdispersed binomial, by its Chernoff bound with an effective size `n / (1 + (n-1)·rho)`.
 * `base` is the share of genuine entities, `rho` the correlation of one entity's requests.
 */
export interface ShareTail {
  kind: 'share';
  /** SQL over window columns. */
  whole: string;
  base: readonly number[];
  rho: number;
}

/** A feature file: header lines `-- key: text`, then one SQL expression with `{w}` for the window and
 * `{crowd}` for how many callers share the entity. */
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
  /** By kind: decibels that ten decibels of height add, in each of {@link SPANS}. Learnt in the laboratory (`fit`). */
  weights: Readonly<Partial<Record<ScoredKind, readonly number[]>>>;
  /** The same where nothing has been learnt yet: plain evidence counts at least so much, fading as genuine peers or named callers are learnt. */
  least: Readonly<Partial<Record<ScoredKind, readonly number[]>>>;
  /**
   * By kind: decibels that ordinary life of this sort takes away from a score, all of them from a height of
   * {@link RELIEF_DB} on, as far as peers are learnt. Of whom nothing is known, nothing is taken away. Learnt like the weights.
   */
  relief: Readonly<Partial<Record<ScoredKind, number>>>;
  /** It never speaks against anybody (`-- weight: none`): the fit gives it no weight. */
  relievesOnly: boolean;
}

/** Heights between which a weight holds, in decibels on the scale of peers; beyond the last one nothing is added. */
export const SPANS = [
  [0, 5],
  [5, 10],
  [10, 20],
  [20, 40],
  [40, 100],
] as const;

/** A little life relieves as much as much of it: nobody buys more than the sum of all reliefs, however long he plays. */
export const RELIEF_DB = 3;

/** `own` stands for user, session and device, which name the caller itself. */
const WEIGHED = ['own', 'ip', 'net', 'client', 'cohort'] as const;
const OWN_KINDS: readonly ScoredKind[] = ['user', 'session', 'device'];

/** All features, in the order of their file names. */
export function loadFeatures(): Feature[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => parseFeature(file.replace(/\.sql$/, ''), readFileSync(join(FOLDER, file), 'utf8')));
}

/**
 * Reads one file: `tail` is `count` or `share`, see {@link CountTail} and {@link ShareTail}.
 * @throws Error that names the file and the line that is missing.
 */
export function parseFeature(name: string, text: string): Feature {
  const header = featureHeader(text);
  const body = text.split('\n').filter((line) => !line.startsWith('--') && line.trim() !== '');
  const need = (key: string): string => {
    const value = header.get(key);
    if (value === undefined || value === '')
      throw new Error(`feature ${name}: the header line "-- ${key}: …" is missing`);
    return value;
  };
  const expression = body
    .map((line) => line.trim())
    .join(' ')
    .replaceAll('{crowd}', 'crowd');
  const tail = need('tail');
  if (tail !== 'count' && tail !== 'share') throw new Error(`feature ${name}: tail is count or share, not ${tail}`);
  const key = tail === 'count' ? 'usual' : 'base';
  if (!SCORED_KINDS.some((kind) => header.has(`${key} ${kind}`)))
    throw new Error(`feature ${name}: no kind of entity has a "-- ${key} <kind>: …" line`);

  const windows = need('windows').split(/[ ,]+/).map(windowName(name));
  const terms = windows.map((window, index): Term => {
    const perKind = SCORED_KINDS.map((kind) => {
      const line = header.get(`${key} ${kind}`);
      return line === undefined ? 0 : numberAt(name, line, index);
    });
    return {
      feature: name,
      window,
      value: expression.replaceAll('{w}', window).replaceAll('{seconds}', String(WINDOWS[window])),
      tail:
        tail === 'count'
          ? { kind: 'count', usual: perKind, shape: Number(header.get('shape') ?? 3) }
          : { kind: 'share', whole: need('of').replaceAll('{w}', window), base: perKind, rho: Number(need('rho')) },
    };
  });
  return {
    name,
    title: need('title'),
    unit: need('unit'),
    owasp: header.get('owasp') ?? '',
    says: need('says'),
    terms,
    weights: weightsOf(name, header, 'weight'),
    least: weightsOf(name, header, 'least'),
    relief: byGroup(header, 'relief', (line) => notNegative(name, [numberAt(name, line, 0)])[0] ?? 0),
    relievesOnly: header.get('weight') === 'none',
  };
}

function weightsOf(feature: string, header: ReadonlyMap<string, string>, key: 'weight' | 'least'): Feature['weights'] {
  return byGroup(header, key, (line) =>
    notNegative(
      feature,
      SPANS.map((_, span) => numberAt(feature, line, span)),
    ),
  );
}

/** What the lines `-- <key> <group>: …` of a header say, for each kind of entity that the group stands for. */
function byGroup<T>(
  header: ReadonlyMap<string, string>,
  key: 'weight' | 'least' | 'relief',
  read: (line: string) => T,
): Partial<Record<ScoredKind, T>> {
  const found: Partial<Record<ScoredKind, T>> = {};
  for (const group of WEIGHED) {
    const line = header.get(`${key} ${group}`);
    if (line === undefined) continue;
    for (const kind of group === 'own' ? OWN_KINDS : [group]) found[kind] = read(line);
  }
  return found;
}

function notNegative(feature: string, numbers: number[]): number[] {
  if (numbers.some((number) => number < 0)) throw new Error(`feature ${feature}: a weight is never below 0`);
  return numbers;
}

function windowName(feature: string): (text: string) => WindowName {
  return (text) => {
    const found = WINDOW_NAMES.find((window) => window === text);
    if (found === undefined) throw new Error(`feature ${feature}: ${text} is no window (${WINDOW_NAMES.join(', ')})`);
    return found;
  };
}

/** One number for each window; a shorter list goes on with its last. */
function numberAt(feature: string, text: string, index: number): number {
  const parts = text.split(/[ ,]+/).map(Number);
  const value = parts[Math.min(index, parts.length - 1)];
  if (value === undefined || !Number.isFinite(value)) throw new Error(`feature ${feature}: not a number in "${text}"`);
  return value;
}
