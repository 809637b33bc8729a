import { COHORT_KIND } from './cohort.ts';
import { CROWD, type Feature, type Term } from './features.ts';
import { SCORED_KINDS } from './kinds.ts';
import { type Column, HOLD_WINDOW, WINDOW_COLUMN } from './window-counts.ts';

/**
 * Terms that say something (a decibel or more), sparse: `term` numbers from 1 in the order of files and windows, their
 * value, what is usual, and decibels against the shipped tail. `genuine`: this entity showed genuine tokens in the
 * last day and hardly a failed one, so it belongs to the peers that references are learnt from.
 */
export const TERM_COLUMNS = `entity UInt64, step UInt32, kind UInt8, held UInt8, genuine UInt8,
    term Array(UInt8), value Array(Float32), usual Array(Float32), part Array(Float32)`;

/** Decibels from which on a term says something. */
const LEAST_TERM_DB = 1;
/** Of so few sums a join carries copies, of more the whole array: picking many costs more than to carry them. */
const FEW_SUMS = 8;

/** The order in which terms are numbered and laid into arrays: counts first, so that each tail is one `arrayMap`. */
export function orderedTerms(features: readonly Feature[]): Term[] {
  const terms = features.flatMap((feature) => feature.terms);
  return [...terms.filter((term) => term.tail.kind === 'count'), ...terms.filter((term) => term.tail.kind === 'share')];
}

/** What a window's join carries: the sums that its terms ask for, where they are few, else all of them. */
interface WindowSums {
  seconds: number;
  bases: readonly string[];
  picked: boolean;
}

/**
 * SELECT of {@link TERM_COLUMNS}: from counts to terms in decibels of the shipped reference. Terms are arrays, so that the
 * statement stays short: the engine spends longer on analysing a long one than on running it. Numbers that go with a term
 * are constants that are indexed: an array picked by row would be copied for each row. Most terms of most entities are
 * quiet, so logarithms are taken of those alone that say something.
 * @param bases what `sums` of `{db}.score_sums` holds. @param sets what `sets` of `{db}.score_sets` holds.
 */
export function termsSql(
  features: readonly Feature[],
  bases: readonly string[],
  sums: readonly Column[],
  sets: readonly Column[],
): string {
  const windows = windowSums(bases, sums);
  // A window column is a place in the array of a window, or of the sets.
  const places = new Map([
    ...windows.flatMap((window) =>
      sums
        .filter(({ seconds }) => seconds === window.seconds)
        .map(({ name, source, seconds }) => [name, `d${seconds}[${window.bases.indexOf(source) + 1}]`] as const),
    ),
    ...sets.map(({ name }, i) => [name, `counted[${i + 1}]`] as const),
  ]);
  const placed = (sql: string) => sql.replace(WINDOW_COLUMN, (name) => places.get(name) ?? name);
  const terms = orderedTerms(features);
  const counts = terms.flatMap((term) => (term.tail.kind === 'count' ? [{ value: term.value, ...term.tail }] : []));
  const shares = terms.flatMap((term) => (term.tail.kind === 'share' ? [{ value: term.value, ...term.tail }] : []));
  const floats = (expressions: readonly string[]) =>
    `[${expressions.map((sql) => `toFloat64(${placed(sql)})`).join(', ')}]`;
  const usual = `${byKind(counts.map((term) => term.usual))}[kind * ${counts.length} + t.1]`;
  const leastValues = counts.map((term) => term.usual.map((usual) => leastValue(usual, term.shape)));
  const least = `${byKind(leastValues, Number.POSITIVE_INFINITY)}[kind * ${counts.length} + t.1]`;
  const base = `${byKind(shares.map((term) => term.base))}[kind * ${shares.length} + t.1]`;
  const ofTerm = (numbers: readonly number[]) => `${constants(numbers)}[t.1]`;
  const scale = ofTerm(counts.map((term) => lomaxScale(term.shape)));
  const numbered = (values: string, count: number) => `arrayZip(range(toUInt8(1), toUInt8(${count + 1})), ${values})`;
  const divergence = `t.2 / t.3 * log(t.2 / t.3 / ${base}) + greatest(1 - t.2 / t.3, 1e-9) * log(greatest(1 - t.2 / t.3, 1e-9) / (1 - ${base}))`;
  return `
SELECT entity, step, kind, held, genuine,
    arrayConcat(loud.1, odd.1) AS term, arrayConcat(loud.2, odd.2) AS value, arrayConcat(loud.3, odd.3) AS usual, arrayConcat(loud.4, odd.4) AS part
FROM (
    SELECT entity, step, kind, held, genuine,
        arrayMap(t -> (t.1, toFloat32(t.2), toFloat32(${usual}), toFloat32(10 * ${ofTerm(counts.map((term) => term.shape))} * log10(1 + ${scale} * t.2 / ${usual}))),
            arrayFilter(t -> t.2 >= ${least}, ${numbered('counts', counts.length)})) AS loud,
        arrayFilter(t -> t.4 >= ${LEAST_TERM_DB},
            arrayMap(t -> (toUInt8(${counts.length} + t.1), toFloat32(t.2), toFloat32(${base} * t.3),
                    toFloat32(4.342944819 * t.3 / (1 + (t.3 - 1) * ${ofTerm(shares.map((term) => term.rho))}) * (${divergence}))),
                arrayFilter(t -> ${base} > 0 AND t.2 > ${base} * t.3, ${numbered('shares, wholes', shares.length)}))) AS odd
    FROM (
        SELECT entity, step, kind, ${placed(`toUInt8(multiIf(held_block_${HOLD_WINDOW} > 0, 2, held_challenge_${HOLD_WINDOW} > 0, 1, 0))`)} AS held,
            ${placed(`toUInt8(kind = ${COHORT_KIND} OR (att_genuine_24h > 0 AND att_failed_24h <= 0.02 * requests_24h))`)} AS genuine,
            ${floats(counts.map((term) => term.value))} AS counts,
            ${floats(shares.map((term) => term.value))} AS shares,
            arrayMap((x, n) -> greatest(x, n, 1), shares, ${floats(shares.map((term) => term.whole))}) AS wholes
        FROM (
            SELECT wanted.entity AS entity, wanted.step AS step, now.kind AS kind,
                arrayResize(now.sums, ${bases.length}, toInt64(0)) AS sums,
                ${windows.map((window) => differenceSql(window, bases)).join(',\n                ')},
                arrayResize(sets.sets, ${sets.length}, toInt32(0)) AS counted,
                ${placed(CROWD)} AS crowd,
                -- At its newest request: it does not move while nothing happens, so that live need not ask again every second.
                toInt64(now.at) - known.first AS age
            FROM (SELECT entity, step, ${windows.map(({ seconds }) => `toUInt32(greatest(step, ${seconds}) - ${seconds}) AS far${seconds}`).join(', ')} FROM {db}.score_wanted) AS wanted
            ASOF LEFT JOIN {db}.score_sums AS now ON now.entity = wanted.entity AND wanted.step > now.at
            ${windows.map((window) => edgeJoinSql(window, bases)).join('\n            ')}
            ASOF LEFT JOIN {db}.score_sets AS sets ON sets.entity = wanted.entity AND wanted.step >= sets.at
            LEFT JOIN (SELECT entity, toInt64(toUInt32(min(first_seen))) AS first FROM {db}.entity_v1
                WHERE entity IN (SELECT entity FROM {db}.score_wanted) GROUP BY entity) AS known ON known.entity = wanted.entity
        )
    )
)`;
}

