import { type Feature, loadFeatures, RELIEF_DB, SPANS } from '../../shared/features.ts';
import { SCORED_KINDS } from '../../shared/kinds.ts';
import { EVIDENCE_TABLES } from './evidence.ts';
import { PROFILE_TABLE } from './profile-in-force.ts';
import { decimal, orderedTerms, termsSql } from './terms-query.ts';
import { COUNT_TABLES, columnsOf, kindsOfSets, type RiskRange, setsSql, sumsSql } from './window-counts.ts';

/** A feature that adds fewer decibels is no reason. */
const LEAST_PART = 0.5;

export interface RiskQuery {
  features: readonly Feature[];
  /** Makes the scratch tables anew; run once at start (their columns follow the features). */
  prepare: readonly string[];
  /** How many terms there are; `term` numbers run from 1 to it. */
  termCount: number;
  /**
   * Fills the scratch tables for what is wanted.
   * @param wanted SELECT of `entity UInt64, step UInt32`.
   */
  fill(wanted: string, range: RiskRange): string[];
  /** SELECT of `TERM_COLUMNS` for every wanted row, from `time < step` alone. */
  terms: string;
  /** What `sums` of `{db}.score_sums` and `sets` of `{db}.score_sets` hold, in their order: `requests`, `distinct_users_1h`. */
  sumNames: readonly string[];
  setNames: readonly string[];
  /** `<feature>:<window>` of each term. */
  termNames: readonly string[];
  /** SELECT of `entity, step, kind, held, term, value, usual, height` from rows of `terms`. */
  heights(rows: string): string;
  /**
   * SELECT of `entity, step, kind, held, score, reasons` from rows of `terms`, judged against the reference in force.
   * @param rows table or subquery with `TERM_COLUMNS`.
   */
  risk(rows: string): string;
}

/**
 * The one definition of risk, for one step (live) and for every step of a year (backtest).
 *
 * A trailing sum is the difference of two running sums, found by ASOF joins at `step` and at `step - window`: both
 * edges are exact to the second and the cost does not grow with how busy an entity is. A distinct count is a running
 * sum of changes: a value adds when it was not seen within the window before, and takes away when it is not seen
 * within the window after. (Frames of window functions would be evaluated anew for each row.)
 */
export function createRiskQuery(): RiskQuery {
  const features = loadFeatures();
  const { sums, sets } = columnsOf(features);
  const bases = [...new Set(sums.map((column) => column.source))];
  return {
    features,
    termCount: orderedTerms(features).length,
    prepare: [
      ...COUNT_TABLES,
      PROFILE_TABLE,
      ...EVIDENCE_TABLES,
      'CREATE TABLE {db}.score_reference (start UInt32, kind UInt8, learnt Float32, proven Float32, low Array(Float32), high Array(Float32)) ENGINE = Memory',
    ].flatMap(anew),
    fill: (wanted, range) => [
      'TRUNCATE TABLE {db}.score_wanted',
      `INSERT INTO {db}.score_wanted (entity, step) SELECT entity, step FROM (${wanted})`,
      'TRUNCATE TABLE {db}.score_sums',
      `INSERT INTO {db}.score_sums ${sumsSql(bases, range)}`,
      'TRUNCATE TABLE {db}.score_sets',
      `INSERT INTO {db}.score_sets ${setsSql(sets, kindsOfSets(features), range)}`,
    ],
    terms: termsSql(features, bases, sums, sets),
    sumNames: bases,
    setNames: sets.map(({ name }) => name),
    termNames: orderedTerms(features).map((term) => `${term.feature}:${term.window}`),
    heights: (rows) => heightsSql(rows, orderedTerms(features).length),
    risk: (rows) => riskSql(features, rows),
  };
}

/** A scratch table keeps its columns over a restart, and those of an older version may be others. */
function anew(create: string): string[] {
  const [, table = ''] = /^CREATE TABLE (\{db\}\.\w+)/.exec(create) ?? [];
  return [`DROP TABLE IF EXISTS ${table}`, create];
}

/**
 * Terms on the scale of their peers: the height that 1 in 10 and 1 in 100 of its kind's entity-hours reach
 * become 10 and 20 dB (`reference.ts`; without one the shipped scale stays). The scales are one constant for all
 * references that is indexed: carried by the join, they would be copied for every row.
 */
