import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { standardDeviation } from 'simple-statistics';
import { PACKAGE_ROOT } from '../../shared/root.ts';

/**
 * The features, written a second time and by hand: nothing here is shared with what scores. Only the numbers of their
 * files are read (windows, usual, base, shape, rho, weights); what a feature is stands here in TypeScript.
 */

/** Numbers of kinds from 1, as in stored rows. */
export const KINDS = ['user', 'session', 'device', 'ip', 'net', 'client', 'cohort'] as const;
export type Kind = (typeof KINDS)[number];
export const WINDOW_S: Readonly<Record<string, number>> = {
  '10s': 10,
  '1m': 60,
  '10m': 600,
  '1h': 3600,
  '24h': 86_400,
};
export const SPANS: readonly (readonly [number, number])[] = [
  [0, 5],
  [5, 10],
  [10, 20],
  [20, 40],
  [40, 100],
];

/** What one entity did in one window before a step. */
export interface Seen {
  kind: Kind;
  /** Length of the window, seconds. */
  seconds: number;
  /** Seconds from the entity's first request to its newest one. */
  age: number;
  /** Sums over the window, and over a day. */
  n(name: string): number;
  day(name: string): number;
  /** Distinct values in the window, and in a day. */
  distinct(set: string): number;
  distinctInDay(set: string): number;
  /** Logarithms of the pauses (ms) after which its callers' events followed another. */
  pauses: readonly number[];
}

function crowd(seen: Seen): number {
  if (!['ip', 'net', 'client'].includes(seen.kind)) return 1;
  const odd = ['denied', 'not_found', 'other_4xx', 'payload', 'scanner'];
  const rest = odd.reduce((left, sum) => left - seen.day(sum), seen.day('requests'));
  const [users, devices] = [seen.distinctInDay('users'), seen.distinctInDay('devices')];
  // Named: three requests each, those that failed or were of callers in their first hour left out, but for tokens.
  const known =
    rest -
    seen.day('signin_failed') -
    (seen.day('newcomer') - seen.day('newcomer_failed')) / 100 +
    seen.day('genuine_token');
  if (users + devices > 0) return 1 + Math.max(0, Math.min(Math.max(users, devices / 2), known / 3));
  // Nobody is named: half the user agents beyond the first, with ten ordinary requests each (no sign-ins), a hundred at most.
  const ordinary = rest - seen.day('signin');
  return 1 + Math.max(0, Math.min((seen.distinctInDay('agents') - 1) / 2, ordinary / 10, 100));
}
const byHead = (seen: Seen, value: number, power: number) => value / crowd(seen) ** power;
/** Requests of newcomers that count: at most three of each. */
const ofNewcomers = (seen: Seen) => Math.min(seen.n('newcomer'), 3 * seen.n('arrived')) / 100;
const meanOfNewcomers = (seen: Seen, of: string) =>
  ((seen.n(of) / Math.max(1, seen.n('newcomer'))) * ofNewcomers(seen)) / (ofNewcomers(seen) + 2);
const beyondFirst = (seen: Seen, set: string) => Math.max(0, seen.distinct(set) - 1);

