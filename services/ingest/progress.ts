import type { Clock } from '../../shared/clock.ts';
import type { Gauge, Metrics } from '../../shared/metrics.ts';

/** What became of records; label values of `bonafide_ingest_events_total`. */
export type RecordResult = 'accepted' | 'duplicate' | 'dead_letter' | 'replayed' | 'skipped' | 'lost';
export type SourceKind = 'kafka' | 'http' | 'file';

/** Counts what ingest does, for `/metrics`, `/readyz` and the dashboard. */
export interface Progress {
  count(source: SourceKind, result: RecordResult, n: number): void;
  /** A block is durable; `seconds` from its being cut. */
  stored(source: SourceKind, seconds: number): void;
  partition(partition: number, lag: { messages: number; seconds?: number }): void;
  /** A topic was deleted and made anew under its name. */
  recreated(): void;
  forget(): void;
  duplicates(): number;
  /** Messages that Kafka deleted before they were stored: how many in this process, and when the last were missed. */
  lost(): { messages: number; at: number };
  /** A file, or its end, was rotated away before it was read; `detail` is a sentence that names it. */
  fileGap(detail: string): void;
  /** How many such files in this process, when the last was missed, and its sentence. */
  fileGaps(): { files: number; at: number; detail: string };
  /** Messages that wait in the partitions of this process. */
  lagMessages(): number;
  /** Epoch ms since when there has been a message that waits; null while there is none. */
  waitingSince(): number | null;
  /** Epoch ms of the last durable block; 0 before the first. */
  lastProgress(): number;
}

export function createProgress(metrics: Metrics, clock: Clock): Progress {
  const events = metrics.counter('bonafide_ingest_events_total', 'Records by source and what became of them');
  const recreations = metrics.counter(
    'bonafide_ingest_topic_recreated_total',
    'Partitions that began again below what was stored',
  );
  const gaps = metrics.counter(
    'bonafide_ingest_file_gaps_total',
    'Followed files that were rotated away and could not be read to their end',
  );
  const blocks = metrics.counter('bonafide_ingest_blocks_total', 'Blocks that became durable');
  const took = metrics.histogram(
    'bonafide_ingest_block_seconds',
    'From cutting a block to its being durable in raw and roll-ups',
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  const lagMessages: Gauge = metrics.gauge(
    'bonafide_ingest_lag_messages',
    'Messages of a partition still to be stored',
  );
  const lagSeconds: Gauge = metrics.gauge('bonafide_ingest_lag_seconds', 'Age of the newest stored event while behind');
  const last = metrics.gauge('bonafide_ingest_last_progress_timestamp_seconds', 'When the last block became durable');
  const lags = new Map<number, number>();
  const waiting = () => [...lags.values()].reduce((sum, n) => sum + n, 0);
  let waitingSince: number | null = null;
  let duplicates = 0;
  let lost = { messages: 0, at: 0 };
  let fileGaps = { files: 0, at: 0, detail: '' };
  let lastProgress = 0;

  return {
    count(source, result, n) {
      if (n === 0) return;
      events.add(n, { source, result });
      if (result === 'duplicate') duplicates += n;
      if (result === 'lost') lost = { messages: lost.messages + n, at: clock.now() };
    },
    stored(source, seconds) {
      blocks.add(1, { source });
      took.observe(seconds);
      lastProgress = clock.now();
      last.set(lastProgress / 1000);
    },
    partition(partition, { messages, seconds }) {
      lags.set(partition, messages);
      lagMessages.set(messages, { partition: String(partition) });
      if (seconds !== undefined) lagSeconds.set(seconds, { partition: String(partition) });
      waitingSince = waiting() === 0 ? null : (waitingSince ?? clock.now());
    },
    recreated: () => recreations.add(),
    forget() {
      for (const partition of lags.keys()) {
        lagMessages.set(0, { partition: String(partition) });
        lagSeconds.set(0, { partition: String(partition) });
      }
      lags.clear();
      waitingSince = null;
    },
    duplicates: () => duplicates,
    lost: () => lost,
    lagMessages: waiting,
    waitingSince: () => waitingSince,
    fileGap(detail) {
      gaps.add(1);
      fileGaps = { files: fileGaps.files + 1, at: clock.now(), detail };
    },
    fileGaps: () => fileGaps,
    lastProgress: () => lastProgress,
  };
}
