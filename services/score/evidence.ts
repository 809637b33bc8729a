import { EVENT_RISKS } from './caller-hours.ts';
import { COHORT_ID, COHORT_KIND } from './cohort.ts';
import { CALLER, FOLLOWS_S, PROFILED, ROUTE_HASH, TOPIC_NAMES } from './profile.ts';

/** A caller is a newcomer for so long, in seconds. */
export const NEWCOMER_S = 3600;

/** Number of a raw row's place in its source. */
export const PLACE = 'sipHash64(toString(source), partition, offset)';

const topic = (name: string) => TOPIC_NAMES.indexOf(name) + 1;
/** Surprise of a topic, hundredths of a nat; 0 where nothing is known of its context. */
const of = (name: string) => `sumIf(surprise, topic = ${topic(name)})`;

/**
 * SQL that turns events into evidence against the profile in force. An event follows the newest earlier one of its
 * caller: one of the same range, else the one remembered from ranges before.
 * @param events condition on `events_raw_v1`.
 */
export function evidenceSql(events: string): string[] {
  return [
    'TRUNCATE TABLE {db}.score_events',
    `
INSERT INTO {db}.score_events
SELECT ${PLACE}, toDateTime(time), ${CALLER}, toUnixTimestamp64Milli(time), partition, offset, ${ROUTE_HASH}, status >= 400 AND status < 500,
    scope, if(attestation_status = 'genuine', '', ${COHORT_ID}), ${EVENT_RISKS}, ${PROFILED}
FROM {db}.events_raw_v1 WHERE late = 0 AND was_refused = 0 AND ${events}`,
    // Cohorts are entities too: they have a name, and seconds in which they changed. Before the evidence, by which a step
    // that is tried again after a crash knows what was done: what stands there already has both.
    `
INSERT INTO {db}.entity_v1 (entity, scope, kind, id, first_seen, last_seen)
SELECT sipHash64(toString(scope), ${COHORT_KIND}, cohort) AS entity, any(scope), ${COHORT_KIND}, any(cohort), min(second), max(second)
FROM {db}.score_events WHERE cohort != '' GROUP BY entity`,
    `
INSERT INTO {db}.entity_seconds_v1 (second, entity)
SELECT DISTINCT second, sipHash64(toString(scope), ${COHORT_KIND}, cohort) FROM {db}.score_events WHERE cohort != ''`,
    `
INSERT INTO {db}.event_evidence_v1 (entity, second, place, kind, route, step, answer, network, software, key_use, gap, gap_square, followed, repeated, newcomer, failed)
SELECT e.2, event.second, place, e.1, s.route, s.step, s.answer, s.network, s.software, s.key_use,
    gap, toUInt32(gap) * gap, followed, repeated, newcomer, failed
FROM (${FOLLOWING}) AS event
LEFT JOIN (
    SELECT place, ${of('route')} AS route, ${of('step')} AS step, ${of('answer')} AS answer, ${of('network')} AS network,
        greatest(${of('family')}, ${of('fingerprint')}) AS software, greatest(${of('key_network')}, ${of('key_family')}) AS key_use
    FROM (
        SELECT place, topic, multiIf(seen.usual > 0 OR seen.others > 0, seen.usual, whole.others) AS surprise
        FROM (
            SELECT place, item.1 AS topic, if(topic = ${topic('step')}, cityHash64(item.2, previous), item.2) AS context, item.3 AS value
            FROM (${FOLLOWING}) ARRAY JOIN profiled AS item
        ) AS asked
        LEFT JOIN (SELECT context, value, usual, others FROM {db}.score_profile WHERE value != 0) AS seen ON seen.context = asked.context AND seen.value = asked.value
        LEFT JOIN (SELECT context, others FROM {db}.score_profile WHERE value = 0) AS whole ON whole.context = asked.context
    )
    GROUP BY place
) AS s USING (place)
ARRAY JOIN entities AS e`,
    `
INSERT INTO {db}.caller_last_v1 (caller, last)
SELECT caller, max((fromUnixTimestamp64Milli(at, 'UTC'), on_route)) FROM {db}.score_events GROUP BY caller`,
  ];
}

/** Each event with what it follows, and whether its caller is new. */
const FOLLOWING = `
    SELECT events.*, if(following.2 = 0, (toUnixTimestamp64Milli(remembered.last.1), remembered.last.2), following) AS before,
        before.1 > 0 AND at - before.1 >= 0 AND at - before.1 < ${FOLLOWS_S * 1000} AS followed,
        followed AND before.2 = on_route AS repeated,
        if(followed, before.2, 1) AS previous,
        if(followed, toUInt16(100 * log(1 + at - before.1)), 0) AS gap,
        toUInt32(second) < toUInt32(known.first) + ${NEWCOMER_S} AS newcomer
    FROM (
        SELECT *, lagInFrame((at, on_route), 1, (toInt64(0), toUInt64(0)))
            OVER (PARTITION BY caller ORDER BY at, partition, offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS following
        FROM {db}.score_events
    ) AS events
    LEFT JOIN (
        SELECT caller, max(last) AS last FROM {db}.caller_last_v1
        WHERE caller IN (SELECT caller FROM {db}.score_events) GROUP BY caller
    ) AS remembered ON remembered.caller = events.caller
    LEFT JOIN (
        SELECT entity, min(first_seen) AS first FROM {db}.entity_v1
        WHERE entity IN (SELECT caller FROM {db}.score_events) GROUP BY entity
    ) AS known ON known.entity = events.caller`;

/** The scratch table of events whose evidence is being made; `following` columns are made from it. */
export const EVIDENCE_TABLE = `CREATE TABLE IF NOT EXISTS {db}.score_events
    (place UInt64, second DateTime('UTC'), caller UInt64, at Int64, partition UInt32, offset UInt64, on_route UInt64, failed UInt8,
     scope LowCardinality(String), cohort String, entities Array(Tuple(UInt8, UInt64)), profiled Array(Tuple(UInt8, UInt64, UInt64))) ENGINE = Memory`;
