import { max, quickselect, sum } from 'simple-statistics';
import { conformal, type HandCurve, loudestOfEach, vouching } from './by-hand-curve.ts';
import { cohortOf, seenBy, type Told, tell, type WorldEvent } from './by-hand-events.ts';
import { type Kind, type Numbers, readNumbers, type Seen, SPANS, VALUES, WHOLES } from './by-hand-features.ts';

/**
 * Risk computed a second time from the events themselves, after docs/method.md: no SQL, and no code of what scores. The
 * stored columns of terms and references are single precision, so the same numbers are rounded here.
 */
const single = Math.fround;

export interface HandTerm {
  feature: string;
  window: string;
  value: number;
  /** Of how many, for a share. */
  whole: number | null;
  shipped: number;
}
/** What 1 in 10 and 1 in 100 of genuine peers reach, by `feature:window`; null: the kind has no genuine hours. */
export interface HandScale {
  entityHours: number;
  /** How far it displaces what is shipped. */
  weight: number;
  of(term: string): { low: number; high: number };
}
export interface HandScore {
  score: number;
  /** The largest height. */
  loudest: number;
  terms: (HandTerm & { height: number })[];
  /** By feature: the loudest window, its height, what it adds in each span. */
  features: {
    feature: string;
    window: string;
    height: number;
    by: 'weights' | 'least';
    adds: number[];
    part: number;
    relief: number;
  }[];
}
export interface ByHand {
  known: string[];
  scaleOf(kind: Kind, hour: number): HandScale | null;
  scoreAt(entity: string, step: number): HandScore;
  seenAt(entity: string, step: number, window: string): Seen;
  /** Decibels of the shipped tail that another value of a term would have, and what its feature would add by it alone. */
  wouldAdd(entity: string, step: number, term: HandTerm): { shipped: number; adds: number };
  /** Decibels that a missing token adds in an hour, epoch seconds. */
  missingAt(hour: number): number;
  /** @param calibrates whether a caller is not one of the sixth that is left to the meter. */
  curveAt(hour: number, calibrates: (caller: string) => boolean): HandCurve | null;
}

const hourOf = (second: number) => second - (second % 3600);

