import { z } from 'zod';
import { ENTITY_KINDS, type EntityKind } from '../../../schemas/event.ts';
import { LONE_TOKEN } from '../../../shared/lone-token.ts';
import { defineQuery } from '../query.ts';
import { OF_ENTITY } from './events.ts';

const int = z.number().int().nonnegative();

/** Where and when an id of a kind was seen, newest scope first; seconds of the epoch. */
export const sightings = defineQuery({
  name: 'sightings',
  params: z.object({ kind: int, id: z.string() }),
  row: z.object({ entity: z.string(), scope: z.string(), first_seen: int, last_seen: int }),
  sql: `
SELECT toString(entity) AS entity, any(scope) AS scope, toUnixTimestamp(min(first_seen)) AS first_seen,
    toUnixTimestamp(max(last_seen)) AS last_seen
FROM {db}.entity_v1
WHERE kind = {kind:UInt8} AND id = {id:String}
GROUP BY entity
ORDER BY last_seen DESC
LIMIT 100`,
});

/**
 * An entity's scores in buckets of `bucket` seconds: the largest and the last of each, from one bucket's worth of
 * changes. Only changes are stored: a bucket without a row goes on at the level before it.
 */
export const riskTimeline = defineQuery({
  name: 'risk_timeline',
  params: z.object({ scope: z.string(), kind: int, id: z.string(), from: int, to: int, bucket: int }),
  row: z.object({ time: int, largest: z.number(), last: z.number(), held: int, held_last: int }),
  sql: `
SELECT intDiv(toUnixTimestamp(step), {bucket:UInt32}) * {bucket:UInt32} AS time,
    max(score) AS largest, argMax(score, step) AS last, max(hold) AS held, argMax(hold, step) AS held_last
FROM (
    SELECT step, score, held AS hold FROM {db}.risk_step_v1 AS risk FINAL
    WHERE entity = sipHash64({scope:String}, {kind:UInt8}, {id:String})
        AND step >= fromUnixTimestamp({from:UInt32}) AND step < fromUnixTimestamp({to:UInt32}))
GROUP BY time
ORDER BY time
LIMIT 2000`,
});

/** The level at which a timeline starts: the newest score of the two days before it. */
export const riskBefore = defineQuery({
  name: 'risk_before',
  params: z.object({ scope: z.string(), kind: int, id: z.string(), from: int }),
  row: z.object({ score: z.number(), held: int }),
  sql: `
SELECT score, held FROM {db}.risk_step_v1
WHERE entity = sipHash64({scope:String}, {kind:UInt8}, {id:String})
    AND step >= fromUnixTimestamp({from:UInt32}) - INTERVAL 2 DAY AND step < fromUnixTimestamp({from:UInt32})
ORDER BY step DESC
LIMIT 1`,
});

const where = (kind: EntityKind) => `
WHERE scope = {scope:String} AND ${OF_ENTITY[kind]}
    AND events.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND events.time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

const params = z.object({ scope: z.string(), id: z.string(), from: int, to: int });
const shares = z.array(z.tuple([z.string(), int]));

const outcomesOf = (kind: EntityKind) =>
  defineQuery({
    name: `outcomes_of_${kind}`,
    params: params.extend({ bucket: int }),
    row: z.object({ time: int, requests: int, challenge: int, block: int }),
    sql: `
SELECT intDiv(toUnixTimestamp(events.time), {bucket:UInt32}) * {bucket:UInt32} AS time, count() AS requests,
    countIf(risk_outcome = 'challenge') AS challenge, countIf(risk_outcome = 'block') AS block
FROM {db}.events_raw_v1 AS events ${where(kind)}
GROUP BY time
ORDER BY time
LIMIT 2000`,
  });

/** What it did, counted: each list holds the ten commonest values. `topK` would be an estimate, so the map is whole. */
const evidenceOf = (kind: EntityKind) =>
  defineQuery({
    name: `evidence_of_${kind}`,
    params,
    row: z.object({
      requests: int,
      refused: int,
      statuses: shares,
      routes: shares,
      attestation: shares,
      agents: shares,
      attacks: z.array(int),
      login_subjects: int,
      objects: int,
      bytes_out: z.number(),
    }),
    sql: `
WITH commonest AS (
    SELECT groupArray(10)((value, requests)) AS top, column FROM (
        SELECT column, value, count() AS requests
        FROM {db}.events_raw_v1 AS events
        ARRAY JOIN
            ['status', 'route', 'attestation', 'agent'] AS column,
            [toString(status), concat(toString(method), ' ', toString(route)), toString(attestation_status), user_agent] AS value
        ${where(kind)}
        GROUP BY column, value
        ORDER BY requests DESC, value
        LIMIT 10 BY column)
    GROUP BY column)
SELECT
    count() AS requests,
    countIf(risk_outcome IN ('challenge', 'block')) AS refused,
    (SELECT anyIf(top, column = 'status') FROM commonest) AS statuses,
    (SELECT anyIf(top, column = 'route') FROM commonest) AS routes,
    (SELECT anyIf(top, column = 'attestation') FROM commonest) AS attestation,
    (SELECT anyIf(top, column = 'agent') FROM commonest) AS agents,
    [countIf(bitTest(attack, 0)), countIf(bitTest(attack, 1)), countIf(bitTest(attack, 2)), countIf(bitTest(attack, 3)),
     countIf(bitTest(attack, 4)), countIf(bitTest(attack, 5)), countIf(bitTest(attack, 6)), countIf(bitTest(attack, 7)),
     countIf(bitTest(attack, 8))] AS attacks,
    uniqExactIf(login_subject, login_subject != '') AS login_subjects,
    uniqExactIf((route, object), object != '') AS objects,
    sum(response_size) AS bytes_out
FROM {db}.events_raw_v1 AS events ${where(kind)}
LIMIT 1`,
  });

/** Who shares its requests: other entities in the same log lines, the busiest five of each kind. */
const relatedTo = (kind: EntityKind) =>
  defineQuery({
    name: `related_to_${kind}`,
    params,
    row: z.object({ kind: int, id: z.string(), requests: int }),
    sql: `
SELECT e.1 AS kind, e.2 AS id, count() AS requests
FROM {db}.events_raw_v1 AS events
ARRAY JOIN arrayFilter(x -> x.2 != '' AND x.1 != ${ENTITY_KINDS.indexOf(kind) + 1}, [
    (toUInt8(1), user_id), (toUInt8(2), session_id), (toUInt8(3), device_id),
    (toUInt8(4), ip), (toUInt8(5), net), (toUInt8(6), toString(api_client)),
    (toUInt8(2), ${LONE_TOKEN})]) AS e
${where(kind)}
GROUP BY kind, id
ORDER BY kind, requests DESC, id
LIMIT 5 BY kind
LIMIT 30`,
  });

const forKinds = <T>(make: (kind: EntityKind) => T): Readonly<Record<EntityKind, T>> => ({
  user: make('user'),
  session: make('session'),
  device: make('device'),
  ip: make('ip'),
  net: make('net'),
  client: make('client'),
});

export const OUTCOMES_OF = forKinds(outcomesOf);
export const EVIDENCE_OF = forKinds(evidenceOf);
export const RELATED_TO = forKinds(relatedTo);
