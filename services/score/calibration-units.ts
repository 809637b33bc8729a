import { CANNOT_ATTEST, SHIPPED_CURVE, toScore } from '../../shared/calibration.ts';
import { eachOf } from './batches.ts';

// Which caller-hours calibrate: who is genuine, who vouches, how often each counts, how far scopes add up.

/** Days of caller-hours that a curve rests on. */
const ROLLING_DAYS = 30;
/**
 * Hours of an install's first day were scored while little was learnt, so higher than all that come: they leave the curve
 * as soon as half a day of others is there.
 */
const FIRST_DAY_S = 86_400;
const FIRST_DAY_LEAVES_S = 129_600;
/** A caller is genuine in hour h when it showed a genuine token within these days around h, outside h, and no failed one. */
const MEMBERSHIP_DAYS = 3;
/**
 * Attested is not benign: who, in another hour of those days, was among the loudest of all genuine caller-hours, and over
 * this score, vouches for nobody. Outside h like the rest, so a single loud hour of an honest caller still counts.
 */
const LOUD_ELSEWHERE = 16;
const LOUD_ELSEWHERE_SHARE = 0.02;
/** At most this share of a segment's units from one /24 or /48, or from callers first seen on one day … */
const CAP = 0.02;
/** … but for those of an install's first days, when everybody is new. */
const FOUNDING_DAYS = 3;
/**
 * Of what one network and one caller did, only so many of the loudest hours count as loud: a farm of attested devices, or
 * one stolen token, is one event in the life of an API, however many hours it goes on, and must not vouch for others.
 */
const LOUD_OF_NET = 3;
const LOUD_OF_CALLER = 1;
/**
 * But up to so many times the share of hours as loud that networks have in the mean: in a month an office or a carrier has
 * thousands of hours, and most of its ordinary ones would else count as quiet. Networks weigh the same, so that one with
 * many hours does not say what is usual.
 */
const LOUD_TIMES = 2;
/** Width of a score bucket; knots lie on bucket edges. */
export const BUCKET = 0.05;
/** How far scopes add up is measured where this share of a scope's genuine caller-hours is loud, or at least so many of them are. */
const TOGETHER_SHARE = 0.01;
const TOGETHER_LEAST = 20;
/** Population calibration leaves out callers over this score, but never more than `POPULATION_TRIM` of all callers. */
const POPULATION_LOUD = toScore(SHIPPED_CURVE, 20);
const POPULATION_TRIM = 0.01;

/** Counted scores of one population that calibrates from `start` on. */
export interface Bucket {
  start: number;
  scope: string;
  segment: string;
  basis: 'genuine' | 'population';
  scores: number[];
  counts: number[];
  units: number;
  /** Hours of the install's first day are among them. */
  young: boolean;
}

const earliest = (starts: readonly number[]) => Math.max(0, Math.min(...starts) - ROLLING_DAYS * 86_400);

/** `origin`, and for each start the caller-hours that ended before it and still count, as `ended`. */
function endedSql(starts: readonly number[]): string {
  return `(SELECT toUInt32(min(hour)) FROM {db}.caller_hour_v1) AS origin,
ended AS (
    SELECT start, scope, caller, at, platform, net, score, bare
    FROM (
        SELECT toString(scope) AS scope, caller, toUInt32(hour) AS at, max(platform) AS platform, any(net) AS net, max(score) AS score, max(bare) AS bare
        FROM {db}.caller_hour_v1 WHERE hour >= fromUnixTimestamp(${earliest(starts)}) AND hour < fromUnixTimestamp(${Math.max(...starts)}) GROUP BY scope, caller, at
    )
    ${eachOf(starts)}
    WHERE at < start AND at + ${ROLLING_DAYS * 86_400} >= start
        AND (start < origin + ${FIRST_DAY_LEAVES_S} OR at >= origin + ${FIRST_DAY_S})
)`;
}

