import { startOf } from './batches.ts';
import { EVENT_RISKS } from './caller-hours.ts';
import { COHORT_ID, COHORT_KIND } from './cohort.ts';
import {
  CALLER,
  FOLLOWS_S,
  NO_PLACE,
  OBJECT_HASH,
  OBJECT_NUMBER,
  OWNER,
  OWNERSHIP,
  PROFILED,
  ROUTE_HASH,
  SUSPICIOUS,
  TOUCHES,
  type TopicName,
  TRAVEL,
  topicNumber,
  touchersOf,
  VOLUME_TOPIC,
  WALK,
  WALKED,
} from './profile.ts';
import { USUAL_NOW, usualNow, usualUntil } from './usual-now.ts';

/** A caller is a newcomer for so long, in seconds. */
export const NEWCOMER_S = 3600;
/** In an install's first hours everybody is new; a newcomer counts in full from this age of the install on, in seconds. */
const SETTLED_S = 86_400;
/**
 * Hour of the first event that is known of, epoch seconds: of the seconds that windows reach, and of the hours that were
 * counted for profiles. Rows that came late are in neither: they say nothing of when an install began. Both tables are in
 * the order of time, so that the first row is read alone.
 */
const ORIGIN = `(SELECT toUInt32(toStartOfHour(min(first))) FROM (
                SELECT * FROM (SELECT second AS first FROM {db}.entity_seconds_v1 ORDER BY second LIMIT 1)
                UNION ALL SELECT * FROM (SELECT hour AS first FROM {db}.profile_1h_v1 ORDER BY hour LIMIT 1)))`;
/** How much of a newcomer its caller is, in hundredths: 0 for one who is known, 100 where newcomers are the exception. */
const NEWCOMER = `if(toUInt32(second) < toUInt32(known.first) + ${NEWCOMER_S},
                toUInt8(greatest(0, least(100, intDiv(100 * (toInt64(toUInt32(known.first)) - ${ORIGIN}), ${SETTLED_S})))), 0)`;

/**
 * To a network a newcomer comes with its first request. To a cohort its n-th request of an hour on the route brings 1/n of it: a
 * script that asks a thousand times is no crowd (it counts as five), and who comes to the route with other software first, in another
 * cohort therefore, is not lost to this one, as he would be if first requests alone counted.
 */
const ARRIVED = `if(e.1 = ${COHORT_KIND}, toUInt8(intDiv(newcomer, nth)), arrived)`;

/** Number of a raw row's place in its source. */
export const PLACE = 'sipHash64(toString(source), partition, offset)';

/** Surprise of a topic, hundredths of a nat; 0 where nothing is known of its context. */
const of = (name: TopicName) => `sumIf(surprise, topic = ${topicNumber(name)})`;
/** What a caller is known to have done on an earlier day surprises no more than it does among its own hours. */
const HABITS = ['habit', 'habit_origin', 'habit_step'] as const satisfies readonly TopicName[];
/**
 * A doubling that nobody is known to have come near is told by its number: so a first day, which has no profile, still
 * sees who asks hundreds of times.
 */
const UNKNOWN_VOLUME = 'least(150, 25 * doubling)';

/**
 * SQL that gathers events with what they follow, to be judged by {@link evidenceSql}. An event follows the newest earlier
 * one of its caller: one of the same range, else the one remembered from ranges before.
 * @param events condition on `events_raw_v1`.
 */
