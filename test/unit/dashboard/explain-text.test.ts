import { describe, expect, it } from 'vitest';
import type { Derivation, ExplainedTerm } from '../../../schemas/api-explain.ts';
import { derivationText } from '../../../services/bonafide/score-explain-text.ts';
import { answerOf } from '../../../services/dashboard/explain-text.ts';

const term = (more: Partial<ExplainedTerm>): ExplainedTerm => ({
  feature: 'signin_failures',
  window: '10m',
  value: 40,
  tail: { kind: 'count', usual: 7, shape: 5 },
  shipped_db: 31,
  scale: { low_db: 4, high_db: 11 },
  height_db: 48,
  speaks: true,
  usual: 3.08,
  allowed: { kind: 'value', value: 12.4 },
  ...more,
});
const feature = {
  title: '',
  unit: 'attempts',
  owasp: 'API2:2023',
  by: 'weights' as const,
  spans: [],
  other_db: 0,
  relief_db: 0,
  since: '2026-11-28T06:12:08.000Z',
};

const DERIVATION: Derivation = {
  scope: 'default',
  kind: 'ip',
  id: '203.0.113.9',
  step: '2026-11-28T06:40:00.000Z',
  scopes: ['default', 'bank'],
  first_seen: '2026-11-28T06:12:07.000Z',
  last_seen: '2026-11-28T06:39:59.000Z',
  counts: [{ name: 'signin_failed', windows: { '10m': 40, '1h': 55 } }],
  incomplete_windows: [],
  reference: { period: '2026-11-28T06:00:00.000Z', basis: 'genuine', entity_hours: 2310, weight: 0.9585 },
  terms: [term({}), term({ window: '1h', value: 55, speaks: false, allowed: { kind: 'value', value: 30 } })],
  features: [{ ...feature, feature: 'signin_failures', window: '10m', height_db: 48, part_db: 24.4 }],
  score: 24.4,
  held: 'none',
  published: null,
  curves: [
    {
      segment: '',
      basis: 'genuine',
      units: 1200,
      valid_from: '2026-11-28T06:00:00.000Z',
      knots: [{ score: 20, decibels: 30 }],
      slope: 0.4,
      decibels: 31.8,
      p: 10 ** -3.18,
      extrapolated: true,
      challenge_score: 20,
      block_score: 45,
    },
  ],
  policy: { version: 3, mode: 'enforce', challenge_db: 30, block_db: 40, trust_uncalibrated: false },
  routes: [{ route: 'POST /v1/login', challenge_db: 20, block_db: 40 }],
  evidence: { failed: 20, expired: 2, missing: 14.31 },
  risk_db: 31.8,
  over: 'challenge',
};
const sentences = (more: Partial<Derivation>) =>
  answerOf({ ...DERIVATION, ...more }).reasons.map(({ sentence }) => sentence);

