import type { StatusShares } from '../../schemas/policy.ts';
import { type ClickHouse, faultOf } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import { endedHistory, type History, learnHistory, pendingHistory, Stopped } from './history.ts';

export interface HistoryLearner {
  /** Begins to learn, aside, from an import that is over and that live steps have seen. @param seenUntil insertion time, epoch ms. */
  look(seenUntil: number): Promise<void>;
  /** Learns from whatever came in, now; answers from how many hours. */
  learn(): Promise<number>;
  /** How many times it has learnt: when this grows, more is known. */
  times(): number;
  /** Waits for a statement that runs; what was begun is begun again by the next scorer. */
  stop(): Promise<void>;
}

export interface HistoryLearnerDeps {
  /** Not the lane of live steps: a month may take minutes. */
  lane: ClickHouse;
  clock: Clock;
  badStatuses: () => StatusShares;
  log: Logger;
}

/** So often it looks, and so long it waits when learning failed. */
const LOOK_MS = 5_000;
const AGAIN_MS = 600_000;

export function createHistoryLearner({ lane, clock, badStatuses, log }: HistoryLearnerDeps): HistoryLearner {
  let times = 0;
  let looksAt = 0;
  let stopped = false;
  let learning: Promise<unknown> | undefined;

  async function learnFrom(history: History | undefined): Promise<number> {
    if (history === undefined) return 0;
    const started = performance.now();
    await learnHistory(lane, history, Math.floor(clock.now() / 1000), badStatuses(), () => stopped);
    times++;
    const seconds = Math.round((performance.now() - started) / 1000);
    log.info({ event: 'history_learnt', hours: history.hours.length, seconds }, 'hours of the past were learnt from');
    return history.hours.length;
  }

  return {
    async look(seenUntil) {
      if (learning !== undefined || stopped || clock.now() < looksAt) return;
      looksAt = clock.now() + LOOK_MS;
      const history = await endedHistory(lane, seenUntil);
      if (history === undefined) return;
      learning = learnFrom(history)
        .catch((error: unknown) => {
          if (error instanceof Stopped) return;
          looksAt = clock.now() + AGAIN_MS;
          log.error(
            { event: 'history_failed', fault: faultOf(error), err: error },
            'hours of the past were not learnt from; it is tried again in ten minutes',
          );
        })
        .finally(() => {
          learning = undefined;
        });
    },
    learn: async () => learnFrom(await pendingHistory(lane)),
    times: () => times,
    async stop() {
      stopped = true;
      await learning;
    },
  };
}