function windowSums(bases: readonly string[], sums: readonly Column[]): WindowSums[] {
  return [...new Set(sums.map((column) => column.seconds))]
    .sort((a, b) => a - b)
    .map((seconds) => {
      const asked = [...new Set(sums.filter((column) => column.seconds === seconds).map((column) => column.source))];
      const picked = asked.length <= FEW_SUMS;
      return { seconds, picked, bases: picked ? asked : bases };
    });
}

const pick = (window: WindowSums, bases: readonly string[]) =>
  window.picked ? `[${window.bases.map((base) => `sums[${bases.indexOf(base) + 1}]`).join(', ')}]` : 'sums';

/** Sums of a window: those until the step less those until the window's edge. */
function differenceSql(window: WindowSums, bases: readonly string[]): string {
  const { seconds } = window;
  return `arrayMap((a, b) -> a - b, ${pick(window, bases)}, arrayResize(w${seconds}.sums, ${window.bases.length}, toInt64(0))) AS d${seconds}`;
}

function edgeJoinSql(window: WindowSums, bases: readonly string[]): string {
  const { seconds } = window;
  const edges = window.picked
    ? `(SELECT entity, at, ${pick(window, bases)} AS sums FROM {db}.score_sums)`
    : '{db}.score_sums';
  return `ASOF LEFT JOIN ${edges} AS w${seconds} ON w${seconds}.entity = wanted.entity AND wanted.far${seconds} > w${seconds}.at`;
}

/** A Lomax tail passes 1 in 100 at its usual value: `P(X ≥ x) = (1 + scale·x/usual)^-shape`. */
const lomaxScale = (shape: number) => 10 ** (2 / shape) - 1;

/** Value from which on a count says something; of a kind of which it says nothing, none does. */
function leastValue(usual: number, shape: number): number {
  return usual === 0
    ? Number.POSITIVE_INFINITY
    : (usual / lomaxScale(shape)) * (10 ** (LEAST_TERM_DB / (10 * shape)) - 1);
}

/** The numbers of all terms for kind 0, which is nobody, then for kind 1, and so on. @param numbers of each term, by kind. */
function byKind(numbers: readonly (readonly number[])[], nobody = 0): string {
  const kinds = SCORED_KINDS.flatMap((_, kind) => numbers.map((ofTerm) => ofTerm[kind] ?? nobody));
  return constants([...numbers.map(() => nobody), ...kinds]);
}

const constants = (numbers: readonly number[]) => `[${numbers.map(decimal).join(', ')}]`;

/** A number that the engine reads as Float64. */
export function decimal(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.`;
}
