/** Where "now" comes from. Injected everywhere, so that a backtest and a test can hold the time. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until it is set; for backtests and tests. */
export function manualClock(startMs: number): Clock & { set(ms: number): void } {
  let current = startMs;
  return {
    now: () => current,
    set(ms) {
      current = ms;
    },
  };
}
