import type { z } from 'zod';
import type { CalibrationView, LinesView } from '../../schemas/api.ts';
import type { Policy } from '../../schemas/policy.ts';
import { type CalibrationCurve, SHIPPED_CURVE, toDecibels } from '../../shared/calibration.ts';
import type { Clock } from '../../shared/clock.ts';
import { NO_SCALES, type PeerScales, peerScales } from '../../shared/peer-scales.ts';
import { unitsNeeded } from './lines.ts';
import { curvesInForce, genuineCallerHours, scalesInForce } from './queries/calibration.ts';
import type { Ask } from './query.ts';

type CurveRow = z.output<(typeof curvesInForce)['row']>;

/** The curves in force at one moment. */
export interface Curves {
  /** The curve of a whole scope: an entity may be used from several platforms, whose curves a request would pick from. */
  of(scope: string): CalibrationCurve;
  rows: readonly CurveRow[];
  /** What is learnt of peers, for the words of reasons. */
  scales: PeerScales;
}

export interface CurveReader {
  now(): Promise<Curves>;
  /** What every scope's decibels rest on, and when they will rest on genuine callers. */
  progress(policy: Policy): Promise<CalibrationView[]>;
}

// A curve changes by the hour, progress slowly: pages that refresh every few seconds need not ask again.
const CURVES_FRESH_MS = 5000;
const PROGRESS_FRESH_MS = 60_000;
/** Until what could not be read is asked for again: each time is a line in the log. */
const SCALES_AGAIN_MS = 60_000;

export function createCurveReader(ask: Ask, clock: Clock): CurveReader {
  let scales = NO_SCALES;
  let scalesFrom = Number.NEGATIVE_INFINITY;
  /** Only words of reasons rest on these: pages go on with what was known. */
  const readScales = async (at: number): Promise<PeerScales> => {
    if (clock.now() < scalesFrom) return scales;
    try {
      scales = peerScales(await ask(scalesInForce, { at }));
    } catch {
      scalesFrom = clock.now() + SCALES_AGAIN_MS;
    }
    return scales;
  };
  const curves = remembered(clock, CURVES_FRESH_MS, async (): Promise<Curves> => {
    const at = Math.floor(clock.now() / 1000);
    const [rows, peers] = await Promise.all([ask(curvesInForce, { at }), readScales(at)]);
    const whole = new Map(rows.filter((row) => row.segment === '' && row.scores.length > 0).map((r) => [r.scope, r]));
    return { rows, of: (scope) => whole.get(scope) ?? SHIPPED_CURVE, scales: peers };
  });
  const genuine = remembered(clock, PROGRESS_FRESH_MS, () =>
    ask(genuineCallerHours, { at: Math.floor(clock.now() / 1000) }),
  );

  return {
    now: curves,
    async progress(policy) {
      const [inForce, hours] = await Promise.all([curves(), genuine()]);
      // A platform whose curve was taken back has none of its own.
      const rows = inForce.rows.filter(({ segment, scores }) => segment === '' || scores.length > 0);
      const seen = new Map(hours.map((row) => [row.scope, row]));
      const missing = [...seen.keys()].filter((scope) => !rows.some((row) => row.scope === scope));
      const shipped = (scope: string): CurveRow => ({
        valid_from: 0,
        scope,
        segment: '',
        ...SHIPPED_CURVE,
        scores: [],
        decibels: [],
      });
      const all = rows.length + missing.length === 0 ? [shipped('default')] : [...rows, ...missing.map(shipped)];
      return all
        .map((row) => progressOf(row, row.segment === '' ? seen.get(row.scope) : undefined, policy, clock.now()))
        .sort((a, b) => a.scope.localeCompare(b.scope) || a.segment.localeCompare(b.segment));
    },
  };
}

function progressOf(
  row: CurveRow,
  hours: { units: number; units_24h: number } | undefined,
  policy: Policy,
  now: number,
): CalibrationView {
  const units = row.basis === 'genuine' ? row.units : (hours?.units ?? 0);
  const pace = hours?.units_24h ?? 0;
  const needed = { challenge: unitsNeeded(policy.budgets.challenge), block: unitsNeeded(policy.budgets.block) };
  const when = (need: number) =>
    units >= need || pace === 0 ? null : new Date(now + ((need - units) / pace) * 86_400_000).toISOString();
  return {
    scope: row.scope,
    segment: row.segment,
    basis: row.basis,
    units: row.units,
    genuine_units: units,
    genuine_units_24h: pace,
    needed,
    expected: { challenge: when(needed.challenge), block: when(needed.block) },
    valid_from: row.valid_from === 0 ? null : new Date(row.valid_from * 1000).toISOString(),
  };
}

/** Risk as decisions see it: a held refusal stays at its line. */
export function riskOfScore(
  curve: CalibrationCurve,
  lines: LinesView,
  score: number,
  held: number,
): { decibels: number; extrapolated: boolean } {
  const { decibels, extrapolated } = toDecibels(curve, score);
  const floor = held === 2 ? lines.block_db : held === 1 ? lines.challenge_db : 0;
  return decibels >= floor ? { decibels, extrapolated } : { decibels: floor, extrapolated: false };
}

/**
 * One answer for a while, and one question at a time however many ask; a failure is not remembered. An answer that took
 * long is kept for ten times as long as it took: an open page never costs more than a tenth of a core.
 */
export function remembered<T>(clock: Clock, freshMs: number, load: () => Promise<T>): () => Promise<T> {
  let until = Number.NEGATIVE_INFINITY;
  let answer: Promise<T> | undefined;
  return () => {
    if (answer !== undefined && clock.now() < until) return answer;
    const started = performance.now();
    until = Number.POSITIVE_INFINITY;
    const asked = load();
    answer = asked;
    asked.then(
      () => {
        until = clock.now() + Math.max(freshMs, 10 * (performance.now() - started));
      },
      () => {
        answer = undefined;
      },
    );
    return asked;
  };
}
