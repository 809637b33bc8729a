import { AGAINST, EVIDENCE_DB, TOKEN_SPEAKS } from '../../shared/evidence.ts';
import { SHARED_KINDS } from '../../shared/kinds.ts';
import { LONE_TOKEN, LONE_TOKEN_ENTITY } from '../../shared/lone-token.ts';
import { listed, startOf } from './batches.ts';
import { COHORT, COHORT_KIND } from './cohort.ts';
import { openingSql, openingsOf } from './opening.ts';

/** Stands for a token that is known by itself beside the session that it is counted as, where the risks of an event are joined. */
const TOKEN_KIND = 0;

/** `(kind, number)` of the entities of an event row, absent ones left out; numbers as in `010_entity_1s_v1.sql`. */
const EVENT_ENTITIES = `arrayMap(x -> (x.1, sipHash64(toString(scope), x.1, x.2)), arrayFilter(x -> x.2 != '', [
    (toUInt8(1), user_id), (toUInt8(2), session_id), (toUInt8(3), device_id),
    (toUInt8(4), ip), (toUInt8(5), net), (toUInt8(6), toString(api_client)),
    (toUInt8(2), ${LONE_TOKEN})]))`;

/**
 * The same with the cohort of a request without a genuine token: all that carry risk for it. Who proves to be a genuine
 * app is not one of those who only look like it, neither in what a cohort did nor in what it answers for.
 */
export const EVENT_RISKS = `arrayConcat(${EVENT_ENTITIES},
    if(attestation_status = 'genuine', [], [(toUInt8(${COHORT_KIND}), ${COHORT})]))`;

/** A period of learning and the start of the weights of attestation that hold in it (`evidenceStart`); epoch seconds. */
export interface WeighedPeriod {
  start: number;
  weighed: number;
}

/** The start of the weights that hold at a second, as SQL. */
function weighedSql(second: string, periods: readonly WeighedPeriod[]): string {
  const starts = periods.map(({ start }) => start);
  return `transform(${startOf(second, starts)}, ${listed(starts)}, ${listed(periods.map(({ weighed }) => weighed))}, toUInt32(0))`;
}

/** Weights as SQL: keys, each with the start from which it holds, and decibels. The first entry keeps `transform` from an empty list. */
const weightsOf = (periods: readonly WeighedPeriod[]) => `(
    SELECT (arrayPushFront(groupArray(concat(toString(toUInt32(valid_from)), '\\0', status, '\\0', scope, '\\0', platform, '\\0', issuer)), ''), arrayPushFront(groupArray(decibels), 0.))
    FROM {db}.attestation_evidence_v1 FINAL WHERE toUInt32(valid_from) IN (${[...new Set(periods.map(({ weighed }) => weighed))].join(', ')}))`;

const weightOf = (scope: string, platform: string, issuer: string) =>
  `transform(concat(weighed, '\\0', toString(attestation_status), '\\0', ${scope}, '\\0', ${platform}, '\\0', ${issuer}), weights.1, weights.2, -1.)`;

/** What an event's own attestation status adds to its score, as SQL over `weighed`, the start whose weights hold: as `createEvidence` has it at the decision. */
const EVIDENCE = `if(attestation_status IN (${AGAINST.map((status) => `'${status}'`).join(', ')}), arrayFirst(x -> x >= 0, [
    ${weightOf('toString(scope)', 'toString(platform)', 'toString(attestation_issuer)')},
    ${weightOf('toString(scope)', 'toString(platform)', "''")},
    ${weightOf('toString(scope)', "''", "''")},
    ${weightOf("''", "''", "''")},
    ${`transform(toString(attestation_status), [${AGAINST.map((status) => `'${status}'`).join(', ')}], [${AGAINST.map((status) => `toFloat64(${EVIDENCE_DB[status]})`).join(', ')}], 0.)`}]), 0.)`;

/** Whether the score of a row's entity is known and names its caller, as SQL: whose event has none such is a stranger. */
const IS_KNOWN = `risk.score != 0 AND multiIf(entity_kind = ${TOKEN_KIND}, risk.score >= ${TOKEN_SPEAKS}, entity_kind = 4, by_address, entity_kind <= 3)`;

/**
 * SQL that folds the scores which events met into caller-hours: per event the sum that the decision makes (the loudest of
 * user, session and device, the shared ones, the cohort, its own attestation evidence, and of a stranger what it begins with), per
 * caller and hour the largest, with the network from which it was met. Of who shows a genuine token \`bare\` is what it would have met
 * without one.
 * @param risk table with `entity, step, score`, one row for each (entity, second) that the events need; absent is 0.
 * @param events condition on `events_raw_v1`.
 * @param periods their starts and from when the weights of attestation are that hold in them; epoch seconds, ascending: an
 * event has those of its period.
 */
export function callerHoursSql(risk: string, events: string, periods: readonly WeighedPeriod[]): string {
  const starts = periods.map(({ start }) => start);
  return `
INSERT INTO {db}.caller_hour_v1 (scope, hour, caller, platform, net, score, bare)
WITH ${weightsOf(periods)} AS weights, ${openingsOf(starts)} AS openings
SELECT scope, hour, caller, max(platform), argMax(net, (met, net)), max(met), max(bare)
FROM (
    SELECT any(scope) AS scope, any(hour) AS hour, any(caller) AS caller, any(platform) AS platform, any(net) AS net,
        maxIf(risk.score, if(entity_kind = ${TOKEN_KIND}, risk.score >= ${TOKEN_SPEAKS}, entity_kind <= 3 AND risk.score != 0)) + sumIf(risk.score, entity_kind IN (${SHARED_KINDS.join(', ')})) AS known,
        if(countIf(${IS_KNOWN}) = 0, any(opening), 0) AS begun, known + begun AS bare,
        known + if(any(genuine), 0, begun) + sumIf(risk.score, entity_kind = ${COHORT_KIND}) + any(evidence) AS met
    FROM (
        SELECT source, partition, offset, toString(scope) AS scope, toStartOfHour(toDateTime(time)) AS hour,
            sipHash64(toString(scope), caller_kind, caller_id) AS caller, toString(platform) AS platform, net,
            toUInt32(toDateTime(time)) AS step, toString(${weighedSql('step', periods)}) AS weighed, ${EVIDENCE} AS evidence, ${LONE_TOKEN_ENTITY} AS token,
            ${openingSql('openings', 'step', starts)} AS opening, attestation_status = 'genuine' AS genuine, caller_kind = 4 AS by_address,
            arrayJoin(${EVENT_RISKS}) AS carrier, if(carrier.2 = token, ${TOKEN_KIND}, carrier.1) AS entity_kind, carrier.2 AS entity
        FROM {db}.events_raw_v1
        WHERE late = 0 AND ${events}
    ) AS event
    LEFT JOIN (SELECT entity, step, max(score) AS score FROM ${risk} GROUP BY entity, step) AS risk
        ON risk.entity = event.entity AND risk.step = event.step
    GROUP BY source, partition, offset
)
GROUP BY scope, hour, caller`;
}
