import { POLICY_SIGNALS } from '../../schemas/integrity.ts';
import { AGENT_FAMILY } from './cohort.ts';

/** Days of hours that a profile rests on. */
export const ROLLING_DAYS = 7;
/** A step follows the previous one within this time, in seconds. */
export const FOLLOWS_S = 1800;

/** Hash of method and route, as SQL over a raw row. */
export const ROUTE_HASH = 'cityHash64(method, route)';
/** Number of the caller, as SQL over a raw row. */
export const CALLER = 'sipHash64(toString(scope), caller_kind, caller_id)';
/** How a route answered: ok, denied, not there, other 4xx, failed. */
const ANSWER = `multiIf(status IN (401, 403), 2, status = 404, 3, status >= 400 AND status < 500, 4, status >= 500, 5, 1)`;

/** Whose habits an event belongs to: its user's, else its installation's. */
const HABITS_OF = `if(user_id != '', user_id, device_id)`;
/** Number of who touches an object: the user, else the caller. */
export const TOUCHES = `if(user_id != '', sipHash64(toString(scope), 1, user_id), ${CALLER})`;
/** Number of the object that a raw row names on its route, 0 for none. */
export const OBJECT_HASH = `if(object != '', greatest(1, cityHash64(toString(scope), route, object)), 0)`;

/** Who is told apart for longer than a session has habits. */
const LASTS = 'caller_kind != 2';

/** All topics. Their places, from 1, are stored: new ones come last. `volume` to `travel`, and `habit_step`, are those of an event with what it follows ({@link WALKED}). */
const TOPIC_NAMES = [
  'route',
  'step',
  'answer',
  'network',
  'family',
  'fingerprint',
  'key_network',
  'key_family',
  'own_network',
  'own_family',
  'own_device',
  'habit',
  'waf',
  'captcha',
  'volume',
  'owner',
  'walk',
  'travel',
  'local_family',
  'integrity',
  'habit_origin',
  'habit_step',
  'clock',
  'own_country',
] as const;
export type TopicName = (typeof TOPIC_NAMES)[number];
export function topicNumber(name: TopicName): number {
  return TOPIC_NAMES.indexOf(name) + 1;
}

/**
 * What is profiled, as SQL over a raw row: in a context, which values do callers show? All within one scope. The context
 * of a step is that of its platform and the route before it, `cityHash64(context, previous)`; 1 stands for none.
 */
const TOPICS: readonly { name: TopicName; context: string; value: string; when: string }[] = [
  { name: 'route', context: 'platform', value: ROUTE_HASH, when: '1' },
  { name: 'step', context: 'platform', value: ROUTE_HASH, when: '1' },
  { name: 'answer', context: ROUTE_HASH, value: `toUInt64(${ANSWER})`, when: '1' },
  { name: 'network', context: `''`, value: 'toUInt64(asn) + 1', when: 'asn != 0' },
  { name: 'family', context: `''`, value: `cityHash64(${AGENT_FAMILY})`, when: '1' },
  { name: 'fingerprint', context: AGENT_FAMILY, value: 'cityHash64(toString(ja4))', when: `ja4 != ''` },
  { name: 'key_network', context: 'api_client', value: 'toUInt64(asn) + 1', when: `api_client != '' AND asn != 0` },
  { name: 'key_family', context: 'api_client', value: `cityHash64(${AGENT_FAMILY})`, when: `api_client != ''` },
  { name: 'own_network', context: HABITS_OF, value: 'toUInt64(asn) + 1', when: `asn != 0 AND ${HABITS_OF} != ''` },
  { name: 'own_family', context: HABITS_OF, value: `cityHash64(${AGENT_FAMILY})`, when: `${HABITS_OF} != ''` },
  { name: 'own_device', context: HABITS_OF, value: 'cityHash64(device_id)', when: `user_id != '' AND device_id != ''` },
  {
    name: 'own_country',
    context: HABITS_OF,
    value: 'cityHash64(toString(geo_country))',
    when: `geo_country != '' AND ${HABITS_OF} != ''`,
  },
  { name: 'clock', context: `''`, value: `toUInt64(toHour(time, 'UTC')) + 1`, when: '1' },
  { name: 'habit', context: `toString(${CALLER})`, value: ROUTE_HASH, when: LASTS },
  {
    name: 'habit_origin',
    context: `toString(${CALLER})`,
    value: `cityHash64(asn, ${AGENT_FAMILY}, toString(ja4), api_client)`,
    when: LASTS,
  },
  {
    name: 'waf',
    context: `''`,
    value: 'toUInt64(multiIf(waf_score <= 0, 1, waf_score < 5, 2, waf_score < 10, 3, 4))',
    when: 'waf_score >= 0',
  },
  { name: 'captcha', context: `''`, value: 'toUInt64(floor(captcha_score * 10)) + 1', when: 'captcha_score >= 0' },
  { name: 'local_family', context: 'toString(asn)', value: `cityHash64(${AGENT_FAMILY})`, when: 'asn != 0' },
  {
    name: 'integrity',
    context: 'platform',
    // A device of which its token reports nothing is 1.
    value: `toUInt64(1 + indexOf([${POLICY_SIGNALS.map((signal) => `'${signal}'`).join(', ')}], toString(attestation_code)))`,
    when: `attestation_status = 'genuine'`,
  },
];
export const VOLUME_TOPIC = topicNumber('volume');

