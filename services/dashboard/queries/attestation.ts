import { z } from 'zod';
import { COHORT_STATES } from '../../../shared/attestation-health.ts';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();

/** The newest verdict on each cohort since `from` (epoch seconds). */
export const newestCohorts = defineQuery({
  name: 'newest_cohorts',
  params: z.object({ from: int }),
  row: z.object({
    scope: z.string(),
    platform: z.string(),
    issuer: z.string(),
    state: z.enum(COHORT_STATES),
    since: int,
    detail: z.string(),
    callers: int,
    failing: int,
    relaxed_until: int,
  }),
  sql: `
SELECT toString(health.scope) AS scope, toString(health.platform) AS platform, toString(health.issuer) AS issuer,
    toString(health.state) AS state, toUnixTimestamp(health.since) AS since, detail, callers, failing,
    toUnixTimestamp(health.relaxed_until) AS relaxed_until
FROM {db}.attestation_health_v1 AS health
WHERE health.at > fromUnixTimestamp({from:Int64})
ORDER BY health.at DESC
LIMIT 1 BY scope, platform, issuer
LIMIT 200`,
});

/** Days around an hour in which membership is read (as calibration does), and days that are measured. */
export const MEMBERSHIP_DAYS = 3;
export const MEASURED_DAYS = 14;

/**
 * Caller-hours of genuine callers and how many of them showed each status; `from` in epoch seconds. Membership is decided
 * outside the hour: a genuine token in the days around and no failed one, so that what the hour itself shows stays free.
 */
export const statusesOfGenuine = defineQuery({
  name: 'statuses_of_genuine',
  params: z.object({ from: int }),
  row: z.object({
    scope: z.string(),
    platform: z.string(),
    issuer: z.string(),
    caller_hours: int,
    genuine: int,
    failed: int,
    expired: int,
    missing: int,
  }),
  sql: `
SELECT scope, platform, issuer, count() AS caller_hours, countIf(h.2 > 0) AS genuine, countIf(h.3 > 0) AS failed,
    countIf(h.4 > 0) AS expired, countIf(h.5 > 0) AS missing
FROM (
    SELECT scope, unit, max(of_platform) AS platform, max(of_issuer) AS issuer,
        groupArray((at, g, f, e, m)) AS hours, groupArrayIf(at, g > 0) AS genuine_at, groupArrayIf(at, f > 0) AS failed_at
    FROM (
        SELECT toString(scope) AS scope, unit, toUInt32(hour) AS at, max(statuses.platform) AS of_platform,
            max(statuses.issuer) AS of_issuer, sum(genuine) AS g, sum(failed) AS f, sum(expired) AS e, sum(missing) AS m
        FROM {db}.attestation_1h_v1 AS statuses
        WHERE hour >= fromUnixTimestamp({from:Int64})
        GROUP BY scope, unit, at
    )
    GROUP BY scope, unit
    HAVING notEmpty(genuine_at)
)
ARRAY JOIN hours AS h
WHERE arrayExists(x -> x != h.1 AND abs(toInt64(x) - toInt64(h.1)) <= ${MEMBERSHIP_DAYS * 86_400}, genuine_at)
  AND NOT arrayExists(x -> x != h.1 AND abs(toInt64(x) - toInt64(h.1)) <= ${MEMBERSHIP_DAYS * 86_400}, failed_at)
GROUP BY scope, platform, issuer
ORDER BY caller_hours DESC
LIMIT 200`,
});

/** What was sent with each API key; `from`, `to` in epoch ms, `bucket` in seconds. `by_bucket`: `(bucket, looked at, not genuine)`. */
export const apiKeys = defineQuery({
  name: 'api_keys',
  params: z.object({ from: int, to: int, bucket: int }),
  row: z.object({
    scope: z.string(),
    id: z.string(),
    requests: int,
    genuine: int,
    not_genuine: int,
    not_observed: int,
    addresses: int,
    not_genuine_addresses: int,
    last_seen: int,
    last_not_genuine: int,
    by_bucket: z.array(z.tuple([int, int, int])),
  }),
  sql: `
SELECT scope, id, sum(n) AS requests, sum(good) AS genuine, sum(bad) AS not_genuine, sum(n - good - bad) AS not_observed,
    uniqMerge(ips) AS addresses, uniqMerge(bad_ips) AS not_genuine_addresses,
    max(newest) AS last_seen, max(newest_bad) AS last_not_genuine,
    arraySort(groupArray((nth, good + bad, bad))) AS by_bucket
FROM (
    SELECT toString(events.scope) AS scope, toString(api_client) AS id,
        toUInt32(intDiv(toUnixTimestamp64Milli(events.time) - {from:Int64}, {bucket:Int64} * 1000)) AS nth,
        count() AS n,
        countIf(attestation_status = 'genuine') AS good,
        countIf(attestation_status NOT IN ('genuine', '')) AS bad,
        uniqState(ip) AS ips,
        uniqStateIf(ip, attestation_status NOT IN ('genuine', '')) AS bad_ips,
        max(toUnixTimestamp64Milli(events.time)) AS newest,
        maxIf(toUnixTimestamp64Milli(events.time), attestation_status NOT IN ('genuine', '')) AS newest_bad
    FROM {db}.events_raw_v1 AS events
    WHERE events.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND events.time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND api_client != ''
    GROUP BY scope, id, nth
)
GROUP BY scope, id
ORDER BY not_genuine DESC, requests DESC, scope, id
LIMIT 100`,
});
