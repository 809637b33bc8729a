import type { Clock } from '../../shared/clock.ts';

const MOST_FAILURES = 10;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Failed sign-ins by address: ten a minute, then it waits. Success costs nothing. */
export interface Attempts {
  /** Seconds to wait before the next attempt; 0: go on. */
  wait(address: string): number;
  failed(address: string): void;
}

export function createAttempts(clock: Clock): Attempts {
  const windows = new Map<string, { start: number; failures: number }>();
  return {
    wait(address) {
      const window = windows.get(address);
      if (window === undefined || window.failures < MOST_FAILURES) return 0;
      return Math.max(0, Math.ceil((window.start + WINDOW_MS - clock.now()) / 1000));
    },
    failed(address) {
      const now = clock.now();
      const window = windows.get(address);
      if (window !== undefined && window.start + WINDOW_MS > now) {
        window.failures++;
        return;
      }
      windows.delete(address);
      // Insertion order is age: the first is the one that ended longest ago.
      for (const key of windows.keys()) {
        if (windows.size < MOST_ADDRESSES) break;
        windows.delete(key);
      }
      windows.set(address, { start: now, failures: 1 });
    },
  };
}