/** SQL array of `(topic, context, value)` of a raw row; topics that do not apply are left out. */
export const PROFILED = `arrayFilter(x -> x.2 != 0, [${TOPICS.map(
  ({ name, context, value, when }) =>
    `(toUInt8(${topicNumber(name)}), if(${when}, cityHash64(toString(scope), ${topicNumber(name)}, ${context}), 0), ${value})`,
).join(', ')}])`;

/** An object that so many others have touched is common property. */
const SHARED_FROM = 3;
/** Earliest touchers of an object that are looked at. */
const TOUCHERS = 12;
/** The classes of {@link OWNERSHIP}. */
export const OWNER = { own: 1, fresh: 2, foreign: 3, shared: 4 } as const;

/**
 * Whose an object was before the event, as SQL over `touchers`, `touches` and `at` (ms): touched by oneself before, by
 * nobody, by one or two others, by many.
 */
export const OWNERSHIP = `multiIf(on_object = 0, 0, arrayExists(x -> x.2 = touches AND x.1 < at, touchers), ${OWNER.own},
    arrayCount(x -> x.1 < at, touchers) AS others = 0, ${OWNER.fresh}, others < ${SHARED_FROM}, ${OWNER.foreign}, ${OWNER.shared})`;
/** The number that an object's name ends with, as SQL over a raw row; 0 for none. */
export const OBJECT_NUMBER = `toInt64OrZero(extract(object, '([0-9]{1,15})$'))`;
/** Neighbours in a walk through ids lie so near each other. */
const STRIDE = 5;
/** The suspicious value of {@link WALK} and of {@link TRAVEL}. */
export const SUSPICIOUS = 2;
/** 2: a step to a neighbour of the object before on this route, 1: to another one, 0: no numbers. Over `number` and `number_before`. */
export const WALK = `multiIf(number = 0 OR number_before = 0 OR number = number_before, 0, abs(number - number_before) <= ${STRIDE}, ${SUSPICIOUS}, 1)`;
/** Faster than an airliner, in m/s, over more than what two locations of one address differ by, in m. */
const FASTEST = 280;
const NEAR_M = 200_000;
/** 2: too far from the place before to have travelled, 1: not, 0: no places within {@link FOLLOWS_S}. Over `at`, `lat`, `lon` and `place_before`. */
export const TRAVEL = `multiIf((lat = 0 AND lon = 0) OR place_before.1 = 0 OR at < place_before.1 OR at - place_before.1 > ${FOLLOWS_S * 1000}, 0,
    geoDistance(lon, lat, place_before.3, place_before.2) AS metres > ${NEAR_M} AND metres * 1000 > ${FASTEST} * (at - place_before.1), ${SUSPICIOUS}, 1)`;
/** SQL of the place that a raw row was at; all zero where its log does not say. */
const PLACE_OF = '(toUnixTimestamp64Milli(time), geo_lat, geo_lon)';
export const NO_PLACE = '(toInt64(0), toFloat32(0), toFloat32(0))';

/** SELECT of the earliest touchers of the objects that a subquery names. */
export const touchersOf = (objects: string) => `
    SELECT object, groupArraySorted(${TOUCHERS})((first, toucher)) AS touchers
    FROM (SELECT object, toucher, toUnixTimestamp64Milli(min(first)) AS first FROM {db}.object_touch_v1
        WHERE object IN (${objects}) GROUP BY object, toucher)
    GROUP BY object`;

/** A step as the value of a habit, as SQL over `context` and `value` of its own topic. */
export const STEP_VALUE = 'cityHash64(context, value)';

/**
 * SQL array of all `(topic, context, value)` of an event with what it follows: columns `profiled` ({@link PROFILED}),
 * `previous` (hash of the route before, 1 for none), `on_route`, `scope`, `nth` (which of its caller's requests on the route in
 * this hour), `owner` ({@link OWNERSHIP}), `walk` ({@link WALK}) and `travel` ({@link TRAVEL}).
 *
 * Volume is told by doublings: who makes the 2^j-th request on a route goes on from context j, whose caller-hours made
 * 2^(j-1). The surprises of an hour's doublings add up to that of its whole number. Whoever has a habit of routes has one of
 * steps too: its value is the step's context and value in one ({@link STEP_VALUE}).
 */
