import type { KindLine, Verdict } from './judge.ts';
import { median } from './metrics.ts';
import { kindsOf } from './results.ts';

const percent = (x: number, digits = 2) => (Number.isNaN(x) ? '-' : `${(100 * x).toFixed(digits)} %`);

/** Tables over worlds, as text: a row for each, then the median and the worst. */
export function printVerdicts(worlds: readonly { name: string; verdict: Verdict }[]): string {
  const columns: [string, (v: Verdict) => number, (x: number) => string, 'high' | 'low'][] = [
    ['AUC', (v) => v.auc, (x) => x.toFixed(4), 'high'],
    ['kinds@0.1%', (v) => v.recall01, (x) => percent(x, 1), 'high'],
    ['kinds@1%', (v) => v.recall1, (x) => percent(x, 1), 'high'],
    ['benign ref.', (v) => v.benignRefused, percent, 'low'],
    ['gen. c-hours ref.', (v) => v.callerHoursRefused, percent, 'low'],
    ['attack ref.', (v) => v.attacksRefused, (x) => percent(x, 1), 'high'],
    ['inst. in 20', (v) => v.instancesIn20, (x) => percent(x, 1), 'high'],
    ['first ref.', (v) => v.firstRefusal, (x) => (Number.isFinite(x) ? String(x) : 'never'), 'low'],
    ['victims ref.', (v) => v.victimsRefused, (x) => percent(x, 1), 'high'],
  ];
  const rows = worlds.map(({ name, verdict }) => [name, ...columns.map(([, get, show]) => show(get(verdict)))]);
  const fold = (name: string, how: (values: number[], better: 'high' | 'low') => number) => [
    name,
    ...columns.map(([, get, show, better]) =>
      show(
        how(
          worlds.map((world) => get(world.verdict)),
          better,
        ),
      ),
    ),
  ];
  rows.push(
    fold('median', (values) => median(values)),
    fold('worst', (values, better) => {
      const known = values.filter((value) => !Number.isNaN(value));
      return better === 'high' ? Math.min(...known) : Math.max(...known);
    }),
  );
  const intervals = worlds.map(({ name, verdict: v }) => [
    name,
    `${v.events} events, ${v.attacks} attacks in ${v.instances} instances`,
    `benign ${percent(v.benignInterval[0])} to ${percent(v.benignInterval[1])}`,
    `caller-hours ${percent(v.callerHoursInterval[0])} to ${percent(v.callerHoursInterval[1])} of ${v.callerHours}`,
    `thresholds ${v.threshold01.toFixed(1)} dB, ${v.threshold1.toFixed(1)} dB`,
  ]);
  return [
    table(['world', ...columns.map(([title]) => title)], rows),
    'Intervals (95 %, whole callers drawn again) and the risks that 0.1 % and 1 % of benign events pass',
    table(['world', 'size', 'benign refused', 'genuine caller-hours refused', 'thresholds'], intervals),
    'Rivals (medians over worlds)',
    rivals(worlds.map((world) => world.verdict)),
    'Attack kinds, worst first (means over worlds)',
    kinds(
      worlds.map((world) => world.verdict.attackKinds),
      'at01',
    ),
    'By tactic',
    kinds(
      worlds.map((world) => world.verdict.tactics),
      'at01',
    ),
    'Benign kinds, worst first (over the thresholds: false positives)',
    kinds(
      worlds.map((world) => world.verdict.benignKinds),
      'refused',
    ),
  ].join('\n\n');
}

/** Every attack instance of the worlds, worst first: what was missed, and how it was carried out. */
export function printInstances(worlds: readonly { name: string; verdict: Verdict }[]): string {
  const all = worlds.flatMap(({ name, verdict }) => verdict.attackInstances.map((one) => ({ name, ...one })));
  all.sort((x, y) => x.at01 - y.at01 || x.at1 - y.at1);
  return table(
    ['world', 'instance', 'events', 'minutes', 'addresses', 'first ref.', '@0.1%', '@1%'],
    all.map((one) => [
      one.name,
      one.instance,
      String(one.events),
      one.minutes.toFixed(1),
      String(one.addresses),
      Number.isFinite(one.first) ? String(one.first) : 'never',
      percent(one.at01, 0),
      percent(one.at1, 0),
    ]),
  );
}

function rivals(verdicts: readonly Verdict[]): string {
  const names = [...new Set(verdicts.flatMap((verdict) => verdict.rivals.map((one) => one.name)))];
  return table(
    ['rival', 'AUC', '@0.1%', '@1%', 'own point'],
    names.map((name) => {
      const lines = verdicts.flatMap((verdict) => verdict.rivals.filter((one) => one.name === name));
      const points = lines.flatMap((line) => (line.point === null ? [] : [line.point]));
      return [
        name,
        median(lines.map((line) => line.auc)).toFixed(3),
        percent(median(lines.map((line) => line.recall01)), 1),
        percent(median(lines.map((line) => line.recall1)), 1),
        points.length === 0
          ? ''
          : `${percent(median(points.map((p) => p.recall)), 1)} at ${percent(median(points.map((p) => p.benign)), 3)}`,
      ];
    }),
  );
}

function kinds(worlds: readonly (readonly KindLine[])[], order: 'at01' | 'refused'): string {
  const all = kindsOf(worlds).sort((x, y) => (order === 'refused' ? y.refused - x.refused : x.at01 - y.at01));
  return table(
    ['kind', 'events', '@0.1%', '@1%', 'refused', 'carried by'],
    all.map((one) => [
      one.kind,
      String(one.events),
      percent(one.at01, 1),
      percent(one.at1, 1),
      percent(one.refused),
      one.reasons.map(([code, n]) => `${code} ${n}`).join(', '),
    ]),
  );
}

/** Columns of equal width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const show = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [show(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(show)].join('\n');
}
