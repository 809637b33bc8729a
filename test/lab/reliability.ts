import { callerInterval } from './metrics.ts';
import { Random } from './random.ts';

/** Shares of genuine caller-hours whose promise is judged. */
export const BUDGETS = [0.01, 0.001, 0.0001] as const;
/** Of the genuine callers a third calibrates (design: half references, a third calibration, the rest the meter). */
const CALIBRATION_SHARE = 1 / 3;
/** A budget counts as testable with this many calibration and test caller-hours over its share. */
const CALIBRATION_NEEDED = 10;
const TEST_NEEDED = 20;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a benign event says about its caller's hour. */
export interface HourEvent {
  time: number;
  caller: string;
  platform: string;
  risk: number;
  /** Attestation status of the event. */
  status: string;
  /** What its decibels rest on, as the output says it; undefined when the output does not. */
  calibration: string | undefined;
}

/**
 * Which hours: all of them, or those whose decibels rest on genuine callers throughout. Where the output does not say
 * what they rest on, those after the first day count.
 */
export type Ground = 'all' | 'genuine';

/** Hours and refused hours of each genuine caller of one segment: what an interval resamples. */
export interface CallerHours {
  hours: Float64Array;
  /** One for each of `BUDGETS`. */
  refused: Float64Array[];
}
export interface ReliabilityLine {
  budget: number;
  ground: Ground;
  /** Platform, '' for all. */
  segment: string;
  /** Worlds whose callers are in it. */
  worlds: number;
  callers: number;
  hours: number;
  /** Estimated caller-hours behind the calibration. */
  calibrationHours: number;
  refused: number;
  share: number;
  /** 95 %, whole callers drawn again. */
  interval: [number, number];
  testable: boolean;
  /** The upper bound is at most twice nominal. */
  kept: boolean;
}

interface Caller {
  platform: string;
  genuine: boolean;
  hours: number[];
  risks: number[];
  grounded: boolean[];
}

/** Collects the benign events of one world. A caller is genuine when any of its benign events showed a genuine token. */
export function createReliability() {
  const callers = new Map<string, Caller>();
  let first = Number.POSITIVE_INFINITY;
  let said = false;

  function add(event: HourEvent): void {
    first = Math.min(first, event.time);
    let caller = callers.get(event.caller);
    if (!caller) {
      caller = { platform: event.platform, genuine: false, hours: [], risks: [], grounded: [] };
      callers.set(event.caller, caller);
    }
    if (event.status === 'genuine') caller.genuine = true;
    if (event.calibration !== undefined) said = true;
    const grounded = event.calibration === undefined ? event.time - first >= DAY : event.calibration === 'genuine';
    const hour = Math.floor(event.time / HOUR);
    const last = caller.hours.length - 1;
    if (caller.hours[last] === hour) {
      caller.risks[last] = Math.max(caller.risks[last] ?? 0, event.risk);
      caller.grounded[last] = grounded && caller.grounded[last] === true;
      return;
    }
    caller.hours.push(hour);
    caller.risks.push(event.risk);
    caller.grounded.push(grounded);
  }

  function units(ground: Ground, segment: string): CallerHours {
    const hours: number[] = [];
    const refused: number[][] = BUDGETS.map(() => []);
    for (const caller of callers.values()) {
      if (!caller.genuine || (segment !== '' && caller.platform !== segment)) continue;
      const risks = ground === 'all' ? caller.risks : caller.risks.filter((_, i) => caller.grounded[i]);
      if (risks.length === 0) continue;
      hours.push(risks.length);
      BUDGETS.forEach((budget, b) => {
        const line = decibels(budget);
        refused[b]?.push(risks.filter((risk) => risk >= line).length);
      });
    }
    return { hours: Float64Array.from(hours), refused: refused.map((list) => Float64Array.from(list)) };
  }

  const segments = () =>
    [...new Set([...callers.values()].filter((one) => one.genuine).map((one) => one.platform))].sort();
  const calibrationHours = (segment: string) => CALIBRATION_SHARE * sum(units('all', segment).hours);

  return {
    add,
    segments,
    calibrationHours,
    /** Whether the output said what its decibels rest on. */
    said: () => said,
    units,
    /** Every budget, ground and segment. */
    lines(): ReliabilityLine[] {
      return ['', ...segments()].flatMap((segment) => {
        const calibration = calibrationHours(segment);
        return (['all', 'genuine'] as const).flatMap((ground) =>
          linesOf(units(ground, segment), ground, segment, calibration),
        );
      });
    },
  };
}
export type Reliability = ReturnType<typeof createReliability>;

/** The lines of one ground and segment, one for each budget. */
export function linesOf(units: CallerHours, ground: Ground, segment: string, calibration: number): ReliabilityLine[] {
  const hours = sum(units.hours);
  return BUDGETS.map((budget, b) => {
    const refusedOf = units.refused[b] ?? new Float64Array();
    const refused = sum(refusedOf);
    const interval = callerInterval(refusedOf, units.hours, new Random(`reliability ${budget}`));
    return {
      budget,
      ground,
      segment,
      worlds: 1,
      callers: units.hours.length,
      hours,
      calibrationHours: Math.round(calibration),
      refused,
      share: refused / hours,
      interval,
      testable: calibration >= CALIBRATION_NEEDED / budget && hours >= TEST_NEEDED / budget,
      kept: interval[1] <= 2 * budget,
    };
  });
}

/**
 * The lines of several worlds as one population: for each budget and segment the worlds with enough behind their own
 * calibration, or all of them (then it is not testable) where none has.
 */
export function pooledLines(worlds: readonly Reliability[]): ReliabilityLine[] {
  const segments = ['', ...new Set(worlds.flatMap((world) => world.segments()))];
  return segments.flatMap((segment) => {
    const all = worlds
      .map((world) => ({ world, calibration: world.calibrationHours(segment) }))
      .filter(({ calibration }) => calibration > 0);
    return (['all', 'genuine'] as const).flatMap((ground) =>
      BUDGETS.flatMap((budget, b) => {
        const enough = all.filter(({ calibration }) => calibration >= CALIBRATION_NEEDED / budget);
        if (enough.length === 0 && segment !== '') return [];
        const used = enough.length > 0 ? enough : all;
        const least = Math.min(...used.map(({ calibration }) => calibration));
        const line = linesOf(pool(used.map(({ world }) => world.units(ground, segment))), ground, segment, least)[b];
        return line ? [{ ...line, worlds: used.length }] : [];
      }),
    );
  });
}

/** Callers of several worlds as one list. */
export function pool(all: readonly CallerHours[]): CallerHours {
  return {
    hours: concat(all.map((one) => one.hours)),
    refused: BUDGETS.map((_, b) => concat(all.map((one) => one.refused[b] ?? new Float64Array()))),
  };
}

/** The risk from which a budget refuses. */
export function decibels(budget: number): number {
  return -10 * Math.log10(budget);
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
