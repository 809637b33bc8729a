import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Baseline,
  type Behaviour,
  type CohortWindow,
  judgeCohort,
  type OutageLimits,
  type Standing,
} from '../../services/attestation-health/verdict.ts';
import { COHORT_STATES } from '../../shared/attestation-health.ts';
import { wilson } from '../../shared/wilson.ts';

const NOW = 1_800_000_000;
const LIMITS: OutageLimits = { enabled: true, min_callers: 20, min_share: 0.3, max_duration_s: 3600 };
const calm = (callers: number): Behaviour => ({
  requests: callers * 4,
  new_net: Math.round(callers * 0.03),
  signin_failed: Math.round(callers * 0.01),
  probing: 0,
  loud: 0,
});
const BASELINE: Baseline = { callers: 5000, failing: 100, all: calm(5000), usual_per_minute: 160 };
const window = (callers: number, failing: number, more: Partial<Behaviour> = {}, nets = failing): CohortWindow => ({
  callers,
  failing,
  nets,
  all: calm(callers),
  ofFailing: { ...calm(failing), ...more },
});
const judge = (seen: CohortWindow, before: Standing | null = null, more: Partial<OutageLimits> = {}, now = NOW) =>
  judgeCohort(seen, BASELINE, { ...LIMITS, ...more }, before, now);
const outage: Standing = { state: 'outage', since: NOW - 600 };

describe('the verdict on a cohort', () => {
  it('is an outage when surely more than usual fail from many networks, and behave as ever', () => {
    expect(judge(window(200, 150))).toMatchObject({ state: 'outage', since: NOW, relaxed_until: NOW + 3600 });
    expect(judge(window(200, 40)).state).toBe('normal');
    expect(judge(window(30, 19)).state).toBe('normal');
    expect(judge(window(200, 150, {}, 4)).state).toBe('normal');
    // A cohort that always fails so often has no outage now.
    const poor = { ...BASELINE, failing: 1500 };
    expect(judgeCohort(window(200, 80), poor, LIMITS, null, NOW).state).toBe('normal');
    expect(judgeCohort(window(200, 150), { ...BASELINE, callers: 199 }, LIMITS, null, NOW).state).toBe('learning');
  });

  it.each([
    ['new_net', 60],
    ['signin_failed', 40],
    ['probing', 30],
    ['loud', 30],
    ['requests', 3000],
  ] as const)('is an attack when they behave otherwise: %s', (deed, n) => {
    expect(judge(window(200, 150, { [deed]: n }))).toMatchObject({ state: 'attack', relaxed_until: 0 });
    expect(judge(window(200, 150, { [deed]: n }), outage)).toMatchObject({ state: 'attack', relaxed_until: 0 });
  });

  it('allows for networks that are entered in the course of an outage', () => {
    const long: Standing = { state: 'outage', since: NOW - 3000 };
    expect(judge(window(200, 150, { new_net: 36 }), long).state).toBe('outage');
    expect(judge(window(200, 150, { new_net: 36 })).state).toBe('attack');
  });

  // How many stolen accounts hide in an outage: docs/operators.md prints these numbers. Quiet days have 3 % in networks that
  // are new to them, of whom as many are honest as there are on quiet days.
  it.each([
    [100, 0, 17],
    [100, 1800, 37],
    [1000, 0, 129],
    [1000, 1800, 318],
    [1000, 3000, 436],
    [10_000, 0, 1161],
    [10_000, 3000, 4154],
  ])(
    'of %i failing callers, %i s into an outage, takes up to %i from networks that they never used',
    (failing, age, most) => {
      const before: Standing | null = age === 0 ? null : { state: 'outage', since: NOW - age };
      const plenty = { ...BASELINE, callers: 50_000, failing: 1000, all: calm(50_000) };
      const state = (new_net: number) =>
        judgeCohort(window(failing, failing, { new_net }), plenty, LIMITS, before, NOW).state;
      expect([state(most), state(most + 1)]).toEqual(['outage', 'attack']);
    },
  );

  it.each([
    ['signin_failed', 85],
    ['probing', 63],
    ['loud', 63],
  ] as const)(
    'of a thousand failing callers takes no more that show %s than %i, however long it lasts',
    (deed, most) => {
      const plenty = { ...BASELINE, callers: 50_000, failing: 1000, all: calm(50_000) };
      for (const age of [0, 1800, 3000]) {
        const before: Standing | null = age === 0 ? null : { state: 'outage', since: NOW - age };
        const state = (n: number) => judgeCohort(window(1000, 1000, { [deed]: n }), plenty, LIMITS, before, NOW).state;
        expect([age, state(most), state(most + 1)]).toEqual([age, 'outage', 'attack']);
      }
    },
  );

  it('never relaxes after an attack, beyond its time, or when the policy says no', () => {
    expect(judge(window(200, 150), { state: 'attack', since: NOW - 60 }).state).toBe('attack');
    expect(judge(window(200, 150), { state: 'outage', since: NOW - 3600 })).toMatchObject({ state: 'exhausted' });
    expect(judge(window(200, 150), { state: 'exhausted', since: NOW - 60 }).state).toBe('exhausted');
    expect(judge(window(200, 150), null, { enabled: false })).toMatchObject({ state: 'outage', relaxed_until: 0 });
  });

  it('keeps its state in a silence, and ends when the share has halved', () => {
    for (const state of ['outage', 'attack', 'exhausted'] as const) {
      expect(judge(window(3, 0), { state, since: NOW - 60 }).state).toBe(state);
      expect(judge(window(200, 40), { state, since: NOW - 60 }).state).toBe(state);
      expect(judge(window(200, 20), { state, since: NOW - 60 }).state).toBe('normal');
    }
    expect(judge(window(0, 0), { state: 'outage', since: NOW - 3600 }).state).toBe('exhausted');
  });

  it('relaxes only in an outage, only what may be relaxed, and never beyond the limit, whatever is seen', () => {
    const n = fc.nat(2000);
    const behaviour = fc.record({ requests: n, new_net: n, signin_failed: n, probing: n, loud: n });
    fc.assert(
      fc.property(
        fc.record({ callers: n, failing: n, nets: n, all: behaviour, ofFailing: behaviour }),
        fc.record({ callers: n, failing: n, all: behaviour, usual_per_minute: fc.nat(100) }),
        fc.option(
          fc.record({ state: fc.constantFrom(...COHORT_STATES), since: fc.integer({ min: NOW - 9000, max: NOW }) }),
        ),
        fc.boolean(),
        (seen, baseline, before, enabled) => {
          const failing = Math.min(seen.failing, seen.callers);
          const verdict = judgeCohort({ ...seen, failing }, baseline, { ...LIMITS, enabled }, before, NOW);
          expect(verdict.since).toBeLessThanOrEqual(NOW);
          if (verdict.relaxed_until === 0) return;
          expect([verdict.state, enabled]).toEqual(['outage', true]);
          expect(verdict.relaxed_until).toBeGreaterThan(NOW);
          expect(verdict.relaxed_until - verdict.since).toBe(3600);
          // An outage begins with enough callers of enough networks.
          if (before?.state !== 'outage') {
            expect(failing).toBeGreaterThanOrEqual(20);
            expect(seen.nets).toBeGreaterThanOrEqual(5);
          }
        },
      ),
    );
  });
});

it('the interval of a share holds it, and knows nothing of nothing', () => {
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  const { low, high } = wilson(10, 100);
  expect([low, high].map((x) => x.toFixed(3))).toEqual(['0.055', '0.174']);
});
