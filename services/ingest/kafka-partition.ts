import type { EventRow } from '../../schemas/event-row.ts';
import type { KafkaMessage } from '../../shared/kafka/consumer.ts';
import { type Claim, type Cut, type Cuts, Superseded } from './cuts.ts';
import { refusedRow } from './dead-letter.ts';
import { Unsettled } from './duplicates.ts';
import { begun, whereToResume } from './kafka-resume.ts';
import type { KafkaIngestDeps } from './kafka-source.ts';
import type { ReadBlock } from './read-block.ts';
import { encodeRow } from './row.ts';

export interface HeldPartitionDeps extends KafkaIngestDeps {
  cuts: Cuts;
  topic: string;
  partition: number;
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
  /** Messages below `next` are skipped and counted. `end`: the offset after the partition's newest message. */
  take(messages: readonly KafkaMessage[], end: number): void;
  /** Resolves when less than this waits in memory. */
  room(bytes: number, messages: number): Promise<void>;
  /** The partition ends below what was stored: goes on where {@link begun} says, under a new claim. */
  beginAgain(): Promise<void>;
  /** Not ours any more; what is being stored is left to the claim check and the token. */
  abandon(): void;
  /** Takes no more and waits for what is being stored. */
  finish(): Promise<void>;
}

const BLOCK = { bytes: 8 << 20, messages: 10_000 };
/** A claim check older than this is made again right before an insert. */
const CHECK_FRESH_MS = 1_000;

/** A block that was cut; `again` when the cut was written by an earlier owner, `whole` when its rows stand already. */
interface Block {
  cut: Cut;
  messages: KafkaMessage[];
  again: boolean;
  whole: boolean;
}

