import { describe, expect, it } from 'vitest';
import { statusShares } from '../../../schemas/policy.ts';
import { evidenceStart, type GenuineStatuses, weigh } from '../../../services/score/attestation-evidence.ts';
import { periodsOf } from '../../../services/score/calibrate.ts';
import { AGAINST, createEvidence, EVIDENCE_DB, evidenceDecibels, SHIPPED_EVIDENCE } from '../../../shared/evidence.ts';

const BAD = statusShares.parse({});
const seen = (more: Partial<GenuineStatuses>): GenuineStatuses => ({
  scope: 'shop',
  platform: 'android',
  issuer: 'app',
  caller_hours: 0,
  failed: 0,
  expired: 0,
  missing: 0,
  ...more,
});
const of = (rows: GenuineStatuses[], bad = BAD) => createEvidence(weigh(rows, bad));

describe('the weight of an attestation status', () => {
  it('is what is shipped where nothing was measured', () => {
    const evidence = of([]);
    for (const status of AGAINST) expect(evidence(status, 'any', 'any', 'any')).toBeCloseTo(EVIDENCE_DB[status], 12);
    for (const status of AGAINST) expect(createEvidence([])(status, 'a', 'b', 'c')).toBe(EVIDENCE_DB[status]);
  });

  it('is nothing for what does not speak against a caller, and for what was not observed', () => {
    for (const evidence of [of([seen({ caller_hours: 1000 })]), SHIPPED_EVIDENCE])
      for (const status of ['genuine', 'none', null] as const)
        expect(evidence(status, 'shop', 'android', 'app')).toBe(0);
  });

  it('follows what genuine callers show once there are many of them', () => {
    const evidence = of([seen({ caller_hours: 1_000_000, missing: 100_000, failed: 100_000, expired: 40_000 })]);
    expect(evidence('missing', 'shop', 'android', 'app')).toBeCloseTo(10 * Math.log10(0.5 / 0.1), 1);
    expect(evidence('failed', 'shop', 'android', 'app')).toBeCloseTo(10 * Math.log10(0.3 / 0.1), 1);
    expect(evidence('expired', 'shop', 'android', 'app')).toBeCloseTo(10 * Math.log10(0.05 / 0.04), 1);
    // One genuine caller-hour in 10,000: more than one status may ever weigh.
    expect(of([seen({ caller_hours: 1_000_000, missing: 100 })])('missing', 'shop', 'android', 'app')).toBe(30);
  });

  it('takes honest phones that never verify into account, which are no genuine callers: a failed token never weighs more than is shipped', () => {
    const evidence = of([seen({ caller_hours: 1_000_000, failed: 0 })]);
    for (const [platform, issuer] of [
      ['android', 'app'],
      ['android', null],
      ['ios', null],
    ] as const)
      expect(evidence('failed', 'shop', platform, issuer)).toBeCloseTo(EVIDENCE_DB.failed, 12);
    expect(
      of([seen({ caller_hours: 1_000_000 })], { ...BAD, failed: 0.9 })('failed', 'shop', 'android', 'app'),
    ).toBeCloseTo(EVIDENCE_DB.failed + 10 * Math.log10(3), 12);
  });

  it('hardly moves for a handful of caller-hours', () => {
    const evidence = of([seen({ caller_hours: 10, missing: 1 })]);
    expect(Math.abs(evidence('missing', 'shop', 'android', 'app') - EVIDENCE_DB.missing)).toBeLessThan(1);
  });

  it('counts no caller-hour twice: one issuer says of its platform and scope what it says of itself', () => {
    const evidence = of([seen({ caller_hours: 2000, missing: 20 })]);
    const [own, platform, scope] = [
      evidence('missing', 'shop', 'android', 'app'),
      evidence('missing', 'shop', 'android', null),
      evidence('missing', 'shop', 'ios', null),
    ];
    expect(own).toBe(platform);
    expect(platform).toBe(scope);
  });

  it('is the issuer’s own where it is known, else the platform’s, else the scope’s, and never another scope’s', () => {
    const evidence = of([
      seen({ caller_hours: 50_000, missing: 25_000 }),
      seen({ caller_hours: 50_000, missing: 5, issuer: 'firebase' }),
      seen({ caller_hours: 50_000, missing: 5, platform: 'ios' }),
    ]);
    const missing = (platform: string, issuer: string | null, scope = 'shop') =>
      evidence('missing', scope, platform, issuer);
    expect(missing('android', 'app')).toBeLessThan(1);
    expect(missing('android', 'firebase')).toBeGreaterThan(19);
    expect(missing('android', null)).toBeCloseTo(10 * Math.log10(0.5 / 0.25), 0);
    expect(missing('android', 'unheard')).toBe(missing('android', null));
    expect(missing('watch', null)).toBeCloseTo(10 * Math.log10(0.5 / (25_010 / 150_500)), 0);
    expect(missing('android', 'app', 'elsewhere')).toBeCloseTo(EVIDENCE_DB.missing, 12);
  });

  it('follows the policy: what bad callers are taken to show', () => {
    expect(of([], { ...BAD, missing: 0.05 })('missing', 'shop', '', null)).toBeCloseTo(EVIDENCE_DB.missing - 10, 12);
    expect(of([], { ...BAD, missing: 0 })('missing', 'shop', '', null)).toBe(0);
  });

  it('never speaks for a caller, and is finite for shares of nothing', () => {
    expect(evidenceDecibels(0.1, 0.5)).toBe(0);
    expect(evidenceDecibels(0, 0)).toBe(0);
    expect(evidenceDecibels(1, 0)).toBe(30);
  });
});

describe('the start from which weights hold', () => {
  it('is that of each period of a first day and of each UTC day later, never after its period and never going back', () => {
    const origin = 1_795_490_000;
    const starts = periodsOf(origin, origin + 5 * 86_400, origin).map(([start]) => start);
    const weighed = starts.map((start) => evidenceStart(start, origin));
    expect(weighed).toEqual([...weighed].sort((a, b) => a - b));
    for (const [i, start] of starts.entries()) expect(weighed[i]).toBeLessThanOrEqual(start);
    expect(weighed.filter((at) => at >= origin + 2 * 86_400).every((at) => at % 86_400 === 0)).toBe(true);
  });
});
