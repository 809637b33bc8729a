import { z } from 'zod';
import { PEER_SCALES_SQL } from '../../../shared/peer-scales.ts';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();

/** The curve of each scope and segment that is in force at `at` (epoch seconds). */
export const curvesInForce = defineQuery({
  name: 'curves_in_force',
  params: z.object({ at: int }),
  row: z.object({
    valid_from: int,
    scope: z.string(),
    segment: z.string(),
    basis: z.enum(['genuine', 'population', 'shipped']),
    units: int,
    scores: z.array(z.number()),
    decibels: z.array(z.number()),
    slope: z.number(),
  }),
  sql: `
SELECT toUnixTimestamp(valid_from) AS valid_from, toString(scope) AS scope, toString(segment) AS segment,
    toString(basis) AS basis, units, scores, decibels, slope
FROM {db}.calibration_v1 FINAL
WHERE calibration_v1.valid_from <= fromUnixTimestamp({at:UInt32})
ORDER BY calibration_v1.valid_from DESC
LIMIT 1 BY scope, segment
LIMIT 2000`,
});

/** What is learnt of the peers of each kind that is in force at `at` (epoch seconds). */
export const scalesInForce = defineQuery({
  name: 'scales_in_force',
  params: z.object({ at: int }),
  row: z.object({
    kind: int,
    learnt: z.number(),
    proven: z.number(),
    terms: z.array(z.string()),
    low: z.array(z.number()),
    high: z.array(z.number()),
  }),
  sql: PEER_SCALES_SQL,
});

/**
 * The way to `genuine`, by scope: caller-hours of callers that showed a genuine token within three days around the hour,
 * outside it, and no failed one, in the 30 days before `at` (epoch seconds). The membership rule and the sixth that is
 * left to the meter are those of `services/score/calibrate.ts`; its cap on one network's share and what it leaves out for
 * having been loud in other hours are not counted off, so that this may run ahead by a little.
 */
export const genuineCallerHours = defineQuery({
  name: 'genuine_caller_hours',
  params: z.object({ at: int }),
  row: z.object({ scope: z.string(), units: int, units_24h: int }),
  sql: `
WITH
    fromUnixTimestamp({at:UInt32}) AS now_at,
    3 * 86400 AS near,
    callers AS
    (
        SELECT scope, caller, groupArrayIf(toUInt32(hour), genuine > 0) AS shown, groupArrayIf(toUInt32(hour), failed > 0) AS failures
        FROM (
            SELECT scope, caller, hour, sum(genuine) AS genuine, sum(failed) AS failed
            FROM {db}.caller_attestation_1h_v1
            WHERE hour >= now_at - INTERVAL 33 DAY AND cityHash64(caller, 'split') % 6 != 5
            GROUP BY scope, caller, hour)
        GROUP BY scope, caller
        HAVING notEmpty(shown)
    )
SELECT toString(scope) AS scope, count() AS units, countIf(hour >= now_at - INTERVAL 24 HOUR) AS units_24h
FROM (SELECT DISTINCT scope, hour, caller FROM {db}.caller_hour_v1 WHERE hour >= now_at - INTERVAL 30 DAY) AS seen
INNER JOIN callers ON callers.scope = seen.scope AND callers.caller = seen.caller
WHERE arrayExists(h -> h != toUInt32(seen.hour) AND abs(toInt64(h) - toInt64(toUInt32(seen.hour))) <= near, callers.shown)
    AND NOT arrayExists(h -> abs(toInt64(h) - toInt64(toUInt32(seen.hour))) <= near, callers.failures)
GROUP BY scope
LIMIT 1000`,
});
