import { describe, expect, it } from 'vitest';
import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import { createGate, GateBusy } from '../../../shared/clickhouse/gate.ts';

/** A lane whose changes end when the test says so. */
function heldLane() {
  const log: string[] = [];
  const ends: (() => void)[] = [];
  const lane = {
    run: (sql: string) => {
      log.push(`begin ${sql}`);
      return new Promise<void>((resolve) => ends.push(resolve)).then(() => void log.push(`end ${sql}`));
    },
  } as unknown as ClickHouse;
  return { lane, log, end: () => ends.shift()?.() };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the gate before changes of data', () => {
  it('waits for the changes that run, holds those that come, and lets them go afterwards', async () => {
    const gate = createGate();
    const { lane, log, end } = heldLane();
    const guarded = gate.guard(lane);
    const first = guarded.run('a');
    const work = gate.whileShut(async () => void log.push('work'));
    const second = guarded.run('b');
    await turn();
    expect(log).toEqual(['begin a']);
    end();
    await first;
    await work;
    await turn();
    expect(log).toEqual(['begin a', 'end a', 'work', 'begin b']);
    end();
    await second;
  });

  it('opens again when the work fails, and gives up on a change that takes too long', async () => {
    const gate = createGate();
    const { lane, end } = heldLane();
    const guarded = gate.guard(lane);
    await expect(gate.whileShut(() => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    const long = guarded.run('long');
    await expect(gate.whileShut(async () => undefined, 1)).rejects.toBeInstanceOf(GateBusy);
    const next = guarded.run('next');
    await turn();
    end();
    end();
    await Promise.all([long, next]);
  });
});
