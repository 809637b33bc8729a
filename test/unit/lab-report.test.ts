import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { allParts, hideStatuses } from '../lab/ablation/parts.ts';
import { createJudge, type Judged } from '../lab/judge.ts';
import { ledgerLine, ledgerLines } from '../lab/ledger.ts';
import { callerInterval, worldInterval } from '../lab/metrics.ts';
import { Random } from '../lab/random.ts';
import { createReliability, linesOf, pool, pooledLines } from '../lab/reliability.ts';
import { figuresPage } from '../lab/report/figures.ts';
import { keepPart, withPart } from '../lab/report/markdown.ts';
import { reportPage } from '../lab/report/page.ts';
import { headlinesOf, type Results, rivalsOf } from '../lab/results.ts';
import { readRivals, writeRival } from '../lab/rivals/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-lab-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

const T = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

describe('the promise', () => {
  it('counts genuine callers by hour, by budget, by platform and by what decibels rest on', () => {
    const reliability = createReliability();
    const add = (hour: number, caller: string, risk: number, status: string, calibration: string, platform = 'ios') =>
      reliability.add({ time: T + hour * HOUR, caller, platform, risk, status, calibration });
    add(0, 'a', 25, 'genuine', 'shipped');
    add(0.5, 'a', 35, 'missing', 'genuine');
    add(1, 'a', 5, 'genuine', 'genuine');
    add(1, 'b', 20, 'genuine', 'genuine', 'android');
    add(2, 'c', 90, 'none', 'genuine'); // never showed a genuine token: no part of the promise
    const line = (ground: string, segment: string, budget: number) =>
      reliability.lines().find((one) => one.ground === ground && one.segment === segment && one.budget === budget);
    expect(line('all', '', 0.01)).toMatchObject({ hours: 3, refused: 2, callers: 2 });
    expect(line('all', '', 0.001)).toMatchObject({ hours: 3, refused: 1 });
    expect(line('all', 'android', 0.01)).toMatchObject({ hours: 1, refused: 1 });
    // An hour that partly rests on something else does not count as resting on genuine callers.
    expect(line('genuine', '', 0.01)).toMatchObject({ hours: 2, refused: 1 });
    expect(line('all', '', 0.01)?.testable).toBe(false);
  });

  it('is testable with ten times the budget to calibrate and twenty times to test, and kept by its upper bound', () => {
    const callers = (n: number, refused: number) => ({
      hours: new Float64Array(n).fill(1),
      refused: [0.01, 0.001, 0.0001].map(() => new Float64Array(n).map((_, i) => (i < refused ? 1 : 0))),
    });
    const [one] = linesOf(pool([callers(1000, 5), callers(1000, 5)]), 'all', '', 1000);
    expect(one).toMatchObject({ hours: 2000, refused: 10, share: 0.005, testable: true, kept: true });
    const [bad] = linesOf(callers(2000, 40), 'all', '', 1000);
    expect(bad).toMatchObject({ share: 0.02, kept: false });
    expect(linesOf(callers(2000, 0), 'all', '', 999)[0]?.testable).toBe(false);
  });

  it('puts worlds together that have enough behind their calibration', () => {
    const world = (callers: number, refused: number) => {
      const one = createReliability();
      for (let i = 0; i < callers; i++)
        one.add({
          time: T,
          caller: `c${i}`,
          platform: 'ios',
          risk: i < refused ? 25 : 0,
          status: 'genuine',
          calibration: 'genuine',
        });
      return one;
    };
    const lines = pooledLines([world(3000, 30), world(6000, 60), world(300, 300)]);
    const line = (segment: string, budget: number) =>
      lines.find((one) => one.segment === segment && one.budget === budget && one.ground === 'all');
    expect(line('', 0.01)).toMatchObject({ worlds: 2, hours: 9000, refused: 90, testable: true, kept: true });
    expect(line('ios', 0.01)).toMatchObject({ worlds: 2, hours: 9000 });
    // None has enough for 0.1 %: shown over all, never testable, and not by platform.
    expect(line('', 0.001)).toMatchObject({ worlds: 3, hours: 9300, testable: false });
    expect(line('ios', 0.001)).toBeUndefined();
  });

  it('gives no bound of zero to what merely was not seen', () => {
    const [low, high] = callerInterval(new Float64Array(100), new Float64Array(100).fill(3), new Random('x'));
    expect([low, high]).toEqual([0, 0.01]);
  });
});

