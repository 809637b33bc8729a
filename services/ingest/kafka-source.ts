import type { KafkaSettings } from '../../schemas/settings.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import {
  type BatchControl,
  createKafkaConsumer,
  type KafkaBatch,
  type KafkaConsumer,
  type KafkaConsumerOptions,
  type KafkaPassed,
} from '../../shared/kafka/consumer.ts';
import type { Logger } from '../../shared/logger.ts';
import { createCuts } from './cuts.ts';
import type { DeadLetterSink } from './dead-letter.ts';
import type { Duplicates } from './duplicates.ts';
import type { Inserter } from './insert.ts';
import { BLOCK, createHeldPartition, type HeldPartition } from './kafka-partition.ts';
import type { Progress } from './progress.ts';
import type { BlockReader } from './read-block.ts';
import { createReadingRoom } from './reading-room.ts';

export interface KafkaIngestDeps {
  settings: KafkaSettings;
  /** A lane for claims, cuts and look-ups, beside the one that the blocks take. */
  clickhouse: ClickHouse;
  read: BlockReader;
  inserter: Inserter;
  duplicates: Duplicates;
  deadLetters: DeadLetterSink;
  progress: Progress;
  clock: Clock;
  log: Logger;
  /** Called after each durable block. */
  onStored?(): Promise<void>;
  sessionTimeoutMs?: number;
  /** Where messages come from; default a consumer group of Kafka. */
  openConsumer?(options: KafkaConsumerOptions): KafkaConsumer;
}

export interface KafkaIngest {
  start(): void;
  /** What is being inserted is waited for; what was only fetched is left to the next owner. */
  stop(): Promise<void>;
  /** Every partition of this process is stored up to its end. */
  caughtUp(): boolean;
  /** The full bytes of a message, or null when Kafka no longer has it. */
  read(partition: number, offset: number): Promise<Buffer | null>;
  consumer: Pick<KafkaConsumer, 'state'>;
}

/** Bytes and messages of a partition that may wait in memory, and of all partitions of this process together. */
const ROOM = { bytes: 16 << 20, messages: 40_000 };
const ROOM_OF_ALL = { bytes: 64 << 20, messages: 160_000 };
const HEARTBEAT_MS = 1_000;

/** From a topic into ClickHouse, exactly once in effect: docs/exactly-once.md has the argument. */
export function createKafkaIngest(deps: KafkaIngestDeps): KafkaIngest {
  const { settings, clickhouse, clock, log, progress } = deps;
  const cuts = createCuts({ clickhouse, topic: settings.topic, clock });
  const held = new Map<number, HeldPartition>();
  const reading = createReadingRoom(BLOCK.messages);
  const claiming = new Map<number, Promise<HeldPartition>>();
  let generation = 0;

  const consumer = (deps.openConsumer ?? createKafkaConsumer)({
    connection: settings,
    topic: settings.topic,
    group: settings.group,
    ...(deps.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: deps.sessionTimeoutMs }),
    log,
    onAssigned,
    onBatch,
    onPassed,
  });

  /** After a join nothing that was known of a partition counts: it may have had another owner meanwhile. */
  function onAssigned(partitions: number[]): void {
    generation++;
    for (const partition of held.values()) partition.abandon();
    held.clear();
    claiming.clear();
    progress.forget();
    log.info({ event: 'kafka_assigned', topic: settings.topic, partitions }, 'partitions were assigned');
  }

  async function boundsOf(partition: number): Promise<{ low: number; end: number }> {
    const bounds = (await consumer.offsets()).get(partition);
    if (bounds !== undefined) return bounds;
    // Nothing may be concluded from silence: that the topic is new least of all.
    throw new Error(`The brokers say nothing of partition ${partition} of ${settings.topic}.`);
  }

  async function claim(partition: number): Promise<HeldPartition> {
    const of = generation;
    const taken = await createHeldPartition({
      ...deps,
      cuts,
      topic: settings.topic,
      partition,
      reading,
      bounds: () => boundsOf(partition),
      firstSince: (ms) => consumer.firstSince(partition, ms),
      commit: (offset) => consumer.commit(partition, offset),
      onFault: (error) => consumer.fail(error),
    });
    if (of === generation) held.set(partition, taken);
    else taken.abandon();
    return taken;
  }

  function hold(partition: number): Promise<HeldPartition> {
    const ready = held.get(partition);
    if (ready !== undefined) return Promise.resolve(ready);
    let taking = claiming.get(partition);
    if (taking === undefined) {
      taking = claim(partition).finally(() => claiming.delete(partition));
      claiming.set(partition, taking);
    }
    return taking;
  }

  async function onBatch(batch: KafkaBatch, control: BatchControl): Promise<void> {
    const state = await beating(control, hold(batch.partition));
    if (state.isVoid() || control.isStale()) return;
    if (batch.end < state.next()) {
      // The topic was made anew under its old name, or lost its end: its offsets begin again, and so do we.
      await beating(control, state.beginAgain());
      control.seek(state.next());
      return;
    }
    const first = batch.messages[0];
    const last = batch.messages.at(-1);
    if (first === undefined || last === undefined) return;
    if (first.offset > state.next() && state.wantsSeek()) {
      control.seek(state.next());
      return;
    }
    if (first.offset > state.next()) await beating(control, reportGap(batch.partition, state.next(), first.offset));
    if (last.offset < state.next()) {
      progress.count('kafka', 'replayed', batch.messages.length);
      control.seek(state.next());
      return;
    }
    state.take(batch.messages, batch.through, batch.end);
    control.advance(last.offset);
    const share = (of: keyof typeof ROOM) => Math.min(ROOM[of], ROOM_OF_ALL[of] / Math.max(1, held.size));
    await beating(control, state.room(share('bytes'), share('messages')));
  }

  /** Markers of transactions, and messages that their producer took back: nothing of it is stored. */
  function onPassed({ partition, first, through, end }: KafkaPassed): void {
    const state = held.get(partition);
    // What lies before them is for a batch to find out.
    if (state === undefined || state.isVoid() || first > state.next()) return;
    state.pass(through, end);
  }

  /** Offsets may be missing by compaction; when the broker deleted them unread, it is told. */
  async function reportGap(partition: number, from: number, to: number): Promise<void> {
    const { low } = await boundsOf(partition);
    const lost = Math.max(0, Math.min(low, to) - from);
    if (lost === 0) return;
    progress.count('kafka', 'lost', lost);
    log.error(
      { event: 'kafka_messages_expired', topic: settings.topic, partition, from, lost },
      `Kafka deleted ${lost} messages before they were read: retention is shorter than the time ingest was behind.`,
    );
  }

  return {
    start: () => consumer.start(),
    async stop() {
      const ending = [...held.values()].map((partition) => partition.finish());
      await Promise.all(ending);
      await consumer.stop();
    },
    caughtUp: () => consumer.state().fault === null && progress.lagMessages() === 0,
    async read(partition, offset) {
      return (await consumer.read(partition, offset))?.value ?? null;
    },
    consumer,
  };
}

/** Waits for `work` while this member keeps its place in the group; being put out of it ends the wait. */
async function beating<T>(control: BatchControl, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<never>((_, reject) => {
    timer = setInterval(() => control.heartbeat().catch(reject), HEARTBEAT_MS);
  });
  try {
    return await Promise.race([work, lost]);
  } finally {
    clearInterval(timer);
    // The losing side of the race must not end the process.
    lost.catch(() => undefined);
    work.catch(() => undefined);
  }
}
