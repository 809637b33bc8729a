import { describe, expect, it } from 'vitest';
import { type Feature, loadFeatures, parseFeature } from '../../shared/features.ts';
import { SCORED_KINDS, type ScoredKind } from '../../shared/kinds.ts';
import { createScorer } from '../lab/combine/scorer.ts';
import { countTails, learntWay, plainWays, type Way } from '../lab/combine/ways.ts';
import { powerOf } from '../lab/power.ts';
import { markdownTable, withPart } from '../lab/report/markdown.ts';

const feature = (name: string, lines: string): Feature =>
  parseFeature(
    name,
    `-- title: t\n-- unit: u\n-- says: {value} {usual} {window}\n-- windows: 10m\n-- tail: count\n-- usual user: 10\n${lines}\nrequests_{w}`,
  );
const loud = feature('loud', '-- usual ip: 10\n-- weight own: 1 2 3 0 0\n-- weight ip: 2 2 2 2 2\n-- relief own: 6');
const plain = feature('plain', '-- weight own: 1 1 1 1 1');
const life = feature('life', '-- weight: none\n-- relief own: 4');
const features = [loud, plain, life];

/** The score of an event with these heights, in decibels: by kind, one for each of `features`. */
function scoreOf(way: Way, met: Partial<Record<ScoredKind, readonly number[]>>, isRelieved = false): number {
  const heights = SCORED_KINDS.flatMap((kind) => met[kind] ?? features.map(() => 0));
  // Three bytes before, as in a row of the file.
  return createScorer(way, features, isRelieved)(Uint8Array.from([9, 9, 9, ...heights.map((h) => 2 * h)]), 3);
}
/** What a way makes of p-values alone, as decibels. */
function combined(name: string, tails: number, heights: readonly number[]): number {
  const way = plainWays(tails).find((one) => one.name.includes(name));
  if (way === undefined) throw new Error(name);
  const parts = way.part('user', plain);
  const each = heights.map((height) => parts[2 * height] ?? 0);
  return way.decibels(way.fold === 'sum' ? each.reduce((sum, part) => sum + part, 0) : Math.max(...each));
}
const decibels = (p: number) => -10 * Math.log10(p);

describe('ways of combining tails', () => {
  it('give back the p-value of a single tail, but for e-values, which pay for not being one', () => {
    for (const name of ['Fisher', 'smallest', 'Cauchy', 'harmonic']) expect(combined(name, 1, [20])).toBeCloseTo(20, 9);
    // e = 1/2 · 0.01^(-1/2) = 5.
    expect(combined('e-values', 1, [20])).toBeCloseTo(10 * Math.log10(5), 9);
  });

  it('combine two tails by their formulas', () => {
    // p = 0.01 and 0.001.
    expect(combined('Fisher', 2, [20, 30])).toBe(50);
    expect(combined('smallest', 2, [20, 30])).toBe(30);
    expect(combined('harmonic', 2, [20, 30])).toBeCloseTo(decibels(2 / (100 + 1000)), 9);
    const t = (1 / Math.tan(Math.PI * 0.01) + 1 / Math.tan(Math.PI * 0.001)) / 2;
    expect(combined('Cauchy', 2, [20, 30])).toBeCloseTo(decibels(0.5 - Math.atan(t) / Math.PI), 9);
    expect(combined('e-values', 2, [20, 30])).toBeCloseTo(10 * Math.log10((5 + 0.5 * 1000 ** 0.5) / 2), 9);
  });

  it('let idle tails dilute a loud one and not cancel it', () => {
    // One of ten at p = 0.001, the others at p = 1.
    expect(combined('harmonic', 10, [30])).toBeCloseTo(decibels(10 / (1000 + 9)), 9);
    expect(combined('e-values', 10, [30])).toBeCloseTo(10 * Math.log10((0.5 * 1000 ** 0.5 + 9 * 0.5) / 10), 9);
    // Cauchy's law passes 0 at p = 1/2, where tails are cut off; 1 / (π · 0.001) / 10 is 1 in 100 again.
    expect(combined('Cauchy', 10, [30])).toBeCloseTo(20, 1);
    expect(combined('Cauchy', 10, [30, 1])).toBe(combined('Cauchy', 10, [30]));
  });

  it('tell tails apart as far out as heights are kept', () => {
    for (const name of ['Fisher', 'smallest', 'Cauchy', 'harmonic', 'e-values'])
      expect(combined(name, 200, [100]) - combined(name, 200, [99]), name).toBeGreaterThan(0.4);
  });

  it('add learnt parts by the spans of the weights', () => {
    const parts = learntWay().part('user', loud);
    // Five decibels of 1, five of 2 and five of 3, for ten each.
    expect(parts[2 * 15]).toBeCloseTo(3, 9);
    expect(
      learntWay()
        .part('ip', plain)
        .every((part) => part === 0),
    ).toBe(true);
  });
});

