import { describe, expect, it } from 'vitest';
import { createRelief } from '../../../services/decide/caller-state/relief.ts';

const START = Date.UTC(2026, 1, 10);
const MINUTES = 10;
/** 120 callers who send five requests a minute each, evenly. */
const RATE = { usualPerMinute: 600, callers: 120 };

/** How many of the honest callers' 6,000 requests are relaxed, and of the others', each of whom sends 100 a second. */
function run(flooding: number) {
  const relief = createRelief(START);
  const relaxed = { honest: 0, flooding: 0 };
  for (let ms = 0; ms < MINUTES * 60_000; ms += 10) {
    const now = START + ms;
    for (let k = 0; k < flooding; k++) if (relief.take(`user:own-${k}`, RATE, 1.5, now)) relaxed.flooding++;
    if (ms % 100 === 0 && relief.take(`user:${(ms / 100) % 120}`, RATE, 1.5, now)) relaxed.honest++;
  }
  return relaxed;
}

describe('relaxed requests of an outage', () => {
  it('are not taken from everybody by one caller who floods', () => {
    const alone = run(0);
    expect(alone.honest).toBeGreaterThan(5950);
    const beside = run(1);
    expect(beside.honest).toBeGreaterThan(5850);
    // Three times the mean of five a minute, and five minutes of that at once.
    expect(beside.flooding).toBeLessThanOrEqual(15 * MINUTES + 75);
    expect(beside.flooding).toBeGreaterThan(15 * MINUTES);
  });

  it('run short for honest callers once a sixth as many flood as call', () => {
    expect(run(15).honest).toBeGreaterThan(5000);
    expect(run(60).honest).toBeLessThan(1500);
  });

  it('are two a minute at least, and ten at once, where callers send hardly anything', () => {
    const relief = createRelief(START);
    const quiet = { usualPerMinute: 6000, callers: 30_000 };
    const taken = (now: number) => Array.from({ length: 20 }, () => relief.take('user:1', quiet, 1.5, now));
    expect(taken(START + 60_000).filter(Boolean)).toHaveLength(10);
    expect(taken(START + 120_000).filter(Boolean)).toHaveLength(2);
  });

  it('are as many for a caller whom the cohort’s empty bucket turned away', () => {
    const relief = createRelief(START);
    for (let i = 0; i < 50; i++) expect(relief.take('user:1', RATE, 1.5, START)).toBe(false);
    const later = Array.from({ length: 100 }, () => relief.take('user:1', RATE, 1.5, START + 60_000));
    expect(later.filter(Boolean)).toHaveLength(75);
  });
});
