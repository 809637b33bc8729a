import type { KafkaMessage } from '../../shared/kafka/consumer.ts';
import { type Claim, type Cut, type Cuts, Superseded } from './cuts.ts';
import { createBlocks } from './kafka-block.ts';
import { begun, whereToResume } from './kafka-resume.ts';
import type { KafkaIngestDeps } from './kafka-source.ts';
import type { SourceRecord } from './pipeline.ts';
import type { ReadBlock } from './read-block.ts';
import type { ReadingRoom } from './reading-room.ts';

export interface HeldPartitionDeps extends KafkaIngestDeps {
  cuts: Cuts;
  topic: string;
  partition: number;
  /** For all partitions of this process. */
  reading: ReadingRoom;
  /** What the broker has of the partition: offset of its first message, and after its last. */
  bounds(): Promise<{ low: number; end: number }>;
  /** Offset of its first message since an epoch ms. */
  firstSince(ms: number): Promise<number>;
  commit(offset: number): Promise<void>;
  /** The block in hand cannot be stored: the session must begin again. */
  onFault(error: unknown): void;
}

/** A partition while it is ours: what was fetched waits here, is cut into blocks, read, and stored in order. */
export interface HeldPartition {
  readonly partition: number;
  /** Offset of the next message that is wanted. */
  next(): number;
  /** True once after a claim: the first fetch may have begun too late. */
  wantsSeek(): boolean;
  isVoid(): boolean;
  /**
   * Messages below `next` are skipped and counted.
   * @param through the last offset that was fetched, of a marker or of a message taken back as well.
   * @param end the offset after the partition's newest message.
   */
  take(messages: readonly KafkaMessage[], through: number, end: number): void;
  /** Nothing that is wanted stands up to `through`. */
  pass(through: number, end: number): void;
  /** Resolves when less than this waits in memory. */
  room(bytes: number, messages: number): Promise<void>;
  /** The partition ends below what was stored: goes on where {@link begun} says, under a new claim. */
  beginAgain(): Promise<void>;
  /** Not ours any more; what is being stored is left to the claim check and the token. */
  abandon(): void;
  /** Takes no more and waits for what is being stored. */
  finish(): Promise<void>;
}

export const BLOCK = { bytes: 8 << 20, messages: 10_000 };
/** How long a commit may hold up the next block. */
const COMMIT_MS = 5_000;

/** A block that was cut; `again` when the cut was written by an earlier owner. */
interface Block {
  cut: Cut;
  messages: KafkaMessage[];
  again: boolean;
}

