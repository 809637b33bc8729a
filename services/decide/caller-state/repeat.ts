/** Work that goes on beside the decisions: one run at a time, a pause between two. */
export interface Repeated {
  start(): void;
  /** Runs now, unless a run is under way. */
  nudge(): void;
  /** Waits for a running one. */
  stop(): Promise<void>;
  /** What the last run threw, in a sentence; `''` when it was well. */
  fault(): string;
}

/**
 * @param work a throw is told once by `onFault` and the work tried again after the pause.
 * @param everyMs pause between the end of one run and the next.
 */
export function repeat(everyMs: number, work: () => Promise<void>, onFault: (error: unknown) => void): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = true;
  let fault = '';

  async function run(): Promise<void> {
    try {
      await work();
      fault = '';
    } catch (error) {
      if (fault === '') onFault(error);
      fault = (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)).slice(0, 200);
    }
  }

  function turn(): void {
    running = run().then(() => {
      running = undefined;
      if (stopped) return;
      timer = setTimeout(turn, everyMs);
      timer.unref();
    });
  }

  return {
    start() {
      stopped = false;
      turn();
    },
    nudge() {
      if (stopped || running !== undefined) return;
      clearTimeout(timer);
      turn();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
    fault: () => fault,
  };
}
