import kafkajs, { type Admin, type Consumer, type EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '../logger.ts';
import { installCodecs } from './codecs.ts';
import { clientOptions, type KafkaConnection, kafkaFault } from './connection.ts';
import { type Unreadable, whyUnreadable } from './stand-ins.ts';

export interface KafkaMessage {
  offset: number;
  /** Empty for a tombstone. */
  value: Buffer;
  /** Why there is no value, where its batch could not be unpacked. */
  unreadable?: Unreadable;
}

/** What one fetch brought of one partition, ascending offsets. */
export interface KafkaBatch {
  partition: number;
  /** Offset after the newest message of the partition. */
  end: number;
  /** The last offset that it covers: of its last message, or of a transaction's marker behind it. */
  through: number;
  messages: KafkaMessage[];
}

/** A fetch that brought no message: markers of transactions, and what their producers took back. */
export interface KafkaPassed {
  partition: number;
  first: number;
  through: number;
  /** Offset after the newest message of the partition. */
  end: number;
}

/** What a batch's receiver can do while it holds the batch. */
export interface BatchControl {
  /** Keeps this member in its group; throws when it was put out of it. */
  heartbeat(): Promise<void>;
  /** The next fetch begins after this offset (not a commit). */
  advance(offset: number): void;
  /** The next fetch begins at this offset. */
  seek(offset: number): void;
  /** The consumer is stopping or this batch was overtaken by a seek. */
  isStale(): boolean;
}

export interface KafkaConsumerOptions {
  connection: KafkaConnection;
  topic: string;
  group: string;
  /** Milliseconds until a killed member's partitions go to others; default 6,000. */
  sessionTimeoutMs?: number;
  log: Logger;
  /** Partitions of this member now, after every join; what was held before is void. */
  onAssigned(partitions: number[]): void;
  /** One partition's batches come one after another. A throw ends the session; a new one begins after a pause. */
  onBatch(batch: KafkaBatch, control: BatchControl): Promise<void>;
  onPassed(passed: KafkaPassed): void;
}

export interface KafkaConsumer {
  /** Consumes until `stop`, through any failure of the brokers. */
  start(): void;
  /** Leaves the group; `onBatch` calls that run are waited for. */
  stop(): Promise<void>;
  /** Everything below this offset is durable. Rejects when the partition is no longer ours. */
  commit(partition: number, offset: number): Promise<void>;
  /** Ends the session and begins a new one: what was fetched and is not durable is fetched again. */
  fail(error: unknown): void;
  /** First and next offset of each partition, asked from the brokers. */
  offsets(): Promise<Map<number, { low: number; end: number }>>;
  /** Offset of the partition's first message whose timestamp is at or after an epoch ms; its end when there is none. */
  firstSince(partition: number, ms: number): Promise<number>;
  /** One message by its place, or null when it is no longer there or cannot be read. */
  read(partition: number, offset: number): Promise<KafkaMessage | null>;
  /** `fault` is a sentence while there is no session; `heardAt` epoch ms of the brokers' last answer. */
  state(): { fault: string | null; heardAt: number };
}

const MIB = 1 << 20;
const LONGEST_PAUSE_MS = 5_000;

/**
 * A member of a consumer group that never gives up. Offsets are committed by hand only; a fetch waits up to 200 ms for
 * 256 KiB, so that a quiet topic is read at once and a busy one in large batches.
 */
export function createKafkaConsumer(options: KafkaConsumerOptions): KafkaConsumer {
  const { connection, topic, group, log } = options;
  // By the default export: Node does not see this one among the names of a CommonJS module.
  installCodecs(kafkajs.CompressionCodecs);
  const kafka = new Kafka(clientOptions(connection, log));
  let consumer: Consumer | undefined;
  let admin: Admin | undefined;
  let stopped = false;
  let wake: () => void = () => undefined;
  let breakSession: (error: unknown) => void = () => undefined;
  let loop: Promise<void> = Promise.resolve();
  let fault: string | null = `Not connected yet to Kafka at ${connection.brokers.join(', ')}.`;
  let heardAt = 0;

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const session = consumer;
    if (session === undefined) return;
    await options.onBatch(
      {
        partition: batch.partition,
        end: Number(batch.highWatermark),
        through: Number(batch.lastOffset()),
        messages: batch.messages.map(messageOf),
      },
      {
        heartbeat: payload.heartbeat,
        advance: (offset) => payload.resolveOffset(String(offset)),
        seek: (offset) => session.seek({ topic, partition: batch.partition, offset: String(offset) }),
        isStale: () => payload.isStale() || !payload.isRunning(),
      },
    );
  }

  /** One session: from joining the group until it breaks; rejects with what broke it. */
  async function session(): Promise<never> {
    const sessionTimeout = options.sessionTimeoutMs ?? 6_000;
    const opened = kafka.consumer({
      groupId: group,
      sessionTimeout,
      heartbeatInterval: Math.floor(sessionTimeout / 4),
      rebalanceTimeout: 15_000,
      metadataMaxAge: 30_000,
      minBytes: 256 * 1024,
      maxWaitTimeInMs: 200,
      maxBytesPerPartition: 4 * MIB,
      maxBytes: 16 * MIB,
    });
    consumer = opened;
    try {
      const crashed = new Promise<never>((_, reject) => {
        opened.on(opened.events.CRASH, ({ payload }) => reject(payload.error));
        breakSession = reject;
      });
      crashed.catch(() => undefined);
      const stopAsked = new Promise<never>((_, reject) => {
        wake = () => reject(new Error('stopped'));
      });
      stopAsked.catch(() => undefined);
      opened.on(opened.events.GROUP_JOIN, ({ payload }) => {
        fault = null;
        heardAt = Date.now();
        options.onAssigned(payload.memberAssignment[topic] ?? []);
      });
      opened.on(opened.events.FETCH, () => {
        heardAt = Date.now();
      });
      opened.on(opened.events.START_BATCH_PROCESS, ({ payload }) => {
        const { partition, batchSize, firstOffset, lastOffset, highWatermark } = payload;
        // Of these the client tells nobody else.
        if (batchSize === 0)
          options.onPassed({
            partition,
            first: Number(firstOffset ?? lastOffset),
            through: Number(lastOffset),
            end: Number(highWatermark),
          });
      });
      await Promise.race([opened.connect(), stopAsked]);
      await opened.subscribe({ topics: [topic], fromBeginning: true });
      await opened.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 4,
        eachBatch,
      });
      return await Promise.race([crashed, stopAsked]);
    } finally {
      consumer = undefined;
      await opened.disconnect().catch((error: unknown) => {
        log.debug({ event: 'kafka_disconnect_failed', err: error }, 'the Kafka session did not close');
      });
    }
  }

  async function consume(): Promise<void> {
    let pause = 250;
    while (!stopped) {
      const began = Date.now();
      try {
        await session();
      } catch (error) {
        if (stopped) return;
        fault = kafkaFault(error, connection.brokers);
        log.warn({ event: 'kafka_session_lost', topic, group }, `${fault} Trying again.`);
      }
      // A session that lived is not the start of a series of failures.
      pause = Date.now() - began > 30_000 ? 250 : Math.min(pause * 2, LONGEST_PAUSE_MS);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async function withAdmin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    const asked = admin ?? kafka.admin();
    try {
      if (admin === undefined) await asked.connect();
      admin = asked;
      return await ask(asked);
    } catch (error) {
      // The next question begins with a fresh connection.
      admin = undefined;
      await asked.disconnect().catch(() => undefined);
      throw error;
    }
  }

  return {
    start() {
      loop = consume();
    },
    async stop() {
      stopped = true;
      wake();
      await loop;
      await admin?.disconnect();
    },
    async commit(partition, offset) {
      if (consumer === undefined) throw new Error('There is no session with Kafka to commit in.');
      await consumer.commitOffsets([{ topic, partition, offset: String(offset) }]);
    },
    fail: (error) => breakSession(error),
    async offsets() {
      const all = await withAdmin((a) => a.fetchTopicOffsets(topic));
      return new Map(all.map(({ partition, low, high }) => [partition, { low: Number(low), end: Number(high) }]));
    },
    async firstSince(partition, ms) {
      const all = await withAdmin((a) => a.fetchTopicOffsetsByTimestamp(topic, Math.max(0, ms)));
      const found = all.find((at) => at.partition === partition);
      if (found === undefined) throw new Error(`The brokers say nothing of partition ${partition} of ${topic}.`);
      return Number(found.offset);
    },
    read: (partition, offset) => readOne(kafka, topic, partition, offset),
    state: () => ({ fault, heardAt }),
  };
}

