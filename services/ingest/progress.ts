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
  /** A partition ends below what was stored: it was made anew under its name, or lost its end; `detail` says which. */
  recreated(detail: string): void;
  /** How many times in this process, when the last was met, and its sentence. */
  recreations(): { partitions: number; at: number; detail: string };
  /** More of a partition waits than fits, so that it is fetched no further; or not any more. */
  pause(partition: number, isPaused: boolean): void;
  /** How many partitions are paused, and epoch ms since when there has been one. */
  paused(): { partitions: number; since: number };
  /** A body of HTTP found no room, or waited in vain: its sender was told to send it again. */
  turnAway(): void;
  /** How many bodies, with less than a minute from one to the next, and epoch ms of the first and the last of them. */
  turnedAway(): { bodies: number; since: number; at: number };
  forget(): void;
  /** Events that were stored by this process. */
  accepted(): number;
  duplicates(): number;
  /** Messages that Kafka deleted before they were stored: how many in this process, and when the last were missed. */
  lost(): { messages: number; at: number };
  /** A file, or its end, was rotated away before it was read; `detail` is a sentence that names it. */
  fileGap(detail: string): void;
  /** How many such files in this process, when the last was missed, and its sentence. */
  fileGaps(): { files: number; at: number; detail: string };
  /** Messages that wait in the partitions of this process. */
  lagMessages(): number;
  /** Age of the newest stored event of the partition that is furthest behind, in seconds; 0 while none is. */
  lagSeconds(): number;
  /** Epoch ms since when there has been a message that waits; null while there is none. */
  waitingSince(): number | null;
  /** Epoch ms of the last durable block; 0 before the first. */
  lastProgress(): number;
  /** How long the last durable block took from being cut, and epoch ms of its end; null before the first. */
  lastBlock(): { seconds: number; at: number } | null;
}

const MINUTE_MS = 60_000;

export function createProgress(metrics: Metrics, clock: Clock): Progress {
  const events = metrics.counter('bonafide_ingest_events_total', 'Records by source and what became of them');
  const recreated = metrics.counter(
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
  const pausedPartitions = metrics.gauge(
    'bonafide_ingest_paused_partitions',
    'Partitions that are not fetched while what waits of them fills the memory it may have',
  );
  const turnedAwayTotal = metrics.counter(
    'bonafide_ingest_turned_away_total',
    'Bodies over HTTP that had to be sent again, for lack of room or because ClickHouse took nothing',
  );
  const lags = new Map<number, number>();
  const ages = new Map<number, number>();
  const pauses = new Map<number, number>();
  const waiting = () => [...lags.values()].reduce((sum, n) => sum + n, 0);
  let waitingSince: number | null = null;
  let duplicates = 0;
  let lost = { messages: 0, at: 0 };
  let recreations = { partitions: 0, at: 0, detail: '' };
  let fileGaps = { files: 0, at: 0, detail: '' };
  let lastProgress = 0;
  let lastBlock: { seconds: number; at: number } | null = null;
  let accepted = 0;
  let turnedAway = { bodies: 0, since: 0, at: 0 };
  pausedPartitions.set(0);

  function pause(partition: number, isPaused: boolean): void {
    if (isPaused === pauses.has(partition)) return;
    if (isPaused) pauses.set(partition, clock.now());
    else pauses.delete(partition);
    pausedPartitions.set(pauses.size);
  }

  return {
    count(source, result, n) {
      if (n === 0) return;
      events.add(n, { source, result });
      if (result === 'accepted') accepted += n;
      if (result === 'duplicate') duplicates += n;
      if (result === 'lost') lost = { messages: lost.messages + n, at: clock.now() };
    },
    stored(source, seconds) {
      blocks.add(1, { source });
      took.observe(seconds);
      lastProgress = clock.now();
      last.set(lastProgress / 1000);
      lastBlock = { seconds, at: lastProgress };
    },
    partition(partition, { messages, seconds }) {
      lags.set(partition, messages);
      lagMessages.set(messages, { partition: String(partition) });
      if (seconds !== undefined) {
        ages.set(partition, seconds);
        lagSeconds.set(seconds, { partition: String(partition) });
      }
      // The last of what waited was taken: nothing comes that would find room.
      if (messages === 0) pause(partition, false);
      waitingSince = waiting() === 0 ? null : (waitingSince ?? clock.now());
    },
    recreated(detail) {
      recreated.add();
      recreations = { partitions: recreations.partitions + 1, at: clock.now(), detail };
    },
    recreations: () => recreations,
    pause,
    paused: () => ({ partitions: pauses.size, since: Math.min(...pauses.values()) }),
    turnAway() {
      const now = clock.now();
      turnedAwayTotal.add();
      const goesOn = turnedAway.bodies > 0 && now - turnedAway.at < MINUTE_MS;
      turnedAway = goesOn
        ? { ...turnedAway, bodies: turnedAway.bodies + 1, at: now }
        : { bodies: 1, since: now, at: now };
    },
    turnedAway: () => turnedAway,
    forget() {
      for (const partition of lags.keys()) {
        lagMessages.set(0, { partition: String(partition) });
        lagSeconds.set(0, { partition: String(partition) });
      }
      lags.clear();
      ages.clear();
      for (const partition of [...pauses.keys()]) pause(partition, false);
      waitingSince = null;
    },
    accepted: () => accepted,
    duplicates: () => duplicates,
    lost: () => lost,
    lagMessages: waiting,
    lagSeconds: () => Math.max(0, ...ages.values()),
    waitingSince: () => waitingSince,
    fileGap(detail) {
      gaps.add(1);
      fileGaps = { files: fileGaps.files + 1, at: clock.now(), detail };
    },
    fileGaps: () => fileGaps,
    lastProgress: () => lastProgress,
    lastBlock: () => lastBlock,
  };
}