export async function createHeldPartition(deps: HeldPartitionDeps): Promise<HeldPartition> {
  const { cuts, topic, partition, progress, clock, log } = deps;
  let claim: Claim = await cuts.claim(partition);
  const bounds = await deps.bounds();
  const resume = await whereToResume(deps, claim, bounds);
  /** Epoch ms of the newest cut. */
  let judgedAt = claim.lastCut?.judgedAt ?? 0;
  /** The cut that must form again as it was. */
  let replay: Cut | null = resume.replay;
  let next = resume.next;
  let seekWanted = true;
  let isVoid = false;
  let pending: KafkaMessage[] = [];
  let pendingBytes = 0;
  let end = bounds.end;
  let working: Promise<void> | null = null;
  let waiters: { fits: () => boolean; resolve: () => void }[] = [];

  function wakeWaiters(): void {
    const ready = waiters.filter((waiter) => isVoid || waiter.fits());
    waiters = waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }

  function abandon(): void {
    isVoid = true;
    pending = [];
    pendingBytes = 0;
    wakeWaiters();
  }

  /** Takes the next block off what waits, or null while the cut that must form again is not complete. */
  function cutBlock(): Block | null {
    if (replay !== null) {
      const { last } = replay;
      if (next <= last) return null;
      const messages = shift((message) => message.offset <= last);
      const block = { cut: replay, messages, again: true, whole: resume.whole };
      replay = null;
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
    return { cut, messages, again: false, whole: false };
  }

  function shift(belongs: (message: KafkaMessage) => boolean): KafkaMessage[] {
    const until = pending.findIndex((message) => !belongs(message));
    const taken = until < 0 ? pending : pending.slice(0, until);
    pending = until < 0 ? [] : pending.slice(until);
    for (const { value } of taken) pendingBytes -= value.length;
    wakeWaiters();
    return taken;
  }

  /** Reads the next block while the one before is being stored. */
  async function work(): Promise<void> {
    let storing: Promise<void> = Promise.resolve();
    while (!isVoid) {
      const block = cutBlock();
      if (block === null) break;
      const began = performance.now();
      const records = block.messages.map(({ offset, value }) => ({
        source: `kafka:${topic}`,
        partition,
        offset,
        bytes: value,
      }));
      const read = await deps.read(records, block.cut.judgedAt);
      await storing;
      storing = store(block, read, began);
      storing.catch(() => undefined);
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
  async function store({ cut, again, whole }: Block, read: ReadBlock, began: number): Promise<void> {
    if (isVoid) return;
    // 1. The cut, so that whoever comes next forms the same block.
    const newestMs = read.rows.reduce((newest, row) => Math.max(newest, row.time), 0);
    const behind = Math.max(0, end - cut.last - 1);
    if (!again) await cuts.write(partition, cut, { newestMs, behind });
    // 2. The claims, after the cut: either the new owner saw our cut, or we see its claim.
    await cuts.assertOurs(claim);
    const checkedAt = performance.now();
    const { rows, refused } = await deps.duplicates.alone(read.rows, () => insertSettled(cut, read, checkedAt));
    // 6. Only now Kafka is told; a commit that is lost costs a replay, no more.
    await deps.commit(cut.last + 1).catch((error: unknown) => {
      log.debug({ event: 'kafka_commit_failed', topic, partition, err: error }, 'offsets were not committed');
    });
    progress.count('kafka', whole ? 'replayed' : 'accepted', rows - refused);
    progress.count('kafka', 'duplicate', whole ? 0 : read.rows.length - rows);
    progress.count('kafka', 'dead_letter', whole ? 0 : read.deadLetters.length + refused);
    progress.count('kafka', 'skipped', read.skipped);
    progress.stored('kafka', (performance.now() - began) / 1000);
    const left = Math.max(0, end - cut.last - 1);
    if (!isVoid) {
      const seconds = left === 0 || newestMs === 0 ? 0 : Math.max(0, (clock.now() - newestMs) / 1000);
      progress.partition(partition, { messages: left, seconds });
    }
    await deps.onStored?.();
  }

  /** Decides anew about ids whenever the engine kept the block waiting for so long that others may have taken one. */
  async function insertSettled(cut: Cut, read: ReadBlock, firstCheck: number): ReturnType<typeof insert> {
    for (;;) {
      try {
        return await insert(cut, read, firstCheck);
      } catch (error) {
        if (!(error instanceof Unsettled)) throw error;
      }
    }
  }

  async function insert(cut: Cut, read: ReadBlock, firstCheck: number): Promise<{ rows: number; refused: number }> {
    let checkedAt = firstCheck;
    // 3. What was refused; before ids are decided about, so that nothing slow lies between that and the insert.
    await deps.deadLetters.store(read.deadLetters, cut.judgedAt);
    // 4. Duplicates by explicit id.
    const settled = await deps.duplicates.settle({ rows: read.rows, seen: 'elsewhere', judgedAt: cut.judgedAt });
    const twice = new Set(settled.twice);
    const rows = twice.size === 0 ? read.rows : read.rows.filter((_, i) => !twice.has(i));
    // 5. The block, under the name that its cut gives it.
    const refused = await deps.inserter.insertLines(rows.map(encodeRow), tokenOf(topic, partition, cut), {
      async stillOurs(isWhole) {
        if (isWhole) settled.assertFresh();
        if (performance.now() - checkedAt < CHECK_FRESH_MS) return;
        await cuts.assertOurs(claim);
        checkedAt = performance.now();
      },
    });
    await deps.deadLetters.store(lettersOf(rows, refused), cut.judgedAt);
    return { rows: rows.length, refused: refused.length };
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
    take(messages, newEnd) {
      end = newEnd;
      seekWanted = false;
      const wanted = messages.filter((message) => message.offset >= next);
      progress.count('kafka', 'replayed', messages.length - wanted.length);
      for (const message of wanted) {
        pending.push(message);
        pendingBytes += message.value.length;
      }
      next = (wanted.at(-1)?.offset ?? next - 1) + 1;
      const oldest = pending[0]?.offset ?? next;
      progress.partition(partition, { messages: Math.max(0, end - oldest) });
      kick();
    },
    room(bytes, messages) {
      const fits = () => pendingBytes < bytes && pending.length < messages;
      if (isVoid || fits()) return Promise.resolve();
      return new Promise((resolve) => waiters.push({ fits, resolve }));
    },
    async beginAgain() {
      await working;
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

/** The same block has the same name, whoever inserts it; the epoch keeps a recreated topic's blocks apart. */
const tokenOf = (topic: string, partition: number, { epoch, first, last }: Cut): string =>
  `kafka:${topic}:${partition}:${epoch}:${first}:${last}`;

const lettersOf = (rows: readonly EventRow[], refused: readonly number[]) =>
  refused.flatMap((index) => {
    const row = rows[index];
    return row === undefined ? [] : [refusedRow(row)];
  });
