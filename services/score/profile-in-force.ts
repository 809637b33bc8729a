import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { eachOf } from './batches.ts';
import { keySurprisesSql } from './key-binding.ts';
import { ROLLING_DAYS, STEP_VALUE, topicNumber } from './profile.ts';
import { type Shown, surprisesSql } from './surprise.ts';

/** A habit, and what is usual in a place, is at least a day old: what was begun today vouches for nothing. */
const AGED_S = 86_400;
/** What surprises by so much (hundredths of a nat) is looked up among habits. */
const HABIT_FROM = 200;
/**
 * Habits that are kept only where what they are of surprises: few callers have such. The value of a habit, as SQL over a
 * surprising row of the other topic.
 */
const HABITS_OF_ODD: readonly { habit: number; of: number; value: string }[] = [
  { habit: topicNumber('habit'), of: topicNumber('route'), value: 'value' },
  { habit: topicNumber('habit_step'), of: topicNumber('step'), value: STEP_VALUE },
];
/** Habits that are kept of everybody. */
const HABITS_OF_ALL = [topicNumber('habit_origin')];
/**
 * Topics of which hours count that are a day old, or of the install's first day: an attack that goes on for hours does not
 * make itself usual. All callers count, since in one network those who can attest are not all there are.
 */
const AGED_TOPICS = [topicNumber('local_family')];
/** Topics of which all contexts tell together what is strange for one. */
const KEY_TOPICS = [topicNumber('key_network'), topicNumber('key_family')];

/** Puts the profile in force that rests on the hours before `start` (epoch seconds). */
export const loadProfile = (clickhouse: ClickHouse, start: number): Promise<void> => loadProfiles(clickhouse, [start]);

/** The same for many starts at once: an event is judged by that of its own period. @param starts ascending. */
export async function loadProfiles(clickhouse: ClickHouse, starts: readonly number[]): Promise<void> {
  for (const statement of profileSql(starts)) await clickhouse.run(statement);
}

/** SQL that does so, in order. */
export function profileSql(starts: readonly number[]): string[] {
  const until = `toUInt32(greatest(toInt64(start) - ${AGED_S}, 0))`;
  const habits = [...HABITS_OF_ALL, ...HABITS_OF_ODD.map(({ habit }) => habit)];
  return [
    'TRUNCATE TABLE {db}.score_profile',
    shownSql(starts, 'start', `topic NOT IN (${[...habits, ...AGED_TOPICS, ...KEY_TOPICS].join(', ')})`),
    loadedSql(keySurprisesSql(rowsOf(starts, 'start', `topic IN (${KEY_TOPICS.join(', ')})`)), 'strange'),
    shownSql(starts, AGED_BEFORE, `topic IN (${AGED_TOPICS.join(', ')})`, 'everybody'),
    shownSql(starts, until, `topic IN (${HABITS_OF_ALL.join(', ')})`, 'everybody'),
    ...HABITS_OF_ODD.map((one) => habitOfOddSql(starts, until, one)),
  ];
}

/** Of callers that have a habit which is odd for others, that habit and how many hours there are of them. */
function habitOfOddSql(
  starts: readonly number[],
  until: string,
  { habit, of, value }: (typeof HABITS_OF_ODD)[number],
): string {
  const odd = `(SELECT start, ${value} FROM {db}.score_profile WHERE topic = ${of} AND value != 0 AND usual >= ${HABIT_FROM})`;
  const callers = `SELECT start, context FROM {db}.profile_1h_v1 ${eachOf(starts)}
        WHERE ${hoursOf(starts)} AND topic = ${habit} AND (start, value) IN ${odd} AND ${hoursBefore(until)}`;
  return shownSql(
    starts,
    until,
    `topic = ${habit} AND (value = 0 OR (start, value) IN ${odd}) AND (start, context) IN (${callers})`,
    'everybody',
  );
}

/** Until when hours are a day old at `start`, or of the first day that is kept; as SQL, epoch seconds. */
const AGED_BEFORE = `toUInt32(greatest(toInt64(start) - ${AGED_S}, least(toInt64(start), (SELECT toInt64(toUInt32(min(hour))) FROM {db}.profile_1h_v1) + ${AGED_S})))`;

/** All hours that some of the starts may rest on, told without `start`: so that the others are not read. */
const hoursOf = (starts: readonly number[]) =>
  `hour >= fromUnixTimestamp(${Math.max(0, Math.min(...starts) - ROLLING_DAYS * 86_400 - AGED_S)}) AND hour < fromUnixTimestamp(${Math.max(...starts)})`;

const hoursBefore = (until: string) =>
  `toUInt32(hour) + ${ROLLING_DAYS * 86_400} >= ${until} AND toUInt32(hour) < ${until}`;

/**
 * SQL that loads what was shown in the hours before `until` into the profile.
 * @param until epoch seconds, as SQL over `start`.
 * @param which condition on topics, contexts and values.
 */
function shownSql(starts: readonly number[], until: string, which: string, of: Shown['of'] = 'genuine'): string {
  const rows = rowsOf(starts, until, which);
  return loadedSql(surprisesSql({ rows, context: 'topic, context', whole: '0', of }));
}

const rowsOf = (starts: readonly number[], until: string, which: string) =>
  `SELECT *, start FROM {db}.profile_1h_v1 FINAL ${eachOf(starts)} WHERE ${hoursOf(starts)} AND ${hoursBefore(until)} AND ${which}`;

const loadedSql = (surprises: string, strange = '0') => `
INSERT INTO {db}.score_profile (start, topic, context, value, usual, others, strange)
SELECT start, topic, context, value, usual, others, ${strange} FROM (${surprises})`;

export const PROFILE_TABLE = `CREATE TABLE {db}.score_profile
    (start UInt32, topic UInt8, context UInt64, value UInt64, usual UInt16, others UInt16, strange UInt16) ENGINE = Memory`;
