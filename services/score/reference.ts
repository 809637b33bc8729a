import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { SCORED_KINDS, type ScoredKind } from '../../shared/kinds.ts';
import { SHIPPED_WEIGHT } from '../../shared/peer-scales.ts';
import { batchesOf, byStart, eachOf } from './batches.ts';
import { COHORT_KIND } from './cohort.ts';

/** Days of entity-hours that a reference rests on. */
const REFERENCE_DAYS = 7;

/**
 * From so many genuine entity-hours on, and as such a share of everybody's, genuine ones alone are peers; before, everybody is,
 * less the loudest: an install to which nobody attests must still learn what is usual there. The share, since the first few
 * installations of a pilot would else take from all others what relieves them; but where there are plenty, no flood of
 * others takes their place.
 */
const ENOUGH_GENUINE = 10;
const ENOUGH_SHARE = 0.01;
const PLENTY_GENUINE = 1000;
/** Of everybody, so many hours of each entity count: who hammers all day is one of many. */
const HOURS_OF_ONE = 3;
/** Share of everybody's entity-hours that is left out as loudest. */
const TRIM = 0.01;
/** Entity-hours of one kind that are read at most; chosen by hash. */
const SAMPLE = 20_000;
/** The shipped scale: 1 in 10 reaches 10 dB, 1 in 100 reaches 20 dB. */
const LOW_DB = 10;
const HIGH_DB = 20;

/** Whose hours a scale rests on, and how many. */
export interface ReferenceBasis {
  basis: 'genuine' | 'everybody';
  entityHours: number;
}

const NOTHING: ReferenceBasis = { basis: 'genuine', entityHours: 0 };
const QUIET = { low: 0, high: 0 };
/** Columns of `{db}.score_reference`. */
export const REFERENCE_COLUMNS = ['start', 'kind', 'learnt', 'proven', 'low', 'high'] as const;

interface TermTail extends ReferenceBasis {
  start: number;
  kind: number;
  term: number;
  /** Heights, in decibels of the shipped tail, that 1 in 10 and 1 in 100 entity-hours reach. */
  low: number;
  high: number;
}

/** SQL that folds terms into entity-hours, those of genuine entities and of all others apart. @param rows table with the columns of a term row. */
export function termHoursSql(rows: string, condition: string): string[] {
  const fold = (table: string, whose: string) => `
INSERT INTO {db}.${table} (kind, hour, entity, terms)
SELECT kind, toStartOfHour(fromUnixTimestamp(step)) AS hour, entity, maxMap(term, part)
FROM ${rows} WHERE ${whose} AND kind > 0 AND ${condition}
GROUP BY kind, hour, entity`;
  return [fold('term_hour_v1', 'genuine'), fold('other_term_hour_v1', 'NOT genuine')];
}

/**
 * Learns the scale of every term from entity-hours that ended before `start`, one for each kind of entity, and
 * puts it in force for the risk query. A reference is always older than what it judges, so that scores of calibration
 * and of later traffic are made alike.
 * @returns what the scale of each kind rests on, by its number; of kinds without any, the shipped scale stands.
 */
export async function learnReference(
  clickhouse: ClickHouse,
  start: number,
  termCount: number,
): Promise<ReadonlyMap<number, ReferenceBasis>> {
  await clickhouse.run('TRUNCATE TABLE {db}.score_reference');
  const { tails, named } = await tailsOf(clickhouse, [start]);
  // Seconds that come late are judged under what is in force now, so it holds for all seconds.
  await insertReferences(clickhouse, tails, named, termCount, () => 0);
  return new Map(tails.map(({ kind, basis, entityHours }) => [kind, { basis, entityHours }]));
}

/** Learns the scales of a period and stores what they are, so that reasons can say what is usual. */
export async function publishReference(
  clickhouse: ClickHouse,
  start: number,
  { termCount, termNames }: { termCount: number; termNames: readonly string[] },
): Promise<void> {
  await learnReference(clickhouse, start, termCount);
  const names = `[${termNames.map((name) => `'${name}'`).join(', ')}]`;
  await clickhouse.run(`
INSERT INTO {db}.reference_v1 (valid_from, kind, learnt, proven, terms, low, high)
SELECT fromUnixTimestamp(${start}), kind, learnt, proven, ${names}, low, high FROM {db}.score_reference
UNION ALL SELECT fromUnixTimestamp(${start}), toUInt8(0), toFloat32(0), toFloat32(0), [], [], []`);
}

