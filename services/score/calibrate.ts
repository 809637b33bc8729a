import type { Calibration } from '../../schemas/decision.ts';
import {
  CANNOT_ATTEST,
  type CalibrationCurve,
  RELIEVED_CURVE,
  SHIPPED_CURVE,
  TAIL_SLOPE,
  toDecibels,
  YOUNG_CURVE,
} from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { byStart } from './batches.ts';
import { BUCKET, type Bucket, bucketsSql, togetherSql } from './calibration-units.ts';

/** A curve and the hour from which it holds. */
export interface CalibrationRow extends CalibrationCurve {
  scope: string;
  /** Platform, `''` for the whole scope. */
  segment: string;
  basis: Calibration;
}

export interface CalibrationOptions {
  /** The challenge budget, a share of genuine caller-hours: decides how many units are enough. */
  alpha: number;
}

/** Curves and references rest on many days, so every sixth hour is often enough; a first day learns sooner and sooner at first. */
const PERIOD_S = 6 * 3600;
/** Hours after the first event at which a first day learns. */
const FIRST_DAY = [0, 1, 2, 3, 4, 6, 8, 12, 16, 20] as const;

/**
 * The moment from which the curves and references in force at a step hold; epoch seconds. It never goes back.
 * @param origin when the first event of this install was, epoch seconds.
 */
export function calibrationStart(step: number, origin: number): number {
  const first = origin - (origin % 3600);
  const hours = (step - first) / 3600;
  if (hours < 0) return step - (step % 3600);
  const young = FIRST_DAY.findLast((hour) => hours >= hour) ?? 0;
  const start = first + young * 3600;
  return young === FIRST_DAY.at(-1) ? Math.max(start, step - (step % PERIOD_S)) : start;
}

/** The periods of learning that a range of seconds touches: `[start, until)` each. */
export function periodsOf(from: number, to: number, origin: number): [number, number][] {
  const found: [number, number][] = [];
  let start = calibrationStart(from, origin);
  while (start <= to) {
    let until = start + 3600;
    while (calibrationStart(until, origin) === start) until += 3600;
    found.push([start, until]);
    start = until;
  }
  return found;
}

/** Fewer genuine units than this say nothing; with fewer than the budget needs, the shipped tail goes on beyond them. */
const ANCHOR_UNITS = 100;
/** Where a smaller share of the units is genuine, nobody attests yet, but perhaps a pilot. */
const ATTESTS_SHARE = 0.01;
/** Up to here, in decibels, a population of whoever comes is trusted: one in five caller-hours. */
const BULK_DB = 7;
/** So many caller-hours the shipped reference is worth. */
const SHIPPED_UNITS = 500;
/**
 * A knot rests on at least so many units at or above it; louder scores go on by a slope of all curves (`TAIL_SLOPE`). Some attackers do hold
 * genuine tokens: a handful of their hours, far out, would bend the curve between them and everybody else, and whatever
 * is loud would look alike.
 */
const LEAST_ABOVE = 20;

/**
 * Conformal calibration by caller-hours that ended before `start` (Bates et al. 2023): one curve for each scope, and one
 * for each platform with enough units of its own. With fewer genuine units than the budget needs, the curve follows
 * them as far as they reach and is still called shipped. A scope with hardly any rests on a trimmed population; one without
 * enough of either on the shipped reference (no row), set by the population's bulk where nobody attests at all.
 * @param start see `calibrationStart`: the curves hold from here on.
 */
export async function computeCalibration(
  clickhouse: ClickHouse,
  start: number,
  options: CalibrationOptions,
): Promise<CalibrationRow[]> {
  return (await computeCalibrations(clickhouse, [start], options)).get(start) ?? [];
}

/** The same for many starts in one statement. */
export async function computeCalibrations(
  clickhouse: ClickHouse,
  starts: readonly number[],
  options: CalibrationOptions,
): Promise<Map<number, CalibrationRow[]>> {
  const buckets = byStart(await clickhouse.rows<Bucket>(bucketsSql(starts)));
  const scopes = new Set([...buckets.values()].flat().map(({ scope }) => scope));
  const shared = scopes.size > 1 ? await clickhouse.rows<{ start: number; together: number }>(togetherSql(starts)) : [];
  const together = new Map(shared.map((row) => [row.start, row.together]));
  return new Map(starts.map((start) => [start, curvesOf(buckets.get(start) ?? [], together.get(start) ?? 1, options)]));
}