describe('the score of an event', () => {
  const [fisher] = plainWays(1);
  if (fisher === undefined) throw new Error('there are ways');

  it('is that of the loudest of user, session and device, and of its address', () => {
    const met = { user: [0, 10, 0], session: [10, 0, 0], ip: [10, 0, 0] };
    // 1.5 of the session, more than 1 of the user, and 2 of the address.
    expect(scoreOf(learntWay(), met)).toBeCloseTo(1.5 + 2, 9);
    expect(scoreOf(fisher, { ...met, user: [0, 12, 0] })).toBeCloseTo(12 + 10, 9);
  });

  it('takes reliefs of whoever speaks away, all of them from 3 dB on, and leaves their tails out', () => {
    expect(scoreOf(learntWay(), { user: [10, 0, 1.5] }, true)).toBeCloseTo(1.5 - 6 - 2, 9);
    expect(scoreOf(fisher, { user: [10, 0, 20] })).toBe(10);
    expect(scoreOf(fisher, { user: [10, 0, 20] }, true)).toBe(10 - 6 - 4);
    // The session is quieter, but nothing relieves it.
    expect(scoreOf(fisher, { user: [10, 0, 20], session: [0, 5, 0] }, true)).toBe(5);
  });

  it('is that of nobody known where nothing is met', () => {
    expect(scoreOf(learntWay(), {}, true)).toBe(0);
    for (const way of plainWays(3)) expect(scoreOf(way, {})).toBe(way.decibels(0));
  });

  it('counts as tails what speaks against somebody, once for user, session and device', () => {
    expect(countTails(features)).toBe(3);
    expect(countTails(loadFeatures())).toBeGreaterThan(100);
  });
});

describe('power', () => {
  it('is judged at what a share of benign events pass, whatever the scale of the score', () => {
    const benign = Float64Array.from({ length: 1000 }, (_, i) => i);
    const attacks = [
      { kind: 'bola', scores: [999.5, 995, 10, 998.5] },
      { kind: 'scraping', scores: [990, 989] },
    ];
    const power = powerOf(benign, attacks);
    // One benign event lies over 998, ten over 989; ties are not flagged.
    expect(power.kinds).toEqual([
      { kind: 'bola', at01: 0.5, at1: 0.75 },
      { kind: 'scraping', at01: 0, at1: 0.5 },
    ]);
    expect([power.recall01, power.recall1]).toEqual([0.25, 0.625]);
    const scaled = powerOf(
      benign.map((x) => Math.exp(x / 100)),
      attacks.map(({ kind, scores }) => ({ kind, scores: scores.map((x) => Math.exp(x / 100)) })),
    );
    expect(scaled).toEqual(power);
  });
});

describe('a produced part of a page', () => {
  it('goes between its comments and leaves the rest alone', () => {
    const page = 'before\n<!-- combine: made -->\nold\n<!-- /combine -->\nafter\n';
    const made = withPart(page, 'combine', markdownTable(['a', 'b'], [['1', 'x|$1']]));
    expect(made).toBe(
      'before\n<!-- combine: made -->\n\n| a | b |\n| --- | --- |\n| 1 | x\\|$1 |\n\n<!-- /combine -->\nafter\n',
    );
    expect(() => withPart('no part', 'combine', '')).toThrow('no part');
  });
});