/** The same for many starts: each reference holds from its own on. */
export async function learnReferences(
  clickhouse: ClickHouse,
  starts: readonly number[],
  termCount: number,
): Promise<void> {
  await clickhouse.run('TRUNCATE TABLE {db}.score_reference');
  for (const some of await batchesOf(clickhouse, starts, ['term_hour_v1', 'other_term_hour_v1'])) {
    const { tails, named } = await tailsOf(clickhouse, some);
    await insertReferences(clickhouse, tails, named, termCount, (start) => start);
  }
}

const NAMES: readonly ScoredKind[] = ['user', 'device'];
/** Numbers of the kinds that a log names. */
const NAMED_KINDS = NAMES.map((kind) => SCORED_KINDS.indexOf(kind) + 1);

interface Learnt {
  tails: TermTail[];
  /**
   * Entity-hours of users and devices that each start rests on. The lower bounds of plain evidence are for logs that name
   * nobody, where an address is all there is: where callers are told apart, weights say what it is worth, and bounds on top
   * made a service in a loop (401, try again) louder than most attacks.
   */
  named: ReadonlyMap<number, number>;
}

/** Tails by genuine entity-hours, and before enough have attested, by everybody's. Cohorts are each other's peers. */
async function tailsOf(clickhouse: ClickHouse, starts: readonly number[]): Promise<Learnt> {
  const sizes = await clickhouse.rows<{ start: number; genuine: number; others: number; named: number }>(
    sizesSql(starts),
  );
  const named = new Map(sizes.map((size) => [size.start, size.named]));
  const enough = ({ genuine, others }: { genuine: number; others: number }) =>
    genuine >= Math.min(PLENTY_GENUINE, Math.max(ENOUGH_GENUINE, ENOUGH_SHARE * (genuine + others)));
  const attested = new Set(sizes.filter(enough).map(({ start }) => start));
  const lacking = starts.filter((start) => !attested.has(start));
  const genuine = await clickhouse.rows<TermTail>(tailsSql(starts, 'genuine'));
  if (lacking.length === 0) return { tails: genuine, named };
  const everybody = await clickhouse.rows<TermTail>(tailsSql(lacking, 'everybody'));
  const ofGenuine = genuine.filter(({ start, kind }) => kind === COHORT_KIND || attested.has(start));
  return { tails: [...ofGenuine, ...everybody], named };
}

/** How many entity-hours of genuine entities, of others, and of named callers each start rests on, cohorts apart. */
function sizesSql(starts: readonly number[]): string {
  const rolling = REFERENCE_DAYS * 86_400;
  const hours = (table: string, attests: 0 | 1) => `
    SELECT ${attests} AS attests, toUInt32(hour) AS at, kind, entity FROM {db}.${table}
    WHERE ${hoursBetween(starts)} AND kind != ${COHORT_KIND}`;
  return `
SELECT start, sum(by_genuine) AS genuine, sum(by_others) AS others, sum(by_named) AS named
FROM (
    SELECT at, uniqIf(kind, entity, attests = 1) AS by_genuine, uniqIf(kind, entity, attests = 0) AS by_others,
        uniqIf(kind, entity, kind IN (${NAMED_KINDS.join(', ')})) AS by_named
    FROM (${hours('term_hour_v1', 1)} UNION ALL ${hours('other_term_hour_v1', 0)})
    GROUP BY at
)
${eachOf(starts)}
WHERE at < start AND at + ${rolling} >= start
GROUP BY start`;
}

function hoursBetween(starts: readonly number[]): string {
  const from = Math.max(0, Math.min(...starts) - REFERENCE_DAYS * 86_400);
  return `hour >= fromUnixTimestamp(${from}) AND hour < fromUnixTimestamp(${Math.max(...starts)})`;
}

