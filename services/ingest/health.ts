import type { Clock } from '../../shared/clock.ts';
import { type Health, OK, type PartHealth } from '../../shared/health.ts';
import type { Follow } from './follow-source.ts';
import type { KafkaIngest } from './kafka-source.ts';
import type { Progress } from './progress.ts';

export interface IngestHealthDeps {
  health: Health;
  clock: Clock;
  progress: Progress;
  kafka: KafkaIngest | null;
  /** Parts whose fault keeps everything from being stored. */
  faults: readonly { fault(): string | null }[];
  /** Parts whose fault concerns some of it. */
  partial: readonly { fault(): string | null }[];
  follows: readonly Follow[];
}

/** The brokers answer a fetch within a fraction of a second; a silence of this length is a fault. */
const SILENT_MS = 20_000;
/** A loss is told for so long. */
const LOSS_TOLD_MS = 3_600_000;
/** While messages wait, a block becomes durable at least this often. */
const STUCK_MS = 60_000;

/** What `/readyz` says of the role `ingest`: whether it progresses, and why not. */
export function reportHealth({ health, clock, progress, kafka, faults, partial, follows }: IngestHealthDeps): void {
  health.register('ingest', 'ingest', (): PartHealth => {
    for (const part of faults) {
      const detail = part.fault();
      if (detail !== null) return { state: 'stopped', detail };
    }
    // After a quiet hour the first message has waited for a moment, not for an hour.
    const since = progress.waitingSince();
    const still = since === null ? 0 : clock.now() - Math.max(since, progress.lastProgress());
    if (still > STUCK_MS)
      return {
        state: 'stopped',
        detail: `${progress.lagMessages()} messages wait and none was stored for ${Math.round(still / 1000)} s.`,
      };
    const lost = progress.lost();
    if (lost.messages > 0 && clock.now() - lost.at < LOSS_TOLD_MS)
      return {
        state: 'degraded',
        detail: `Kafka deleted ${lost.messages} messages before they were stored: its retention is shorter than the time ingest was away.`,
      };
    const gaps = progress.fileGaps();
    if (gaps.files > 0 && clock.now() - gaps.at < LOSS_TOLD_MS) {
      const more = gaps.files > 1 ? ` (${gaps.files} such files since the start)` : '';
      return { state: 'degraded', detail: `${gaps.detail}${more}` };
    }
    for (const part of [...partial, ...follows]) {
      const detail = part.fault();
      if (detail !== null) return { state: 'degraded', detail };
    }
    return OK;
  });
  if (kafka === null) return;
  health.register('kafka', 'ingest', (): PartHealth => {
    const { fault, heardAt } = kafka.consumer.state();
    if (fault !== null) return { state: 'stopped', detail: fault };
    const silent = clock.now() - heardAt;
    return silent < SILENT_MS
      ? OK
      : { state: 'stopped', detail: `Kafka has not answered for ${Math.round(silent / 1000)} s.` };
  });
}
