import { z } from 'zod';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();
const span = z.object({ from: int, to: int });

/** Requests by what they met, in buckets. `from`, `to` in epoch ms, `bucket` in seconds. At most 1,000 rows. */
export const outcomesOverTime = defineQuery({
  name: 'outcomes_over_time',
  params: span.extend({ bucket: int }),
  row: z.object({
    time: int,
    requests: int,
    challenge: int,
    block: int,
    would_challenge: int,
    would_block: int,
    decided: int,
    genuine: int,
    genuine_challenge: int,
    genuine_block: int,
  }),
  sql: `
SELECT
    toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({bucket:UInt32}))) AS time,
    count() AS requests,
    countIf(risk_outcome = 'challenge') AS challenge,
    countIf(risk_outcome = 'block') AS block,
    countIf(risk_would = 'challenge') AS would_challenge,
    countIf(risk_would = 'block') AS would_block,
    countIf(risk_outcome != '' OR risk_would != '') AS decided,
    countIf(attestation_status = 'genuine') AS genuine,
    countIf(attestation_status = 'genuine' AND risk_outcome = 'challenge') AS genuine_challenge,
    countIf(attestation_status = 'genuine' AND risk_outcome = 'block') AS genuine_block
FROM {db}.events_raw_v1 AS events
WHERE events.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND events.time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY time
ORDER BY time
LIMIT 1000`,
});

/** The last minute, for the live header. */
export const lastMinute = defineQuery({
  name: 'last_minute',
  params: span,
  row: z.object({ requests: int, refused: int }),
  sql: `
SELECT count() AS requests, countIf(risk_outcome IN ('challenge', 'block')) AS refused
FROM {db}.events_raw_v1
WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
});

/**
 * How many entities of a scope are at or over a score, by kind: one row for each kind.
 * `held` counts with its line, whatever the score has become since. Cohorts (kind 7) are no entities.
 */
export const overLines = defineQuery({
  name: 'over_lines',
  params: z.object({ scope: z.string(), challenge: z.number(), block: z.number() }),
  row: z.object({ kind: int, challenge: int, block: int }),
  sql: `
SELECT
    kind,
    countIf(NOT (score >= {block:Float64} OR held = 2) AND (score >= {challenge:Float64} OR held = 1)) AS challenge,
    countIf(score >= {block:Float64} OR held = 2) AS block
FROM {db}.risk_current_v1 FINAL
WHERE scope = {scope:String} AND (score > 0 OR held > 0) AND kind <= 6
GROUP BY kind
LIMIT 10`,
});

/** Scopes that have a risk now. */
export const scopesAtRisk = defineQuery({
  name: 'scopes_at_risk',
  params: z.object({}),
  row: z.object({ scope: z.string() }),
  sql: `SELECT DISTINCT toString(scope) AS scope FROM {db}.risk_current_v1 ORDER BY scope LIMIT 1000`,
});

/** The newest whole step; `step` in epoch seconds, `published_at` in epoch ms. No row: nothing was scored yet. */
export const newestSnapshot = defineQuery({
  name: 'newest_snapshot',
  params: z.object({}),
  row: z.object({ step: int, published_at: int, entities: int, elapsed_ms: int }),
  sql: `
SELECT toUnixTimestamp(step) AS step, toUnixTimestamp64Milli(published_at) AS published_at, entities, elapsed_ms
FROM {db}.snapshot_v1
ORDER BY snapshot_v1.step DESC, snapshot_v1.published_at DESC
LIMIT 1`,
});