describe('a reason', () => {
  it('reads like a sentence that can be acted on and passed on', () => {
    expect(sentences({})).toEqual([
      'Address 203.0.113.9: 40 failed sign-ins in 10 minutes, since 2026-11-28 06:12:08 UTC. ' +
        '1 in 100 hours of genuine addresses peaks at 3.1 attempts in 10 minutes (learnt from 2,310 such hours, which weigh 96 %). ' +
        'It adds 24.4 of 24.4 dB before calibration. ' +
        'Up to 12 attempts in 10 minutes and 29 in an hour would have been allowed, everything else equal.',
    ]);
  });

  it('does not call peers genuine where everybody is one', () => {
    const reference = {
      period: '2026-11-28T06:00:00.000Z',
      basis: 'everybody' as const,
      entity_hours: 2310,
      weight: 0.9585,
    };
    expect(sentences({ reference })[0]).toContain(
      '1 in 100 hours of all addresses peaks at 3.1 attempts in 10 minutes',
    );
    expect(derivationText(answerOf({ ...DERIVATION, reference }))).toContain(
      'learnt from 2,310 hours of everybody of this kind',
    );
  });

  it('says so when no value would have been allowed, when any is, and up to which it stays allowed', () => {
    expect(sentences({ terms: [term({ allowed: { kind: 'none' } })] })[0]).toContain(
      'No value of it would have been allowed: the others alone are over the challenge line.',
    );
    expect(sentences({ terms: [term({ allowed: { kind: 'none', no_reason: 6.2 } })] })[0]).toContain(
      'over the challenge line. Up to 6 attempts in 10 minutes it would be no reason.',
    );
    const calm = { score: 3, features: [{ ...DERIVATION.features[0], part_db: 3 }] } as Partial<Derivation>;
    expect(sentences({ ...calm, terms: [term({ allowed: { kind: 'any' } })] })[0]).toContain(
      'Whatever its value, it alone does not bring this over the challenge line.',
    );
    expect(sentences({ ...calm, terms: [term({ value: 4 })] })[0]).toContain(
      'Up to 12 attempts in 10 minutes it would stay allowed, everything else equal.',
    );
  });

  it('tells what ordinary life takes away: parts add up to more than the score', () => {
    const [loud] = DERIVATION.features;
    const requests = { ...feature, feature: 'requests', window: '24h', height_db: 12, part_db: 0, relief_db: 6.2 };
    const [text] = sentences({ score: 18.2, features: loud === undefined ? [] : [loud, requests] });
    expect(text).toContain(
      'It adds 24.4 of 24.4 dB before calibration, of which ordinary life takes 6.2 away. Up to 29 attempts in an hour it would stay allowed',
    );
    const printed = derivationText(
      answerOf({ ...DERIVATION, score: 18.2, features: loud === undefined ? [] : [loud, requests] }),
    );
    expect(printed).toMatch(/sum\s+24\.40\s+6\.20/);
  });

  it('names the shipped scale where nothing is learnt, and shares as so many of so many', () => {
    const of = term({
      feature: 'not_found',
      value: 30,
      tail: { kind: 'share', whole: 40, base: 0.08, rho: 0.12 },
      scale: null,
      usual: 20.7,
      allowed: { kind: 'value', value: 16 },
    });
    const [text] = sentences({
      terms: [of],
      features: [{ ...feature, unit: 'requests', feature: 'not_found', window: '10m', height_db: 40, part_db: 24.4 }],
    });
    expect(text).toContain(
      '1 in 100 hours of genuine addresses peaks at 20.7 of 40 requests in 10 minutes (as shipped: nothing has been learnt here yet).',
    );
    expect(text).toContain('Up to 15 of 40 requests in 10 minutes would have been allowed');
  });

  it('names the quantile that the value passes, so that a value below what is usual is never called unusual', () => {
    const at = (height_db: number, value: number) =>
      sentences({ terms: [term({ height_db, value })] })[0]?.match(/(?<=UTC\. ).*?\(learnt/)?.[0];
    expect(at(24, 4)).toBe('1 in 100 hours of genuine addresses peaks at 3.1 attempts in 10 minutes (learnt');
    expect(at(12, 1)).toBe(
      '1 in 10 hours of genuine addresses peaks at 0.94 attempts in 10 minutes, 1 in 100 at 3.1 (learnt',
    );
    expect(at(6, 0.5)).toBe(
      '1 in 10 hours of genuine addresses peaks at 0.94 attempts in 10 minutes: alone, this is nothing unusual (learnt',
    );
  });

  it('says when the lower bound of plain evidence speaks, not learnt weights', () => {
    const least = {
      features: [
        { ...feature, by: 'least' as const, feature: 'signin_failures', window: '10m', height_db: 48, part_db: 4.4 },
      ],
    };
    expect(sentences(least)[0]).toContain(
      'dB before calibration, the least that such evidence counts while little is learnt here.',
    );
    const text = derivationText(answerOf({ ...DERIVATION, ...least }));
    expect(text).toMatch(/signin_failures:10m !/);
    expect(text).toContain('! its lower bound speaks');
    expect(derivationText(answerOf(DERIVATION))).not.toContain('lower bound speaks');
  });

  it('carries no text of a log that could turn writing round or has no end', () => {
    const [text = ''] = sentences({ id: `\u202egnp.exe\u0000\u200b${'A'.repeat(3000)}` });
    for (const hidden of ['\u202e', '\u200b', '\u0000']) expect(text).not.toContain(hidden);
    expect(text.length).toBeLessThan(500);
  });
});

describe('a derivation as text', () => {
  it('has every part in order, marks what is extrapolated and names other scopes', () => {
    const text = derivationText(answerOf(DERIVATION));
    const places = [
      'ip:203.0.113.9 in scope default',
      '1. What it did',
      '2. Against the shipped tail',
      '3. Weights',
      '4. Score 24.40',
      '5. Lines of policy version 3 (enforce)',
      'Within a request',
      'Reasons',
    ].map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).toContain('Seen in other scopes too: bank (--scope NAME)');
    expect(text).toContain('31.80 extrapolated');
    expect(text).toMatch(/POST \/v1\/login +20\.00 +40\.00/);
    expect(text).toContain(
      'learnt from 2,310 genuine hours of this kind that ended before 2026-11-28T06:00:00.000Z, weight 0.96',
    );
    expect(text).toContain('Nothing was published of it');
    expect(text).toContain('outside the promise');
    expect(text.replace(/\s+/g, ' ')).toContain('(here failed 20, missing 14.3, expired 2, otherwise 0;');
  });
});
