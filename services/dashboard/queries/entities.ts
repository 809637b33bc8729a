import { z } from 'zod';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();

const reason = z.object({ feature: z.string(), value: z.number(), usual: z.number(), part: z.number() });

/** One entity's risk as it stands in the tables; `step` in epoch seconds. */
export const riskRow = z.object({
  entity: z.string(),
  step: int,
  scope: z.string(),
  kind: int,
  id: z.string(),
  score: z.number(),
  held: int,
  reasons: z.array(reason),
});
export type RiskRow = z.infer<typeof riskRow>;

// Numbers of entities are larger than a JSON number holds: they travel as text.
const RISK_COLUMNS = `toString(entity) AS entity, toUnixTimestamp(risk.step) AS step, toString(risk.scope) AS scope,
    kind, id, score, held, CAST(reasons, 'Array(Tuple(feature String, value Float64, usual Float64, part Float64))') AS reasons`;

/** The riskiest now, at most `limit` of each scope: decibels are comparable between scopes, scores are not. */
export const riskiest = defineQuery({
  name: 'riskiest',
  params: z.object({ scope: z.string(), kind: int, limit: int }),
  row: riskRow,
  sql: `
SELECT ${RISK_COLUMNS}
FROM {db}.risk_current_v1 AS risk FINAL
WHERE (score > 0 OR held > 0) AND kind <= 6 -- cohorts are no entities
    AND ({scope:String} = '' OR risk.scope = {scope:String})
    AND ({kind:UInt8} = 0 OR kind = {kind:UInt8})
ORDER BY held DESC, score DESC, id
LIMIT {limit:UInt32} BY risk.scope
LIMIT 5000`,
});

/** Risk of named entities, each as `kind` and `id` in one scope. At most 500. */
export const riskOf = defineQuery({
  name: 'risk_of',
  params: z.object({ scope: z.string(), kinds: z.array(int).max(500), ids: z.array(z.string()).max(500) }),
  row: riskRow,
  sql: `
SELECT ${RISK_COLUMNS}
FROM {db}.risk_current_v1 AS risk FINAL
WHERE entity IN (
    SELECT sipHash64({scope:String}, pair.1, pair.2)
    FROM (SELECT arrayJoin(arrayZip({kinds:Array(UInt8)}, {ids:Array(String)})) AS pair))
LIMIT 500`,
});

/** All requests of named entities since `from` (epoch seconds) and the refused ones of them, from the roll-ups. `entities` are numbers as text. */
export const activity = defineQuery({
  name: 'activity',
  params: z.object({ entities: z.array(z.string().regex(/^\d{1,20}$/)).max(1000), from: int }),
  row: z.object({ entity: z.string(), requests: int, refused: int }),
  sql: `
SELECT toString(entity) AS entity, sum(entity_1s_v1.requests) + sum(entity_1s_v1.refused) AS requests, sum(entity_1s_v1.refused) AS refused
FROM {db}.entity_1s_v1
WHERE entity_1s_v1.entity IN (SELECT arrayJoin(arrayMap(x -> toUInt64(x), {entities:Array(String)})))
    AND second >= fromUnixTimestamp({from:UInt32})
GROUP BY entity
LIMIT 1000`,
});