export function scoreByHand(world: readonly WorldEvent[]): ByHand {
  const told = tell(world);
  const numbers = readNumbers();
  const own = new Map<string, Told[]>();
  for (const one of told) for (const entity of one.entities) own.set(entity, [...(own.get(entity) ?? []), one]);
  const kindOf = (entity: string) => entity.slice(0, entity.indexOf(':')) as Kind;

  const termsAt = remember((entity: string, step: number): HandTerm[] => {
    const kind = kindOf(entity);
    const seen = new Map(
      ['10s', '1m', '10m', '1h', '24h'].map((window) => [window, seenBy(own.get(entity) ?? [], kind, step, window)]),
    );
    return numbers.flatMap((feature) => {
      const of = feature.of(kind);
      if (of === null) return [];
      return feature.windows.flatMap((window, at): HandTerm[] => {
        const here = seen.get(window);
        const usual = of[at] ?? 0;
        if (here === undefined || usual === 0) return [];
        const valueBy = VALUES[feature.feature];
        if (valueBy === undefined) throw new Error(`${feature.feature} has no value by hand`);
        const value = valueBy(here);
        const share = feature.tail === 'share';
        const whole = share ? Math.max(value, WHOLES[feature.feature]?.(here) ?? 0, 1) : null;
        const shipped =
          whole === null ? lomax(value, usual, feature.shape) : chernoff(value, whole, usual, feature.rho);
        return shipped >= 1
          ? [{ feature: feature.feature, window, value: single(value), whole, shipped: single(shipped) }]
          : [];
      });
    });
  });

  /** A genuine token within a day, and hardly a failed one; cohorts are each other's peers. */
  function isPeer(entity: string, step: number): boolean {
    const day = seenBy(own.get(entity) ?? [], kindOf(entity), step, '24h');
    if (kindOf(entity) === 'cohort') return day.n('seen') > 0;
    return day.n('genuine_token') > 0 && day.n('failed_token') <= 0.02 * day.n('requests');
  }

  /** Loudest of each term in each hour of a genuine peer, at the seconds of its events. */
  const peaksIn = remember((kind: string, hour: number): Map<string, number>[] => {
    const hours: Map<string, number>[] = [];
    for (const [entity, events] of own) {
      if (kindOf(entity) !== kind) continue;
      const seconds = [...new Set(events.map(({ second }) => second))].filter((second) => hourOf(second) === hour);
      const genuine = seconds.filter((second) => isPeer(entity, second));
      if (genuine.length === 0) continue;
      const peaks = new Map<string, number>();
      for (const second of genuine)
        for (const { feature, window, shipped } of termsAt(entity, second))
          peaks.set(`${feature}:${window}`, Math.max(shipped, peaks.get(`${feature}:${window}`) ?? 0));
      hours.push(peaks);
    }
    return hours;
  });

  const scaleOf = remember((kind: string, hour: number): HandScale | null => {
    const before = [...new Set(told.map(({ second }) => hourOf(second)))].filter((earlier) => earlier < hour);
    const hours = before.flatMap((earlier) => peaksIn(kind, earlier));
    if (hours.length === 0) return null;
    const weight = hours.length / (hours.length + 100);
    return {
      entityHours: hours.length,
      weight,
      of(term) {
        const peaks = hours.map((peak) => peak.get(term) ?? 0);
        const reached = (oneIn: number) => largest(peaks, Math.ceil(peaks.length / oneIn + 0.5));
        const high = Math.max(reached(100), 6);
        const low = Math.max(reached(10), high / 3);
        const [blendedLow, blendedHigh] = [10 + weight * (low - 10), 20 + weight * (high - 20)];
        return { low: single(Math.max(1, blendedLow)), high: single(Math.max(blendedHigh, blendedLow + 3)) };
      },
    };
  });

  /** How far lower bounds fade: as far as genuine peers are learnt, or callers are named. */
  const fadedAt = remember((kind: string, hour: number): number => {
    const named = [...own].filter(([entity]) => ['user', 'device'].includes(kindOf(entity)));
    const hours = named.flatMap(([, events]) => {
      // Of its very first second nothing is known yet.
      const known = events.filter(({ second }) => second > (events[0]?.second ?? 0));
      return [...new Set(known.map(({ second }) => hourOf(second)))].filter((earlier) => earlier < hour);
    });
    const scale = scaleOf(kind, hour);
    return scale === null ? 0 : single(Math.max(scale.weight, hours.length / (hours.length + 100)));
  });

  const scoreAt = remember((entity: string, step: number): HandScore => {
    const kind = kindOf(entity);
    const scale = scaleOf(kind, hourOf(step));
    const rest = 1 - fadedAt(kind, hourOf(step));
    const terms = termsAt(entity, step).map((term) => ({ ...term, height: heightOf(term, scale) }));
    const loudest = new Map<string, (typeof terms)[number]>();
    for (const term of terms)
      if (term.height > (loudest.get(term.feature)?.height ?? 0)) loudest.set(term.feature, term);
    const features = [...loudest.values()].map(({ feature, window, height }) => {
      const file = numbers.find((one) => one.feature === feature);
      // Ordinary life takes away as far as peers are learnt, all of it from three decibels on.
      const relief = single(scale?.weight ?? 0) * (file?.relief(kind) ?? 0) * (Math.min(height, 3) / 3);
      return { feature, window, height, relief, ...heard(file, kind, height, rest) };
    });
    const loudestHeight = max([0, ...terms.map(({ height }) => height)]);
    const score = sum([0, ...features.map(({ part, relief }) => part - relief)]);
    return { score, loudest: loudestHeight, terms, features };
  });

  /**
   * Decibels of a missing token by the hours of genuine callers before: a likelihood ratio, of half the bad ones, and of a
   * share that starts as 500 hours of the one at which it would be 10 dB.
   */
  const missingAt = remember((_, hour: number): number => {
    const units = hoursBefore(told, hour).filter((events) => isMember(told, events, hour));
    const shown = units.filter((events) => events.some(({ event }) => event.attestation === 'missing')).length;
    return 10 * Math.log10(0.5 / ((shown + 500 * (0.5 / 10)) / (units.length + 500)));
  });

  /** What a request met: the loudest of its own entities, the shared ones, its cohort, its own attestation. */
  function met({ event, second, entities }: Told): number {
    const of = (kinds: readonly Kind[]) =>
      entities.filter((entity) => kinds.includes(kindOf(entity))).map((entity) => scoreAt(entity, second).score);
    const evidence = event.attestation === 'missing' ? missingAt('', hourOf(second)) : 0;
    const cohort = event.attestation === 'genuine' ? 0 : scoreAt(cohortOf(event), second).score;
    const own = of(['user', 'session', 'device']).filter((score) => score !== 0);
    return (own.length === 0 ? 0 : max(own)) + sum([0, ...of(['ip', 'net', 'client'])]) + cohort + evidence;
  }

  function curveAt(hour: number, calibrates: (caller: string) => boolean): HandCurve | null {
    const peakOf = (events: readonly Told[]) => ({
      caller: events[0]?.caller ?? '',
      hour: hourOf(events[0]?.second ?? 0),
      score: max(events.map(met)),
    });
    const hours = hoursBefore(told, hour).filter((events) => calibrates(events[0]?.caller ?? ''));
    const members = hours.filter((events) => isMember(told, events, hour));
    const peaks = vouching(members.map(peakOf), hours.map(peakOf));
    if (peaks.length < 100) return null;
    return {
      units: peaks.length,
      ...conformal(
        peaks.map(({ score }) => score),
        loudestOfEach(peaks),
      ),
    };
  }

  return {
    known: numbers.map(({ feature }) => feature).filter((feature) => feature in VALUES),
    scaleOf: (kind, hour) => scaleOf(kind, hour),
    scoreAt,
    seenAt: (entity, step, window) => seenBy(own.get(entity) ?? [], kindOf(entity), step, window),
    wouldAdd(entity, step, term) {
      const kind = kindOf(entity);
      const file = numbers.find(({ feature }) => feature === term.feature);
      const usual = file?.of(kind)?.[file.windows.indexOf(term.window)] ?? 1;
      const { value, whole } = term;
      const shipped =
        whole === null ? lomax(value, usual, file?.shape ?? 3) : chernoff(value, whole, usual, file?.rho ?? 0);
      const height = shipped < 1 ? 0 : heightOf({ ...term, shipped }, scaleOf(kind, hourOf(step)));
      return { shipped, adds: heard(file, kind, height, 1 - fadedAt(kind, hourOf(step))).part };
    },
    missingAt: (hour) => missingAt('', hour),
    curveAt,
  };
}