function heightsSql(rows: string, termCount: number): string {
  const scales = (column: string) =>
    `(SELECT arrayFlatten(arrayMap(x -> x.2, arraySort(x -> x.1, groupArray(((kind, start), ${column}))))) FROM {db}.score_reference)`;
  return `
    WITH ${scales('low')} AS lows, ${scales('high')} AS highs
    SELECT entity, step, kind, held, learnt, proven, term, value, usual,
        arrayMap((p, t) -> if(nth = 0, p,
            multiIf(p <= lows[before + t], 10 * p / lows[before + t],
                p <= highs[before + t], 10 + 10 * (p - lows[before + t]) / (highs[before + t] - lows[before + t]),
                20 + (p - highs[before + t]) * least(2, greatest(0.5, 10 / (highs[before + t] - lows[before + t]))))), part, term) AS height
    FROM (SELECT rows.*, reference.learnt AS learnt, reference.proven AS proven, reference.nth AS nth, toInt64(nth - 1) * ${termCount} AS before
        FROM (${rows}) AS rows ASOF LEFT JOIN (
            SELECT kind, start, learnt, proven, toUInt32(row_number() OVER (ORDER BY kind, start)) AS nth FROM {db}.score_reference
        ) AS reference ON reference.kind = rows.kind AND rows.step >= reference.start)`;
}

/**
 * From heights to one score. The loudest window speaks for a feature; each feature adds decibels of likelihood ratio
 * that grow with its height, by the weights that its file carries (`Feature.weights`) and, as far as nothing is learnt of
 * genuine peers of its kind yet, at least by `Feature.least`; what each feature adds is its part in the reasons. Ordinary life takes a bounded
 * number of decibels away (`Feature.relief`), so a score may be below 0, which is that of whom nothing is known.
 */
function riskSql(features: readonly Feature[], rows: string): string {
  const terms = orderedTerms(features);
  const featureOf = `[${terms.map((term) => features.findIndex((feature) => feature.name === term.feature) + 1).join(', ')}]`;
  const names = `[${terms.map((term) => `'${term.feature}:${term.window}'`).join(', ')}]`;
  // Constants that are indexed, not arrays that are picked by row: those would be copied for each row.
  const sum = (of: 'weights' | 'least') =>
    SPANS.map(([from, to], span) => {
      const numbers = SCORED_KINDS.flatMap((kind) => features.map((feature) => feature[of][kind]?.[span] ?? 0));
      return `[${numbers.map(decimal).join(', ')}][before + f] * least(greatest(h - ${from}, 0), ${to - from}) / 10`;
    }).join(' + ');
  const reliefs = SCORED_KINDS.flatMap((kind) => features.map((feature) => feature.relief[kind] ?? 0));
  const relief = `[${reliefs.map(decimal).join(', ')}][before + f] * least(h, ${RELIEF_DB}) / ${RELIEF_DB}`;
  const part = `greatest(${sum('weights')}, (1 - proven) * (${sum('least')}))`;
  return `
SELECT entity, step, kind, held, arraySum(parts) - learnt * relief AS score,
    arraySlice(arraySort(x -> -x.4, arrayFilter(x -> x.4 >= ${LEAST_PART},
        arrayMap((x, part) -> (${names}[x.1], x.2, x.3, part), loud, parts))), 1, 6) AS reasons
FROM (
    SELECT entity, step, kind, held, learnt, proven, (kind - 1) * ${features.length} AS before,
        arrayReverseSort(x -> x.4, arrayZip(term, value, usual, height)) AS sorted,
        arrayFilter((x, nth) -> nth = 1, sorted, arrayEnumerateUniq(arrayMap(x -> ${featureOf}[x.1], sorted))) AS loud,
        arrayMap(x -> ${featureOf}[x.1], loud) AS speakers, arrayMap(x -> x.4, loud) AS heights,
        arrayMap((f, h) -> ${part}, speakers, heights) AS parts,
        arraySum((f, h) -> ${relief}, speakers, heights) AS relief
    FROM (${heightsSql(rows, terms.length)})
    WHERE kind > 0
)`;
}
