import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import {
  createOpenings,
  MOST_OPENING_DB,
  NAMELESS,
  OPENING_DB_PER_NAT,
  OPENING_MS,
  OPENING_SHOWS,
  type OpeningRow,
  type Openings,
} from '../../shared/opening.ts';
import { byStart, eachOf, listed, startOf } from './batches.ts';
import { AGENT_FAMILY } from './cohort.ts';
import { CALLER, FOLLOWS_S, ROLLING_DAYS } from './profile.ts';
import { surprisesSql } from './surprise.ts';

/** `(shows, value)` of a raw row, as SQL. */
const SHOWN: Readonly<Record<(typeof OPENING_SHOWS)[number], string>> = {
  route: `concat(toString(method), ' ', route)`,
  software: `if(${AGENT_FAMILY} AS family = '', '${NAMELESS}', family)`,
};
const SHOWN_OF_ROW = `[${OPENING_SHOWS.map((shows) => `('${shows}', ${SHOWN[shows]})`).join(', ')}]`;

/**
 * SQL that counts with what visits began in the hours in `[from, to)` (epoch seconds) into `opening_1h_v1`: what was asked less
 * than {@link OPENING_MS} after a pause of {@link FOLLOWS_S}.
 */
export function openingHoursSql(from: number, to: number): string {
  return `
INSERT INTO {db}.opening_1h_v1 (hour, scope, platform, shows, value, callers, genuine)
SELECT hour, scope, platform, shown.1 AS shows, if(grouping(shown.2) = 1, '', shown.2), uniqExact(caller), uniqExactIf(caller, genuine)
FROM (
    SELECT toStartOfHour(toDateTime(time)) AS hour, scope, platform, ${CALLER} AS caller, toUnixTimestamp64Milli(time) AS at,
        attestation_status = 'genuine' AS genuine, ${SHOWN_OF_ROW} AS opens,
        count() OVER (PARTITION BY caller ORDER BY at RANGE BETWEEN ${FOLLOWS_S * 1000} PRECEDING AND ${OPENING_MS} PRECEDING) AS before
    FROM {db}.events_raw_v1
    WHERE late = 0 AND was_refused = 0 AND time >= ${moment(Math.max(0, from - FOLLOWS_S))} AND time < ${moment(to)}
)
ARRAY JOIN opens AS shown
WHERE before = 0 AND at >= toInt64(${from}) * 1000
GROUP BY GROUPING SETS ((hour, scope, platform, shown.1), (hour, scope, platform, shown.1, shown.2))`;
}

/** Values of one scope and platform that are told apart, the most common: whoever makes agents up must not fill every decision process. */
const TOLD = 1000;

/** SQL that puts in force what the hours before each start say (epoch seconds, ascending). */
export function openingsSql(starts: readonly number[]): string {
  const within = `toUInt32(hour) + ${ROLLING_DAYS * 86_400} >= start AND toUInt32(hour) < start`;
  const rows = `SELECT *, start FROM {db}.opening_1h_v1 FINAL ${eachOf(starts)} WHERE ${within}`;
  const context = 'scope, platform, shows';
  return `
INSERT INTO {db}.opening_v1 (valid_from, scope, platform, shows, value, surprise)
SELECT fromUnixTimestamp(start), scope, platform, shows, value, if(value = '', others, usual) FROM (
    SELECT * FROM (${surprisesSql({ rows, context, whole: `''`, of: 'genuine' })})
    WHERE value = '' OR shown > 1 -- What one alone showed surprises as what nobody did.
    ORDER BY value = '' DESC, shown DESC, value LIMIT ${TOLD + 1} BY start, ${context}
)
UNION ALL SELECT fromUnixTimestamp(arrayJoin(${listed(starts)})), '', '', '', '', 0`;
}

/** Surprises in force as SQL: keys, each with the start from which it holds, and hundredths of a nat. The first entry keeps `transform` from an empty list. */
export const openingsOf = (starts: readonly number[]) => `(
    SELECT (arrayPushFront(groupArray(${keyOf('toUInt32(valid_from)', 'shows', 'value')}), ''), arrayPushFront(groupArray(toInt32(surprise)), toInt32(0)))
    FROM {db}.opening_v1 FINAL WHERE toUInt32(valid_from) IN (${[...new Set(starts)].join(', ')}))`;

/**
 * Score that a raw row adds where its caller is a stranger, as SQL over {@link openingsOf}: as `request-risk.ts` has it at the decision.
 * @param step its second, as SQL.
 */
export function openingSql(openings: string, step: string, starts: readonly number[]): string {
  const surpriseOf = (shows: string, value: string) =>
    `transform(${keyOf(startOf(step, starts), `'${shows}'`, value)}, ${openings}.1, ${openings}.2, toInt32(-1))`;
  const surprises = OPENING_SHOWS.map(
    (shows) => `arrayFirst(x -> x >= 0, [${surpriseOf(shows, SHOWN[shows])}, ${surpriseOf(shows, `''`)}, toInt32(0)])`,
  );
  return `least(${MOST_OPENING_DB}, ${OPENING_DB_PER_NAT} / 100 * (${surprises.join(' + ')}))`;
}

const keyOf = (start: string, shows: string, value: string) =>
  `concat(toString(${start}), '\\0', toString(scope), '\\0', toString(platform), '\\0', ${shows}, '\\0', ${value})`;

/** All that are stored, by the start from which they hold. */
export async function storedOpenings(clickhouse: ClickHouse): Promise<Map<number, Openings>> {
  const rows = byStart(
    await clickhouse.rows<OpeningRow & { start: number }>(
      `SELECT toUInt32(valid_from) AS start, toString(scope) AS scope, toString(platform) AS platform, toString(shows) AS shows, value, surprise
       FROM {db}.opening_v1 FINAL`,
    ),
  );
  return new Map([...rows].map(([start, ofStart]) => [start, createOpenings(ofStart)]));
}

const moment = (second: number) => `fromUnixTimestamp64Milli(toInt64(${second}) * 1000, 'UTC')`;
