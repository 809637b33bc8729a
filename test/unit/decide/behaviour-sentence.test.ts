import { describe, expect, it } from 'vitest';
import { behaviourSentence, type Circumstances } from '../../../services/decide/behaviour-sentence.ts';
import type { EntityRisk, RiskKind } from '../../../services/decide/question.ts';
import { StoredRisk } from '../../../services/decide/risk-table.ts';
import { SHIPPED_CURVE, toScore } from '../../../shared/calibration.ts';
import { kindTerm } from '../../../shared/feature-terms.ts';
import { NO_SCALES, type PeerScaleRow, peerScales } from '../../../shared/peer-scales.ts';
import { heard, weighingOf } from '../../../shared/scale.ts';

type Part = EntityRisk['reasons'][number];

const part = (feature: string, value: number, usual: number, part = 10): Part => ({ feature, value, usual, part });
/** Peers of one kind: 1 in 10 of their hours reach 4 dB of the shipped tail, 1 in 100 reach 11. */
const learnt = (kind: number, terms: readonly string[], more: Partial<PeerScaleRow> = {}) =>
  peerScales([{ kind, learnt: 0.8, proven: 0.8, terms, low: terms.map(() => 4), high: terms.map(() => 11), ...more }]);
const IP = learnt(4, ['requests:10s', 'requests:1m', 'requests:10m', 'requests:1h', 'requests:24h']);

function say(
  one: Part,
  more: Partial<Circumstances> = {},
  who: { kind?: RiskKind; id?: string | null; risk?: EntityRisk } = {},
) {
  const { kind = 'ip', id = '203.0.113.9', risk = { score: 40, held: 0, reasons: [one] } } = who;
  const of: Circumstances = {
    total: 30,
    curve: SHIPPED_CURVE,
    challengeLine: 30,
    byHold: false,
    answered: 'challenge',
    scales: IP,
    watchedFrom: 0,
  };
  return behaviourSentence(one, { kind, id, risk }, { ...of, ...more });
}

