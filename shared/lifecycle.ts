import type { Logger } from './logger.ts';

/**
 * Opens in start order, closes in reverse. A closer is registered beside its opener; every closer runs even when an
 * earlier one fails, and the first failure is rethrown at the end.
 */
export interface Lifecycle {
  /** Registers what undoes the step just taken. */
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Runs the closers, last registered first; safe to call twice. */
  close(): Promise<void>;
}

export function createLifecycle(log: Logger): Lifecycle {
  const closers: { name: string; close: () => Promise<void> | void }[] = [];
  let closing: Promise<void> | undefined;

  async function run(): Promise<void> {
    const failures: unknown[] = [];
    for (const { name, close } of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        log.error({ event: 'close_failed', part: name, err: error }, 'a part did not close');
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    onClose(name, close) {
      closers.push({ name, close });
    },
    close() {
      closing ??= run();
      return closing;
    },
  };
}