export function followSql(events: string): string[] {
  return [
    'TRUNCATE TABLE {db}.score_events',
    `
INSERT INTO {db}.score_events
SELECT ${PLACE}, toDateTime(time), ${CALLER}, toUnixTimestamp64Milli(time), partition, offset, ${ROUTE_HASH}, ${OBJECT_HASH}, ${TOUCHES}, ${OBJECT_NUMBER}, geo_lat, geo_lon,
    status >= 400 AND status < 500, attestation_status = 'genuine', scope, if(attestation_status = 'genuine', '', ${COHORT_ID}), ${EVENT_RISKS}, ${PROFILED}
FROM {db}.events_raw_v1 WHERE late = 0 AND was_refused = 0 AND ${events}`,
    `
INSERT INTO {db}.object_touch_v1 (object, toucher, first, last)
SELECT on_object, touches, fromUnixTimestamp64Milli(min(at), 'UTC'), fromUnixTimestamp64Milli(max(at), 'UTC') FROM {db}.score_events WHERE on_object != 0 GROUP BY on_object, touches`,
    // Cohorts are entities too: they have a name, and seconds in which they changed. Before the evidence, by which a step
    // that is tried again after a crash knows what was done: what stands there already has both.
    `
INSERT INTO {db}.entity_v1 (entity, scope, kind, id, first_seen, last_seen)
SELECT sipHash64(toString(scope), ${COHORT_KIND}, cohort) AS entity, any(scope), ${COHORT_KIND}, any(cohort), min(second), max(second)
FROM {db}.score_events WHERE cohort != '' GROUP BY entity`,
    `
INSERT INTO {db}.entity_seconds_v1 (second, entity)
SELECT DISTINCT second, sipHash64(toString(scope), ${COHORT_KIND}, cohort) FROM {db}.score_events WHERE cohort != ''`,
    'TRUNCATE TABLE {db}.score_followed',
    `INSERT INTO {db}.score_followed ${FOLLOWING}`,
    ...USUAL_NOW,
  ];
}

/**
 * SQL that turns gathered events into evidence, each against the profile of its period.
 * @param starts of the periods whose profiles are loaded, ascending.
 * @param when condition on their `second`.
 */
export function evidenceSql(starts: readonly number[], when = '1'): string {
  const gathered = `(SELECT * FROM {db}.score_followed WHERE ${when})`;
  return `
INSERT INTO {db}.event_evidence_v1 (entity, second, place, kind, route, step, answer, network, software, key_use, own, volume, owner, walk, travel, outside,
    gap, gap_square, followed, repeated, newcomer, arrived, failed, nth, on_route, number, here, whose, integrity, clock, country, strange_key)
SELECT e.2, event.second, place, e.1, least(s.route, s.habit), least(s.step, s.habit, s.habit_step), s.answer, least(s.network, s.habit_origin), least(s.software, s.habit_origin), least(s.key_use, s.habit_origin), s.own, s.volume, if(event.owner = ${OWNER.foreign}, s.owner, 0),
    if(event.walk = ${SUSPICIOUS}, s.walk, 0), if(event.travel = ${SUSPICIOUS}, s.travel, 0), s.outside,
    gap, toUInt32(gap) * gap, followed, repeated, newcomer, ${ARRIVED}, failed, if(e.2 = caller, nth, 0), if(e.2 = caller, on_route, 0), if(e.2 = caller, number, 0), s.here, event.owner, s.integrity, s.clock, s.country, least(s.strange_key, s.habit_origin)
FROM ${gathered} AS event
LEFT JOIN (
    SELECT place, ${HABITS.map((name) => `if(countIf(topic = ${topicNumber(name)} AND known) = 0, 65535, minIf(surprise, topic = ${topicNumber(name)} AND known)) AS ${name}`).join(', ')},
        ${of('route')} AS route, ${of('step')} AS step, ${of('answer')} AS answer, ${of('network')} AS network,
        greatest(${of('family')}, ${of('fingerprint')}) AS software, greatest(${of('key_network')}, ${of('key_family')}) AS key_use,
        ${of('own_network')} + ${of('own_family')} + ${of('own_device')} AS own, ${of('volume')} AS volume, ${of('owner')} AS owner,
        ${of('walk')} AS walk, ${of('travel')} AS travel, ${of('waf')} + ${of('captcha')} AS outside, ${of('integrity')} AS integrity, ${of('own_country')} AS country,
        sumIf(strange, topic IN (${topicNumber('key_network')}, ${topicNumber('key_family')})) AS strange_key,
        -- An hour of the day that no week has reached yet surprises nobody.
        sumIf(surprise, topic = ${topicNumber('clock')} AND known) AS clock,
        maxIf(greatest(1, surprise), topic = ${topicNumber('local_family')} AND (known OR described)) AS here
    FROM (
        SELECT place, topic, seen.others > 0 AS known, whole.others > 0 AS described, if(seen.value != 0, seen.strange, whole.strange) AS strange, multiIf(seen.usual > 0 OR seen.others > 0, seen.usual,
            whole.others > 0 OR topic != ${VOLUME_TOPIC} OR asked.value = 1, whole.others, ${UNKNOWN_VOLUME}) AS before,
            if(now.usual > 0, least(before, now.usual), before) AS surprise
        FROM (
            SELECT place, ${startOf('second', starts)} AS start, ${usualUntil('second')} AS until, bitCount(toUInt64(nth - 1)) AS doubling, item.1 AS topic, item.2 AS context, item.3 AS value
            FROM ${gathered} ARRAY JOIN items AS item
        ) AS asked
        LEFT JOIN (SELECT start, context, value, usual, others, strange FROM {db}.score_profile WHERE value != 0 AND context IN (SELECT arrayJoin(items).2 FROM ${gathered})) AS seen
            ON seen.start = asked.start AND seen.context = asked.context AND seen.value = asked.value
        LEFT JOIN (SELECT start, context, others, strange FROM {db}.score_profile WHERE value = 0 AND context IN (SELECT arrayJoin(items).2 FROM ${gathered})) AS whole
            ON whole.start = asked.start AND whole.context = asked.context
        LEFT JOIN (${usualNow(gathered)}) AS now ON now.until = asked.until AND now.context = asked.context AND now.value = asked.value
    )
    GROUP BY place
) AS s USING (place)
ARRAY JOIN entities AS e`;
}