/** The value of each feature, as the reason shows it. */
export const VALUES: Readonly<Record<string, (seen: Seen) => number>> = {
  acquainted: (s) => (s.n('seen') > 0 ? Math.max(0, Math.min(s.age / 86_400, 2) - 0.5) : 0),
  addresses: (s) => beyondFirst(s, 'addresses'),
  agents: (s) => byHead(s, beyondFirst(s, 'agents'), 0.8),
  at_home: (s) => s.n('at_home'),
  attestation_failed: (s) => s.n('failed_token'),
  attestation_missing: (s) => s.n('missing_token'),
  bad_requests: (s) => s.n('other_4xx'),
  bursts: (s) => Math.min(s.n('quick'), s.n('followed') - s.n('quick')),
  bytes_out: (s) => byHead(s, s.n('bytes') / 1024, 0.8),
  denied: (s) => s.n('denied'),
  device_signals: (s) => s.n('integrity') / 100 / (s.n('seen') + 0.5),
  devices: (s) =>
    beyondFirst(s, 'devices') / (['ip', 'net', 'client'].includes(s.kind) ? (1 + s.distinctInDay('users')) ** 0.8 : 1),
  far_steps: (s) => byHead(s, s.n('far_step') / 100, 0.8),
  foreign_objects: (s) => byHead(s, s.n('owner') / 100, 0.8),
  never_again: (s) => s.n('named') - s.n('returned'),
  newcomer_answers: (s) => meanOfNewcomers(s, 'newcomer_answer'),
  newcomer_failures: (s) => (s.n('newcomer_failed') / Math.max(1, s.n('newcomer'))) * ofNewcomers(s),
  newcomer_share: ofNewcomers,
  newcomer_steps: (s) => meanOfNewcomers(s, 'newcomer_step'),
  newcomers: (s) => {
    const expected = (s.day('arrived') * s.seconds) / 8_640_000;
    return Math.max(0, s.n('arrived') / 100 - expected) / Math.sqrt(1 + expected);
  },
  newness: (s) => (s.n('seen') > 0 ? 3600 / (600 + Math.max(0, s.age)) : 0),
  not_found: (s) => s.n('not_found'),
  objects: (s) => byHead(s, s.distinct('objects'), 0.8),
  odd_answers: (s) => s.n('answer') / 100 / (s.n('seen') + 2),
  odd_country: (s) => s.n('country') / 100 / (s.n('seen') + 1),
  odd_hours: (s) => s.n('clock') / 100 / (s.n('seen') + 0.5),
  odd_key_use: (s) => s.n('key_use') / 100 / Math.max(1, s.n('seen')),
  odd_network: (s) => s.n('network') / 100 / Math.max(1, s.n('seen')),
  odd_own: (s) => s.n('own') / 100 / (s.n('seen') + 2),
  odd_routes: (s) => s.n('route') / 100 / (s.n('seen') + 2),
  odd_software: (s) => s.n('software') / 100 / Math.max(1, s.n('seen')),
  odd_software_here: (s) => s.n('here') / 100 / (s.n('seen') + 0.5),
  odd_steps: (s) => s.n('step') / 100 / (s.n('seen') + 2),
  one_by_one: (s) => s.n('followed') - s.n('quick'),
  outside: (s) => byHead(s, s.n('outside') / 100, 0.8),
  payloads: (s) => byHead(s, s.n('payload'), 0.4),
  regularity: (s) => (s.pauses.length < 6 ? 0 : 1 / (0.15 + standardDeviation([...s.pauses]))),
  repeats: (s) => s.n('repeated'),
  requests: (s) => byHead(s, s.n('requests'), 0.8),
  returns: (s) => s.n('returned'),
  routes: (s) => byHead(s, s.distinct('routes'), 0.3),
  scanning: (s) => byHead(s, s.n('scanner'), 0.4),
  signin_failures: (s) => byHead(s, s.n('signin_failed'), 0.7),
  signin_subjects: (s) => byHead(s, beyondFirst(s, 'subjects'), 0.6),
  signin_subjects_failed: (s) => byHead(s, beyondFirst(s, 'failed_subjects'), 0.6),
  signed_in: (s) => Math.max(0, s.n('signin') - s.n('signin_failed')),
  signins: (s) => byHead(s, s.n('signin'), 0.7),
  strange_keys: (s) => s.n('strange_key') / 100 / Math.max(1, s.n('seen')),
  travel: (s) => s.n('travel') / 100,
  users: (s) => beyondFirst(s, 'users'),
  volumes: (s) => byHead(s, s.n('volume') / 100, 0.8),
  walking: (s) => byHead(s, s.n('walk') / 100, 0.8),
  writes: (s) => byHead(s, s.n('write'), 0.8),
};
/** Of how many a share is one. */
export const WHOLES: Readonly<Record<string, (seen: Seen) => number>> = {
  attestation_failed: (s) => s.n('requests'),
  attestation_missing: (s) => s.n('requests'),
  bad_requests: (s) => s.n('requests'),
  denied: (s) => s.n('requests'),
  never_again: (s) => s.n('named'),
  newcomer_failures: ofNewcomers,
  newcomer_share: (s) => s.n('seen') - s.n('newcomer') / 100 + ofNewcomers(s),
  not_found: (s) => s.n('requests'),
  one_by_one: (s) => s.n('followed'),
  repeats: (s) => s.n('followed'),
};

/** The numbers of one feature file. */
export interface Numbers {
  feature: string;
  windows: string[];
  tail: 'count' | 'share';
  shape: number;
  rho: number;
  /** `usual` or `base` of a kind, one for each window. */
  of(kind: Kind): number[] | null;
  weights(kind: Kind): number[];
  /** What plain evidence adds at least while nothing has been learnt, as weights. */
  least(kind: Kind): number[];
  /** What a little of it takes away. */
  relief(kind: Kind): number;
}

export function readNumbers(): Numbers[] {
  const folder = join(PACKAGE_ROOT, 'services', 'score', 'features');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((file) => numbersOf(file.slice(0, -4), readFileSync(join(folder, file), 'utf8')));
}

function numbersOf(feature: string, text: string): Numbers {
  const line = (key: string) => new RegExp(`^-- ${key}: (.+)$`, 'm').exec(text)?.[1]?.trim();
  const list = (key: string) => line(key)?.split(/[ ,]+/).map(Number);
  const windows = line('windows')?.split(/[ ,]+/) ?? [];
  const tail = line('tail') === 'share' ? 'share' : 'count';
  return {
    feature,
    windows,
    tail,
    shape: Number(line('shape') ?? 3),
    rho: Number(line('rho') ?? 0),
    of(kind) {
      const numbers = list(`${tail === 'count' ? 'usual' : 'base'} ${kind}`);
      // A shorter list goes on with its last.
      return numbers === undefined ? null : windows.map((_, i) => numbers[Math.min(i, numbers.length - 1)] ?? 0);
    },
    weights: (kind) => list(`weight ${groupOf(kind)}`) ?? SPANS.map(() => 0),
    least: (kind) => list(`least ${groupOf(kind)}`) ?? SPANS.map(() => 0),
    relief: (kind) => Number(line(`relief ${groupOf(kind)}`) ?? 0),
  };
}

const groupOf = (kind: Kind) => (['user', 'session', 'device'].includes(kind) ? 'own' : kind);