export async function createHeldPartition(deps: HeldPartitionDeps): Promise<HeldPartition> {
  const { cuts, topic, partition, progress, clock, log } = deps;
  let claim: Claim = await cuts.claim(partition);
  const bounds = await deps.bounds();
  const resume = await whereToResume(deps, claim, bounds);
  const blocks = createBlocks(deps, () => cuts.assertOurs(claim));
  /** Epoch ms of the newest cut. */
  let judgedAt = claim.lastCut?.judgedAt ?? 0;
  /** The cut that must form again as it was. */
  let replay: Cut | null = resume.replay;
  let next = resume.next;
  let seekWanted = true;
  let isVoid = false;
  let pending: KafkaMessage[] = [];
  let pendingBytes = 0;
  /** First offsets of the blocks that are cut and not stored yet, oldest first. */
  let unstored: number[] = [];
  let end = bounds.end;
  let working: Promise<void> | null = null;
  let waiters: { fits: () => boolean; resolve: () => void }[] = [];

  /** Messages from an offset on that are still to be stored; markers of transactions behind the last one are none. */
  const waiting = (from: number | undefined): number => Math.max(0, end - (from ?? pending[0]?.offset ?? next));

  function wakeWaiters(): void {
    const ready = waiters.filter((waiter) => isVoid || waiter.fits());
    waiters = waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }

  function abandon(): void {
    isVoid = true;
    pending = [];
    pendingBytes = 0;
    unstored = [];
    wakeWaiters();
    deps.reading.look();
  }

  /** Takes the next block off what waits, or null while the cut that must form again is not complete. */
  function cutBlock(): Block | null {
    if (replay !== null) {
      const { last } = replay;
      if (next <= last) return null;
      const messages = shift((message) => message.offset <= last);
      const block = { cut: replay, messages, again: true };
      replay = null;
      unstored.push(block.cut.first);
      return block;
    }
    let bytes = 0;
    let count = 0;
    const messages = shift((message) => {
      bytes += message.value.length;
      return ++count <= BLOCK.messages && (bytes <= BLOCK.bytes || count === 1);
    });
    const [first, last] = [messages[0], messages.at(-1)];
    if (first === undefined || last === undefined) return null;
    judgedAt = clock.now();
    const cut = { epoch: claim.epoch, first: first.offset, last: last.offset, judgedAt };
    unstored.push(cut.first);
    return { cut, messages, again: false };
  }

  function shift(belongs: (message: KafkaMessage) => boolean): KafkaMessage[] {
    const until = pending.findIndex((message) => !belongs(message));
    const taken = until < 0 ? pending : pending.slice(0, until);
    pending = until < 0 ? [] : pending.slice(until);
    for (const { value } of taken) pendingBytes -= value.length;
    wakeWaiters();
    return taken;
  }

  const recordsOf = ({ messages }: Block): SourceRecord[] =>
    messages.map(({ offset, value, unreadable }) => ({
      source: `kafka:${topic}`,
      partition,
      offset,
      bytes: value,
      ...(unreadable === undefined ? {} : { unreadable }),
    }));

  /** Reads the next block while the one before is being stored. */
  async function work(): Promise<void> {
    let storing: Promise<void> = Promise.resolve();
    while (!isVoid) {
      const share = await deps.reading.enter(() => isVoid);
      const block = share === null ? null : cutBlock();
      if (share === null || block === null) {
        share?.leave();
        break;
      }
      share.holds(block.messages.length);
      const began = performance.now();
      try {
        const read = await deps.read(recordsOf(block), block.cut.judgedAt);
        share.holds(read.rows.length + read.deadLetters.length);
        await storing;
        storing = store(block, read, began).finally(share.leave);
        // It is awaited with the next block, and until then its fault is nobody's.
        storing.catch(() => undefined);
      } catch (error) {
        share.leave();
        throw error;
      }
    }
    await storing;
  }

  function kick(): void {
    if (working !== null || isVoid) return;
    working = work()
      .catch((error: unknown) => {
        if (error instanceof Superseded)
          log.warn(
            { event: 'kafka_superseded', topic, partition },
            `${error.message} This one stops without inserting.`,
          );
        if (!isVoid) deps.onFault(error);
        abandon();
      })
      .finally(() => {
        working = null;
        if (pending.length > 0 && (replay === null || next > replay.last)) kick();
      });
  }

  /** Every step by which a block becomes durable, in the order that makes it exactly once. */
  async function store({ cut, again }: Block, read: ReadBlock, began: number): Promise<void> {
    if (isVoid) return;
    // 1. The cut, so that whoever comes next forms the same block.
    const newestMs = read.rows.reduce((newest, row) => Math.max(newest, row.time), 0);
    if (!again) await cuts.write(partition, cut, { newestMs, behind: waiting(unstored[1]) });
    // 2. The claims, after the cut: either the new owner saw our cut, or we see its claim.
    await cuts.assertOurs(claim);
    const checkedAt = performance.now();
    const outcome = await deps.duplicates.alone(read.rows, () => blocks.insert(cut, { again, read, checkedAt }));
    // 6. Only now Kafka is told.
    await commit(cut.last + 1);
    for (const result of ['accepted', 'replayed', 'duplicate', 'dead_letter', 'skipped'] as const)
      progress.count('kafka', result, outcome[result] ?? 0);
    progress.stored('kafka', (performance.now() - began) / 1000);
    if (!isVoid) {
      unstored.shift();
      const messages = waiting(unstored[0]);
      const seconds = messages === 0 || newestMs === 0 ? 0 : Math.max(0, (clock.now() - newestMs) / 1000);
      progress.partition(partition, { messages, seconds });
    }
    await deps.onStored?.();
  }

  /** A commit that is lost costs a replay, no more; one that is not answered is not waited for. */
  async function commit(offset: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), COMMIT_MS);
    });
    await Promise.race([deps.commit(offset), late])
      .catch((error: unknown) => {
        log.debug({ event: 'kafka_commit_failed', topic, partition, err: error }, 'offsets were not committed');
      })
      .finally(() => clearTimeout(timer));
  }

  if (resume.complete !== null) {
    await blocks.complete(resume.complete);
    await commit(next);
  }

  return {
    partition,
    next: () => next,
    wantsSeek() {
      const wanted = seekWanted;
      seekWanted = false;
      return wanted;
    },
    isVoid: () => isVoid,
    take(messages, through, newEnd) {
      end = newEnd;
      seekWanted = false;
      const wanted = messages.filter((message) => message.offset >= next);
      progress.count('kafka', 'replayed', messages.length - wanted.length);
      for (const message of wanted) {
        pending.push(message);
        pendingBytes += message.value.length;
      }
      next = Math.max(next, through + 1);
      progress.partition(partition, { messages: waiting(unstored[0]) });
      kick();
    },
    pass(through, newEnd) {
      end = newEnd;
      next = Math.max(next, through + 1);
      progress.partition(partition, { messages: waiting(unstored[0]) });
      // The cut that must form again may end at a message that is gone by now.
      kick();
    },
    room(bytes, messages) {
      const fits = () => pendingBytes < bytes && pending.length < messages;
      const isFull = !isVoid && !fits();
      progress.pause(partition, isFull);
      if (!isFull) return Promise.resolve();
      return new Promise((resolve) => waiters.push({ fits, resolve }));
    },
    async beginAgain() {
      await working;
      // An answer that is older than ours, as after a change of leaders, begins nothing.
      if ((await deps.bounds()).end >= next) return;
      claim = await cuts.claim(partition);
      replay = null;
      next = await begun(deps, next, judgedAt, await deps.bounds());
    },
    abandon,
    async finish() {
      const running = working;
      abandon();
      await running;
    },
  };
}