function curvesOf(buckets: readonly Bucket[], together: number, options: CalibrationOptions): CalibrationRow[] {
  const enoughGenuine = 1 / options.alpha - 1;
  const enoughPopulation = 10 / options.alpha;
  const rows: CalibrationRow[] = [];
  for (const bucket of buckets) {
    const whole = bucket.segment === '' || bucket.segment === CANNOT_ATTEST;
    if (bucket.units < (whole ? ANCHOR_UNITS : enoughPopulation)) continue;
    const same = (row: CalibrationRow) => row.scope === bucket.scope && row.segment === bucket.segment;
    // The query answers genuine before population: a scope that has the better basis keeps it.
    if (rows.some(same)) continue;
    const isPopulation = bucket.basis === 'population';
    const attests = buckets.some(
      ({ scope, segment, basis, units }) =>
        scope === bucket.scope &&
        segment === bucket.segment &&
        basis === 'genuine' &&
        units >= ATTESTS_SHARE * bucket.units,
    );
    if (isPopulation && attests && bucket.units < enoughPopulation) continue;
    const resolved = bucket.units >= (isPopulation ? enoughPopulation : enoughGenuine);
    const curve = isPopulation && !resolved ? anchoredCurve(bucket, together) : curveOf(bucket, together);
    rows.push({ scope: bucket.scope, segment: bucket.segment, ...curve, basis: resolved ? curve.basis : 'shipped' });
  }
  return rows;
}

/**
 * Knots of a curve from counted scores, `scores` descending: conformal p-values
 * `p = (1 + #{units ≥ s}) / (n + 1)`, or `(1 + #{units ≥ s} + m·p₀(s)) / (n + m + 1)` where that is more: what benign callers of
 * other APIs reach stands in it as `m` caller-hours, so that a curve of few units does not jump with each of them; it never
 * makes bolder, and real units displace it. The count is raised to its upper
 * 95 % bound given the calibration set (Poisson, by Wilson and Hilferty's cube root). Where fewer than twenty units are as
 * loud, the curve goes on by the slope of all curves: an extrapolation.
 * @param together how many times as often a caller is loud in any scope as in one; p grows by it.
 */
export function curveOf(
  bucket: Pick<Bucket, 'basis' | 'scores' | 'counts' | 'units' | 'young'>,
  together = 1,
): CalibrationCurve {
  const scores: number[] = [];
  const decibels: number[] = [];
  const expected = bucket.young ? YOUNG_CURVE : RELIEVED_CURVE;
  let above = 0;
  for (let i = 0; i < bucket.scores.length; i++) {
    above += bucket.counts[i] ?? 0;
    const score = bucket.scores[i] ?? 0;
    if (above < LEAST_ABOVE) continue;
    const bound = upperBound(above + 1);
    const shipped = SHIPPED_UNITS * 10 ** (-toDecibels(expected, score).decibels / 10);
    const one = Math.max(bound / (bucket.units + 1), (bound + shipped) / (bucket.units + SHIPPED_UNITS + 1));
    const p = Math.min(1, together * one);
    scores.push(score);
    decibels.push(p < 1 ? -10 * Math.log10(p) : 0);
    if (p === 1) break;
  }
  // Under the quietest unit there is nobody.
  const quietest = scores.at(-1);
  if (quietest !== undefined && (decibels.at(-1) ?? 0) > 0) {
    scores.push(quietest - BUCKET);
    decibels.push(0);
  }
  scores.reverse();
  decibels.reverse();
  if (scores.length === 0)
    return { basis: bucket.basis, units: bucket.units, scores: [0], decibels: [0], slope: TAIL_SLOPE };
  return { basis: bucket.basis, units: bucket.units, scores, decibels, slope: TAIL_SLOPE };
}

/**
 * The curve of a population too small to speak of its tail, in which attackers may stand: its bulk says how high the curve
 * that stands in for units (`curveOf`) lies here at least, and beyond the bulk it goes on as that does, never bolder; what the
 * shipped curve gives to a score, it gives too.
 */
export function anchoredCurve(bucket: Parameters<typeof curveOf>[0], together = 1): CalibrationCurve {
  const expected = bucket.young ? YOUNG_CURVE : RELIEVED_CURVE;
  const whole = curveOf(bucket, together);
  const bulk = whole.decibels.filter((knot) => knot <= BULK_DB).length;
  const edge = whole.scores[bulk - 1] ?? 0;
  const lift = Math.min(0, (whole.decibels[bulk - 1] ?? 0) - toDecibels(expected, edge).decibels);
  const beyond = expected.scores.filter((score) => score > edge);
  const scores = [...new Set([...whole.scores.slice(0, bulk), ...beyond, ...SHIPPED_CURVE.scores])].sort(
    (a, b) => a - b,
  );
  const anchored = (score: number) =>
    score <= edge ? toDecibels(whole, score).decibels : toDecibels(expected, score).decibels + lift;
  const decibels = scores.map((score) => Math.max(anchored(score), toDecibels(SHIPPED_CURVE, score).decibels));
  // Knots where the one begins under the end of the other add nothing.
  const rises = scores.map((_, i) => i === 0 || (decibels[i] ?? 0) > Math.max(...decibels.slice(0, i)));
  return { ...whole, scores: scores.filter((_, i) => rises[i]), decibels: decibels.filter((_, i) => rises[i]) };
}

/** Upper 95 % bound of a Poisson mean of which `k` ≥ 1 were seen, including the unit under test. */
function upperBound(k: number): number {
  return k * (1 - 1 / (9 * k) + 1.645 / (3 * Math.sqrt(k))) ** 3;
}
