import { type Feature, loadFeatures, RELIEF_DB, SPANS, type Term } from '../../shared/features.ts';
import { SCORED_KINDS } from '../../shared/kinds.ts';
import { COHORT_KIND } from './cohort.ts';
import { CROWD } from './crowd.ts';
import { EVIDENCE_TABLES } from './evidence.ts';
import { PROFILE_TABLE } from './profile.ts';
import {
  COUNT_TABLES,
  type Column,
  columnsOf,
  HOLD_WINDOW,
  kindsOfSets,
  type RiskRange,
  setsSql,
  sumsSql,
  WINDOW_COLUMN,
} from './window-counts.ts';

/** A feature that adds fewer decibels is no reason. */
const LEAST_PART = 0.5;

export interface RiskQuery {
  features: readonly Feature[];
  /** Makes the scratch tables; run once at start (their columns follow the features). */
  prepare: readonly string[];
  /** How many terms there are; `term` numbers run from 1 to it. */
  termCount: number;
  /**
   * Fills the scratch tables for what is wanted.
   * @param wanted SELECT of `entity UInt64, step UInt32`.
   */
  fill(wanted: string, range: RiskRange): string[];
  /** SELECT of {@link TERM_COLUMNS} for every wanted row, from `time < step` alone. */
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
   * @param rows table or subquery with {@link TERM_COLUMNS}.
   */
  risk(rows: string): string;
}

/**
 * Terms that say something (a decibel or more), sparse: `term` numbers from 1 in the order of files and windows, their
 * value, what is usual, and decibels against the shipped tail. `genuine`: this entity showed genuine tokens in the
 * last day and hardly a failed one, so it belongs to the peers that references are learnt from.
 */
export const TERM_COLUMNS = `entity UInt64, step UInt32, kind UInt8, held UInt8, genuine UInt8,
    term Array(UInt8), value Array(Float32), usual Array(Float32), part Array(Float32)`;

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
      'CREATE TABLE IF NOT EXISTS {db}.score_reference (start UInt32, kind UInt8, learnt Float32, proven Float32, low Array(Float32), high Array(Float32)) ENGINE = Memory',
    ],
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
    heights: heightsSql,
    risk: (rows) => riskSql(features, rows),
  };
}

/** The order in which terms are numbered and laid into arrays: counts first, so that each tail is one `arrayMap`. */
function orderedTerms(features: readonly Feature[]): Term[] {
  const terms = features.flatMap((feature) => feature.terms);
  return [...terms.filter((term) => term.tail.kind === 'count'), ...terms.filter((term) => term.tail.kind === 'share')];
}

/**
 * From counts to terms in decibels of the shipped reference. Terms are arrays, so that the statement stays short: the
 * engine spends longer on analysing a long one than on running it.
 */
