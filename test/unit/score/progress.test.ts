import { describe, expect, it } from 'vitest';
import { untilNextStep } from '../../../services/score/progress.ts';

describe('when the next step begins', () => {
  it('is the next full second after a step that took less than its own', () => {
    expect(untilNextStep(5_100, 5_700)).toBe(300);
    expect(untilNextStep(5_000, 5_000)).toBe(1000);
  });

  it('is at once after one that took longer', () => {
    expect(untilNextStep(5_900, 6_000)).toBe(0);
    expect(untilNextStep(5_100, 9_400)).toBe(0);
  });

  it('is a second away at most when the clock was set back meanwhile', () => {
    expect(untilNextStep(3_605_100, 5_250)).toBe(750);
  });
});
