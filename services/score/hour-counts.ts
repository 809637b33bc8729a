import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { openingHoursSql } from './opening.ts';
import { profileHoursSql, ROLLING_DAYS } from './profile.ts';

/**
 * SQL that counts what callers showed in the hours in `[from, to)`, epoch seconds. What tells that an hour was counted
 * (`profile_1h_v1`) comes last, so that a crash in between counts all of it again.
 */
export const hourCountsSql = (from: number, to: number): string[] => [
  openingHoursSql(from, to),
  profileHoursSql(from, to),
];

/**
 * Counts the hours before `until` (epoch seconds, a full hour) that were not counted yet: those after the newest counted one,
 * and gaps before it, where events came in afterwards. Hours of before the method that wait to be scored anew are left to that,
 * which counts them aside: a week of them would hold up live steps for a minute.
 */
export async function countHours(clickhouse: ClickHouse, until: number): Promise<void> {
  const from = Math.max(0, until - ROLLING_DAYS * 86_400);
  const [row] = await clickhouse.rows<{ counted: number[]; waiting: number[]; first: number }>(
    `SELECT (SELECT groupUniqArray(toUInt32(hour)) FROM {db}.profile_1h_v1 WHERE hour >= fromUnixTimestamp(${from})) AS counted,
       (SELECT groupArray(toUInt32(hour)) FROM (SELECT hour FROM {db}.history_hour_v1
          WHERE hour >= fromUnixTimestamp(${from}) AND hour < (SELECT max(since) FROM {db}.method_v1)
          GROUP BY hour HAVING max(inserted) > max(learnt))) AS waiting,
       (SELECT toUInt32(toStartOfHour(toDateTime(min(time)))) FROM {db}.events_raw_v1 WHERE time >= ${moment(from)}) AS first`,
  );
  if (row === undefined || row.first === 0) return;
  const counted = new Set([...row.counted, ...row.waiting]);
  const gaps: [number, number][] = [];
  for (let hour = row.first; hour < until; hour += 3600) {
    if (counted.has(hour)) continue;
    const last = gaps.at(-1);
    if (last?.[1] === hour) last[1] = hour + 3600;
    else gaps.push([hour, hour + 3600]);
  }
  if (gaps.length === 0) return;
  const hours = await clickhouse.rows<{ at: number }>(
    `SELECT DISTINCT toUInt32(toStartOfHour(toDateTime(time))) AS at FROM {db}.events_raw_v1
     WHERE ${gaps.map(([start, end]) => `(time >= ${moment(start)} AND time < ${moment(end)})`).join(' OR ')} ORDER BY at`,
  );
  // Hour by hour: an hour of a busy API is as much as one statement should hold.
  for (const { at } of hours) for (const statement of hourCountsSql(at, at + 3600)) await clickhouse.run(statement);
}

const moment = (second: number) => `fromUnixTimestamp64Milli(toInt64(${second}) * 1000, 'UTC')`;
