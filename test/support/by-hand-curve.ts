/** From scores of caller-hours to a curve, and from a score to decibels, after docs/method.md. */

export interface HandCurve {
  units: number;
  knots: { score: number; decibels: number }[];
}

/** Of a caller's hours before `start`: its loudest request. */
export interface Peak {
  caller: string;
  /** Epoch seconds of its start. */
  hour: number;
  score: number;
}

const NEAR_S = 3 * 86_400;

/**
 * Who vouches: members but those that in another hour within three days were over 16 and as loud as the loudest 2 % of
 * all members. @param hours of members and of whatever else their callers did.
 */
export function vouching(members: readonly Peak[], hours: readonly Peak[]): Peak[] {
  const sorted = members.map(({ score }) => score).sort((a, b) => a - b);
  const line = Math.max(16, sorted[Math.floor(0.98 * sorted.length)] ?? 0);
  return members.filter(
    (unit) =>
      !hours.some(
        ({ caller, hour, score }) =>
          caller === unit.caller && hour !== unit.hour && Math.abs(hour - unit.hour) <= NEAR_S && score >= line,
      ),
  );
}

/**
 * Of one caller the loudest hour counts as loud, or twice as many as its hours would have by the mean share over networks; each is
 * on a network of its own here, so that the cap of networks says no more.
 */
export function loudestOfEach(peaks: readonly { caller: string; score: number }[]): number[] {
  const callers = new Map<string, number[]>();
  for (const { caller, score } of peaks) callers.set(caller, [...(callers.get(caller) ?? []), score]);
  const all = [...callers.values()].map((scores) => scores.sort((a, b) => b - a));
  const shareAsLoud = (score: number) =>
    all.reduce((sum, scores) => sum + scores.filter((other) => other >= score).length / scores.length, 0) / all.length;
  return all.flatMap((scores) =>
    scores.filter((score, i) => i < Math.max(1, Math.floor(2 * shareAsLoud(score) * scores.length + 1e-9))),
  );
}

/**
 * Split conformal p-values, the count at its upper 95 % bound, or with what benign caller-hours reach on a first day as 500
 * units among them where that is more.
 * @param scores of every unit: knots lie on their buckets. @param loud those that count.
 */
export function conformal(scores: readonly number[], loud: readonly number[]): Omit<HandCurve, 'units'> {
  const bucket = (score: number) => Number((Math.floor(score / 0.05) * 0.05).toFixed(4));
  const edges = [...new Set(scores.map(bucket))].sort((a, b) => a - b);
  const knots = edges.flatMap((score) => {
    const above = loud.filter((other) => bucket(other) >= score).length;
    // A knot rests on twenty units.
    if (above < 20) return [];
    const k = 1 + above;
    const upper = k * (1 - 1 / (9 * k) + 1.645 / (3 * Math.sqrt(k))) ** 3;
    const expected = 500 * 10 ** (-onKnots(YOUNG, score) / 10);
    const p = Math.max(upper / (scores.length + 1), (upper + expected) / (scores.length + 500 + 1));
    return [{ score, decibels: p < 1 ? -10 * Math.log10(p) : 0 }];
  });
  const under = (knots[0]?.score ?? 0) - 0.05;
  return { knots: [{ score: under, decibels: 0 }, ...knots] };
}

/** The shipped curve: what 1 in 10, 32, 100, 316 and 1,000 benign caller-hours reached. */
const SHIPPED = [10.5, 15.5, 19.5, 23, 26.5].map((score, i) => ({ score, decibels: 10 + 5 * i }));
const YOUNG = [-29, 0, 6, 9.5, 13, 16.5, 19.5].map((score, i) => ({
  score,
  decibels: [0, 3, 10, 15, 20, 25, 30][i] ?? 0,
}));
/** Decibels for each unit of score beyond the last knot of any curve, once it is at 20: until then 1. */
const BEYOND = 1.3;

/** Decibels of a score on a curve; without one the shipped. */
export function decibelsByHand(curve: HandCurve | null, score: number): number {
  return onKnots(curve?.knots ?? [{ score: 0, decibels: 0 }, ...SHIPPED], score);
}

function onKnots(knots: HandCurve['knots'], score: number): number {
  if (score <= (knots[0]?.score ?? 0)) return 0;
  const after = knots.findIndex((knot) => knot.score > score);
  const last = knots.at(-1) ?? { score: 0, decibels: 0 };
  if (after < 0) {
    const atTwenty = last.score + Math.max(0, 20 - last.decibels);
    if (score <= atTwenty) return last.decibels + score - last.score;
    return Math.max(20, last.decibels) + (score - atTwenty) * BEYOND;
  }
  const [a, b] = [knots[after - 1] ?? last, knots[after] ?? last];
  return a.decibels + ((b.decibels - a.decibels) * (score - a.score)) / (b.score - a.score);
}