export const WALKED = `arrayConcat(
    arrayMap(x -> (x.1, if(x.1 = ${topicNumber('step')}, cityHash64(x.2, previous), x.2), x.3), profiled),
    arrayMap(x -> (toUInt8(${topicNumber('habit_step')}), cityHash64(x.2, ${topicNumber('habit_step')}),
        cityHash64(cityHash64(arrayFirst(y -> y.1 = ${topicNumber('step')}, profiled).2, previous), x.3)), arrayFilter(x -> x.1 = ${topicNumber('habit')}, profiled)),
    if(bitAnd(nth, nth - 1) = 0, arrayFilter(x -> x.3 > 0, arrayMap(i -> (toUInt8(${VOLUME_TOPIC}),
        cityHash64(toString(scope), ${VOLUME_TOPIC}, on_route, toUInt8(log2(nth)) + i), toUInt64(if(i = 1, 1, if(nth > 1, 2, 0)))), [0, 1])), []),
    if(owner > 0, [(toUInt8(${topicNumber('owner')}), cityHash64(toString(scope), ${topicNumber('owner')}, on_route), toUInt64(owner))], []),
    if(walk > 0, [(toUInt8(${topicNumber('walk')}), cityHash64(toString(scope), ${topicNumber('walk')}, on_route), toUInt64(walk))], []),
    if(travel > 0, [(toUInt8(${topicNumber('travel')}), cityHash64(toString(scope), ${topicNumber('travel')}), toUInt64(travel))], []))`;

/** SQL that remembers who touched which object first, for profiles that are counted before evidence is. @param events condition on `events_raw_v1`. */
export function rememberObjectsSql(events: string): string {
  return `
INSERT INTO {db}.object_touch_v1 (object, toucher, first, last)
SELECT ${OBJECT_HASH} AS touched, ${TOUCHES} AS toucher, min(time), max(time)
FROM {db}.events_raw_v1 WHERE late = 0 AND was_refused = 0 AND object != '' AND ${events}
GROUP BY touched, toucher`;
}

/** SQL that counts caller-hours of the hours in `[from, to)` (epoch seconds) into `profile_1h_v1`. */
export function profileHoursSql(from: number, to: number): string {
  const events = `late = 0 AND was_refused = 0 AND time < ${moment(to)}`;
  return `
INSERT INTO {db}.profile_1h_v1 (hour, topic, context, value, callers, genuine)
SELECT hour, topic, context, if(grouping(value) = 1, 0, value), uniqExact(caller), uniqExactIf(caller, shown)
FROM (
    SELECT hour, caller, shown, item.1 AS topic, item.2 AS context, item.3 AS value
    FROM (
        SELECT walked.*, if(following.2 > 0 AND at - following.1 < ${FOLLOWS_S * 1000}, following.2, 1) AS previous,
            ${OWNERSHIP} AS owner, ${WALK} AS walk, ${TRAVEL} AS travel
        FROM (
            SELECT scope, toStartOfHour(toDateTime(time)) AS hour, toUnixTimestamp64Milli(time) AS at, attestation_status = 'genuine' AS shown,
                ${CALLER} AS caller, ${ROUTE_HASH} AS on_route, ${OBJECT_HASH} AS on_object, ${TOUCHES} AS touches, ${PROFILED} AS profiled,
                lagInFrame((at, on_route), 1, (toInt64(0), toUInt64(0)))
                    OVER (PARTITION BY caller ORDER BY time, partition, offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS following,
                ${OBJECT_NUMBER} AS number, geo_lat AS lat, geo_lon AS lon,
                lagInFrame(number, 1, toInt64(0)) OVER route AS number_before, row_number() OVER route AS nth,
                lagInFrame(${PLACE_OF}, 1, ${NO_PLACE}) OVER (PARTITION BY touches, lat != 0 OR lon != 0 ORDER BY time, partition, offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS place_before
            FROM {db}.events_raw_v1
            WHERE ${events} AND time >= ${moment(Math.max(0, from - FOLLOWS_S))}
            WINDOW route AS (PARTITION BY caller, on_route, hour ORDER BY time, partition, offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        ) AS walked
        LEFT JOIN (${touchersOf(`SELECT ${OBJECT_HASH} FROM {db}.events_raw_v1 WHERE ${events} AND time >= ${moment(from)} AND object != ''`)}) AS known
            ON known.object = walked.on_object
        WHERE at >= toInt64(${from}) * 1000
    )
    ARRAY JOIN ${WALKED} AS item
)
GROUP BY GROUPING SETS ((hour, topic, context), (hour, topic, context, value))`;
}

const moment = (second: number) => `fromUnixTimestamp64Milli(toInt64(${second}) * 1000, 'UTC')`;