const EMPTY = Buffer.alloc(0);

function messageOf({ offset, value }: { offset: string; value: Buffer | null }): KafkaMessage {
  const message = { offset: Number(offset), value: value ?? EMPTY };
  const unreadable = message.value.length === 0 ? whyUnreadable(message.value) : undefined;
  return unreadable === undefined ? message : { ...message, unreadable };
}

/** Reads one message in a group of its own that is gone afterwards; a few hundred milliseconds, for resending by hand. */
async function readOne(kafka: Kafka, topic: string, partition: number, offset: number): Promise<KafkaMessage | null> {
  const groupId = `bonafide-read-${process.pid}-${Date.now()}-${partition}-${offset}`;
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, maxWaitTimeInMs: 100 });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const bounds = (await admin.fetchTopicOffsets(topic)).find((at) => at.partition === partition);
    if (bounds === undefined || offset < Number(bounds.low) || offset >= Number(bounds.high)) return null;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: false });
    const found = new Promise<KafkaMessage | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), 10_000);
      void consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch }) => {
          if (batch.partition !== partition || Number(batch.lastOffset()) < offset) return;
          const found = batch.messages.find((at) => Number(at.offset) === offset);
          const message = found === undefined ? null : messageOf(found);
          clearTimeout(timer);
          resolve(message?.unreadable === undefined ? message : null);
        },
      });
    });
    consumer.seek({ topic, partition, offset: String(offset) });
    return await found;
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}
