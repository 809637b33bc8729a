import type { Calibration } from '../../schemas/decision.ts';
import {
  CANNOT_ATTEST,
  type CalibrationCurve,
  RELIEVED_CURVE,
  TAIL_SLOPE,
  toDecibels,
  YOUNG_CURVE,
} from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { byStart } from './batches.ts';

/** A curve and the hour from which it holds. */
export interface CalibrationRow extends CalibrationCurve {
  scope: string;
  /** Platform, `''` for the whole scope. */
  segment: string;
  basis: Calibration;
}

export interface CalibrationOptions {
  /** The challenge budget, a share of genuine caller-hours: decides how many units are enough. */
  alpha: number;
}

/** Curves and references rest on many days, so every sixth hour is often enough; a first day learns sooner and sooner at first. */
const PERIOD_S = 6 * 3600;
/** Hours after the first event at which a first day learns. */
const FIRST_DAY = [0, 1, 2, 3, 4, 6, 8, 12, 16, 20] as const;

/**
 * The moment from which the curves and references in force at a step hold; epoch seconds. It never goes back.
 * @param origin when the first event of this install was, epoch seconds.
 */
export function calibrationStart(step: number, origin: number): number {
  const first = origin - (origin % 3600);
  const hours = (step - first) / 3600;
  if (hours < 0) return step - (step % 3600);
  const young = FIRST_DAY.findLast((hour) => hours >= hour) ?? 0;
  const start = first + young * 3600;
  return young === FIRST_DAY.at(-1) ? Math.max(start, step - (step % PERIOD_S)) : start;
}

/** The periods of learning that a range of seconds touches: `[start, until)` each. */
export function periodsOf(from: number, to: number, origin: number): [number, number][] {
  const found: [number, number][] = [];
  let start = calibrationStart(from, origin);
  while (start <= to) {
    let until = start + 3600;
    while (calibrationStart(until, origin) === start) until += 3600;
    found.push([start, until]);
    start = until;
  }
  return found;
}

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
const LOUD_ELSEWHERE = 20;
const LOUD_ELSEWHERE_SHARE = 0.01;
/** At most this share of a segment's units from one /24 or /48, or from callers first seen on one day … */
const CAP = 0.02;
/** … but for those of an install's first days, when everybody is new. */
const FOUNDING_DAYS = 3;
/**
 * Of what one network and one caller did, only so many of the loudest hours count as loud: a farm of attested devices, or
 * one stolen token, is one event in the life of an API, however many hours it goes on, and must not vouch for others.
 */
const LOUD_OF_NET = 3;
const LOUD_OF_CALLER = 2;
/** Fewer genuine units than this say nothing; with fewer than the budget needs, the shipped tail goes on beyond them. */
const ANCHOR_UNITS = 100;
/** So many caller-hours the shipped reference is worth. */
const SHIPPED_UNITS = 500;
/**
 * A knot rests on at least so many units at or above it; louder scores go on with `TAIL_SLOPE`. Some attackers do hold
 * genuine tokens: a handful of their hours, far out, would bend the curve between them and everybody else, and whatever
 * is loud would look alike.
 */
const LEAST_ABOVE = 20;
/** Width of a score bucket; knots lie on bucket edges. */
const BUCKET = 0.05;
/** How far scopes add up is measured where this share of a scope's genuine caller-hours is loud, or at least so many of them are. */
const TOGETHER_SHARE = 0.01;
const TOGETHER_LEAST = 20;
/** Population calibration leaves out callers over this score, but never more than `POPULATION_TRIM` of all callers. */
const POPULATION_LOUD = 30;
const POPULATION_TRIM = 0.01;

