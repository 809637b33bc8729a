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

/** All whole runs, the newest first. */
export function ledgerTable(lines: readonly LedgerLine[]): Table {
  const figures = (of: Record<string, number> | undefined, keys: readonly string[]) =>
    keys.map((key) => {
      const figure = of?.[key];
      if (figure === undefined) return '-';
      return key === 'auc' ? figure.toFixed(3) : percent(figure, key === CALLER_HOURS ? 2 : 1);
    });
  return {
    title: 'All held-out runs',
    note:
      'Each its own draw of worlds, judged once by what was shipped then; medians, of the laboratory’s own worlds first. Draws differ ' +
      'as much as methods do: read a line beside the intervals above.',
    head: [
      'commit',
      'method',
      'worlds',
      'of events',
      ...OWN.map(([, title]) => title),
      ...FOREIGN.map(([, title]) => title),
    ],
    rows: lines
      .filter((line) => line.whole)
      .map((line) => {
        const foreign = line.worlds.filter((world) => isForeign(world.replace(/-\d+$/, ''))).length;
        return [
          line.commit.slice(0, 7),
          line.method.slice(0, 7),
          `${line.worlds.length - foreign}${foreign > 0 ? ` and ${foreign}` : ''}`,
          line.events.toLocaleString('en'),
          ...figures(
            line.median,
            OWN.map(([key]) => key),
          ),
          ...figures(
            line.foreign,
            FOREIGN.map(([key]) => key),
          ),
        ];
      })
      .reverse(),
  };
}

const CALLER_HOURS = 'genuine_caller_hours_refused';
const OWN = [
  ['auc', 'AUC'],
  ['recall_0_1', 'at 0.1 %'],
  ['recall_1', 'at 1 %'],
  ['attacks_refused', 'attacks refused'],
  [CALLER_HOURS, 'genuine caller-hours refused'],
] as const;
const FOREIGN = [
  ['auc', 'foreign: AUC'],
  ['recall_0_1', 'at 0.1 %'],
  ['recall_1', 'at 1 %'],
  ['attacks_refused', 'attacks refused'],
  [CALLER_HOURS, 'genuine caller-hours refused'],
] as const;
