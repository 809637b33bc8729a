/** Days around an hour in which membership is read (as calibration does), and days that are measured. */
const MEMBERSHIP_DAYS = 3;
export const MEASURED_DAYS = 14;
/** Hours of one unit that count, and the share of a platform's and issuer's hours from one /24 or /48, chosen by lot. */
const HOURS_OF_UNIT = 20;
const NET_CAP = 0.02;
const NET_LEAST = 20;

/**
 * SQL for caller-hours of genuine callers by scope, platform and issuer, and how many of them showed each status at least
 * once: `start, scope, platform, issuer, caller_hours, genuine, failed, expired, missing`. Membership is decided outside the
 * hour: a genuine token on its platform in the days around and no failed one anywhere, so that what the hour itself shows
 * stays free. An hour in which no token named its issuer is of the one that was named last before it, else first after it.
 * One installation, or one network with a farm of them, is heard a few times only, so that it cannot make its failures usual.
 * @param range condition on `hour`, and on `start` where there are several.
 * @param starts numbers that it is asked for, all at once.
 */
export function genuineStatusesSql(range: string, starts: readonly number[] = [0]): string {
  const near = (x: string) => `x != ${x} AND abs(toInt64(x) - toInt64(${x})) <= ${MEMBERSHIP_DAYS * 86_400}`;
  return `
SELECT start, scope, platform, issuer, count() AS caller_hours, countIf(of_hour.2 > 0) AS genuine, countIf(of_hour.3 > 0) AS failed,
    countIf(of_hour.4 > 0) AS expired, countIf(of_hour.5 > 0) AS missing
FROM (
    SELECT start, scope, platform, issuer, of_hour, net,
        row_number() OVER (PARTITION BY start, scope, unit ORDER BY lot, platform) AS of_unit,
        row_number() OVER (PARTITION BY start, scope, platform, issuer, net ORDER BY lot) AS of_net,
        count() OVER (PARTITION BY start, scope, platform, issuer) AS members
    FROM (
        SELECT shown.start AS start, shown.scope AS scope, shown.unit AS unit, platform, h.6 AS issuer, h AS of_hour, home.net AS net, cityHash64(shown.unit, h.1) AS lot
        FROM (
            SELECT start, scope, unit, failed_at, p.1 AS platform, p.3 AS genuine_at,
                arrayReverseFill(x -> x != '', arrayFill(x -> x != '', arrayMap(x -> x.6, p.2))) AS issuers,
                arrayMap((x, issuer) -> (x.1, x.2, x.3, x.4, x.5, issuer), p.2, issuers) AS hours
            FROM (
                SELECT start, scope, unit, groupArrayArray(failed_here) AS failed_at,
                    groupArrayIf((platform, shown_here, genuine_here), notEmpty(genuine_here)) AS platforms
                FROM (
                    SELECT start, scope, unit, platform, arraySort(groupArray((at, g, f, e, m, issuer))) AS shown_here,
                        groupArrayIf(at, g > 0) AS genuine_here, groupArrayIf(at, f > 0) AS failed_here
                    FROM (
                        SELECT start, toString(scope) AS scope, unit, toString(platform) AS platform, toUInt32(hour) AS at,
                            max(statuses.named).2 AS issuer, max(genuine) AS g, max(failed) AS f, max(expired) AS e, max(missing) AS m
                        FROM {db}.attestation_1h_v2 AS statuses
                        ARRAY JOIN [${starts.map((start) => `toUInt32(${start})`).join(', ')}] AS start
                        WHERE ${range}
                        GROUP BY start, scope, unit, platform, at
                    )
                    GROUP BY start, scope, unit, platform
                )
                GROUP BY start, scope, unit
                HAVING notEmpty(platforms)
            )
            ARRAY JOIN platforms AS p
        ) AS shown
        LEFT JOIN (
            -- The network from which a unit first showed a genuine token.
            SELECT toString(scope) AS of_scope, sipHash64(of_scope, kind, id) AS unit,
                tupleElement(arraySort(arrayZip((minMap(attested.nets) AS met).2, met.1))[1], 2) AS net
            FROM {db}.attested_v2 AS attested
            GROUP BY of_scope, kind, id
        ) AS home ON home.of_scope = shown.scope AND home.unit = shown.unit
        ARRAY JOIN hours AS h
        WHERE arrayExists(x -> ${near('h.1')}, genuine_at) AND NOT arrayExists(x -> ${near('h.1')}, failed_at)
    )
)
WHERE of_unit <= ${HOURS_OF_UNIT} AND of_net <= greatest(${NET_LEAST}, ${NET_CAP} * members)
GROUP BY start, scope, platform, issuer
ORDER BY start, caller_hours DESC, scope, platform, issuer
LIMIT 2000 BY start`;
}
