import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { SCORED_KINDS } from './kinds.ts';

/** Days of genuine entity-hours that a reference rests on. */
const ROLLING_DAYS = 7;
/** The shipped scale weighs as much as this many entity-hours. */
const SHIPPED_WEIGHT = 100;
/** Entity-hours of one kind that are read at most; chosen by hash. */
const SAMPLE = 20_000;
/** The shipped scale: 1 in 10 reaches 10 dB, 1 in 100 reaches 20 dB. */
const LOW_DB = 10;
const HIGH_DB = 20;

interface TermTail {
  kind: number;
  term: number;
  /** Heights, in decibels of the shipped tail, that 1 in 10 and 1 in 100 entity-hours reach. */
  low: number;
  high: number;
  entityHours: number;
}

/** SQL that folds terms of genuine entities into entity-hours. @param rows table with the columns of a term row. */
export function termHoursSql(rows: string, condition: string): string {
  return `
INSERT INTO {db}.term_hour_v1 (kind, hour, entity, terms)
SELECT kind, toStartOfHour(fromUnixTimestamp(step)) AS hour, entity, maxMap(term, part)
FROM ${rows} WHERE genuine AND kind > 0 AND ${condition}
GROUP BY kind, hour, entity`;
}

/**
 * Learns the scale of every term from genuine entity-hours that ended before `start`, one for each kind of entity, and
 * puts it in force for the risk query. A reference is always older than what it judges, so that scores of calibration
 * and of later traffic are made alike.
 */
export async function learnReference(clickhouse: ClickHouse, start: number, termCount: number): Promise<void> {
  const tails = await clickhouse.rows<TermTail>(tailsSql(start));
  const rows: unknown[][] = [];
  for (const [index] of SCORED_KINDS.entries()) {
    const ofKind = tails.filter((tail) => tail.kind === index + 1);
    const entityHours = ofKind[0]?.entityHours ?? 0;
    if (entityHours === 0) continue;
    const low: number[] = [];
    const high: number[] = [];
    for (let term = 1; term <= termCount; term++) {
      const tail = ofKind.find((t) => t.term === term);
      const scale = blend(tail?.low ?? 0, tail?.high ?? 0, entityHours);
      low.push(scale.low);
      high.push(scale.high);
    }
    rows.push([index + 1, low, high]);
  }
  await clickhouse.run('TRUNCATE TABLE {db}.score_reference');
  if (rows.length > 0) await clickhouse.insert('score_reference', ['kind', 'low', 'high'], rows);
}

/** Learnt heights displace the shipped ones as entity-hours come in; what genuine entities hardly do weighs more than shipped. */
export function blend(low: number, high: number, entityHours: number): { low: number; high: number } {
  const weight = entityHours / (entityHours + SHIPPED_WEIGHT);
  const learntHigh = Math.max(high, 6);
  const blendedHigh = HIGH_DB + weight * (learntHigh - HIGH_DB);
  const blendedLow = LOW_DB + weight * (Math.max(low, learntHigh / 3) - LOW_DB);
  return { low: Math.max(1, blendedLow), high: Math.max(blendedHigh, blendedLow + 3) };
}

function tailsSql(start: number): string {
  return `
WITH
    hours AS (
        SELECT kind, hour, entity, maxMap(terms.1, terms.2) AS peaks
        FROM {db}.term_hour_v1
        WHERE hour >= fromUnixTimestamp(${Math.max(0, start - ROLLING_DAYS * 86_400)}) AND hour < fromUnixTimestamp(${start})
        GROUP BY kind, hour, entity
        ORDER BY kind, cityHash64(entity, hour)
        LIMIT ${SAMPLE} BY kind
    ),
    sizes AS (SELECT kind, count() AS entityHours FROM hours GROUP BY kind)
SELECT kind, term, entityHours,
    tops[toUInt32(ceil(entityHours / 10 + 0.5))] AS low, tops[toUInt32(ceil(entityHours / 100 + 0.5))] AS high
FROM (
    SELECT kind, tupleElement(pair, 1) AS term, arrayReverseSort(groupArray(tupleElement(pair, 2))) AS tops
    FROM hours ARRAY JOIN arrayZip(peaks.1, peaks.2) AS pair
    GROUP BY kind, term
) AS peak INNER JOIN sizes USING (kind)
UNION ALL
-- Kinds with genuine entity-hours whose terms were all quiet.
SELECT kind, toUInt8(0), entityHours, toFloat32(0), toFloat32(0) FROM sizes`;
}
