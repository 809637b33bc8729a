import { withChanges } from './changes.ts';
import type { ClickHouse } from './client.ts';

/** Holds statements that change data while a copy of the data is made. */
export interface Gate {
  /** The same lane, whose changes wait while the gate is shut. */
  guard(lane: ClickHouse): ClickHouse;
  /**
   * Runs `work` between changes: those that run are waited for, new ones wait until it is done. Reads go on.
   * @throws GateBusy when changes still run after `withinMs`: a long one must not hold up all others.
   */
  whileShut<T>(work: () => Promise<T>, withinMs?: number): Promise<T>;
}

export class GateBusy extends Error {
  constructor() {
    super('A long change of the data is under way.');
    this.name = 'GateBusy';
  }
}

const WITHIN_MS = 10_000;

export function createGate(): Gate {
  let running = 0;
  let idle: () => void = () => undefined;
  let open: Promise<void> = Promise.resolve();
  let isShut = false;

  async function change<T>(statement: () => Promise<T>): Promise<T> {
    while (isShut) await open;
    running++;
    try {
      return await statement();
    } finally {
      running--;
      if (running === 0) idle();
    }
  }

  return {
    guard: (lane) => withChanges(lane, change),
    async whileShut(work, withinMs = WITHIN_MS) {
      while (isShut) await open;
      let reopen: () => void = () => undefined;
      open = new Promise((resolve) => {
        reopen = resolve;
      });
      isShut = true;
      try {
        if (running > 0) {
          let timer: NodeJS.Timeout | undefined;
          await new Promise<void>((resolve, reject) => {
            idle = resolve;
            timer = setTimeout(() => reject(new GateBusy()), withinMs);
          }).finally(() => clearTimeout(timer));
        }
        return await work();
      } finally {
        isShut = false;
        reopen();
      }
    },
  };
}
