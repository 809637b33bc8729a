import { type ClickHouse, faultOf } from '../../shared/clickhouse/client.ts';
import type { Logger } from '../../shared/logger.ts';

export interface Patient {
  clickhouse: ClickHouse;
  /** A sentence while a statement waits for ClickHouse, else null. */
  fault(): string | null;
}

const LONGEST_PAUSE_MS = 5_000;

/**
 * A lane whose statements wait for ClickHouse to come back, with capped backoff; only for statements that may run
 * twice. What is not transient is thrown.
 * @param giveUpMs after so long a transient fault is thrown too; default never.
 */
export function createPatient(lane: ClickHouse, log: Logger, giveUpMs = Number.POSITIVE_INFINITY): Patient {
  let fault: string | null = null;

  async function patiently<T>(statement: () => Promise<T>): Promise<T> {
    const began = Date.now();
    for (let pause = 100; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const answer = await statement();
        fault = null;
        return answer;
      } catch (error) {
        if (faultOf(error) !== 'retry') throw error;
        const line = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
        fault = `ClickHouse does not answer: ${line}`;
        if (Date.now() - began > giveUpMs) throw error;
        log.warn({ event: 'clickhouse_retry', err: error }, `${fault}. Trying again.`);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  return {
    clickhouse: {
      ...lane,
      rows: (...args) => patiently(() => lane.rows(...args)),
      checked: (...args) => patiently(() => lane.checked(...args)),
      run: (...args) => patiently(() => lane.run(...args)),
      insert: (...args) => patiently(() => lane.insert(...args)),
      insertEncoded: (...args) => patiently(() => lane.insertEncoded(...args)),
    },
    fault: () => fault,
  };
}