/** SQL that remembers the newest of the gathered events of each caller, and where its user was, once their evidence is there. */
export const REMEMBER = [
  `
INSERT INTO {db}.caller_last_v1 (caller, last)
SELECT caller, max((fromUnixTimestamp64Milli(at, 'UTC'), on_route)) FROM {db}.score_events GROUP BY caller`,
  `
INSERT INTO {db}.place_last_v1 (who, last)
SELECT touches, max((fromUnixTimestamp64Milli(at, 'UTC'), lat, lon)) FROM {db}.score_events WHERE lat != 0 OR lon != 0 GROUP BY touches`,
];

/** Each event with what it follows, whether its caller is new, and what of it is profiled. */
const FOLLOWING = `
    SELECT place, second, event.caller AS caller, event.on_route AS on_route, failed, genuine, scope, entities, previous, gap, followed, repeated, newcomer, arrived,
        toUInt32(earlier.nth + in_range) AS nth, number, owner, if(in_range > 1, number_in_range, earlier.number) AS number_before,
        ${WALK} AS walk, travel, ${WALKED} AS items
    FROM (
        SELECT events.place AS place, events.second AS second, events.caller AS caller, events.on_route AS on_route, events.failed AS failed, events.genuine AS genuine, events.scope AS scope,
            events.entities AS entities, events.profiled AS profiled, events.hour AS hour, events.in_range AS in_range, events.at AS at, number, number_in_range,
            if(place_in_range.1 > 0, place_in_range, (toUnixTimestamp64Milli(was.last.1), was.last.2, was.last.3)) AS place_before, ${TRAVEL} AS travel,
            if(following.2 = 0, (toUnixTimestamp64Milli(remembered.last.1), remembered.last.2), following) AS before,
            before.1 > 0 AND at - before.1 >= 0 AND at - before.1 < ${FOLLOWS_S * 1000} AS followed,
            followed AND before.2 = on_route AS repeated,
            if(followed, before.2, 1) AS previous,
            if(followed, toUInt16(100 * log(1 + at - before.1)), 0) AS gap,
            ${NEWCOMER} AS newcomer,
            if(before.1 = 0 AND toUInt32(second) = toUInt32(known.first), newcomer, 0) AS arrived,
            ${OWNERSHIP} AS owner
        FROM (
            SELECT *, toStartOfHour(second) AS hour, lagInFrame((at, on_route), 1, (toInt64(0), toUInt64(0)))
                OVER (PARTITION BY caller ORDER BY at, partition, offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS following,
                row_number() OVER route AS in_range, lagInFrame(number, 1, toInt64(0)) OVER route AS number_in_range,
                lagInFrame((at, lat, lon), 1, ${NO_PLACE}) OVER (PARTITION BY touches, lat != 0 OR lon != 0 ORDER BY at, partition, offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS place_in_range
            FROM {db}.score_events
            WINDOW route AS (PARTITION BY caller, on_route, hour ORDER BY at, partition, offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        ) AS events
        LEFT JOIN (
            SELECT caller, max(last) AS last FROM {db}.caller_last_v1
            WHERE caller IN (SELECT caller FROM {db}.score_events) GROUP BY caller
        ) AS remembered ON remembered.caller = events.caller
        LEFT JOIN (
            SELECT entity, min(first_seen) AS first FROM {db}.entity_v1
            WHERE entity IN (SELECT caller FROM {db}.score_events) GROUP BY entity
        ) AS known ON known.entity = events.caller
        LEFT JOIN (${touchersOf('SELECT on_object FROM {db}.score_events')}) AS touched ON touched.object = events.on_object
        LEFT JOIN (
            SELECT who, max(last) AS last FROM {db}.place_last_v1 WHERE who IN (SELECT touches FROM {db}.score_events) GROUP BY who
        ) AS was ON was.who = events.touches
    ) AS event
    LEFT JOIN (
        SELECT entity AS caller, on_route, toStartOfHour(second) AS hour, max(nth) AS nth, argMax(number, done.nth) AS number FROM {db}.event_evidence_v1 AS done
        WHERE entity IN (SELECT caller FROM {db}.score_events) AND done.nth > 0
            AND place NOT IN (SELECT place FROM {db}.score_events) AND second >= (SELECT toStartOfHour(min(second)) FROM {db}.score_events)
        GROUP BY caller, on_route, hour
    ) AS earlier ON earlier.caller = event.caller AND earlier.on_route = event.on_route AND earlier.hour = event.hour`;