describe('a reason of behaviour, as an answer tells it', () => {
  it('says who, what in which window, since when, what is usual here, what it adds, and what would have been allowed', () => {
    const one = part('requests:10m', 900, 400);
    const risk = new StoredRisk(30, 0, JSON.stringify([one]), 1_768_478_400);
    expect(say(one, { total: 32.9, watchedFrom: 1_768_478_000 }, { risk })).toBe(
      'Address 203.0.113.9: 900 requests in 10 minutes (API4:2023), since 2026-01-15 12:00:00 UTC. ' +
        '1 in 100 hours of genuine addresses peaks at 146 requests in 10 minutes (learnt from 400 such hours, which weigh 80 %). ' +
        "It adds 10.0 dB to the request's score of 32.9 before calibration. " +
        'Up to 334 requests in 10 seconds, 918 in a minute, 3,340 in 10 minutes, 10,020 in an hour and 50,100 in 24 hours would have been allowed, everything else equal.',
    );
  });

  it('names a quantile that the value passes, never a usual that is above it', () => {
    const usual = (value: number) => /(?<=\. )1 in .*(?= \(learnt)/.exec(say(part('requests:10m', value, 400)))?.[0];
    expect(usual(147)).toBe('1 in 100 hours of genuine addresses peaks at 146 requests in 10 minutes');
    expect(usual(100)).toBe('1 in 10 hours of genuine addresses peaks at 39.5 requests in 10 minutes, 1 in 100 at 146');
    expect(usual(30)).toBe(
      '1 in 10 hours of genuine addresses peaks at 39.5 requests in 10 minutes: alone, this is nothing unusual',
    );
  });

  it('does not call peers genuine where everybody is one, and names what is shipped where nothing is learnt', () => {
    const scales = learnt(4, ['requests:10m'], { proven: 0 });
    expect(say(part('requests:10m', 900, 400), { scales })).toContain('1 in 100 hours of all addresses peaks at 146 ');
    expect(say(part('requests:10m', 900, 400), { scales: NO_SCALES })).toContain(
      '1 in 100 hours of genuine addresses peaks at 400 requests in 10 minutes (as shipped: nothing has been learnt here yet).',
    );
  });

  it('counts by the head where many share an address, and says so: value and usual are of one head', () => {
    expect(say(part('requests:10m', 300.5, 400))).toContain('301 requests in 10 minutes, counted by the head');
    expect(say(part('requests:10m', 300, 400))).not.toContain('by the head');
    const user = { kind: 'user' as const, id: 'u' };
    expect(say(part('requests:10m', 300.5, 250), { scales: NO_SCALES }, user)).not.toContain('by the head');
    expect(say(part('odd_steps:10m', 5.5, 1.8))).not.toContain('by the head');
  });

  it('says of whole things that hardly anybody shows any', () => {
    const scales = learnt(4, ['payloads:1h']);
    const text = say(part('payloads:1h', 3, 0.9), { scales });
    expect(text).toContain('Fewer than 1 in 100 hours of genuine addresses show any (learnt');
  });

  it('says a share as so many of so many', () => {
    const text = say(part('not_found:10m', 30, Math.fround(40 * 0.08)), { scales: NO_SCALES, total: 36 });
    expect(text).toContain(': 30 of 40 requests met 404 in 10 minutes (API9:2023).');
    expect(text).toMatch(/peaks at [\d.]+ of 40 requests in 10 minutes/);
  });

  it('allows what keeps the request under its line, in each window, and says when nothing would', () => {
    // What 48 dB of height add.
    const feature = kindTerm('signin_failures:10m', 'ip')?.feature;
    const adds = feature === undefined ? 0 : heard(weighingOf(feature, 'ip', 0.8), 48).part;
    const loud = part('signin_failures:10m', 40, 7, adds);
    const scales = learnt(4, [
      'signin_failures:1m',
      'signin_failures:10m',
      'signin_failures:1h',
      'signin_failures:24h',
    ]);
    const line = toScore(SHIPPED_CURVE, 30);
    const refused = say(loud, { scales, total: line + adds / 2 });
    expect(refused).toMatch(
      /Up to \d+ attempts in a minute, \d+ in 10 minutes, \d+ in an hour and \d+ in 24 hours would have been allowed, everything else equal\.$/,
    );
    expect(say(loud, { scales, total: line - adds / 2 })).toMatch(
      /Up to \d+ attempts in 10 minutes it would stay allowed, everything else equal\.$/,
    );
    expect(say(loud, { scales, total: line + 1 + adds })).toMatch(
      /No value of it would have been allowed: the others alone are over the challenge line\. Up to \d+ attempts in a minute, .* it would be no reason\.$/,
    );
  });

  it('says of a refusal that is held when it ends', () => {
    expect(say(part('requests:10m', 900, 400), { byHold: true })).toMatch(
      /Its refusal is held, whatever its value, until 10 minutes pass without a refused attempt\.$/,
    );
  });

  it('does not say what would have been allowed of what was, though it is over the line', () => {
    const loud = part('requests:10m', 900, 400);
    for (const more of [{}, { byHold: true }, { total: 400 }])
      expect(say(loud, { ...more, answered: 'allow' })).toMatch(/ before calibration\.$/);
    expect(say(loud, { total: 20, answered: 'allow' })).toMatch(/everything else equal\.$|over the challenge line\.$/);
  });

  it('carries no text of a log that could turn writing round or has no end', () => {
    const text = say(part('requests:10m', 900, 400), {}, { id: `\u202egnp.exe\u0000\u200b${'A'.repeat(3000)}` });
    for (const hidden of ['\u202e', '\u200b', '\u0000']) expect(text).not.toContain(hidden);
    expect(text.length).toBeLessThan(600);
  });

  it('tells what it can of a feature that this version does not know', () => {
    expect(say(part('later_idea:10m', 5, 1))).toBe(
      'Address 203.0.113.9: later_idea is 5 in 10 minutes; usual is up to 1',
    );
  });
});

describe('since when a reason has been one', () => {
  const reasons = (...names: string[]) => JSON.stringify(names.map((name) => part(name, 10, 1)));

  it('goes back to the step that named it first, without a pause', () => {
    const first = new StoredRisk(20, 0, reasons('requests:10m'), 100);
    const second = new StoredRisk(25, 0, reasons('writes:1m', 'requests:1h'), 101);
    second.follow(first);
    const third = new StoredRisk(25, 0, reasons('requests:1m', 'writes:1m'), 102);
    third.follow(second);
    const fourth = new StoredRisk(22, 0, reasons('writes:1m'), 103);
    fourth.follow(third);
    const fifth = new StoredRisk(22, 0, reasons('requests:1m', 'writes:1m'), 104);
    fifth.follow(fourth);
    const of = (risk: StoredRisk) => ['requests', 'writes', 'routes'].map((name) => risk.since(name));
    expect([first, second, third, fourth, fifth].map(of)).toEqual([
      [100, null, null],
      [100, 101, null],
      [100, 101, null],
      [null, 101, null],
      [104, 101, null],
    ]);
  });

  it('begins anew after it was gone, and is not known of what nobody dated', () => {
    const again = new StoredRisk(20, 0, reasons('requests:10m'), 105);
    again.follow(null);
    expect(again.since('requests')).toBe(105);
    expect(new StoredRisk(20, 0, reasons('requests:10m')).since('requests')).toBeNull();
  });
});
