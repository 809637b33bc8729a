import type { Feature } from '../../shared/features.ts';
import { SHARED_KINDS } from '../../shared/kinds.ts';
import { WINDOWS, type WindowName } from '../../shared/windows.ts';
import { CROWD } from './crowd.ts';
import { OWNER } from './profile.ts';

/** Additive columns of `entity_1s_v1` that features may name, and the SQL that makes them from one of its rows. */
const SUMS: Readonly<Record<string, string>> = {
  requests: 'requests',
  signin: 'signin',
  write: 'write',
  static: 'static',
  denied: 'denied',
  notfound: 'notfound',
  badrequest: 'badrequest',
  servererror: 'servererror',
  signin_failed: 'signin_failed',
  payload: 'payload',
  scanner: 'scanner',
  bytes: 'bytes',
  att_genuine: 'att_genuine',
  att_failed: 'att_failed',
  att_expired: 'att_expired',
  att_missing: 'att_missing',
  held_challenge: 'held_challenge',
  held_block: 'held_block',
};
/** A request in quick succession: its pause is under half a second, 100·ln(1 + 500). */
const QUICK = 622;
/** Software is at home in a network where it surprises by at most so much, in hundredths of a nat. */
const AT_HOME = 60;

/**
 * Additive columns that come from `event_evidence_v1`: how surprising what an entity did was, and how its events stand
 * to those before them. Surprises are in hundredths of a nat, gaps in those of ln(ms), newcomers in hundredths; `seen` counts
 * the events.
 */
const EVIDENCE_SUMS: Readonly<Record<string, string>> = {
  seen: '1',
  odd_route: 'route',
  odd_step: 'step',
  far_step: 'if(step > 250, step - 250, 0)',
  odd_answer: 'answer',
  odd_network: 'network',
  odd_software: 'software',
  odd_key: 'key_use',
  strange_key: 'strange_key',
  odd_own: 'own',
  volume: 'volume',
  foreign: 'owner',
  walk: 'walk',
  travel: 'travel',
  outside: 'if(outside > 100, outside - 100, 0)',
  integrity: 'integrity',
  odd_hour: 'clock',
  odd_country: 'country',
  gap: 'gap',
  gap_square: 'gap_square',
  followed: 'followed',
  repeated: 'repeated',
  quick: `followed AND gap < ${QUICK}`,
  here: 'here',
  at_home: `here BETWEEN 1 AND ${AT_HOME}`,
  named: 'whose > 0',
  returned: `whose = ${OWNER.own}`,
  newcomer: 'newcomer',
  arrived: 'arrived',
  newcomer_failed: 'if(failed, newcomer, 0)',
  newcomer_step: 'intDiv(newcomer * step, 100)',
  newcomer_answer: 'intDiv(newcomer * answer, 100)',
};
/** Arrays of hashes of `entity_1s_v1` whose distinct values a feature may count. */
const SETS = ['routes', 'objects', 'subjects', 'failed_subjects', 'users', 'addresses', 'devices', 'agents'] as const;

/** A count or distinct count in a window. */
export const WINDOW_COLUMN = /\b[a-z_]+_(?:10s|1m|10m|1h|24h)\b/g;

/** How long after a refused attempt the refusal is held (law 5). */
export const HOLD_WINDOW: WindowName = '10m';

/** Columns that tell whether an entity is one of the genuine peers. */
const MEMBERSHIP = ['requests_24h', 'att_genuine_24h', 'att_failed_24h'];

export interface RiskRange {
  /** Earliest wanted step, epoch seconds: rows of the longest window before it are read. */
  from: number;
  /** Latest wanted step. */
  to: number;
}

export interface Column {
  /** `requests_10m`, `distinct_users_1h`. */
  name: string;
  /** Column of the scratch table. */
  source: string;
  seconds: number;
}

/** The scratch tables of running counts, emptied and filled anew for each thing that is asked. */
export const COUNT_TABLES = [
  'CREATE TABLE {db}.score_wanted (entity UInt64, step UInt32) ENGINE = Memory',
  'CREATE TABLE {db}.score_sums (entity UInt64, at UInt32, kind UInt8, sums Array(Int64)) ENGINE = Memory',
  'CREATE TABLE {db}.score_sets (entity UInt64, at UInt32, sets Array(Int32)) ENGINE = Memory',
];

/** Which window columns the features name. */
export function columnsOf(features: readonly Feature[]): { sums: Column[]; sets: Column[] } {
  const text = features.flatMap((feature) =>
    feature.terms.map((term) => (term.tail.kind === 'share' ? `${term.value} ${term.tail.whole}` : term.value)),
  );
  const used = new Set([CROWD, ...text].join(' ').match(WINDOW_COLUMN) ?? []);
  for (const name of [`held_challenge_${HOLD_WINDOW}`, `held_block_${HOLD_WINDOW}`, ...MEMBERSHIP]) used.add(name);
  const sums: Column[] = [];
  const sets: Column[] = [];
  for (const name of [...used].sort()) {
    const match = /^(distinct_)?([a-z_]+)_(10s|1m|10m|1h|24h)$/.exec(name);
    const source = match?.[2] ?? '';
    const seconds = WINDOWS[(match?.[3] ?? '10s') as WindowName];
    const known =
      match?.[1] === undefined ? source in SUMS || source in EVIDENCE_SUMS : SETS.some((set) => set === source);
    if (!known) throw new Error(`a feature names ${name}, but there is no column or set ${source}`);
    (match?.[1] === undefined ? sums : sets).push({ name, source, seconds });
  }
  return { sums, sets };
}

