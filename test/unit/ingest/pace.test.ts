import { describe, expect, it } from 'vitest';
import { createPace } from '../../../services/ingest/pace.ts';
import { createProgress } from '../../../services/ingest/progress.ts';
import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import { manualClock } from '../../../shared/clock.ts';
import { createMetrics } from '../../../shared/metrics.ts';

const NOON = Date.UTC(2026, 10, 30, 12);

/** A worker on a clock that is moved by hand, of one partition that is paused unless said otherwise. */
function worker() {
  const clock = manualClock(NOON);
  const metrics = createMetrics();
  const progress = createProgress(metrics, clock);
  const pace = createPace({ progress, clock, metrics });
  let takes = 0;
  // The clock is all that the lane has of ClickHouse: how long a statement takes is what is told here.
  const unused = () => Promise.reject(new Error('not asked'));
  const lane: ClickHouse = {
    database: 'bonafide',
    cluster: null,
    rows: unused,
    checked: unused,
    insert: unused,
    insertEncoded: unused,
    ping: unused,
    close: unused,
    run: async () => clock.set(clock.now() + takes),
  };
  const watched = pace.watch(lane);
  return {
    clock,
    lane,
    progress,
    pace,
    async statement(ms: number) {
      takes = ms;
      await watched.run('');
    },
    rest: (ms: number) => clock.set(clock.now() + ms),
  };
}

describe('what is told of events that wait', () => {
  it('is nothing while partitions are fetched, however much a statement takes, and of a pause that is over', async () => {
    const { pace, progress, statement, rest } = worker();
    progress.partition(0, { messages: 50_000 });
    await statement(9_000);
    expect(pace.fault()).toBeNull();
    progress.pause(0, true);
    rest(9_000);
    expect(pace.fault()).toBeNull();
    progress.pause(0, false);
    rest(9_000);
    expect(pace.fault()).toBeNull();
  });

  it('names ClickHouse where it is slow, the time since the pause, and the backlog', async () => {
    const { pace, progress, statement, rest } = worker();
    progress.partition(0, { messages: 10_000 });
    progress.pause(0, true);
    for (let n = 0; n < 6; n++) {
      await statement(3_000);
      rest(200);
      progress.count('kafka', 'accepted', 320);
    }
    progress.partition(0, { messages: 12_500, seconds: 41.2 });
    expect(pace.fault()).toBe(
      'ClickHouse is slow: its slowest statement of the last 19 s took 3.0 s, and it was waited for 94 % of that time. ' +
        'Consumption of 1 partition pauses since 2026-11-30T12:00:00Z (19 s), as much as fits waits in memory. ' +
        '12,500 messages wait, more than 19 s ago; 100 events/s were stored meanwhile. The newest event that is stored is 41 s old.',
    );
    // The last of it was taken: nothing comes that would find room.
    progress.partition(0, { messages: 0, seconds: 0 });
    expect(pace.fault()).toBeNull();
  });

  it('says so where ClickHouse is quick and more comes than it takes, and where it is not what holds events up', async () => {
    const busy = worker();
    busy.progress.pause(0, true);
    for (let n = 0; n < 50; n++) await busy.statement(300);
    expect(busy.pace.fault()).toMatch(
      /^ClickHouse takes no more than this: .* took 0\.3 s, and it was waited for 100 %/,
    );

    const idle = worker();
    idle.progress.pause(0, true);
    for (let n = 0; n < 50; n++) {
      await idle.statement(20);
      idle.rest(280);
    }
    expect(idle.pace.fault()).toMatch(
      /^ClickHouse is not what holds events up .* it was waited for 7 % .*: this process or Kafka is\./,
    );
  });

  it('names a block that became durable late, for a minute, and a statement that has not ended', async () => {
    const { pace, progress, statement, rest } = worker();
    await statement(12_000);
    progress.stored('http', 13.4);
    expect(pace.fault()).toContain('The last block of events took 13 s to become durable.');
    progress.stored('http', 0.2);
    expect(pace.fault()).toBeNull();
    progress.stored('http', 13.4);
    rest(61_000);
    expect(pace.fault()).toBeNull();

    let end: () => void = () => undefined;
    const never = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { clock, lane, pace: other } = worker();
    const hanging = other.watch({ ...lane, run: () => never }).run('');
    clock.set(NOON + 31_000);
    expect(other.fault()).toMatch(
      /^ClickHouse is slow: .* 100 % of that time\. A statement has been under way for 31 s\./,
    );
    end();
    await hanging;
    expect(other.fault()).toBeNull();
  });

  it('names bodies that are turned away for longer than a moment', () => {
    const { pace, progress, rest } = worker();
    progress.turnAway();
    expect(pace.fault()).toBeNull();
    for (let n = 0; n < 11; n++) {
      rest(1_000);
      progress.turnAway();
    }
    expect(pace.fault()).toContain('Since 2026-11-30T12:00:00Z 12 bodies over HTTP had to be sent again.');
    rest(10_000);
    expect(pace.fault()).toBeNull();
  });

  it('stands a clock that jumps', async () => {
    const { clock, pace, progress, statement } = worker();
    progress.pause(0, true);
    clock.set(NOON + 9 * 86_400_000);
    await statement(20_000);
    expect(pace.fault()).toMatch(/its slowest statement of the last 50 s took 20\.0 s, it was waited for 40 %/);
    clock.set(NOON - 86_400_000);
    expect(() => pace.fault()).not.toThrow();
  });
});
