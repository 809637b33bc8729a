import { z } from 'zod';
import { COHORT_STATES } from '../../../shared/attestation-health.ts';
import { AGAINST } from '../../../shared/evidence.ts';
import { falsePositivesSql } from '../../../shared/false-positives.ts';
import { genuineStatusesSql } from '../../../shared/genuine-statuses.ts';
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

/** Caller-hours of genuine callers and how many of them showed each status; `from` in epoch seconds. */
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
  sql: genuineStatusesSql('hour >= fromUnixTimestamp({from:Int64})'),
});

/** What a status weighs now; `at` in epoch seconds. */
export const evidenceInForce = defineQuery({
  name: 'evidence_in_force',
  params: z.object({ at: int }),
  row: z.object({
    valid_from: int,
    scope: z.string(),
    platform: z.string(),
    issuer: z.string(),
    status: z.enum(AGAINST),
    caller_hours: int,
    genuine: z.number(),
    bad: z.number(),
    decibels: z.number(),
  }),
  sql: `
SELECT toUnixTimestamp(weight.valid_from) AS valid_from, toString(scope) AS scope, toString(platform) AS platform, toString(issuer) AS issuer,
    toString(status) AS status, caller_hours, genuine, bad, decibels
FROM {db}.attestation_evidence_v1 AS weight FINAL
WHERE weight.valid_from = (
    SELECT max(newest.valid_from) FROM {db}.attestation_evidence_v1 AS newest WHERE newest.valid_from <= fromUnixTimestamp({at:Int64}))
ORDER BY caller_hours DESC, scope, platform, issuer, status
LIMIT 600`,
});

/** What genuine callers pay; `from` and `until` in epoch seconds, full hours; lines in decibels. */
export const falsePositives = defineQuery({
  name: 'false_positives',
  params: z.object({ from: int, until: int, challenge: z.number(), block: z.number() }),
  row: z.object({
    scope: z.string(),
    caller_hours: int,
    challenged: int,
    blocked: int,
    challenged_without: int,
    blocked_without: int,
  }),
  sql: falsePositivesSql({
    from: '{from:Int64}',
    until: '{until:Int64}',
    challengeLine: '{challenge:Float64}',
    blockLine: '{block:Float64}',
  }),
});

/**
 * What was sent with each API key; `from`, `to` in epoch ms, `bucket` in seconds. `by_bucket`: `(bucket, genuine, not
 * genuine, not observed)`. With a key that genuine apps use, a request of which no token was seen counts among those that
 * are not genuine: where the policy names no client for it, a thief who sends none would not be seen at all. A token that
 * expired was signed for a genuine app: it is counted beside, else phones that slept would look like a leak.
 */
export const apiKeys = defineQuery({
  name: 'api_keys',
  params: z.object({ from: int, to: int, bucket: int }),
  row: z.object({
    scope: z.string(),
    id: z.string(),
    requests: int,
    genuine: int,
    not_genuine: int,
    expired: int,
    not_observed: int,
    addresses: int,
    not_genuine_addresses: int,
    last_seen: int,
    last_not_genuine: int,
    by_bucket: z.array(z.tuple([int, int, int, int])),
  }),
  sql: `
SELECT scope, id, sum(n) AS requests, sum(good) AS genuine, sum(bad) AS not_genuine, sum(slept) AS expired,
    sum(n - good - bad - slept) AS not_observed,
    uniqMerge(ips) AS addresses, if(genuine > 0, uniqMerge(other_ips), uniqMerge(bad_ips)) AS not_genuine_addresses,
    max(newest) AS last_seen, if(genuine > 0, max(newest_other), max(newest_bad)) AS last_not_genuine,
    arraySort(groupArray((nth, good, bad, n - good - bad - slept))) AS by_bucket
FROM (
    SELECT toString(events.scope) AS scope, toString(api_client) AS id,
        toUInt32(intDiv(toUnixTimestamp64Milli(events.time) - {from:Int64}, {bucket:Int64} * 1000)) AS nth,
        count() AS n,
        countIf(attestation_status = 'genuine') AS good,
        countIf(attestation_status NOT IN ('genuine', 'expired', '')) AS bad,
        countIf(attestation_status = 'expired') AS slept,
        uniqState(ip) AS ips,
        uniqStateIf(ip, attestation_status NOT IN ('genuine', 'expired', '')) AS bad_ips,
        uniqStateIf(ip, attestation_status NOT IN ('genuine', 'expired')) AS other_ips,
        max(toUnixTimestamp64Milli(events.time)) AS newest,
        maxIf(toUnixTimestamp64Milli(events.time), attestation_status NOT IN ('genuine', 'expired', '')) AS newest_bad,
        maxIf(toUnixTimestamp64Milli(events.time), attestation_status NOT IN ('genuine', 'expired')) AS newest_other
    FROM {db}.events_raw_v1 AS events
    WHERE events.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND events.time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND api_client != ''
    GROUP BY scope, id, nth
)
GROUP BY scope, id
ORDER BY not_genuine + if(genuine > 0, not_observed, 0) DESC, requests DESC, scope, id
LIMIT 100`,
});
