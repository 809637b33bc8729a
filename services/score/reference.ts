import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { batchesOf, byStart } from './batches.ts';
import { SCORED_KINDS } from './kinds.ts';

/** Days of genuine entity-hours that a reference rests on. */
export const REFERENCE_DAYS = 7;
/** The shipped scale weighs as much as this many entity-hours. */
const SHIPPED_WEIGHT = 100;
/** Entity-hours of one kind that are read at most; chosen by hash. */
export const SAMPLE = 20_000;
/** The shipped scale: 1 in 10 reaches 10 dB, 1 in 100 reaches 20 dB. */
const LOW_DB = 10;
const HIGH_DB = 20;

interface TermTail {
  start: number;
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
  await clickhouse.run('TRUNCATE TABLE {db}.score_reference');
  // Seconds that come late are judged under what is in force now, so it holds for all seconds.
  await insertReferences(clickhouse, await clickhouse.rows<TermTail>(tailsSql([start])), termCount, () => 0);
}

/** The same for many starts: each reference holds from its own on. */
export async function learnReferences(
  clickhouse: ClickHouse,
  starts: readonly number[],
  termCount: number,
): Promise<void> {
  await clickhouse.run('TRUNCATE TABLE {db}.score_reference');
  for (const some of await batchesOf(clickhouse, starts, 'term_hour_v1'))
    await insertReferences(clickhouse, await clickhouse.rows<TermTail>(tailsSql(some)), termCount, (start) => start);
}

async function insertReferences(
  clickhouse: ClickHouse,
  tails: readonly TermTail[],
  termCount: number,
  from: (start: number) => number,
): Promise<void> {
  const rows: unknown[][] = [];
  for (const [start, ofStart] of byStart(tails)) {
    for (const [index] of SCORED_KINDS.entries()) {
      const ofKind = new Map(ofStart.filter((tail) => tail.kind === index + 1).map((tail) => [tail.term, tail]));
      const entityHours = ofKind.values().next().value?.entityHours ?? 0;
      if (entityHours === 0) continue;
      const scales = Array.from({ length: termCount }, (_, i) => {
        const tail = ofKind.get(i + 1);
        return blend(tail?.low ?? 0, tail?.high ?? 0, entityHours);
      });
      rows.push([
        from(start),
        index + 1,
        learntShare(entityHours),
        scales.map(({ low }) => low),
        scales.map(({ high }) => high),
      ]);
    }
  }
  if (rows.length > 0) await clickhouse.insert('score_reference', ['start', 'kind', 'learnt', 'low', 'high'], rows);
}

/** How far what is learnt from so many entity-hours displaces what is shipped, 0 to 1. */
export function learntShare(entityHours: number): number {
  return entityHours / (entityHours + SHIPPED_WEIGHT);
}

/** Learnt heights displace the shipped ones as entity-hours come in; what genuine entities hardly do weighs more than shipped. */
export function blend(low: number, high: number, entityHours: number): { low: number; high: number } {
  const weight = learntShare(entityHours);
  const learntHigh = Math.max(high, 6);
  const blendedHigh = HIGH_DB + weight * (learntHigh - HIGH_DB);
  const blendedLow = LOW_DB + weight * (Math.max(low, learntHigh / 3) - LOW_DB);
  return { low: Math.max(1, blendedLow), high: Math.max(blendedHigh, blendedLow + 3) };
}

function tailsSql(starts: readonly number[]): string {
  const rolling = REFERENCE_DAYS * 86_400;
  const from = Math.max(0, Math.min(...starts) - rolling);
  return `
WITH
    hours AS (
        SELECT start, kind, hour, entity, peaks
        FROM (
            SELECT kind, hour, entity, maxMap(terms.1, terms.2) AS peaks
            FROM {db}.term_hour_v1
            WHERE hour >= fromUnixTimestamp(${from}) AND hour < fromUnixTimestamp(${Math.max(...starts)})
            GROUP BY kind, hour, entity
        )
        ARRAY JOIN [${starts.map((start) => `toUInt32(${start})`).join(', ')}] AS start
        WHERE toUInt32(hour) < start AND toUInt32(hour) + ${rolling} >= start
        ORDER BY start, kind, cityHash64(entity, hour)
        LIMIT ${SAMPLE} BY start, kind
    ),
    sizes AS (SELECT start, kind, count() AS entityHours FROM hours GROUP BY start, kind)
SELECT start, kind, term, entityHours,
    tops[toUInt32(ceil(entityHours / 10 + 0.5))] AS low, tops[toUInt32(ceil(entityHours / 100 + 0.5))] AS high
FROM (
    SELECT start, kind, tupleElement(pair, 1) AS term, arrayReverseSort(groupArray(tupleElement(pair, 2))) AS tops
    FROM hours ARRAY JOIN arrayZip(peaks.1, peaks.2) AS pair
    GROUP BY start, kind, term
) AS peak INNER JOIN sizes USING (start, kind)
UNION ALL
-- Kinds with genuine entity-hours whose terms were all quiet.
SELECT start, kind, toUInt8(0), entityHours, toFloat32(0), toFloat32(0) FROM sizes`;
}
