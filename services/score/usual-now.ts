import { ENTITY_KINDS } from '../../schemas/event.ts';
import { topicNumber } from './profile.ts';

/** What genuine callers do is counted by so many seconds. */
const BUCKET_S = 60;
/** What they did in so many seconds is usual … */
const REACH_S = 1800;
/** … until so long before an event, in seconds, and the begin of a bucket: what came a little late is in it. */
const LAG_S = 30;
/** So many genuine callers, on so many networks, must do something before it is usual now. */
const ENOUGH = 5;
/** The network of an event, as SQL over a followed one: a farm of attested devices, or one token that many callers show, is behind a few. */
const NETWORK = `arrayFirst(entity -> entity.1 = ${ENTITY_KINDS.indexOf('net') + 1}, entities).2`;
/** Number of the scope of an event, as SQL over a followed one. */
const SCOPE = 'cityHash64(toString(scope))';
/** Registers of a count of networks, as a power of two: exact for few of them, 1.6 % off for many. */
const PRECISION = 12;
/** Beyond so much memory counts go to disk: a month of few events at once asks for tens of thousands of minutes, seven gigabytes of sets. */
const IN_MEMORY_BYTES = 500_000_000;
/** Of these topics it is told what is usual now: what callers of a platform do, in contexts that are nobody's own. */
const TOPICS = (['route', 'step', 'answer'] as const).map(topicNumber);

/** Until when networks are counted for an event, as SQL over its second; epoch seconds. */
export const usualUntil = (second: string) =>
  `toUInt32(intDiv(toInt64(toUInt32(${second})) - ${LAG_S}, ${BUCKET_S}) * ${BUCKET_S})`;

/** Moments that the followed events ask for, each with the number of their scope. */
const ASKED = `SELECT DISTINCT ${usualUntil('second')} AS until, ${SCOPE} AS whose FROM {db}.score_followed`;

/**
 * SQL that counts the networks of genuine callers among the followed events, and says what was usual until each moment that
 * these events ask for and that no event of their scope asked for yet: logs of one scope may come minutes after those of
 * another. A profile rests on the hours before its period, so it does not know of an app release, of a sale, of an outage that
 * makes every client try again; the genuine callers of the last half hour do. By the surprise of a value's tail among their
 * networks, as of caller-hours in a profile (`profile-in-force.ts`): what few of many do stays odd.
 *
 * Counting an event twice changes nothing: a bucket holds sets. That a moment was counted is written last: after days
 * without a scorer this is more than one block, and a crash between blocks must not leave a moment that is told in part for good.
 */
export const USUAL_NOW = [
  `
INSERT INTO {db}.recent_1m_v1 (at, scope, context, value, networks, callers)
SELECT toStartOfInterval(second, INTERVAL ${BUCKET_S} SECOND) AS at, ${SCOPE} AS whose, item.2 AS context, if(grouping(item.3) = 1, 0, item.3) AS value, uniqCombinedState(${PRECISION})(${NETWORK}), uniqUpToState(${ENOUGH})(toUInt32(caller))
FROM {db}.score_followed ARRAY JOIN arrayFilter(x -> x.1 IN (${TOPICS.join(', ')}), items) AS item
WHERE genuine GROUP BY GROUPING SETS ((at, whose, item.2), (at, whose, item.2, item.3))`,
  `
INSERT INTO {db}.usual_now_v1 (until, context, value, usual)
WITH wanted AS (
    SELECT until, whose FROM (${ASKED})
    WHERE (until, whose) NOT IN (SELECT until, context FROM {db}.usual_now_v1 WHERE value = 0 AND (until, context) IN (${ASKED}))
)
SELECT until, context, value, usual FROM (
    SELECT until, context, value, toUInt16(greatest(1, -100 * log(least(1, (tail + 0.5) / (whole + 1))))) AS usual
    FROM (
        SELECT until, context, value, shown, by, max(if(value = 0, shown, 0)) OVER (PARTITION BY until, context) AS whole,
            sum(if(value = 0, 0, shown)) OVER (PARTITION BY until, context ORDER BY if(value = 0, 4294967295, shown) RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS tail
        FROM (
            SELECT toUInt32(at) + ${BUCKET_S} * k AS until, context, value, uniqCombinedMerge(${PRECISION})(networks) AS shown, uniqUpToMerge(${ENOUGH})(callers) AS by
            FROM {db}.recent_1m_v1 ARRAY JOIN range(1, ${REACH_S / BUCKET_S + 1}) AS k
            WHERE at >= (SELECT fromUnixTimestamp(toUInt32(greatest(0, toInt64(min(until)) - ${REACH_S}))) FROM wanted) AND at < (SELECT fromUnixTimestamp(max(until)) FROM wanted)
                AND (until, scope) IN (SELECT until, whose FROM wanted)
            GROUP BY until, context, value SETTINGS max_bytes_before_external_group_by = ${IN_MEMORY_BYTES}
        )
    )
    WHERE value != 0 AND shown >= ${ENOUGH} AND by >= ${ENOUGH}
    UNION ALL SELECT until, whose, 0, 0 FROM wanted
) ORDER BY usual = 0`,
];

/**
 * SELECT of `until`, `context`, `value` and `usual`: by how much values surprise now, in hundredths of a nat, 1 at least; rows that are
 * not there are of what is not usual now.
 * @param events subquery of followed events.
 */
export const usualNow = (events: string) => `
    SELECT until, context, value, min(usual) AS usual FROM {db}.usual_now_v1
    WHERE until IN (SELECT ${usualUntil('second')} FROM ${events}) AND context IN (SELECT arrayJoin(items).2 FROM ${events})
    GROUP BY until, context, value`;
