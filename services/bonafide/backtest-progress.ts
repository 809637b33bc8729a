import type { Io } from './command.ts';

/** A line that is rewritten on a terminal: phase, share, rate, time left. Silent in a pipe. */
export interface Progress {
  /** @param total events of this phase; 0 when not known. */
  phase(name: string, total: number): void;
  at(done: number): void;
  done(): void;
}

const EVERY_MS = 200;

export function createProgress(io: Io, terminal: boolean = io.stderr.isTTY === true): Progress {
  let name = '';
  let total = 0;
  let started = 0;
  let shown = 0;

  return {
    phase(next, of) {
      name = next;
      total = of;
      started = performance.now();
      shown = 0;
    },
    at(done) {
      const now = performance.now();
      if (!terminal || now - shown < EVERY_MS) return;
      shown = now;
      const seconds = Math.max(0.001, (now - started) / 1000);
      const rate = done / seconds;
      const share = total > 0 ? ` ${((100 * done) / total).toFixed(0)} %` : '';
      const left = total > 0 && rate > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : '';
      io.stderr.write(
        `\r\u001b[K${name}${share}: ${Math.round(done).toLocaleString('en')} events, ${Math.round(rate).toLocaleString('en')}/s${left}`,
      );
    },
    done() {
      if (terminal) io.stderr.write('\r\u001b[K');
    },
  };
}
