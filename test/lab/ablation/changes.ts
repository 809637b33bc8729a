import type { Verdict } from '../judge.ts';
import { mean } from '../metrics.ts';
import type { Power } from '../power.ts';

/** What was judged with and without a part: by a backtest there is more to say than by the heights of features. */
type Judged = Pick<Power, 'auc' | 'recall01' | 'recall1'> &
  Partial<Pick<Verdict, 'attacksRefused' | 'benignRefused' | 'callerHoursRefused'>>;

/** Figures without a part less those with all, means over worlds; null where they were not judged. */
export interface Change {
  part: string;
  auc: number;
  recall01: number;
  recall1: number;
  attacksRefused: number | null;
  benignRefused: number | null;
  callerHoursRefused: number | null;
  /** Worlds in which recall at 0.1 % fell. */
  worse: number;
  worlds: number;
}

export function changeOf(part: string, whole: readonly Judged[], without: readonly Judged[]): Change {
  const change = (key: keyof Judged): number | null => {
    const changes = without.flatMap((one, i) => {
      const [before, after] = [whole[i]?.[key], one[key]];
      return before === undefined || after === undefined || Number.isNaN(after - before) ? [] : [after - before];
    });
    return changes.length === 0 ? null : mean(changes);
  };
  return {
    part,
    auc: change('auc') ?? 0,
    recall01: change('recall01') ?? 0,
    recall1: change('recall1') ?? 0,
    attacksRefused: change('attacksRefused'),
    benignRefused: change('benignRefused'),
    callerHoursRefused: change('callerHoursRefused'),
    worse: without.filter((one, i) => one.recall01 < (whole[i]?.recall01 ?? 0)).length,
    worlds: without.length,
  };
}

export const ABLATION_HEAD = [
  'without',
  'AUC',
  'at 0.1 %',
  'at 1 %',
  'attack events refused',
  'benign refused',
  'genuine caller-hours refused',
  'worse in',
];

export const ablationNote =
  'What changes when a part is taken away and all others stay as they are, weights among them (nothing is fitted anew, so of features that say much the same each looks small): AUC in ' +
  'thousandths, the others in points; means over worlds, the worst loss first. A dash: judged by the order of scores alone, from what features said of each event.';

/** Rows of a table, the worst loss first. */
export function ablationRows(changes: readonly Change[]): string[][] {
  return [...changes]
    .sort((x, y) => x.recall01 - y.recall01)
    .map((one) => [
      one.part,
      signed(10 * one.auc, 1),
      signed(one.recall01),
      signed(one.recall1),
      signed(one.attacksRefused),
      signed(one.benignRefused, 3),
      signed(one.callerHoursRefused, 3),
      `${one.worse} of ${one.worlds}`,
    ]);
}

/** A share in points. */
function signed(x: number | null, digits = 2): string {
  return x === null ? '-' : `${x > 0 ? '+' : ''}${(100 * x).toFixed(digits)}`;
}
