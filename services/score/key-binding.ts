import { surprisesSql } from './surprise.ts';

/** A key that was shown in so many networks, or by so many families of software, at most belongs to them. */
const BOUND_TO = 2;
/** Caller-hours that stand for keys of other installs: one that knows none takes a key in a second place for what one hour in 300 shows. */
const PRIOR_HOURS = 150;
/** Where one in so many caller-hours of a key has a genuine token, an app carries it, and everybody has it. */
const APP_SHARE = 10;

/**
 * SELECT of what surprises of API keys, as `surprisesSql` has it, and `strange`: how strange a value is for a key that is
 * bound to where it comes from, in hundredths of a nat; 0 for what it showed, and where a key is not bound, as one that an
 * app carries. A partner's job runs a few hours a night, so that its own hours can hardly tell what is strange for its key;
 * that keys of one network do not come from a second is told by all keys together, of all scopes. A value that a key of `d`
 * networks never showed is strange by `-ln((more + 1/2) / (hours + more + PRIOR_HOURS))`, `hours` being the caller-hours of
 * keys of `d` networks and `more` the keys that have more (Good 1953, pooled over contexts).
 * @param rows of hours, with `start`, `topic`, `context`, `value`, `callers` and `genuine`; a topic for itself.
 */
export function keySurprisesSql(rows: string): string {
  return `
WITH shown_rows AS (
    SELECT *, countIf(value != 0 AND shown > 0) OVER (PARTITION BY start, topic, context) AS places
    FROM (${surprisesSql({ rows, context: 'topic, context', whole: '0', of: 'genuine' })})
), apps AS (
    SELECT start, topic, context FROM (${rows}) WHERE value = 0 GROUP BY start, topic, context HAVING sum(genuine) * ${APP_SHARE} >= sum(callers)
), levels AS (
    SELECT start, topic, places, hours, sum(keys) OVER (PARTITION BY start, topic ORDER BY places DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - keys AS more
    FROM (SELECT start, topic, places, uniqExact(context) AS keys, sum(shown) AS hours FROM shown_rows GROUP BY start, topic, places)
)
SELECT start, topic, context, value, usual, others, toUInt16(if(shown > 0 OR places > ${BOUND_TO} OR (start, topic, context) IN (SELECT start, topic, context FROM apps), 0,
    least(800, floor(-100 * log((more + 0.5) / (hours + more + ${PRIOR_HOURS})))))) AS strange
FROM shown_rows INNER JOIN levels USING (start, topic, places)`;
}
