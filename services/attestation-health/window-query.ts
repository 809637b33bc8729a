import { z } from 'zod';
import { COHORT_STATES, HISTORY_S, REMEMBERED_S } from '../../shared/attestation-health.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { type Baseline, type CohortWindow, type Standing, WINDOW_S } from './verdict.ts';

export interface CohortName {
  scope: string;
  platform: string;
  issuer: string;
}
export const cohortKey = ({ scope, platform, issuer }: CohortName) => `${scope}\0${platform}\0${issuer}`;

/** Not found so often in one window is probing. */
const PROBING = 5;
const LOUD_DB = 20;

const count = z.number().int().nonnegative();
const windowRow = z.object({
  scope: z.string(),
  platform: z.string(),
  issuer: z.string(),
  callers: count,
  failing: count,
  nets: count,
  requests: count,
  new_net: count,
  signin_failed: count,
  probing: count,
  loud: count,
  failing_requests: count,
  failing_new_net: count,
  failing_signin_failed: count,
  failing_probing: count,
  failing_loud: count,
});

/**
 * Callers with a genuine history in the window that ends now, by the cohort of what they send: a platform, and the issuer
 * that their tokens name, else the one whose token they showed last on that platform. A caller counts once in a cohort
 * however often it calls; one without a history there does not count at all, so that a flood from new installations moves
 * nothing. A session without a history, as one of today, is known by its device, else its address. What we refused
 * ourselves is no behaviour (law 5).
 */
const windowSql = (now: number) => `
WITH ${now - WINDOW_S} AS from_s, ${now} AS to_s,
fromUnixTimestamp(from_s - ${HISTORY_S}) AS old, fromUnixTimestamp(from_s - ${REMEMBERED_S}) AS forgotten,
recent AS (
    SELECT scope, platform, user_id, session_id, device_id, ip, net, time, attestation_status, attestation_issuer, was_refused, route_class, status, attack
    FROM {db}.events_raw_v1
    WHERE time >= fromUnixTimestamp64Milli(toInt64(from_s) * 1000, 'UTC') AND time < fromUnixTimestamp64Milli(toInt64(to_s) * 1000, 'UTC') AND late = 0
      AND attestation_status IN ('genuine', 'failed', 'expired', 'missing')
)
SELECT
    scope, platform, issuer,
    count() AS callers,
    countIf(fails) AS failing,
    uniqExactIf(net, fails) AS nets,
    sum(n) AS requests,
    countIf(is_new) AS new_net, countIf(tried) AS signin_failed, countIf(probed) AS probing, countIf(is_loud) AS loud,
    sumIf(n, fails) AS failing_requests,
    countIf(fails AND is_new) AS failing_new_net, countIf(fails AND tried) AS failing_signin_failed,
    countIf(fails AND probed) AS failing_probing, countIf(fails AND is_loud) AS failing_loud
FROM (
    SELECT
        seen.scope AS scope, seen.platform AS platform,
        arrayFilter(x -> x.1 = seen.platform, history.shown) AS here,
        if(arrayExists(x -> x.2 = seen.named, here), seen.named, arrayMax(x -> (x.4, x.2), here).2) AS issuer,
        seen.fails AS fails, seen.net AS net, seen.n AS n, seen.tried AS tried, seen.probed AS probed,
        arrayExists(x -> NOT has(history.known_nets, x), seen.nets) AS is_new,
        seen.entity IN (
            SELECT entity FROM {db}.risk_current_v1 FINAL
            WHERE arrayExists(x -> x.4 >= ${LOUD_DB} AND NOT startsWith(x.1, 'attestation_'), reasons)
        ) AS is_loud
    FROM (
        SELECT
            toString(recent.scope) AS scope, toString(recent.platform) AS platform,
            multiIf(user_id != '', toUInt8(1), session_id != '' AND (scope, platform, session_id) IN (
                SELECT toString(attested.scope), toString(attested.platform), attested.id FROM {db}.attested_v2 AS attested
                WHERE attested.kind = 2 AND (attested.scope, attested.id) IN (SELECT scope, session_id FROM recent WHERE user_id = '')
                GROUP BY attested.scope, attested.platform, attested.id
                HAVING min(first_genuine) <= old AND max(last_genuine) >= forgotten
            ), 2, device_id != '', 3, 4) AS kind,
            [user_id, session_id, device_id, ip][kind] AS id,
            sipHash64(scope, kind, id) AS entity,
            argMax(attestation_status, time) != 'genuine' AS fails,
            argMaxIf(toString(attestation_issuer), time, attestation_issuer != '') AS named,
            any(recent.net) AS net,
            groupUniqArray(cityHash64(recent.net)) AS nets,
            countIf(was_refused = 0) AS n,
            countIf(was_refused = 0 AND route_class = 'signin' AND status >= 400 AND status < 500) > 0 AS tried,
            countIf(was_refused = 0 AND bitAnd(attack, 63) != 0) > 0 OR countIf(was_refused = 0 AND status = 404) >= ${PROBING} AS probed
        FROM recent
        GROUP BY scope, platform, kind, id
    ) AS seen
    INNER JOIN (
        SELECT toString(attested.scope) AS scope, kind, id,
            groupArray((toString(attested.platform), toString(attested.issuer), first_genuine, last_genuine)) AS shown,
            minMap(attested.nets) AS first_met,
            arrayMap(x -> x.1, arrayFilter(x -> x.2 < from_s, arrayZip(first_met.1, first_met.2))) AS known_nets
        FROM {db}.attested_v2 AS attested
        WHERE (attested.scope, attested.kind, attested.id) IN (
            SELECT DISTINCT scope, e.1, e.2 FROM recent
            ARRAY JOIN if(user_id != '', [(toUInt8(1), user_id)], [(toUInt8(2), session_id), (toUInt8(3), device_id), (toUInt8(4), ip)]) AS e
            WHERE e.2 != ''
        )
        GROUP BY scope, kind, id
    ) AS history ON history.scope = seen.scope AND history.kind = seen.kind AND history.id = seen.id
    WHERE notEmpty(here) AND arrayMin(x -> x.3, here) <= old AND arrayMax(x -> x.4, here) >= forgotten
)
GROUP BY scope, platform, issuer
ORDER BY scope, platform, issuer
LIMIT 1000`;