/** The scratch tables of events whose evidence is being made, before and after they know what they follow; and of those that a step judges. */
export const EVIDENCE_TABLES = [
  'CREATE TABLE {db}.score_due (place UInt64) ENGINE = Memory',
  `CREATE TABLE {db}.score_events
    (place UInt64, second DateTime('UTC'), caller UInt64, at Int64, partition UInt32, offset UInt64, on_route UInt64, on_object UInt64, touches UInt64, number Int64, lat Float32, lon Float32,
     failed UInt8, genuine UInt8, scope LowCardinality(String), cohort String, entities Array(Tuple(UInt8, UInt64)), profiled Array(Tuple(UInt8, UInt64, UInt64))) ENGINE = Memory`,
  `CREATE TABLE {db}.score_followed
    (place UInt64, second DateTime('UTC'), caller UInt64, on_route UInt64, failed UInt8, genuine UInt8, scope LowCardinality(String), entities Array(Tuple(UInt8, UInt64)), previous UInt64,
     gap UInt16, followed UInt8, repeated UInt8, newcomer UInt8, arrived UInt8, nth UInt32, number Int64, owner UInt8,
     number_before Int64, walk UInt8, travel UInt8, items Array(Tuple(UInt8, UInt64, UInt64))) ENGINE = Memory`,
];