const setOf = (column: Column) => (SETS as readonly string[]).indexOf(column.source);

function rowsBetween(range: RiskRange): string {
  return `second >= fromUnixTimestamp(${Math.max(0, range.from - WINDOWS['24h'])}) AND second < fromUnixTimestamp(${range.to})
            AND entity IN (SELECT entity FROM {db}.score_wanted)`;
}

/** Over longer ranges than this, in seconds, hardly a second is left that no window's edge touches. */
const NARROW_S = 60;

/**
 * Group of a row's second, as SQL: seconds that a window of a wanted step may begin at are told apart, and those between
 * them are not. A live step asks for a few seconds, so that of a day of an entity a handful of rows is left.
 */
function stretchOf(range: RiskRange, seconds: string): string {
  if (range.to - range.from > NARROW_S) return seconds;
  const edges = Object.values(WINDOWS).sort((a, b) => b - a);
  const between = edges.map(
    (window, i) =>
      `${seconds} < ${Math.max(0, range.from - window - 1)}, ${i}, ${seconds} <= ${Math.max(0, range.to - window)}, ${seconds}`,
  );
  return `toUInt32(multiIf(${between.join(', ')}, ${seconds} < ${range.from - 1}, ${edges.length}, ${seconds}))`;
}

/**
 * Running sums of an entity, one row for each of its seconds, or for each stretch of them that no window's edge parts. All
 * sums are one array: the engine spends longer on analysing a statement of many columns than on running it.
 */
export function sumsSql(bases: readonly string[], range: RiskRange): string {
  const from = (table: string, sums: Readonly<Record<string, string>>) => `
            SELECT entity, ${stretchOf(range, 'toUInt32(second)')} AS stretch, toUInt32(max(second)) AS at, any(kind) AS kind, [${bases.map((base) => (sums[base] === undefined ? 'toInt64(0)' : `toInt64(sum(${sums[base]}))`)).join(', ')}] AS s
            FROM ${table}
            WHERE ${rowsBetween(range)}
            GROUP BY entity, stretch`;
  return `
    SELECT entity, at, kind, sumForEach(s) OVER (PARTITION BY entity ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    FROM (
        SELECT entity, max(at) AS at, any(kind) AS kind, sumForEach(s) AS s
        FROM (${from('{db}.entity_1s_v1', SUMS)}
            UNION ALL ${from('{db}.event_evidence_v1 FINAL', EVIDENCE_SUMS)}
        )
        GROUP BY entity, stretch
    )`;
}

/** For each set the kinds of entity that it is asked of, by some feature or to tell their crowd; of the others its values are not counted. */
export function kindsOfSets(features: readonly Feature[]): Map<number, Set<number>> {
  const kinds = new Map<number, Set<number>>();
  const ask = (text: string, of: readonly number[]) => {
    for (const [number, set] of SETS.entries())
      if (text.includes(`distinct_${set}_`)) kinds.set(number, new Set([...(kinds.get(number) ?? []), ...of]));
  };
  for (const term of features.flatMap((feature) => feature.terms)) {
    const numbers = term.tail.kind === 'count' ? term.tail.usual : term.tail.base;
    const text = term.tail.kind === 'share' ? `${term.value} ${term.tail.whole}` : term.value;
    ask(
      text,
      numbers.flatMap((number, index) => (number > 0 ? [index + 1] : [])),
    );
  }
  ask(CROWD, SHARED_KINDS);
  return kinds;
}

/**
 * Distinct counts of an entity, one row for each second at which one of them changes, but one for all before the first
 * wanted step; they hold from `at` on.
 */
export function setsSql(
  sets: readonly Column[],
  kinds: ReadonlyMap<number, ReadonlySet<number>>,
  range: RiskRange,
): string {
  const windows = [...new Set(sets.map((column) => column.seconds))].sort((a, b) => a - b);
  const values = [...kinds].map(
    ([set, of]) => `if(kind IN (${[...of].join(', ')}), arrayMap(x -> (toUInt8(${set}), x), ${SETS[set]}), [])`,
  );
  const change = (column: Column) =>
    `toInt32(sumIf(multiIf(w = 0, toInt8(at - before > ${column.seconds}), w = ${column.seconds}, -toInt8(after - at > ${column.seconds}), 0), set = ${setOf(column)}))`;
  return `
    SELECT entity, changed, sumForEach(changes) OVER (PARTITION BY entity ORDER BY changed ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    FROM (
        SELECT entity, greatest(toUInt32(at + 1 + w), toUInt32(${range.from})) AS changed, [${sets.map(change).join(',\n            ')}] AS changes
        FROM (
            SELECT entity, at, set, until,
                lagInFrame(at, 1, 0) OVER v AS before, leadInFrame(at, 1, 4294967295) OVER v AS after
            FROM (
                SELECT entity, toUInt32(second) AS at, value.1 AS set, value.2 AS hash, until
                FROM {db}.entity_1s_v1
                INNER JOIN (SELECT entity, max(step) AS until FROM {db}.score_wanted GROUP BY entity) AS asked USING (entity)
                ARRAY JOIN arrayConcat(${values.join(', ')}) AS value
                WHERE ${rowsBetween(range)}
            )
            WINDOW v AS (PARTITION BY entity, set, hash ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        )
        ARRAY JOIN [0, ${windows.join(', ')}] AS w
        WHERE at + 1 + w <= until AND if(w = 0, at - before > ${windows[0]}, after - at > w)
        GROUP BY entity, changed
    )`;
}
