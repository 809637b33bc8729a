import type { ReliabilityLine } from '../reliability.ts';
import type { Figures, Headline, KindSummary, Results, RivalSummary } from '../results.ts';
import { kindsOf } from '../results.ts';

/** A table with its heading and what must be said of it: shown as HTML in the report and as Markdown in the docs. */
export interface Table {
  title: string;
  note: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

export function percent(x: number, digits = 1): string {
  return Number.isFinite(x) ? `${(100 * x).toFixed(digits)} %` : '-';
}
const number = (x: number) => x.toLocaleString('en');
const show = (unit: Headline['unit'], x: number) =>
  unit === 'number' ? x.toFixed(4) : percent(x, Math.abs(x) < 0.02 ? 3 : 1);
const range = ([low, high]: readonly [number, number], digits = 1) =>
  `${percent(low, digits)} to ${percent(high, digits)}`;

const HEADLINES = 'Median over worlds, its 95 % interval by drawing worlds again, and the worst world.';
const ALL = 'Of all worlds of the run, whoever wrote them.';

/** The promised figures and the rivals, of the worlds of one origin after the other. */
function figuresTables({ own, foreign, leftOut }: Results): Table[] {
  const of = (figures: Figures | null, worlds: string, note: string) =>
    figures === null
      ? []
      : [
          headlinesUnder(`Headline figures${worlds}`, `${HEADLINES} ${note}`, figures.headlines),
          rivalsUnder(`Rivals on the same worlds${worlds}`, figures.rivals, leftOut),
        ];
  return [
    ...of(own, '', 'Of the worlds of the laboratory’s own generator.'),
    ...of(
      foreign,
      ' (foreign)',
      'Of generators that others wrote without knowing a feature; some of them nobody tuned on.',
    ),
  ];
}

function headlinesUnder(title: string, note: string, headlines: readonly Headline[]): Table {
  return {
    title,
    note,
    head: ['figure', 'target', 'median', '95 % interval', 'worst world', 'reached'],
    rows: headlines.map((one) => [
      one.title,
      `${one.better === 'high' ? 'over' : 'at most'} ${show(one.unit, one.target)}`,
      show(one.unit, one.median),
      `${show(one.unit, one.interval[0])} to ${show(one.unit, one.interval[1])}`,
      `${show(one.unit, one.worst)} (${one.worstWorld})`,
      one.reached ? 'yes' : 'no',
    ]),
  };
}

function rivalsUnder(title: string, rivals: readonly RivalSummary[], leftOut: readonly string[]): Table {
  const point = (rival: RivalSummary) =>
    rival.point === null ? '' : `${percent(rival.point.recall)} at ${percent(rival.point.benign, 3)}`;
  return {
    title,
    note:
      'Medians over worlds; recall is averaged over attack kinds at the share of benign events that is given. A rival ' +
      'that says only yes or no has its own point. Gradient boosting is trained with labels that nobody has in ' +
      `production: an upper bound, not a competitor.${leftOut.map((text) => ` Left out: ${text}.`).join('')}`,
    head: ['', 'AUC', 'at 0.1 %', '95 % interval', 'at 1 %', '95 % interval', 'own point'],
    rows: rivals.map((one) => [
      one.name,
      one.auc.toFixed(3),
      percent(one.recall01),
      range(one.recall01Interval),
      percent(one.recall1),
      range(one.recall1Interval),
      point(one),
    ]),
  };
}

export function worldTable(results: Results): Table {
  const all = [...results.worlds, ...(results.large ? [results.large] : [])];
  return {
    title: 'Worlds',
    note: 'Refused by the default policy: challenge from 0.1 %, block from 0.01 %. The time and memory are those of backtest.',
    head: [
      'world',
      'events',
      'attacks',
      'AUC',
      'at 0.1 %',
      'at 1 %',
      'benign refused',
      'genuine caller-hours refused',
      'attacks refused',
      'instances in 20',
      'victims refused',
      'events/s',
      'MiB',
    ],
    rows: all.map(({ name, verdict: v, cost }) => [
      name,
      number(v.events),
      number(v.attacks),
      v.auc.toFixed(4),
      percent(v.recall01),
      percent(v.recall1),
      percent(v.benignRefused, 3),
      `${percent(v.callerHoursRefused, 3)} (${range(v.callerHoursInterval, 3)})`,
      percent(v.attacksRefused),
      percent(v.instancesIn20),
      percent(v.victimsRefused),
      number(Math.round(v.events / cost.seconds)),
      cost.peakMiB.toFixed(0),
    ]),
  };
}

const kindRows = (kinds: readonly KindSummary[]) =>
  kinds.map((one) => [
    one.kind,
    String(one.worlds),
    number(one.events),
    percent(one.at01),
    percent(one.at1),
    percent(one.refused, 2),
    one.reasons.map(([code, n]) => `${code} ${number(n)}`).join(', '),
  ]);

export function attackTable(results: Results): Table {
  const kinds = kindsOf(results.worlds.map((world) => world.verdict.attackKinds)).sort((x, y) => x.at01 - y.at01);
  return {
    title: 'Attack kinds, what is missed first',
    note: `Share of events over the risk that 0.1 % and 1 % of benign events pass, means over worlds; what carried the refusals. ${ALL}`,
    head: ['kind', 'worlds', 'events', 'at 0.1 %', 'at 1 %', 'refused', 'carried by'],
    rows: kindRows(kinds),
  };
}

export function tacticTable(results: Results): Table {
  const kinds = kindsOf(results.worlds.map((world) => world.verdict.tactics)).sort((x, y) => x.at01 - y.at01);
  return {
    title: 'Attacks by tactic',
    note: `Pace; one, few or many addresses; imitating the app or not; what is shown for attestation. Of the worlds of the laboratory’s own generator, which alone name them.`,
    head: ['tactic', 'worlds', 'events', 'at 0.1 %', 'at 1 %', 'refused', 'carried by'],
    rows: kindRows(kinds),
  };
}

export function benignTable(results: Results): Table {
  const kinds = kindsOf(results.worlds.map((world) => world.verdict.benignKinds)).sort((x, y) => y.refused - x.refused);
  return {
    title: 'Benign life, what is refused first',
    note: `Means over worlds. Victims of a takeover are a class of their own and not in here. ${ALL}`,
    head: ['class', 'worlds', 'events', 'over 0.1 % line', 'over 1 % line', 'refused', 'carried by'],
    rows: kindRows(kinds),
  };
}

export const POOLED = 'worlds together';

/** Every line of the promise, with the world it belongs to. */
export function promiseLines(results: Results): { world: string; line: ReliabilityLine }[] {
  return [
    ...results.pooled.map((line) => ({ world: POOLED, line })),
    ...[...results.worlds, ...(results.large ? [results.large] : [])].flatMap(({ name, verdict }) =>
      verdict.reliability.map((line) => ({ world: name, line })),
    ),
  ];
}

export function promiseTables(results: Results): Table[] {
  const lines = promiseLines(results).filter(({ line }) => line.hours > 0);
  const testable = lines.filter(({ line, world }) => line.testable || (world === POOLED && line.segment === ''));
  const others = lines.filter((one) => !testable.includes(one));
  const said = results.worlds.every((world) => world.verdict.calibrationSaid);
  const ground = said
    ? 'Genuine are hours whose decibels rest on genuine callers throughout.'
    : 'Genuine are hours after the first day of a world: this output does not say what its decibels rest on.';
  return [
    {
      title: 'The promise: nominal and realised',
      note: `Share of genuine caller-hours with a risk of at least -10·log10(budget). ${ground} Kept: the upper bound of the 95 % interval (whole callers drawn again) is at most twice nominal. Worlds together are those with enough calibration for the budget, or all where none has.`,
      head: ['world', 'segment', 'hours', 'budget', 'caller-hours', 'refused', 'realised', '95 % interval', 'verdict'],
      rows: testable.map(({ world, line }) => [
        world === POOLED ? `${line.worlds} ${POOLED}` : world,
        line.segment === '' ? 'overall' : line.segment,
        line.ground,
        percent(line.budget, 2),
        number(line.hours),
        number(line.refused),
        percent(line.share, 3),
        range(line.interval, 3),
        line.testable ? (line.kept ? 'kept' : 'not kept') : 'not testable',
      ]),
    },
    {
      title: 'Not testable',
      note: 'Fewer than 10/budget calibration caller-hours (a third of the genuine ones) or 20/budget test caller-hours.',
      head: ['budget', 'segments'],
      rows: [...new Set(others.map(({ line }) => line.budget))].map((budget) => [
        percent(budget, 2),
        others
          .filter(({ line }) => line.budget === budget && line.ground === 'all')
          .map(({ world, line }) => `${world}${line.segment === '' ? '' : ` ${line.segment}`} (${number(line.hours)})`)
          .join(', '),
      ]),
    },
  ];
}

export function allTables(results: Results): Table[] {
  return [
    ...figuresTables(results),
    ...promiseTables(results),
    attackTable(results),
    tacticTable(results),
    benignTable(results),
    worldTable(results),
  ];
}