interface Bucket {
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

/**
 * Conformal calibration by caller-hours that ended before `start` (Bates et al. 2023): one curve for each scope, and one
 * for each platform with enough units of its own. With fewer genuine units than the budget needs, the curve follows
 * them as far as they reach and is still called shipped. A scope with hardly any rests on a trimmed population, one
 * without enough of either on the shipped reference (no row).
 * @param start see `calibrationStart`: the curves hold from here on.
 */
export async function computeCalibration(
  clickhouse: ClickHouse,
  start: number,
  options: CalibrationOptions,
): Promise<CalibrationRow[]> {
  return (await computeCalibrations(clickhouse, [start], options)).get(start) ?? [];
}

/** The same for many starts in one statement. */
export async function computeCalibrations(
  clickhouse: ClickHouse,
  starts: readonly number[],
  options: CalibrationOptions,
): Promise<Map<number, CalibrationRow[]>> {
  const buckets = byStart(await clickhouse.rows<Bucket>(bucketsSql(starts)));
  const several = new Set([...buckets.values()].flat().map(({ scope }) => scope)).size > 1;
  const together = new Map(
    several
      ? (await clickhouse.rows<{ start: number; together: number }>(togetherSql(starts))).map((row) => [
          row.start,
          row.together,
        ])
      : [],
  );
  return new Map(starts.map((start) => [start, curvesOf(buckets.get(start) ?? [], together.get(start) ?? 1, options)]));
}

function curvesOf(buckets: readonly Bucket[], together: number, options: CalibrationOptions): CalibrationRow[] {
  const enoughGenuine = 1 / options.alpha - 1;
  const enoughPopulation = 10 / options.alpha;
  const rows: CalibrationRow[] = [];
  for (const bucket of buckets) {
    const whole = bucket.segment === '' || bucket.segment === CANNOT_ATTEST;
    const needed = bucket.basis === 'population' || !whole ? enoughPopulation : ANCHOR_UNITS;
    if (bucket.units < needed) continue;
    const same = (row: CalibrationRow) => row.scope === bucket.scope && row.segment === bucket.segment;
    // The query answers genuine before population: a scope that has the better basis keeps it.
    if (rows.some(same)) continue;
    const curve = curveOf(bucket, together);
    const resolved = bucket.basis === 'population' || bucket.units >= enoughGenuine;
    rows.push({ scope: bucket.scope, segment: bucket.segment, ...curve, basis: resolved ? curve.basis : 'shipped' });
  }
  return rows;
}

/**
 * Knots of a curve from counted scores, `scores` descending: conformal p-values
 * `p = (1 + #{units ≥ s}) / (n + 1)`, or `(1 + #{units ≥ s} + m·p₀(s)) / (n + m + 1)` where that is more: what benign callers of
 * other APIs reach stands in it as `m` caller-hours, so that a curve of few units does not jump with each of them; it never
 * makes bolder, and real units displace it. The count is raised to its upper
 * 95 % bound given the calibration set (Poisson, by Wilson and Hilferty's cube root). Where fewer than twenty units are as
 * loud, the curve goes on with the slope of that tail: an extrapolation.
 * @param together how many times as often a caller is loud in any scope as in one; p grows by it.
 */
export function curveOf(
  bucket: Pick<Bucket, 'basis' | 'scores' | 'counts' | 'units' | 'young'>,
  together = 1,
): CalibrationCurve {
  const scores: number[] = [];
  const decibels: number[] = [];
  const expected = bucket.young ? YOUNG_CURVE : RELIEVED_CURVE;
  let above = 0;
  for (let i = 0; i < bucket.scores.length; i++) {
    above += bucket.counts[i] ?? 0;
    const score = bucket.scores[i] ?? 0;
    if (above < LEAST_ABOVE) continue;
    const bound = upperBound(above + 1);
    const shipped = SHIPPED_UNITS * 10 ** (-toDecibels(expected, score).decibels / 10);
    const one = Math.max(bound / (bucket.units + 1), (bound + shipped) / (bucket.units + SHIPPED_UNITS + 1));
    const p = Math.min(1, together * one);
    scores.push(score);
    decibels.push(p < 1 ? -10 * Math.log10(p) : 0);
    if (p === 1) break;
  }
  // Under the quietest unit there is nobody.
  const quietest = scores.at(-1);
  if (quietest !== undefined && (decibels.at(-1) ?? 0) > 0) {
    scores.push(quietest - BUCKET);
    decibels.push(0);
  }
  scores.reverse();
  decibels.reverse();
  if (scores.length === 0)
    return { basis: bucket.basis, units: bucket.units, scores: [0], decibels: [0], slope: TAIL_SLOPE };
  return { basis: bucket.basis, units: bucket.units, scores, decibels, slope: TAIL_SLOPE };
}

/** Upper 95 % bound of a Poisson mean of which `k` ≥ 1 were seen, including the unit under test. */
function upperBound(k: number): number {
  return k * (1 - 1 / (9 * k) + 1.645 / (3 * Math.sqrt(k))) ** 3;
}

/**
 * A caller that is met in several scopes in one hour has several chances to be loud, and the budget is of its hours, not
 * of each scope's: how many times as many of the hours of callers that attest are among the loudest share in any scope as
 * in one. From 1 (the same hours everywhere) to the number of scopes (never the same).
 */
function togetherSql(starts: readonly number[]): string {
  const from = Math.max(0, Math.min(...starts) - ROLLING_DAYS * 86_400);
  const within = `hour >= fromUnixTimestamp(${from}) AND hour < fromUnixTimestamp(${Math.max(...starts)})`;
  return `
SELECT start, greatest(1, countIf(least_p <= q) / greatest(1, count() * any(q))) AS together
FROM (
    SELECT start, at, who, min(p) AS least_p, max(share) AS q
    FROM (
        SELECT start, at, who, row_number() OVER (PARTITION BY start, scope ORDER BY score DESC) / count() OVER (PARTITION BY start, scope) AS p,
            greatest(${TOGETHER_SHARE}, ${TOGETHER_LEAST} / max(n) OVER (PARTITION BY start)) AS share
        FROM (
            SELECT start, scope, at, (named.kind, named.id) AS who, score, count() OVER (PARTITION BY start, scope) AS n
            FROM (
                SELECT start, scope, caller, at, score
                FROM (
                    SELECT toString(scope) AS scope, caller, toUInt32(hour) AS at, max(score) AS score
                    FROM {db}.caller_hour_v1 WHERE ${within} AND caller IN (SELECT caller FROM {db}.caller_attestation_1h_v1 WHERE genuine > 0)
                    GROUP BY scope, caller, at
                )
                ARRAY JOIN [${starts.map((start) => `toUInt32(${start})`).join(', ')}] AS start
                WHERE at < start AND at + ${ROLLING_DAYS * 86_400} >= start
            ) AS unit
            INNER JOIN (SELECT entity, any(kind) AS kind, any(id) AS id FROM {db}.entity_v1 GROUP BY entity) AS named ON named.entity = unit.caller
        )
    )
    GROUP BY start, at, who
)
GROUP BY start`;
}

/** One scan of caller-hours: each says which of the populations it belongs to at each start, then each population is counted. */
function bucketsSql(starts: readonly number[]): string {
  const rolling = ROLLING_DAYS * 86_400;
  const near = MEMBERSHIP_DAYS * 86_400;
  const from = Math.max(0, Math.min(...starts) - rolling);
  const within = `hour >= fromUnixTimestamp(${from}) AND hour < fromUnixTimestamp(${Math.max(...starts)})`;
  const asked = `[${starts.map((start) => `toUInt32(${start})`).join(', ')}] AS start`;
  const ended = `at < start AND at + ${rolling} >= start
        AND (start < origin + ${FIRST_DAY_LEAVES_S} OR at >= origin + ${FIRST_DAY_S})`;
  return `
WITH (SELECT toUInt32(min(hour)) FROM {db}.caller_hour_v1) AS origin,
ended AS (
    SELECT start, scope, caller, at, platform, net, score, bare
    FROM (
        SELECT toString(scope) AS scope, caller, toUInt32(hour) AS at, max(platform) AS platform, any(net) AS net, max(score) AS score, max(bare) AS bare
        FROM {db}.caller_hour_v1 WHERE ${within} GROUP BY scope, caller, at
    )
    ARRAY JOIN ${asked}
    WHERE ${ended}
)
SELECT start, scope, segment, basis, arrayMap(x -> x.1, pairs) AS scores, arrayMap(x -> x.2, pairs) AS counts, units, toBool(start < origin + ${FIRST_DAY_LEAVES_S}) AS young
FROM (
    SELECT start, scope, segment, basis, arrayReverseSort(x -> x.1, groupArray((bucket, n))) AS pairs, sum(of_bucket) AS units
    FROM (
        SELECT start, scope, segment, basis, round(floor(score / ${BUCKET}) * ${BUCKET}, 4) AS bucket, count() AS of_bucket,
            countIf(loud_of_net <= ${LOUD_OF_NET} AND loud_of_caller <= ${LOUD_OF_CALLER}) AS n
        FROM (
            SELECT start, scope, tupleElement(member, 1) AS segment, tupleElement(member, 2) AS basis, tupleElement(member, 3) AS score,
                row_number() OVER (PARTITION BY start, scope, segment, basis, net ORDER BY lot) AS of_net,
                row_number() OVER (PARTITION BY start, scope, segment, basis, arrived ORDER BY lot) AS of_day, is_founding,
                row_number() OVER (PARTITION BY start, scope, segment, basis, net ORDER BY score DESC, lot) AS loud_of_net,
                row_number() OVER (PARTITION BY start, scope, segment, basis, caller ORDER BY score DESC, lot) AS loud_of_caller,
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
                        WHERE hour >= fromUnixTimestamp(${Math.max(0, from - near)}) AND hour < fromUnixTimestamp(${Math.max(...starts)})
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
        WHERE of_net <= greatest(20, ${CAP} * members)
            AND (is_founding OR of_day <= greatest(20, ${CAP} * members))
        GROUP BY start, scope, segment, basis, bucket
    )
    GROUP BY start, scope, segment, basis
)
ORDER BY start, basis, scope, segment`;
}
