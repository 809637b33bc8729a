import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import { table } from '../print.ts';
import { LABELS } from './labels.ts';

const HOUR_S = 3600;
/** The shipped curve stands for so many hours of an install, since it has learnt nothing then … */
const EARLY_H = 8;
/** … and the young one until so many, since its first day counts in curves. */
const YOUNG_H = 36;
/** Decibels whose scores are told: at 3, half the hours, a curve begins. */
const DECIBELS = [3, 10, 15, 20, 25, 30] as const;

/**
 * Scores that so many benign caller-hours reach: 1 in 2, 1 in 10, 1 in 32, 1 in 100, 1 in 316 and 1 in 1,000; null where
 * fewer than five hours are as loud. `early`: of all callers in the first eight hours, `young`: of genuine ones in the first 36, `later`: after
 * those. With the weights that the feature files had.
 */
export interface Reached {
  early: (number | null)[];
  young: (number | null)[];
  later: (number | null)[];
}

/** @param labels of each event, by its offset: a place in {@link LABELS}. */
export async function measureReached(clickhouse: ClickHouse, labels: (offset: number) => number): Promise<Reached> {
  const hours = await clickhouse.rows<{ offsets: number[]; nth: number; score: number; genuine: number }>(`
    SELECT offsets, toUInt32(intDiv(toUInt32(hour) - toUInt32(min(hour) OVER ()), ${HOUR_S})) AS nth, score, genuine
    FROM (
        SELECT toString(scope) AS of, toStartOfHour(toDateTime(time)) AS hour, sipHash64(of, caller_kind, caller_id) AS caller,
            groupArray(toUInt32(offset)) AS offsets, toUInt8(max(attestation_status = 'genuine')) AS genuine
        FROM {db}.events_raw_v1 GROUP BY of, hour, caller
    ) AS met
    INNER JOIN (
        SELECT toString(scope) AS of, hour, caller, max(score) AS score FROM {db}.caller_hour_v1 GROUP BY of, hour, caller
    ) AS loud USING (of, hour, caller)`);
  const benign = hours.filter(({ offsets }) => offsets.every((offset) => LABELS[labels(offset)] === 'benign'));
  const reached = (of: readonly { score: number }[]) => {
    const scores = of.map(({ score }) => score).sort((a, b) => b - a);
    return DECIBELS.map((decibels) => {
      const nth = Math.floor(scores.length * 10 ** (-decibels / 10));
      return nth < 5 ? null : Number((scores[nth] ?? 0).toFixed(1));
    });
  };
  return {
    early: reached(benign.filter(({ nth }) => nth < EARLY_H)),
    young: reached(benign.filter(({ nth, genuine }) => nth < YOUNG_H && genuine > 0)),
    later: reached(benign.filter(({ nth, genuine }) => nth >= YOUNG_H && genuine > 0)),
  };
}

/** A table of what each world reached, and of what the louder quarter of them did: where the three shipped curves should lie. */
export function printReached(worlds: readonly { name: string; reached: Reached }[]): string {
  const phases = ['early', 'young', 'later'] as const;
  const shown = (values: readonly (number | null)[]) => values.map((value) => (value === null ? '' : value.toFixed(1)));
  return phases
    .map((phase) => {
      const louder = DECIBELS.map((_, i) => {
        const known = worlds.flatMap(({ reached }) => reached[phase][i] ?? []).sort((a, b) => a - b);
        return known[Math.floor(known.length * 0.75)] ?? null;
      });
      const rows = worlds.map(({ name, reached }) => [name, ...shown(reached[phase])]);
      const head = [phase, ...DECIBELS.map((decibels) => `${decibels} dB`)];
      return table(head, [...rows, ['louder quarter', ...shown(louder)]]);
    })
    .join('\n\n');
}
