import { type Feature, loadFeatures } from './features.ts';
import { WINDOW_NAMES, WINDOWS, type WindowName } from './windows.ts';

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
  kib: 'intDiv(bytes, 1024)',
  att_genuine: 'att_genuine',
  att_failed: 'att_failed',
  att_expired: 'att_expired',
  att_missing: 'att_missing',
  held_challenge: 'held_challenge',
  held_block: 'held_block',
};
/** Arrays of hashes of `entity_1s_v1` whose distinct values a feature may count. */
const SETS = ['routes', 'objects', 'subjects', 'failed_subjects', 'users', 'addresses', 'devices', 'agents'] as const;

/** How long after a refused attempt the refusal is held (law 5). */
export const HOLD_WINDOW: WindowName = '10m';

export interface RiskQuery {
  features: readonly Feature[];
  /**
   * SQL of risk for every wanted (entity, step): columns `entity`, `step`, `kind`, `score`, `held`, `reasons`.
   * `wanted` is a SELECT of `entity UInt64, step UInt32`; a row is answered from `time < step` alone.
   * @param from earliest wanted step, epoch seconds: rows of a longest window before it are read.
   * @param shard `[i, n]`: entities with `entity % n = i` alone, to bound memory.
   */
  sql(wanted: string, options: { from: number; to: number; shard?: readonly [number, number] }): string;
}

/**
 * The one definition of risk, for one step (live) and for every step of a year (backtest).
 *
 * Every trailing window is a running sum over differences: a row of a second adds at `second + 1` and takes away at
 * `second + 1 + window`, so the near and the far edge are exact and the cost is linear however busy an entity is.
 * A distinct value adds when it was not seen within the window before and takes away when it is not seen within the
 * window after.
 */