export async function readWindows(
  clickhouse: ClickHouse,
  now: number,
): Promise<Map<string, CohortName & { window: CohortWindow }>> {
  const rows = await clickhouse.checked(windowRow, windowSql(now));
  return new Map(
    rows.map((row) => {
      const { scope, platform, issuer, callers, failing, nets, requests, new_net, signin_failed, probing, loud } = row;
      const window: CohortWindow = {
        callers,
        failing,
        nets,
        all: { requests, new_net, signin_failed, probing, loud },
        ofFailing: {
          requests: row.failing_requests,
          new_net: row.failing_new_net,
          signin_failed: row.failing_signin_failed,
          probing: row.failing_probing,
          loud: row.failing_loud,
        },
      };
      return [cohortKey(row), { scope, platform, issuer, window }];
    }),
  );
}

const real = z.number().nonnegative();
const pastRow = z.object({
  scope: z.string(),
  platform: z.string(),
  issuer: z.string(),
  callers: real,
  failing: real,
  requests: real,
  new_net: real,
  signin_failed: real,
  probing: real,
  loud: real,
  usual_per_minute: z.number().nonnegative(),
  state: z.enum(COHORT_STATES),
  since: count,
});

/** The quiet windows of the day before, one of each window's length, and where each cohort stands. */
const pastSql = (now: number) => `
SELECT scope, platform, issuer,
    sumIf(past.callers, quiet) AS callers, sumIf(past.failing, quiet) AS failing, sumIf(past.requests, quiet) AS requests,
    sumIf(past.new_net, quiet) AS new_net, sumIf(past.signin_failed, quiet) AS signin_failed, sumIf(past.probing, quiet) AS probing,
    sumIf(past.loud, quiet) AS loud,
    ifNotFinite(quantileIf(0.99)(past.requests / ${WINDOW_S / 60}, quiet), 0) AS usual_per_minute,
    argMax(past.state, time) AS state, toUInt32(argMax(past.since, time)) AS since
FROM (
    -- Windows overlap: of each stretch of one window's length the first row stands for all.
    SELECT toString(scope) AS scope, toString(platform) AS platform, toString(issuer) AS issuer, toUInt32(at) AS time,
        toString(state) AS state, toUInt32(since) AS since, callers, failing, requests, new_net, signin_failed, probing, loud,
        state IN ('learning', 'normal') AND time <= ${now - 2 * WINDOW_S} AND time > ${now - 86_400}
          AND row_number() OVER (PARTITION BY scope, platform, issuer, intDiv(time, ${WINDOW_S}) ORDER BY time) = 1 AS quiet
    FROM {db}.attestation_health_v1 FINAL
    WHERE at > fromUnixTimestamp(${now - 86_400}) AND at < fromUnixTimestamp(${now})
) AS past
GROUP BY scope, platform, issuer
LIMIT 1000`;

export interface Past extends CohortName {
  baseline: Baseline;
  standing: Standing;
}

export async function readPast(clickhouse: ClickHouse, now: number): Promise<Map<string, Past>> {
  const rows = await clickhouse.checked(pastRow, pastSql(now));
  return new Map(
    rows.map((row): [string, Past] => {
      const { scope, platform, issuer, callers, failing, requests, new_net, signin_failed, probing, loud } = row;
      const all = { requests, new_net, signin_failed, probing, loud };
      const baseline = { callers, failing, all, usual_per_minute: row.usual_per_minute };
      return [cohortKey(row), { scope, platform, issuer, baseline, standing: { state: row.state, since: row.since } }];
    }),
  );
}