describe('a run', () => {
  const judge = createJudge(['yes or no <b>']);
  const event = (i: number, more: Partial<Judged>): Judged => ({
    time: T + i * 60_000,
    attack: false,
    kind: 'ordinary',
    instance: '',
    caller: `device:${i}`,
    victim: false,
    genuine: true,
    risk: i % 7,
    refused: false,
    entity: '-',
    reasons: [],
    address: '192.0.2.1',
    platform: 'ios',
    status: 'genuine',
    calibration: undefined,
    rivals: [0],
    ...more,
  });
  for (let i = 0; i < 2000; i++) judge.add(event(i, {}));
  for (let i = 0; i < 10; i++)
    judge.add(
      event(i, { attack: true, kind: 'bola', instance: 'bola-1/fast', risk: 60, refused: true, rivals: [i % 2] }),
    );
  const worlds = [
    { name: 'shop-1', kind: 'shop', seed: 1, cost: { seconds: 2, peakMiB: 500 }, verdict: judge.verdict() },
  ];
  const results: Results = {
    set: 'held-out',
    commit: '0123456789abcdef',
    method: 'f00',
    events: 2010,
    worlds,
    large: null,
    own: { headlines: headlinesOf(worlds), rivals: rivalsOf(worlds) },
    foreign: { headlines: headlinesOf(worlds), rivals: rivalsOf(worlds) },
    leftOut: ['nothing & nobody'],
    pooled: linesOf(judge.reliability.units('all', ''), 'all', '', 600),
  };

  it('puts figures beside their targets, and rivals at the same share of benign events', () => {
    expect(results.own?.headlines.find((one) => one.key === 'recall_0_1')).toMatchObject({
      median: 1,
      target: 0.8,
      reached: true,
    });
    expect(results.own?.rivals.map((one) => one.name)).toEqual(['Bonafide', 'yes or no <b>']);
    expect(results.own?.rivals[1]).toMatchObject({ recall01: 0.5, point: { recall: 0.5, benign: 0 } });
  });

  it('draws worlds again for the interval over worlds', () => {
    const [low, high] = worldInterval([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], new Random('w'));
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.6);
    expect(worldInterval([Number.NaN], new Random('w'))).toEqual([Number.NaN, Number.NaN]);
  });

  it('becomes one page that fetches nothing and escapes what it shows, and a page for the docs', () => {
    const html = reportPage(results);
    expect(html).not.toMatch(/<script|src=|href=|url\(|<b>/);
    expect(html).toContain('yes or no &lt;b&gt;');
    expect(html.match(/<svg/g)).toHaveLength(4);
    expect(html).not.toContain('NaN');
    const commit = { id: 'c'.repeat(40), method: 'm'.repeat(16), clean: true };
    const line = ledgerLine(commit, results, true);
    const short = { ...ledgerLine({ ...commit, id: 'd'.repeat(40) }, results, false), events: 2000 };
    const ledger = [line, short].map((one) => JSON.stringify(one)).join('\n');
    const page = figuresPage(results, ledgerLines(`${ledger}\n`));
    expect(page).toContain('| recall over attack kinds at 0.1 % of benign events | over 80.0 % | 100.0 % |');
    expect(page).toContain('not testable');
    // Of runs that nobody may quote nothing stands on the page.
    expect(page).toContain('| ccccccc | mmmmmmm |');
    expect(page).not.toContain('| ddddddd |');
  });

  it('keeps what an ablation found when a later run writes the page anew', () => {
    const page = (text: string) => `a\n<!-- ablation: written by hand -->\n${text}<!-- /ablation -->\nz\n`;
    expect(keepPart(page('\nNot taken yet.\n\n'), 'ablation', page('\n| $1 |\n\n'))).toBe(page('\n| $1 |\n\n'));
    expect(withPart(page('old\n'), 'ablation', 'new')).toBe(page('\nnew\n\n'));
    expect(keepPart(page('new\n'), 'ablation', 'a page of before there were any')).toBe(page('new\n'));
    expect(() => keepPart('a', 'ablation', page(''))).toThrow('no part');
  });

  it('keeps the scores of rivals beside the events', () => {
    writeRival(folder, 'rival-a.f32', { name: 'a', scores: Float32Array.of(1, 0.5) });
    writeRival(folder, 'rival-b.f32', { name: 'b', scores: Float32Array.of(3, 4) });
    writeRival(folder, 'rival-a.f32', { name: 'a', scores: Float32Array.of(2, 0.25) });
    expect(readRivals(folder).map((one) => [one.name, ...one.scores])).toEqual([
      ['b', 3, 4],
      ['a', 2, 0.25],
    ]);
  });
});

describe('an ablation', () => {
  it('takes away each feature, each group, calibration and attestation', () => {
    const names = allParts().map((one) => one.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'calibration',
        'attestation evidence',
        'what strangers begin with',
        'campaigns (cohorts)',
        'feature denied',
        'features of API2:2023',
      ]),
    );
  });

  it('silences functions that the product has', () => {
    const silenced = allParts().flatMap((one) => (one.by === 'backtest' ? one.silenced : []));
    expect(silenced).toHaveLength(4);
    for (const { file, name } of silenced) {
      const source = file.replace(/^dist\//, '').replace(/js$/, 'ts');
      expect(readFileSync(source, 'utf8')).toMatch(new RegExp(`^export (async )?function ${name}\\(`, 'm'));
    }
  });

  it('hides the statuses of attestation and nothing else', () => {
    const part = allParts().find((one) => one.name === 'attestation evidence');
    if (part?.by !== 'backtest') throw new Error('no such part');
    const line = (status: string, rest: string) =>
      `{"time":1,"attestation.status":"${status}","attestation.code":"x"${rest}}\n`;
    const token = ',"attestation.issuer":"app","attestation.token":"abc"';
    writeFileSync(join(folder, 'in'), line('genuine', token) + line('failed', token) + line('missing', ''));
    hideStatuses(part, join(folder, 'in'), join(folder, 'out'));
    const hidden = '{"time":1,"attestation.status":"none","attestation.code":"cannot_attest"}\n';
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(line('genuine', token) + hidden + hidden);
  });
});
