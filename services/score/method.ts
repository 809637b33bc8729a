import { createHash } from 'node:crypto';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { schemaStatements } from '../../shared/clickhouse/migrate.ts';
import type { Logger } from '../../shared/logger.ts';
import { callerHoursSql } from './caller-hours.ts';
import { evidenceSql, followSql } from './evidence.ts';
import { type Marked, markHistory } from './history.ts';
import { hourCountsSql } from './hour-counts.ts';
import { openingsSql } from './opening.ts';
import { profileSql } from './profile-in-force.ts';
import { blend, scaleSql, termHoursSql } from './reference.ts';
import type { RiskQuery } from './risk-query.ts';

/** Hashes of what makes that which is learnt. Another layout of the same SQL is another method too: it costs minutes, never a wrong scale. */
export interface Method {
  /** Heights and scores: what features count, their tails, windows and weights, scales, what events surprise by. */
  method: string;
  /** Profiles: plain counts of caller-hours, which other weights leave as they were. */
  topics: string;
}

/** The method of this version. */
export function methodOf(query: RiskQuery): Method {
  const anyRange = { from: 100_000, to: 100_001 };
  const rollUps = schemaStatements({ retentionDays: 1, ttl: false }).filter((sql) => /\{db\}\.entity_1s_v1/.test(sql));
  const scales = [1, 100, 10_000].flatMap((hours) => [blend(2, 4, hours), blend(8, 30, hours)]);
  return {
    method: digest([
      ...rollUps,
      ...followSql('1'),
      evidenceSql([0]),
      ...profileSql([0]),
      openingsSql([0]),
      ...query.fill('', anyRange),
      query.terms,
      ...termHoursSql('', ''),
      ...scaleSql([0]),
      JSON.stringify(scales),
      query.risk(''),
      callerHoursSql('', '', [{ start: 0, weighed: 0 }]),
    ]),
    topics: digest(hourCountsSql(0, 3600)),
  };
}

function digest(parts: readonly string[]): string {
  const text = parts.map((part) => part.replace(/\s+/g, ' ').trim()).join('\n');
  return createHash('sha256').update(text).digest('hex');
}

/** Tables of what a method made, but for curves, which are also read as what held when. */
const LEARNT = ['term_hour_v1', 'other_term_hour_v1', 'caller_hour_v1', 'reference_v1'] as const;
/** Plain counts of caller-hours, by hour. */
const COUNTED = ['profile_1h_v1', 'opening_1h_v1'] as const;

/**
 * Compares the method with the one that scored last. Where it is another, what that one left is forgotten, every curve is
 * the shipped one from `start` on, and the past hours of which raw events are kept are marked as history: the scorer makes
 * heights, caller-hours and profiles of them anew, aside, as it learns from an import. Profiles stay while their topics do.
 * A crash in between does all of it again.
 * @param start epoch seconds, a full hour: where the next period of learning begins.
 */
export async function renewMethod(clickhouse: ClickHouse, query: RiskQuery, start: number, log: Logger): Promise<void> {
  const ours = methodOf(query);
  const [last] = await clickhouse.rows<Method>(
    'SELECT method, topics FROM {db}.method_v1 ORDER BY written_at DESC LIMIT 1',
  );
  if (last?.method === ours.method && last.topics === ours.topics) return;
  const renews = last !== undefined || (await hasLearnt(clickhouse));
  if (renews) {
    const marked = await markHistory(clickhouse, start);
    for (const table of last?.topics === ours.topics ? LEARNT : [...LEARNT, ...COUNTED])
      await clickhouse.run(`TRUNCATE TABLE {db}.${table}`);
    await clickhouse.run(
      `INSERT INTO {db}.calibration_v1 (valid_from, scope, segment, basis, units, scores, decibels, slope)
       SELECT fromUnixTimestamp(${start}), scope, segment, 'shipped', 0, [], [], 0 FROM {db}.calibration_v1 GROUP BY scope, segment`,
    );
    log.warn({ event: 'method_changed', hours: marked.hours, kept: marked.kept }, changeNotice(marked));
  }
  await clickhouse.insert('method_v1', ['since', 'method', 'topics'], [[renews ? start : 0, ours.method, ours.topics]]);
}

/** What the log says of a change. */
export function changeNotice({ kept, hours }: Marked): string {
  const changed = 'an earlier version scored by another method';
  if (hours > 0)
    return `${changed}: what it learnt is made anew from the events that are kept, and until then risk rests on what is shipped`;
  return kept > 0
    ? `${changed}, and a day has more events than are scored anew: until enough came in risk rests on what is shipped`
    : `${changed}, and there are no events to learn anew from: until enough came in risk rests on what is shipped`;
}

/** Whether hours that were marked when this method began are still to be scored by it; what is imported later is no part of that. */
export async function isLearningAnew(clickhouse: ClickHouse): Promise<boolean> {
  const [row] = await clickhouse.rows<{ anew: number }>(
    `WITH (SELECT max(since) FROM {db}.method_v1) AS began, (SELECT max(written_at) FROM {db}.method_v1) AS marked
     SELECT count() > 0 AS anew FROM (
       SELECT hour FROM {db}.history_hour_v1 WHERE hour < began
       GROUP BY hour HAVING max(inserted) > max(learnt) AND max(inserted) <= marked)`,
  );
  return row?.anew === 1;
}

async function hasLearnt(clickhouse: ClickHouse): Promise<boolean> {
  const tables = [...LEARNT, 'calibration_v1', ...COUNTED];
  const [row] = await clickhouse.rows<{ any: number }>(
    `SELECT count() AS any FROM (${tables.map((table) => `(SELECT 1 FROM {db}.${table} LIMIT 1)`).join(' UNION ALL ')})`,
  );
  return (row?.any ?? 0) > 0;
}
