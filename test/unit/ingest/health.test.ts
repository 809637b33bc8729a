import { describe, expect, it } from 'vitest';
import { reportHealth } from '../../../services/ingest/health.ts';
import { createPace } from '../../../services/ingest/pace.ts';
import { createProgress } from '../../../services/ingest/progress.ts';
import { manualClock } from '../../../shared/clock.ts';
import { createHealth } from '../../../shared/health.ts';
import { createMetrics } from '../../../shared/metrics.ts';

const HOUR_MS = 3_600_000;

function ingestAt(start: number) {
  const clock = manualClock(start);
  const metrics = createMetrics();
  const progress = createProgress(metrics, clock);
  const health = createHealth(['ingest']);
  let beside: string | null = null;
  const copies = { fault: () => beside };
  const pace = createPace({ progress, clock, metrics });
  reportHealth({ health, clock, progress, pace, kafka: null, faults: [], partial: [copies], follows: [] });
  return {
    clock,
    progress,
    part: () => health.report('ingest').parts.ingest,
    ready: () => health.report('ingest').ready,
    fail: (sentence: string) => {
      beside = sentence;
    },
  };
}

describe('what ready says of ingest', () => {
  it('is well when a message comes after a quiet hour, and stopped once it has waited for a minute', () => {
    const { clock, progress, part, ready } = ingestAt(HOUR_MS);
    progress.partition(0, { messages: 5 });
    progress.stored('kafka', 0.1);
    progress.partition(0, { messages: 0 });
    clock.set(2 * HOUR_MS);
    progress.partition(0, { messages: 3 });
    expect(part()?.state).toBe('ok');
    clock.set(2 * HOUR_MS + 61_000);
    expect(part()).toMatchObject({ state: 'stopped', detail: '3 messages wait and none was stored for 61 s.' });
    expect(ready()).toBe(false);
    // Blocks that become durable are progress, though more waits.
    progress.stored('kafka', 0.1);
    expect(part()?.state).toBe('ok');
  });

  it('is stopped too when not even the first block of a process becomes durable', () => {
    const { clock, progress, part } = ingestAt(HOUR_MS);
    progress.partition(0, { messages: 1 });
    clock.set(HOUR_MS + 61_000);
    expect(part()?.state).toBe('stopped');
    // The partition went to another process.
    progress.forget();
    expect(part()?.state).toBe('ok');
  });

  it('stays ready when copies of dead letters alone go nowhere', () => {
    const { part, ready, fail } = ingestAt(HOUR_MS);
    fail('The topic takes nothing.');
    expect(part()).toMatchObject({ state: 'degraded', detail: 'The topic takes nothing.' });
    expect(ready()).toBe(true);
  });
});