async function insertReferences(
  clickhouse: ClickHouse,
  tails: readonly TermTail[],
  named: ReadonlyMap<number, number>,
  termCount: number,
  from: (start: number) => number,
): Promise<void> {
  const rows: unknown[][] = [];
  for (const [start, ofStart] of byStart(tails)) {
    for (const [index] of SCORED_KINDS.entries()) {
      const ofKind = new Map(ofStart.filter((tail) => tail.kind === index + 1).map((tail) => [tail.term, tail]));
      const [{ basis, entityHours } = NOTHING] = ofKind.values();
      if (entityHours === 0) continue;
      const ofGenuine = basis === 'genuine';
      const scales = Array.from({ length: termCount }, (_, i) => {
        const { low, high } = ofKind.get(i + 1) ?? QUIET;
        // Among everybody may be many attackers: they may sharpen what is shipped, never blunt it.
        return ofGenuine
          ? blend(low, high, entityHours)
          : blend(Math.min(low, LOW_DB), Math.min(high, HIGH_DB), entityHours);
      });
      rows.push([
        from(start),
        index + 1,
        learntShare(entityHours),
        learntShare(Math.max(ofGenuine ? entityHours : 0, named.get(start) ?? 0)),
        scales.map(({ low }) => low),
        scales.map(({ high }) => high),
      ]);
    }
  }
  if (rows.length > 0) await clickhouse.insert('score_reference', [...REFERENCE_COLUMNS], rows);
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

/** SQL that measures what scales are made of. */
export function scaleSql(starts: readonly number[]): string[] {
  return [sizesSql(starts), tailsSql(starts, 'genuine'), tailsSql(starts, 'everybody')];
}

/**
 * Which entity-hours a scale rests on is told by their keys alone, and only of those the terms are read, which are up to a
 * hundred numbers each: to draw from whole rows took the most memory of a long backtest.
 */
function tailsSql(starts: readonly number[], basis: ReferenceBasis['basis']): string {
  const rolling = REFERENCE_DAYS * 86_400;
  const tables = basis === 'genuine' ? ['term_hour_v1'] : ['term_hour_v1', 'other_term_hour_v1'];
  const whose = basis === 'genuine' ? '' : ` AND kind != ${COHORT_KIND}`;
  const rows = (columns: string) =>
    tables
      .map((table) => `SELECT ${columns} FROM {db}.${table} WHERE ${hoursBetween(starts)}${whose}`)
      .join(' UNION ALL ');
  const trimmed = basis === 'genuine' ? '' : ` + entityHours * ${TRIM}`;
  const oneIn = (n: number) => `tops[toUInt32(ceil(entityHours / ${n}${trimmed} + 0.5))]`;
  return `
WITH
    hours AS (
        SELECT * FROM (
            SELECT start, kind, hour, entity
            FROM (SELECT kind, hour, entity FROM (${rows('kind, hour, entity')}) GROUP BY kind, hour, entity)
            ${eachOf(starts)}
            WHERE toUInt32(hour) < start AND toUInt32(hour) + ${rolling} >= start
            ${basis === 'genuine' ? '' : `ORDER BY cityHash64(entity, hour) LIMIT ${HOURS_OF_ONE} BY start, kind, entity`}
        )
        ORDER BY start, kind, cityHash64(entity, hour)
        LIMIT ${SAMPLE} BY start, kind
    ),
    sizes AS (SELECT start, kind, count() AS entityHours FROM hours GROUP BY start, kind)
SELECT start, kind, term, '${basis}' AS basis, entityHours, ${oneIn(10)} AS low, ${oneIn(100)} AS high
FROM (
    SELECT start, kind, tupleElement(pair, 1) AS term, arrayReverseSort(groupArray(tupleElement(pair, 2))) AS tops
    FROM (
        SELECT kind, hour, entity, maxMap(terms.1, terms.2) AS peaks
        FROM (${rows('kind, hour, entity, terms')})
        WHERE (kind, hour, entity) IN (SELECT kind, hour, entity FROM hours)
        GROUP BY kind, hour, entity
    ) AS told
    INNER JOIN hours USING (kind, hour, entity)
    ARRAY JOIN arrayZip(peaks.1, peaks.2) AS pair
    GROUP BY start, kind, term
) AS peak INNER JOIN sizes USING (start, kind)
UNION ALL
-- Kinds with entity-hours whose terms were all quiet.
SELECT start, kind, toUInt8(0), '${basis}', entityHours, toFloat32(0), toFloat32(0) FROM sizes`;
}