const addsOf = (weights: readonly number[], height: number): number[] =>
  SPANS.map(([from, to], i) => ((weights[i] ?? 0) * Math.min(Math.max(height - from, 0), to - from)) / 10);

/** Caller-hours that ended before a second. */
function hoursBefore(told: readonly Told[], until: number): Told[][] {
  const hours = new Map<string, Told[]>();
  for (const one of told.filter(({ second }) => second < until)) {
    const unit = `${one.caller}@${hourOf(one.second)}`;
    hours.set(unit, [...(hours.get(unit) ?? []), one]);
  }
  return [...hours.values()];
}

/** Is the caller of an hour genuine by its other hours before a second? */
function isMember(told: readonly Told[], [one]: readonly Told[], until: number): boolean {
  const others = told.filter(
    ({ caller, second }) => caller === one?.caller && second < until && hourOf(second) !== hourOf(one.second),
  );
  return (
    others.some(({ event }) => event.attestation === 'genuine') &&
    !others.some(({ event }) => event.attestation === 'failed')
  );
}

/** Learnt weights, or the rest of the lower bound that has not faded: the larger sum. */
function heard(file: Numbers | undefined, kind: Kind, height: number, rest: number) {
  const adds = addsOf(file?.weights(kind) ?? [], height);
  const least = addsOf(file?.least(kind) ?? [], height).map((add) => rest * add);
  return sum(least) > sum(adds)
    ? { by: 'least' as const, adds: least, part: sum(least) }
    : { by: 'weights' as const, adds, part: sum(adds) };
}

/** Lomax: it passes 1 in 100, 20 dB, at what is usual. */
function lomax(value: number, usual: number, shape: number): number {
  const survival = (1 + ((100 ** (1 / shape) - 1) * Math.max(0, value)) / usual) ** -shape;
  return -10 * Math.log10(survival);
}

/** Chernoff's bound of an overdispersed binomial: an effective number of trials times the divergence of two coins. */
function chernoff(value: number, whole: number, base: number, rho: number): number {
  if (value <= base * whole) return 0;
  const [share, rest] = [value / whole, Math.max(1 - value / whole, 1e-9)];
  const nats =
    (whole / (1 + (whole - 1) * rho)) * (share * Math.log(share / base) + rest * Math.log(rest / (1 - base)));
  return (10 * nats) / Math.LN10;
}

/** The k-th largest, from 1; 0 where there are fewer. */
function largest(values: readonly number[], k: number): number {
  if (k > values.length) return 0;
  const sorted = [...values];
  quickselect(sorted, values.length - k);
  return sorted[values.length - k] ?? 0;
}

function heightOf({ feature, window, shipped }: HandTerm, scale: HandScale | null): number {
  if (scale === null) return shipped;
  const { low, high } = scale.of(`${feature}:${window}`);
  if (shipped <= low) return (10 * shipped) / low;
  if (shipped <= high) return 10 + (10 * (shipped - low)) / (high - low);
  return 20 + (shipped - high) * Math.min(2, Math.max(0.5, 10 / (high - low)));
}

function remember<T>(compute: (text: string, number: number) => T): (text: string, number: number) => T {
  const known = new Map<string, T>();
  return (text, number) => {
    const key = `${number} ${text}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = compute(text, number);
    known.set(key, made);
    return made;
  };
}