function termsSql(
  features: readonly Feature[],
  bases: readonly string[],
  sums: readonly Column[],
  sets: readonly Column[],
): string {
  // A window column is a place in the array of a window, or of the sets.
  const places = new Map([
    ...sums.map(({ name, source, seconds }) => [name, `d${seconds}[${bases.indexOf(source) + 1}]`] as const),
    ...sets.map(({ name }, i) => [name, `counted[${i + 1}]`] as const),
  ]);
  const placed = (sql: string) => sql.replace(WINDOW_COLUMN, (name) => places.get(name) ?? name);
  const windows = [...new Set(sums.map((column) => column.seconds))].sort((a, b) => a - b);
  const terms = orderedTerms(features);
  const counts = terms.flatMap((term) => (term.tail.kind === 'count' ? [{ value: term.value, ...term.tail }] : []));
  const shares = terms.flatMap((term) => (term.tail.kind === 'share' ? [{ value: term.value, ...term.tail }] : []));
  const floats = (expressions: readonly string[]) =>
    `[${expressions.map((sql) => `toFloat64(${placed(sql)})`).join(', ')}]`;
  const byKind = (numbers: readonly (readonly number[])[]) =>
    `[${[0, ...SCORED_KINDS.map((_, i) => i + 1)].map((kind) => `[${numbers.map((ofTerm) => decimal(kind === 0 ? 0 : (ofTerm[kind - 1] ?? 0))).join(', ')}]`).join(', ')}][kind + 1]`;
  return `
SELECT entity, step, kind, held, genuine,
    arrayFilter((t, p) -> p >= 1, range(toUInt8(1), toUInt8(${terms.length + 1})), parts) AS term,
    arrayFilter((v, p) -> p >= 1, values, parts) AS value,
    arrayFilter((u, p) -> p >= 1, usuals, parts) AS usual,
    arrayFilter(p -> p >= 1, parts) AS part
FROM (
    SELECT entity, step, kind, held, genuine,
        arrayConcat(counts, shares) AS values,
        arrayConcat(usual, arrayMap((q, n) -> q * n, base, wholes)) AS usuals,
        arrayConcat(
            arrayMap((x, u, shape, scale) -> if(u = 0, 0, 10 * shape * log10(1 + scale * greatest(0, x) / u)), counts, usual,
                [${counts.map((term) => decimal(term.shape)).join(', ')}], [${counts.map((term) => decimal(10 ** (2 / term.shape) - 1)).join(', ')}]),
            arrayMap((x, n, q, rho) -> if(q = 0 OR x <= q * n, 0, 4.342944819 * n / (1 + (n - 1) * rho) *
                (x / n * log(x / n / q) + greatest(1 - x / n, 1e-9) * log(greatest(1 - x / n, 1e-9) / (1 - q)))), shares, wholes, base,
                [${shares.map((term) => decimal(term.rho)).join(', ')}])
        ) AS parts
    FROM (
        SELECT entity, step, kind, ${placed(`toUInt8(multiIf(held_block_${HOLD_WINDOW} > 0, 2, held_challenge_${HOLD_WINDOW} > 0, 1, 0))`)} AS held,
            ${placed(`toUInt8(kind = ${COHORT_KIND} OR (att_genuine_24h > 0 AND att_failed_24h <= 0.02 * requests_24h))`)} AS genuine,
            ${floats(counts.map((term) => term.value))} AS counts,
            ${floats(shares.map((term) => term.value))} AS shares,
            arrayMap((x, n) -> greatest(x, n, 1), shares, ${floats(shares.map((term) => term.whole))}) AS wholes,
            ${byKind(counts.map((term) => term.usual))} AS usual,
            ${byKind(shares.map((term) => term.base))} AS base
        FROM (
            SELECT wanted.entity AS entity, wanted.step AS step, now.kind AS kind,
                arrayResize(now.sums, ${bases.length}, toInt64(0)) AS sums,
                ${windows.map((seconds) => `arrayMap((a, b) -> a - b, sums, arrayResize(w${seconds}.sums, ${bases.length}, toInt64(0))) AS d${seconds}`).join(',\n                ')},
                arrayResize(sets.sets, ${sets.length}, toInt32(0)) AS counted,
                ${placed(CROWD)} AS crowd,
                -- At its newest request: it does not move while nothing happens, so that live need not ask again every second.
                toInt64(now.at) - known.first AS age
            FROM (SELECT entity, step, ${windows.map((seconds) => `toUInt32(greatest(step, ${seconds}) - ${seconds}) AS far${seconds}`).join(', ')} FROM {db}.score_wanted) AS wanted
            ASOF LEFT JOIN {db}.score_sums AS now ON now.entity = wanted.entity AND wanted.step > now.at
            ${windows.map((seconds) => `ASOF LEFT JOIN {db}.score_sums AS w${seconds} ON w${seconds}.entity = wanted.entity AND wanted.far${seconds} > w${seconds}.at`).join('\n            ')}
            ASOF LEFT JOIN {db}.score_sets AS sets ON sets.entity = wanted.entity AND wanted.step >= sets.at
            LEFT JOIN (SELECT entity, toInt64(toUInt32(min(first_seen))) AS first FROM {db}.entity_v1
                WHERE entity IN (SELECT entity FROM {db}.score_wanted) GROUP BY entity) AS known ON known.entity = wanted.entity
        )
    )
)`;
}

/**
 * Terms on the scale of their peers: the height that 1 in 10 and 1 in 100 of its kind's entity-hours reach
 * become 10 and 20 dB (`reference.ts`; without one the shipped scale stays).
 */
function heightsSql(rows: string): string {
  return `
    SELECT entity, step, kind, held, learnt, proven, term, value, usual,
        arrayMap((p, t) -> if(empty(low), p,
            multiIf(p <= low[t], 10 * p / low[t], p <= high[t], 10 + 10 * (p - low[t]) / (high[t] - low[t]),
                20 + (p - high[t]) * least(2, greatest(0.5, 10 / (high[t] - low[t]))))), part, term) AS height
    FROM (SELECT rows.*, reference.learnt AS learnt, reference.proven AS proven, reference.low AS low, reference.high AS high
        FROM (${rows}) AS rows ASOF LEFT JOIN {db}.score_reference AS reference ON reference.kind = rows.kind AND rows.step >= reference.start)`;
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
    FROM (${heightsSql(rows)})
    WHERE kind > 0
)`;
}

/** A number that the engine reads as Float64. */
function decimal(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.`;
}
