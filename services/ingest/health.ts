import type { Clock } from '../../shared/clock.ts';
import { type Health, OK, type PartHealth } from '../../shared/health.ts';
import type { Follow } from './follow-source.ts';
import type { KafkaIngest } from './kafka-source.ts';
import type { Pace } from './pace.ts';
import type { Progress } from './progress.ts';

export interface IngestHealthDeps {
  health: Health;
  clock: Clock;
  progress: Progress;
  pace: Pick<Pace, 'fault'>;
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
export function reportHealth(deps: IngestHealthDeps): void {
  const { health, clock, progress, pace, kafka, faults, partial, follows } = deps;
  health.register('ingest', 'ingest', (): PartHealth => {
    for (const part of faults) {
      const detail = part.fault();
      if (detail !== null) return { state: 'stopped', detail };
    }
    // After a quiet hour the first message has waited for a moment, not for an hour.
    const since = progress.waitingSince();
    const still = since === null ? 0 : clock.now() - Math.max(since, progress.lastProgress());
    if (still > STUCK_MS) {
      const stuck = `${progress.lagMessages()} messages wait and none was stored for ${Math.round(still / 1000)} s.`;
      return { state: 'stopped', detail: together([stuck, pace.fault()]) };
    }
    const parts = [pace, ...partial, ...follows].map((part) => part.fault());
    const detail = together([losses(), recreations(), gaps(), ...parts]);
    if (detail !== '') return { state: 'degraded', detail };
    return OK;
  });

  function losses(): string | null {
    const { messages, at } = progress.lost();
    if (messages === 0 || clock.now() - at >= LOSS_TOLD_MS) return null;
    return `Kafka deleted ${messages} messages before they were stored: its retention is shorter than the time ingest was away.`;
  }

  /** What the brokers deleted of it unread, nobody can count. */
  function recreations(): string | null {
    const { partitions, at, detail } = progress.recreations();
    if (partitions === 0 || clock.now() - at >= LOSS_TOLD_MS) return null;
    return partitions > 1 ? `${detail} (${partitions} such partitions since the start)` : detail;
  }

  function gaps(): string | null {
    const { files, at, detail } = progress.fileGaps();
    if (files === 0 || clock.now() - at >= LOSS_TOLD_MS) return null;
    return files > 1 ? `${detail} (${files} such files since the start)` : detail;
  }

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

const together = (sentences: readonly (string | null)[]): string =>
  sentences.filter((sentence) => sentence !== null).join(' ');
