import { BEND_DB, CANNOT_ATTEST, type CalibrationCurve, SHIPPED_CURVE } from './calibration.ts';

/** Days around an hour in which membership is read, as calibration does. */
const NEAR_S = 3 * 86_400;

/** Genuine caller-hours of a scope, and how many of them peak at or over a line. */
export interface FalsePositives {
  scope: string;
  caller_hours: number;
  /** By behaviour and attestation joined, … */
  challenged: number;
  blocked: number;
  /** … and by behaviour alone, on the curve that behaviour alone has. */
  challenged_without: number;
  blocked_without: number;
}

/** Expressions of SQL: epoch seconds of whole hours, and the lines in decibels. */
export interface FalsePositiveRange {
  from: string;
  until: string;
  challengeLine: string;
  blockLine: string;
}

/**
 * SQL for the realised false-positive share, by scope: rows of {@link FalsePositives}. Counted are hours of the sixth of
 * genuine callers that never calibrates (see `services/score/calibrate.ts`), each by the curve that held in it; hours before an
 * upgrade have scores of its method and curves of the one before, so they do not count. A
 * caller is genuine in an hour by what it showed in the days around, outside the hour: what the hour shows stays free, so
 * that a genuine caller whose token failed is counted with the price that it paid.
 */
export function falsePositivesSql({ from, until, challengeLine, blockLine }: FalsePositiveRange): string {
  const near = (x: string) => `x != unit.at AND abs(toInt64(x) - toInt64(unit.at)) <= ${NEAR_S}, ${x}`;
  // The curve of the platform, else of the scope, else the shipped one: as at the decision. One without knots stands for none.
  const joined = (line: 'challenge' | 'block', shipped: string) =>
    `multiIf(own.stands, own.${line}, whole.stands, whole.${line}, ${shipped})`;
  const alone = (line: 'challenge' | 'block', shipped: string) =>
    `multiIf(bare.stands, bare.${line}, whole.stands, whole.${line}, ${shipped})`;
  const challenge = shippedSql(challengeLine, SHIPPED_CURVE);
  const block = shippedSql(blockLine, SHIPPED_CURVE);
  const curves = `(
        SELECT toString(scope) AS of_scope, toString(segment) AS of_segment, toUInt32(calibration.valid_from) AS valid_from, notEmpty(scores) AS stands,
            ${thresholdSql(challengeLine)} AS challenge, ${thresholdSql(blockLine)} AS block
        FROM {db}.calibration_v1 AS calibration FINAL
    )`;
  return `
SELECT scope, count() AS caller_hours, countIf(score >= ${joined('challenge', challenge)}) AS challenged,
    countIf(score >= ${joined('block', block)}) AS blocked, countIf(bare_score >= ${alone('challenge', challenge)}) AS challenged_without,
    countIf(bare_score >= ${alone('block', block)}) AS blocked_without
FROM (
    SELECT unit.scope AS scope, unit.at AS at, platform, score, bare_score, '' AS all_platforms, '${CANNOT_ATTEST}' AS no_attestation
    FROM (
        SELECT toString(scope) AS scope, caller, toUInt32(hour) AS at, max(hours.platform) AS platform, max(hours.score) AS score, max(hours.bare) AS bare_score
        FROM {db}.caller_hour_v1 AS hours
        WHERE hour >= fromUnixTimestamp(${from}) AND hour < fromUnixTimestamp(${until}) AND hour >= (SELECT max(since) FROM {db}.method_v1) AND cityHash64(caller, 'split') % 6 = 5
        GROUP BY scope, caller, at
    ) AS unit
    INNER JOIN (
        SELECT toString(scope) AS scope, caller, groupUniqArrayIf(toUInt32(hour), genuine > 0) AS genuine_at, groupUniqArrayIf(toUInt32(hour), failed > 0) AS failed_at
        FROM {db}.caller_attestation_1h_v1
        WHERE hour >= fromUnixTimestamp(greatest(0, ${from} - ${NEAR_S})) AND hour < fromUnixTimestamp(${until} + ${NEAR_S})
        GROUP BY scope, caller
    ) AS shown ON shown.scope = unit.scope AND shown.caller = unit.caller
    WHERE arrayExists(x -> ${near('genuine_at')}) AND NOT arrayExists(x -> ${near('failed_at')})
) AS counted
ASOF LEFT JOIN ${curves} AS own ON own.of_scope = counted.scope AND own.of_segment = counted.platform AND counted.at >= own.valid_from
ASOF LEFT JOIN ${curves} AS whole ON whole.of_scope = counted.scope AND whole.of_segment = counted.all_platforms AND counted.at >= whole.valid_from
ASOF LEFT JOIN ${curves} AS bare ON bare.of_scope = counted.scope AND bare.of_segment = counted.no_attestation AND counted.at >= bare.valid_from
GROUP BY scope
ORDER BY caller_hours DESC, scope
LIMIT 200`;
}

/** The score at which a stored curve first reaches a line: `toScore` of `shared/calibration.ts`, as SQL. */
function thresholdSql(line: string, scores = 'scores', decibels = 'decibels', slope = 'slope'): string {
  const value = `if(i = 0, s[-1] + least(${line}, greatest(${BEND_DB}, d[-1])) - d[-1] + greatest(0, ${line} - greatest(${BEND_DB}, d[-1])) / ${slope}, s[i - 1] + (s[i] - s[i - 1]) * (${line} - d[i - 1]) / (d[i] - d[i - 1]))`;
  return `arrayMap((s, d, i) -> ${value}, [arrayPushFront(${scores}, 0.)], [arrayPushFront(${decibels}, 0.)],
                [arrayFirstIndex(x -> x >= ${line}, arrayPushFront(${decibels}, 0.))])[1]`;
}

function shippedSql(line: string, { scores, decibels, slope }: CalibrationCurve): string {
  const array = (values: readonly number[]) => `[${values.map((value) => `toFloat64(${value})`).join(', ')}]`;
  return thresholdSql(line, array(scores), array(decibels), String(slope));
}
