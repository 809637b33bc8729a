import type { Commit } from './commit.ts';
import { isForeign } from './foreign/foreign.ts';
import { percent, type Table } from './report/tables.ts';
import type { Figures, Headline, Results } from './results.ts';

/** What is kept of a held-out run; lines of before there were foreign worlds have none of theirs. */
export type LedgerLine = Omit<ReturnType<typeof ledgerLine>, 'foreign'> & {
  foreign?: Record<string, number>;
};

/** What is kept of a held-out run in the ledger. @param whole it may be quoted in the docs. */
export function ledgerLine(commit: Commit, results: Results, whole: boolean) {
  const short = (value: number) => Number(value.toPrecision(4));
  const told = (figures: Figures | null, get: (one: Headline) => number) =>
    Object.fromEntries((figures?.headlines ?? []).map((one) => [one.key, short(get(one))]));
  return {
    commit: commit.id,
    method: commit.method,
    events: results.events,
    worlds: results.worlds.map((world) => world.name),
    median: told(results.own, (one) => one.median),
    worst: told(results.own, (one) => one.worst),
    foreign: told(results.foreign, (one) => one.median),
    promise: [...results.pooled, ...(results.large?.verdict.reliability ?? [])]
      .filter((line) => line.segment === '' && line.testable)
      .map((line) => ({
        budget: line.budget,
        ground: line.ground,
        share: short(line.share),
        upper: short(line.interval[1]),
        hours: line.hours,
      })),
    whole,
  };
}

/** @param text of the ledger: a run a line, the oldest first. */
export function ledgerLines(text: string): LedgerLine[] {
  return text.split('\n').flatMap((line): LedgerLine[] => (line === '' ? [] : [JSON.parse(line)]));
}

const COLUMNS: readonly { key: string; title: string; told: (figure: number) => string }[] = [
  { key: 'auc', title: 'AUC', told: (figure) => figure.toFixed(3) },
  { key: 'recall_0_1', title: 'at 0.1 %', told: percent },
  { key: 'recall_1', title: 'at 1 %', told: percent },
  { key: 'attacks_refused', title: 'attacks refused', told: percent },
  { key: 'genuine_caller_hours_refused', title: 'genuine caller-hours refused', told: (figure) => percent(figure, 2) },
];

/** All whole runs, the newest first. */
export function ledgerTable(lines: readonly LedgerLine[]): Table {
  const figures = (of: Record<string, number> = {}) =>
    COLUMNS.map(({ key, told }) => {
      const figure = of[key];
      return figure === undefined ? '-' : told(figure);
    });
  const worlds = (names: readonly string[]) => {
    const foreign = names.filter((name) => isForeign(name.replace(/-\d+$/, ''))).length;
    return foreign === 0 ? `${names.length}` : `${names.length - foreign} and ${foreign}`;
  };
  return {
    title: 'All held-out runs',
    note:
      'Each its own draw of worlds (the laboratory’s own, and foreign ones), judged once by what was shipped then; medians. Draws differ ' +
      'as much as methods do: read a line beside the intervals above.',
    head: [
      'commit',
      'method',
      'worlds',
      'of events',
      ...COLUMNS.map(({ title }) => title),
      ...COLUMNS.map(({ title }) => `foreign: ${title}`),
    ],
    rows: lines
      .filter((line) => line.whole)
      .map((line) => [
        line.commit.slice(0, 7),
        line.method.slice(0, 7),
        worlds(line.worlds),
        line.events.toLocaleString('en'),
        ...figures(line.median),
        ...figures(line.foreign),
      ])
      .reverse(),
  };
}