export function createRiskQuery(): RiskQuery {
  const features = loadFeatures();
  const terms = features.flatMap((feature) => feature.terms);
  const text = terms.map((term) => `${term.value} ${term.usual} ${term.part}`).join(' ');
  const used = new Set(text.match(/\b[a-z_]+_(?:10s|1m|10m|1h|24h)\b/g) ?? []);
  used.add(`held_challenge_${HOLD_WINDOW}`).add(`held_block_${HOLD_WINDOW}`);

  const sums: { column: string; base: string; seconds: number }[] = [];
  const distincts: { column: string; set: number; seconds: number }[] = [];
  for (const column of [...used].sort()) {
    const match = /^(distinct_)?([a-z_]+)_(10s|1m|10m|1h|24h)$/.exec(column);
    const base = match?.[2] ?? '';
    const seconds = WINDOWS[(match?.[3] ?? '10s') as WindowName];
    if (match?.[1] !== undefined) {
      const set = SETS.findIndex((name) => name === base);
      if (set < 0) throw new Error(`a feature names ${column}, but ${base} is no set (${SETS.join(', ')})`);
      distincts.push({ column, set, seconds });
    } else {
      const sql = SUMS[base];
      if (sql === undefined) throw new Error(`a feature names ${column}, but ${base} is no column`);
      sums.push({ column, base: sql, seconds });
    }
  }

  const sumWindows = [...new Set(sums.map((sum) => sum.seconds))].sort((a, b) => a - b);
  const setWindows = [...new Set(distincts.map((distinct) => distinct.seconds))].sort((a, b) => a - b);
  const usedSets = [...new Set(distincts.map((distinct) => distinct.set))].sort((a, b) => a - b);
  const names = [...sums.map((sum) => sum.column), ...distincts.map((distinct) => distinct.column)];
  const zeros = (count: number) => new Array<string>(count).fill('toInt64(0)');

  const featureParts = features.map(
    (feature) => `greatest(${[...feature.terms.map((term) => `p_${term.name}`), '0.'].join(', ')})`,
  );
  // Power mean of the features' parts: close to their maximum, a little more when several speak at once.
  const score = `cbrt(${featureParts.map((part) => `pow(${part}, 3)`).join(' + ')})`;
  const reasons = terms.map(
    (term) => `('${term.feature}:${term.window}', v_${term.name}, u_${term.name}, p_${term.name})`,
  );

  return {
    features,
    sql(wanted, { from, to, shard }) {
      const lookback = WINDOWS[WINDOW_NAMES[WINDOW_NAMES.length - 1] ?? '24h'];
      const inShard = shard === undefined || shard[1] === 1 ? '' : ` AND entity % ${shard[1]} = ${shard[0]}`;
      return `
WITH
    wanted AS (SELECT entity, step FROM (${wanted}) WHERE 1${inShard}),
    seconds AS (
        SELECT entity, toUInt32(second) AS at, any(kind) AS kind,
            ${[...new Set(sums.map((sum) => sum.base))].map((base, i) => `toInt64(sum(${base})) AS s${i}`).join(', ')},
            ${usedSets.map((set) => `groupUniqArrayArray(${SETS[set]}) AS d${set}`).join(', ')}
        FROM {db}.entity_1s_v1
        WHERE second >= fromUnixTimestamp(${Math.max(0, from - lookback)}) AND second < fromUnixTimestamp(${to})
            AND entity IN (SELECT entity FROM wanted)
        GROUP BY entity, at
    ),
    last_wanted AS (SELECT entity, max(step) AS until FROM wanted GROUP BY entity),
    changes AS (
        -- (1) what is asked
        SELECT entity, toUInt64(step) * 2 + 1 AS at, toUInt8(0) AS kind, ${zeros(names.length)
          .map((zero, i) => `${zero} AS ${names[i]}`)
          .join(', ')}
        FROM wanted
        UNION ALL
        -- (2) sums: in at the next second, out when the window has passed
        SELECT entity, toUInt64(at + 1 + w) * 2, kind,
            ${sums.map((sum) => `multiIf(w = 0, ${baseColumn(sums, sum.base)}, w = ${sum.seconds}, -${baseColumn(sums, sum.base)}, 0)`).join(', ')}${distincts.length > 0 ? ', ' : ''}${zeros(distincts.length).join(', ')}
        FROM (SELECT * FROM seconds INNER JOIN last_wanted USING (entity)) ARRAY JOIN [0, ${sumWindows.join(', ')}] AS w
        WHERE at + 1 + w <= until
        UNION ALL
        -- (3) distinct values: in when not seen within the window before, out when not seen within the window after
        SELECT entity, toUInt64(at + 1 + w) * 2, kind, ${zeros(sums.length).join(', ')}, ${distincts
          .map(
            (distinct) =>
              `if(set = ${distinct.set}, multiIf(w = 0, toInt64(at - before > ${distinct.seconds}), w = ${distinct.seconds}, -toInt64(after - at > ${distinct.seconds}), 0), 0)`,
          )
          .join(', ')}
        FROM (
            SELECT entity, at, kind, set, until,
                lagInFrame(at, 1, 0) OVER v AS before, leadInFrame(at, 1, 4294967295) OVER v AS after
            FROM (
                SELECT entity, at, kind, until, value.1 AS set, value.2 AS hash
                FROM seconds INNER JOIN last_wanted USING (entity)
                ARRAY JOIN arrayConcat(${usedSets.map((set) => `arrayMap(x -> (toUInt8(${set}), x), d${set})`).join(', ')}) AS value
            )
            WINDOW v AS (PARTITION BY entity, set, hash ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ) ARRAY JOIN [0, ${setWindows.join(', ')}] AS w
        WHERE at + 1 + w <= until
    ),
    counted AS (
        SELECT entity, at, max(kind) OVER r AS kind,
            ${names.map((name) => `sum(${name}) OVER r AS ${name}`).join(',\n            ')}
        FROM changes
        WINDOW r AS (PARTITION BY entity ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    judged AS (
        SELECT entity, toUInt32(intDiv(at, 2)) AS step, kind,
            multiIf(held_block_${HOLD_WINDOW} > 0, 2, held_challenge_${HOLD_WINDOW} > 0, 1, 0) AS held,
            ${terms.map((term) => `${term.value} AS v_${term.name}, ${term.usual} AS u_${term.name}, ${term.part} AS p_${term.name}`).join(',\n            ')}
        FROM counted WHERE at % 2 = 1
    )
SELECT entity, step, kind, toUInt8(held) AS held, ${score} AS score,
    if(score < 3, [], arraySlice(arraySort(x -> -x.4, arrayFilter(x -> x.4 >= 3, [${reasons.join(', ')}])), 1, 6)) AS reasons
FROM judged`;
    },
  };
}

function baseColumn(sums: readonly { base: string }[], base: string): string {
  return `s${[...new Set(sums.map((sum) => sum.base))].indexOf(base)}`;
}
