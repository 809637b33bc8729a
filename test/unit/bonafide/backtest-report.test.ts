import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../../services/bonafide/backtest-report.ts';
import type { SummaryData, TimeBucket } from '../../../services/bonafide/backtest-summary.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 1);

function dataOf(timeline: TimeBucket[]): SummaryData {
  return {
    events: timeline.length,
    again: 0,
    rejected: new Map(),
    outcomes: { allow: timeline.length, challenge: 0, block: 0 },
    bases: new Map([['shipped', timeline.length]]),
    genuine: { requests: 0, refused: 0 },
    top: [],
    timeline,
    lines: { challenge: 30, block: 40 },
    falsePositives: { caller_hours: 0, challenged: 0, blocked: 0, challenged_without: 0, blocked_without: 0 },
  };
}
const bucket = (minute: number): TimeBucket => ({
  startMs: START + minute * MINUTE,
  requests: 60,
  challenge: 0,
  block: 0,
  peak: 50,
});
const peakLine = (minutes: number[]) => /class="peak" d="([^"]*)"/.exec(reportHtml(dataOf(minutes.map(bucket))))?.[1];

describe('risk over time', () => {
  it.each([10, 224, 241, 500, 10_000])('has no gap where there was traffic in every one of %d minutes', (minutes) => {
    const line = peakLine(Array.from({ length: minutes }, (_, i) => i)) ?? '';
    expect(line.match(/M/g)).toHaveLength(1);
    expect(new Set([...line.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => y)).size).toBe(1);
  });

  it('is broken where nothing was asked, and shows a minute that stands alone', () => {
    expect((peakLine([0, 1, 2, 60, 61]) ?? '').match(/M/g)).toHaveLength(2);
    expect(peakLine([0, 1, 2, 60])).toMatch(/h0\.1$/);
  });
});

it('the page tells what came again, and only where something did', () => {
  const told = '1,200 more came again under their event_id within 24 hours: answered as the first, counted once.';
  expect(reportHtml({ ...dataOf([]), again: 1_200 })).toContain(told);
  expect(reportHtml(dataOf([]))).not.toContain('came again');
});
