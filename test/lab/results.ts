import type { KindLine, Verdict } from './judge.ts';
import { mean, median, worldInterval } from './metrics.ts';
import type { Cost } from './product.ts';
import { Random } from './random.ts';
import type { ReliabilityLine } from './reliability.ts';

/** One world of a run: what it was, what it cost, how the product did. */
export interface WorldResult {
  name: string;
  kind: string;
  seed: number;
  cost: Cost;
  verdict: Verdict;
}

/** A figure over worlds beside what it should reach. */
export interface Headline {
  key: string;
  title: string;
  unit: 'share' | 'number';
  better: 'high' | 'low';
  target: number;
  median: number;
  /** 95 % of the median, worlds drawn again. */
  interval: [number, number];
  worst: number;
  worstWorld: string;
  reached: boolean;
}

/** A rival over worlds; the product is the first. */
export interface RivalSummary {
  name: string;
  auc: number;
  recall01: number;
  recall1: number;
  recall01Interval: [number, number];
  recall1Interval: [number, number];
  /** Of a rival that says only yes or no. */
  point: { recall: number; benign: number } | null;
  /** The least of the worlds. */
  worst01: number;
}

/** What is said of worlds of one origin. */
export interface Figures {
  headlines: Headline[];
  rivals: RivalSummary[];
}

/** Everything of one run: the file `results.json`. */
export interface Results {
  set: string;
  commit: string;
  method: string;
  events: number;
  worlds: WorldResult[];
  /** One large world: its promise, never part of the medians. */
  large: WorldResult | null;
  /** Over worlds of the laboratory's own generator, if there are any. */
  own: Figures | null;
  /** Over foreign ones, if there are any. */
  foreign: Figures | null;
  /** Rivals that could not be asked, and why. */
  leftOut: string[];
  /** Callers of all worlds (without the large one) as one population. */
  pooled: ReliabilityLine[];
}

const FIGURES: [string, string, Headline['unit'], Headline['better'], number, (v: Verdict) => number][] = [
  ['auc', 'AUC over events', 'number', 'high', 0.99, (v) => v.auc],
  ['recall_0_1', 'recall over attack kinds at 0.1 % of benign events', 'share', 'high', 0.8, (v) => v.recall01],
  ['recall_1', 'recall over attack kinds at 1 % of benign events', 'share', 'high', 0.9, (v) => v.recall1],
  ['benign_refused', 'benign events refused, default policy', 'share', 'low', 0.002, (v) => v.benignRefused],
  [
    'genuine_caller_hours_refused',
    'genuine caller-hours refused, default policy',
    'share',
    'low',
    0.001,
    (v) => v.callerHoursRefused,
  ],
  ['attacks_refused', 'attack events refused, default policy', 'share', 'high', 0.8, (v) => v.attacksRefused],
  ['instances_in_20', 'attack instances refused within 20 requests', 'share', 'high', 0.5, (v) => v.instancesIn20],
];

/** The figures that are promised, over worlds. */
export function headlinesOf(worlds: readonly WorldResult[]): Headline[] {
  return FIGURES.map(([key, title, unit, better, target, get]) => {
    const values = worlds.map((world) => get(world.verdict));
    const middle = median(values);
    const known = values.filter((value) => !Number.isNaN(value));
    const worst = better === 'high' ? Math.min(...known) : Math.max(...known);
    return {
      key,
      title,
      unit,
      better,
      target,
      median: middle,
      interval: worldInterval(values, new Random(`worlds ${key}`)),
      worst,
      worstWorld: worlds[values.indexOf(worst)]?.name ?? '',
      reached: better === 'high' ? middle > target : middle <= target,
    };
  });
}

/** The product and every rival, over worlds. */
export function rivalsOf(worlds: readonly WorldResult[]): RivalSummary[] {
  const names = [...new Set(worlds.flatMap((world) => world.verdict.rivals.map((rival) => rival.name)))];
  const summary = (name: string, lines: readonly Omit<Verdict['rivals'][number], 'name' | 'kinds'>[]): RivalSummary => {
    const of = (get: (line: (typeof lines)[number]) => number) => lines.map(get);
    const points = lines.map((line) => line.point).filter((point) => point !== null);
    return {
      name,
      auc: median(of((line) => line.auc)),
      recall01: median(of((line) => line.recall01)),
      recall1: median(of((line) => line.recall1)),
      recall01Interval: worldInterval(
        of((line) => line.recall01),
        new Random(`rival 0.1 ${name}`),
      ),
      recall1Interval: worldInterval(
        of((line) => line.recall1),
        new Random(`rival 1 ${name}`),
      ),
      point:
        points.length < lines.length
          ? null
          : { recall: median(points.map((p) => p.recall)), benign: median(points.map((p) => p.benign)) },
      worst01: Math.min(...of((line) => line.recall01)),
    };
  };
  return [
    summary(
      'Bonafide',
      worlds.map(({ verdict }) => ({ ...verdict, point: null })),
    ),
    ...names.map((name) =>
      summary(
        name,
        worlds.flatMap((world) => world.verdict.rivals.filter((rival) => rival.name === name)),
      ),
    ),
  ];
}

/** Kinds of attack, of benign life, or tactics, over worlds: means, events in all, most frequent first reasons. */
export interface KindSummary {
  kind: string;
  worlds: number;
  events: number;
  at01: number;
  at1: number;
  refused: number;
  reasons: [string, number][];
}

export function kindsOf(lists: readonly (readonly KindLine[])[]): KindSummary[] {
  const byKind = new Map<string, KindLine[]>();
  for (const one of lists.flat()) byKind.set(one.kind, [...(byKind.get(one.kind) ?? []), one]);
  return [...byKind].map(([kind, found]) => {
    const reasons = new Map<string, number>();
    for (const one of found) for (const [code, n] of one.reasons) reasons.set(code, (reasons.get(code) ?? 0) + n);
    return {
      kind,
      worlds: found.length,
      events: found.reduce((sum, one) => sum + one.events, 0),
      at01: mean(found.map((one) => one.at01)),
      at1: mean(found.map((one) => one.at1)),
      refused: mean(found.map((one) => one.refused)),
      reasons: [...reasons].sort((x, y) => y[1] - x[1]).slice(0, 3),
    };
  });
}