/** One scan of caller-hours: each says which of the populations it belongs to at each start, then each population is counted. */
export function bucketsSql(starts: readonly number[]): string {
  const near = MEMBERSHIP_DAYS * 86_400;
  return `
WITH ${endedSql(starts)}
SELECT start, scope, segment, basis, arrayMap(x -> x.1, pairs) AS scores, arrayMap(x -> x.2, pairs) AS counts, units, toBool(start < origin + ${FIRST_DAY_LEAVES_S}) AS young
FROM (
    SELECT start, scope, segment, basis, arrayReverseSort(x -> x.1, groupArray((bucket, n))) AS pairs, sum(of_bucket) AS units
    FROM (
        SELECT start, scope, segment, basis, round(floor(score / ${BUCKET}) * ${BUCKET}, 4) AS bucket, count() AS of_bucket,
            countIf(loud_of_net <= greatest(${LOUD_OF_NET}, ${LOUD_TIMES} * share_as_loud * hours_of_net)
                AND loud_of_caller <= greatest(${LOUD_OF_CALLER}, ${LOUD_TIMES} * share_as_loud * hours_of_caller)) AS n
        FROM (
            SELECT *, sum(1 / hours_of_net) OVER (PARTITION BY start, scope, segment, basis ORDER BY score DESC)
                / sum(1 / hours_of_net) OVER (PARTITION BY start, scope, segment, basis) AS share_as_loud
            FROM (
                SELECT start, scope, tupleElement(member, 1) AS segment, tupleElement(member, 2) AS basis, tupleElement(member, 3) AS score,
                    row_number() OVER (PARTITION BY start, scope, segment, basis, net ORDER BY lot) AS of_net,
                    row_number() OVER (PARTITION BY start, scope, segment, basis, arrived ORDER BY lot) AS of_day, is_founding,
                    row_number() OVER (PARTITION BY start, scope, segment, basis, net ORDER BY score DESC, lot) AS loud_of_net,
                    row_number() OVER (PARTITION BY start, scope, segment, basis, caller ORDER BY score DESC, lot) AS loud_of_caller,
                    count() OVER (PARTITION BY start, scope, segment, basis, net) AS hours_of_net,
                    count() OVER (PARTITION BY start, scope, segment, basis, caller) AS hours_of_caller,
                    count() OVER (PARTITION BY start, scope, segment, basis) AS members
                FROM (
                    SELECT *,
                        is_genuine AND elsewhere < greatest(${LOUD_ELSEWHERE}, quantileExactIf(${1 - LOUD_ELSEWHERE_SHARE})(score, is_genuine) OVER (PARTITION BY start, scope)) AS vouches,
                        arrayConcat(
                            if(vouches, [('', 'genuine', score), ('${CANNOT_ATTEST}', 'genuine', bare)], []),
                            if(vouches AND platform != '', [(platform, 'genuine', score)], []),
                            if(is_loud, [], [('', 'population', score), ('${CANNOT_ATTEST}', 'population', bare)])) AS memberships
                    FROM (
                        SELECT unit.start AS start, unit.scope AS scope, arrived, is_founding, platform, net, unit.caller AS caller, score, bare, elsewhere,
                            cityHash64(unit.caller, at) AS lot,
                            -- Genuine callers are split by hash for good: a sixth is the meter's and never calibrates.
                            cityHash64(unit.caller, 'split') % 6 != 5
                                AND arrayExists(x -> x != at AND x < start AND abs(toInt64(x) - toInt64(at)) <= ${near}, shown.genuine)
                                AND NOT arrayExists(x -> x != at AND x < start AND abs(toInt64(x) - toInt64(at)) <= ${near}, shown.failed) AS is_genuine,
                            peak >= ${POPULATION_LOUD} AND peak > loudest.most AS is_loud
                        FROM (
                            SELECT *, max(score) OVER mine AS peak, intDiv(min(at) OVER mine, 86400) AS arrived,
                                arrived < intDiv(min(at) OVER (PARTITION BY start, scope), 86400) + ${FOUNDING_DAYS} AS is_founding,
                                greatest(
                                    max(score) OVER (by_hour RANGE BETWEEN ${near} PRECEDING AND 1 PRECEDING),
                                    max(score) OVER (by_hour RANGE BETWEEN 1 FOLLOWING AND ${near} FOLLOWING)) AS elsewhere
                            FROM ended WINDOW mine AS (PARTITION BY start, scope, caller), by_hour AS (PARTITION BY start, scope, caller ORDER BY at)
                        ) AS unit
                        LEFT JOIN (
                            SELECT toString(scope) AS scope, caller, groupUniqArrayIf(toUInt32(hour), genuine > 0) AS genuine, groupUniqArrayIf(toUInt32(hour), failed > 0) AS failed
                            FROM {db}.caller_attestation_1h_v1
                            WHERE hour >= fromUnixTimestamp(${Math.max(0, earliest(starts) - near)}) AND hour < fromUnixTimestamp(${Math.max(...starts)})
                            GROUP BY scope, caller
                        ) AS shown ON shown.scope = unit.scope AND shown.caller = unit.caller
                        LEFT JOIN (
                            SELECT start, scope, quantileExact(${1 - POPULATION_TRIM})(peak) AS most
                            FROM (SELECT start, scope, caller, max(score) AS peak FROM ended GROUP BY start, scope, caller)
                            GROUP BY start, scope
                        ) AS loudest ON loudest.scope = unit.scope AND loudest.start = unit.start
                    )
                )
                ARRAY JOIN memberships AS member
            )
        )
        WHERE of_net <= greatest(20, ${CAP} * members)
            AND (is_founding OR of_day <= greatest(20, ${CAP} * members))
        GROUP BY start, scope, segment, basis, bucket
    )
    GROUP BY start, scope, segment, basis
)
ORDER BY start, basis, scope, segment`;
}

/**
 * A caller that is met in several scopes in one hour has several chances to be loud, and the budget is of its hours, not
 * of each scope's: how many times as many of the hours of callers that attest are among the loudest share in any scope as
 * in one. From 1 (the same hours everywhere) to the number of scopes (never the same).
 */
export function togetherSql(starts: readonly number[]): string {
  return `
WITH ${endedSql(starts)},
attesting AS (SELECT caller FROM {db}.caller_attestation_1h_v1 WHERE genuine > 0)
SELECT start, greatest(1, countIf(least_p <= share) / (count() * any(share))) AS together
FROM (
    SELECT start, at, who, min(p) AS least_p, any(loud) AS share
    FROM (
        SELECT start, at, who, nth / n AS p, greatest(${TOGETHER_SHARE}, ${TOGETHER_LEAST} / max(n) OVER (PARTITION BY start)) AS loud
        FROM (
            SELECT start, at, (named.kind, named.id) AS who, row_number() OVER (PARTITION BY start, scope ORDER BY score DESC) AS nth,
                count() OVER (PARTITION BY start, scope) AS n
            FROM (SELECT * FROM ended WHERE caller IN attesting) AS unit
            -- An entity's number is that of its scope: who is the same in two of them is told by the name.
            INNER JOIN (SELECT entity, any(kind) AS kind, any(id) AS id FROM {db}.entity_v1 WHERE entity IN attesting GROUP BY entity) AS named
                ON named.entity = unit.caller
        )
    )
    GROUP BY start, at, who
)
GROUP BY start`;
}
