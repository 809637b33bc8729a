import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { AGENT_FAMILY } from './cohort.ts';

/** Days of hours that a profile rests on. */
const ROLLING_DAYS = 7;
/** From so many genuine caller-hours on, a context is described by genuine callers alone. */
const ENOUGH_GENUINE = 100;
/** A step follows the previous one within this time, in seconds. */
export const FOLLOWS_S = 1800;

/** Hash of method and route, as SQL over a raw row. */
export const ROUTE_HASH = 'cityHash64(method, route)';
/** Number of the caller, as SQL over a raw row. */
export const CALLER = 'sipHash64(toString(scope), caller_kind, caller_id)';
/** How a route answered: ok, denied, not there, other 4xx, failed. */
const ANSWER = `multiIf(status IN (401, 403), 2, status = 404, 3, status >= 400 AND status < 500, 4, status >= 500, 5, 1)`;

/**
 * What is profiled, as SQL over a raw row: in a context, which values do callers show? All within one scope. The context
 * of a step is that of its platform and the route before it, `cityHash64(context, previous)`; 1 stands for none.
 */
const TOPICS: readonly { name: string; context: string; value: string; when: string }[] = [
  { name: 'route', context: 'platform', value: ROUTE_HASH, when: '1' },
  { name: 'step', context: 'platform', value: ROUTE_HASH, when: '1' },
  { name: 'answer', context: ROUTE_HASH, value: `toUInt64(${ANSWER})`, when: '1' },
  { name: 'network', context: `''`, value: 'toUInt64(asn) + 1', when: 'asn != 0' },
  { name: 'family', context: `''`, value: `cityHash64(${AGENT_FAMILY})`, when: '1' },
  { name: 'fingerprint', context: AGENT_FAMILY, value: 'cityHash64(toString(ja4))', when: `ja4 != ''` },
  { name: 'key_network', context: 'api_client', value: 'toUInt64(asn) + 1', when: `api_client != '' AND asn != 0` },
  { name: 'key_family', context: 'api_client', value: `cityHash64(${AGENT_FAMILY})`, when: `api_client != ''` },
];
const STEP_TOPIC = TOPICS.findIndex(({ name }) => name === 'step') + 1;
export const TOPIC_NAMES = TOPICS.map((topic) => topic.name);

/** SQL array of `(topic, context, value)` of a raw row; topics that do not apply are left out. */
export const PROFILED = `arrayFilter(x -> x.2 != 0, [${TOPICS.map(
  ({ context, value, when }, i) =>
    `(toUInt8(${i + 1}), if(${when}, cityHash64(toString(scope), ${i + 1}, ${context}), 0), ${value})`,
).join(', ')}])`;

/** SQL that counts caller-hours of the hours in `[from, to)` (epoch seconds) into `profile_1h_v1`. */
export function profileHoursSql(from: number, to: number): string {
  return `
INSERT INTO {db}.profile_1h_v1 (hour, topic, context, value, callers, genuine)
SELECT hour, topic, context, if(grouping(value) = 1, 0, value), uniqExact(caller), uniqExactIf(caller, shown)
FROM (
    SELECT hour, caller, shown, item.1 AS topic, if(topic = ${STEP_TOPIC}, cityHash64(item.2, previous), item.2) AS context, item.3 AS value
    FROM (
        SELECT *, toStartOfHour(toDateTime(time)) AS hour, attestation_status = 'genuine' AS shown,
            if(following.2 > 0 AND toUnixTimestamp64Milli(time) - following.1 < ${FOLLOWS_S * 1000}, following.2, 1) AS previous
        FROM (
            SELECT scope, method, route, status, asn, user_agent, ja4, api_client, platform, time, attestation_status, ${CALLER} AS caller,
                lagInFrame((toUnixTimestamp64Milli(time), ${ROUTE_HASH}), 1, (toInt64(0), toUInt64(0)))
                    OVER (PARTITION BY caller ORDER BY time, partition, offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS following
            FROM {db}.events_raw_v1
            WHERE late = 0 AND was_refused = 0 AND time >= fromUnixTimestamp64Milli(toInt64(${Math.max(0, from - FOLLOWS_S)}) * 1000, 'UTC') AND time < fromUnixTimestamp64Milli(toInt64(${to}) * 1000, 'UTC')
        )
        WHERE time >= fromUnixTimestamp64Milli(toInt64(${from}) * 1000, 'UTC')
    )
    ARRAY JOIN ${PROFILED} AS item
)
GROUP BY GROUPING SETS ((hour, topic, context), (hour, topic, context, value))`;
}

/** Counts the hours before `until` (epoch seconds, a full hour) that were not counted yet. */
export async function countProfiles(clickhouse: ClickHouse, until: number): Promise<void> {
  const [row] = await clickhouse.rows<{ counted: number; first: number }>(
    `SELECT (SELECT toUInt32(max(hour)) FROM {db}.profile_1h_v1 WHERE hour < fromUnixTimestamp(${until})) AS counted,
       (SELECT toUInt32(toStartOfHour(toDateTime(min(time)))) FROM {db}.events_raw_v1
        WHERE time >= fromUnixTimestamp64Milli(toInt64(${Math.max(0, until - ROLLING_DAYS * 86_400)}) * 1000, 'UTC')) AS first`,
  );
  if (row === undefined || row.first === 0) return;
  // Hour by hour: an hour of a busy API is as much as one statement should hold.
  for (let hour = Math.max(row.first, row.counted + 3600); hour < until; hour += 3600)
    await clickhouse.run(profileHoursSql(hour, hour + 3600));
}

/** Puts the profile in force that rests on the hours before `start` (epoch seconds). */
export async function loadProfile(clickhouse: ClickHouse, start: number): Promise<void> {
  await clickhouse.run('TRUNCATE TABLE {db}.score_profile');
  await clickhouse.run(`
INSERT INTO {db}.score_profile (topic, context, value, usual, others)
SELECT topic, context, value, least(800, toUInt16(-100 * log((shown + 0.5) / (whole + 1)))), least(800, toUInt16(-100 * log(0.5 / (whole + 1))))
FROM (
    SELECT topic, context, value, if(of_genuine >= ${ENOUGH_GENUINE}, genuine, callers) AS shown, if(of_genuine >= ${ENOUGH_GENUINE}, of_genuine, of_all) AS whole
    FROM (
        SELECT topic, context, value, sum(callers) AS callers, sum(genuine) AS genuine,
            max(if(value = 0, callers, 0)) OVER w AS of_all, max(if(value = 0, genuine, 0)) OVER w AS of_genuine
        FROM {db}.profile_1h_v1 FINAL
        WHERE hour >= fromUnixTimestamp(${Math.max(0, start - ROLLING_DAYS * 86_400)}) AND hour < fromUnixTimestamp(${start})
        GROUP BY topic, context, value
        WINDOW w AS (PARTITION BY topic, context)
    )
)`);
}

export const PROFILE_TABLE = `CREATE TABLE IF NOT EXISTS {db}.score_profile
    (topic UInt8, context UInt64, value UInt64, usual UInt16, others UInt16) ENGINE = Memory`;
