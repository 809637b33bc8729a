import type { ClickHouse } from './client.ts';

/** Holds statements that change data while a copy of the data is made. */
export interface Gate {
  /** The same lane, whose changes wait while the gate is shut. */
  guard(lane: ClickHouse): ClickHouse;
  /** Runs `work` between changes: those that run are waited for, new ones wait until it is done. Reads go on. */
  whileShut<T>(work: () => Promise<T>): Promise<T>;
}

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
    guard: (lane) => ({
      ...lane,
      run: (...args) => change(() => lane.run(...args)),
      insert: (...args) => change(() => lane.insert(...args)),
      insertEncoded: (...args) => change(() => lane.insertEncoded(...args)),
    }),
    async whileShut(work) {
      while (isShut) await open;
      let reopen: () => void = () => undefined;
      open = new Promise((resolve) => {
        reopen = resolve;
      });
      isShut = true;
      try {
        if (running > 0)
          await new Promise<void>((resolve) => {
            idle = resolve;
          });
        return await work();
      } finally {
        isShut = false;
        reopen();
      }
    },
  };
}
