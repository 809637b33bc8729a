import { randomUUID } from 'node:crypto';
import type { EventRow } from '../../schemas/event-row.ts';
import type { RejectReason } from '../../schemas/reasons.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Logger } from '../../shared/logger.ts';
import { createBroughtPlaces } from './brought-places.ts';
import { type DeadLetterSink, refusedRow } from './dead-letter.ts';
import { type Duplicates, Unsettled } from './duplicates.ts';
import type { Inserter } from './insert.ts';
import type { FilePosition, Journal, JournalEntry } from './journal.ts';
import type { Progress, SourceKind } from './progress.ts';
import type { ReadBlock } from './read-block.ts';
import { encodeRow, valuesOf } from './row.ts';
import { mapInSlices } from './slices.ts';
import { isStoredOutsideWindow, placedOf, storedPlaces } from './stored-places.ts';
import { createWaitingRoom, type Guest } from './waiting-room.ts';

/** What one request or one stretch of a file brings. */
export interface WriteJob {
  kind: Exclude<SourceKind, 'kafka'>;
  block: ReadBlock;
  /** Bytes that it holds in memory. */
  bytes: number;
  judgedAt: number;
  /** `ids`: by `event_id` in the last 24 h. `places`: by place too, for ever; the block is one stretch of one file. */
  recognise: 'ids' | 'places' | 'nothing';
  position?: FilePosition;
}

export interface WriteOutcome {
  accepted: number;
  duplicates: number;
  /** `offset` is the record's place in its source. */
  deadLettered: { offset: number; reason: RejectReason }[];
}

export interface WriterDeps {
  /** A lane for look-ups. */
  clickhouse: ClickHouse;
  inserter: Inserter;
  duplicates: Duplicates;
  deadLetters: DeadLetterSink;
  journal: Journal;
  progress: Progress;
  log: Logger;
  /** Keeps a followed file's position; called after its block is stored. */
  onPosition?(position: FilePosition): Promise<void>;
  /** Called after each durable block. */
  onStored?(): Promise<void>;
}

export interface Writer {
  /**
   * Room for a body that is about to be read, or null while too much waits: the caller is asked to come back.
   * @param said bytes as the caller says, 0 when it does not.
   */
  admit(said: number): Guest | null;
  /**
   * Resolves once the records are durable; rejects when nothing of them was taken.
   * @param patience whoever waits for it gives up: what has not begun by then is let go, and rejects with its reason.
   */
  write(job: WriteJob, patience?: AbortSignal): Promise<WriteOutcome>;
  /** Inserts what a killed process left in the journal; before anything else is taken. */
  recover(): Promise<number>;
  /** Waits for what is in the queue. */
  drain(): Promise<void>;
  fault(): string | null;
}

const GROUP = { rows: 20_000, bytes: 16 << 20 };
/** A journalled block is durable; a caller does not wait longer than this for ClickHouse to take it. */
const ANSWER_WITHIN_MS = 10_000;
const LONGEST_PAUSE_MS = 5_000;

interface Waiting {
  job: WriteJob;
  guest: Guest;
  resolve: (outcome: WriteOutcome) => void;
  reject: (error: unknown) => void;
}

/** HTTP and files into ClickHouse: blocks go one after another, each through the journal. */
export function createWriter(deps: WriterDeps): Writer {
  const { inserter, journal, progress, log } = deps;
  let queue: Waiting[] = [];
  const room = createWaitingRoom();
  const brought = createBroughtPlaces(deps.clickhouse);
  let working: Promise<void> | null = null;
  let fault: string | null = null;

  /**
   * Requests that waited together go in one block. What is told by place, and what moves the position of a file, is a
   * block of its own: a block has one way of telling what came before, and keeps one position.
   */
  function nextGroup(): Waiting[] {
    const isAlone = ({ recognise, position }: WriteJob) => recognise !== 'ids' || position !== undefined;
    let rows = 0;
    let size = 0;
    let n = 0;
    for (const { job } of queue) {
      rows += sizeOf(job);
      size += job.bytes;
      if (n > 0 && (isAlone(job) || rows > GROUP.rows || size > GROUP.bytes)) break;
      n++;
      if (isAlone(job)) break;
    }
    const group = queue.slice(0, n);
    queue = queue.slice(n);
    return group;
  }

  async function work(): Promise<void> {
    for (let group = nextGroup(); group.length > 0; group = nextGroup()) {
      try {
        await storeGroup(group);
      } catch (error) {
        // Before the journal: nothing was taken, and the callers are told.
        for (const { reject } of group) reject(error);
      }
      for (const { guest } of group) guest.leave();
    }
  }

  function kick(): void {
    working ??= work().finally(() => {
      working = null;
      if (queue.length > 0) kick();
    });
  }

  async function storeGroup(group: readonly Waiting[]): Promise<void> {
    const began = performance.now();
    const rows = group.flatMap(({ job }) => job.block.rows);
    const head = group[0]?.job;
    if (head === undefined) return;
    const { judgedAt, position = null } = head;
    const isFollowed = position !== null && head.recognise === 'ids';
    const by = isFollowed && (await brought.mayHold(rows, judgedAt)) ? 'places' : head.recognise;
    await deps.duplicates.alone(by === 'nothing' ? [] : rows, async () => {
      // Before they are looked for, so that a follower either is seen there or sees this. Those that stand stored as well:
      // another run may have brought them, before this process was there.
      if (by === 'places' && position === null) await brought.note(rows, judgedAt);
      const twice = await recognise(rows, by, judgedAt);
      const kept = rows.filter((_, i) => !twice.has(i));
      const letters = group.flatMap(({ job }) => job.block.deadLetters);
      const token = `journal:${randomUUID()}`;
      const entry = { token, judgedAt, letters, position, recognise: by, lines: await mapInSlices(kept, encodeRow) };
      if (kept.length > 0 || letters.length > 0 || position !== null) {
        const file = await journal.write(entry);
        const inserted = insertForEver(entry, kept);
        // From here on it is durable, come what may: callers get their answer even while ClickHouse is away.
        let answered = false;
        const timer = setTimeout(() => {
          answered = true;
          answer(group, twice, new Set(), progress);
        }, ANSWER_WITHIN_MS);
        const { refused, late } = await inserted;
        clearTimeout(timer);
        await journal.remove(file);
        if (!answered) {
          const all = keptToAll(rows, twice, late);
          answer(group, new Set([...twice, ...all]), keptToAll(rows, twice, refused), progress);
        }
        progress.stored(head.kind, (performance.now() - began) / 1000);
        await deps.onStored?.();
      } else answer(group, twice, new Set(), progress);
    });
  }

  async function recognise(
    rows: readonly EventRow[],
    by: WriteJob['recognise'],
    judgedAt: number,
  ): Promise<Set<number>> {
    if (by === 'nothing' || rows.length === 0) return new Set();
    const there = by === 'places' ? await storedPlaces(deps.clickhouse, rows) : new Set<number>();
    // What came another way, live traffic that a log has too, is known by an id of its own alone.
    const open = [...rows.keys()].filter((i) => !there.has(i));
    const asked = open.flatMap((i) => rows[i] ?? []);
    const twice = await deps.duplicates.find({ rows: asked, seen: 'anywhere', judgedAt });
    return new Set([...there, ...twice.flatMap((n) => open[n] ?? [])]);
  }

  /**
   * The token makes it safe to try again after any failure; giving up would lose what was promised.
   * @param rows of the entry's lines, or null for an entry that a killed process left.
   * @returns indexes of rows that the engine refuses, and of those that another process stored meanwhile.
   */
  async function insertForEver(
    entry: JournalEntry,
    rows: readonly EventRow[] | null,
  ): Promise<{ refused: number[]; late: number[] }> {
    const { judgedAt, lines, token } = entry;
    const placed = entry.recognise === 'nothing' ? [] : (rows ?? lines.map(placedOf));
    for (let pause = 250; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await deps.deadLetters.store(entry.letters, judgedAt);
        const settled = await deps.duplicates.settle({ rows: placed, seen: 'elsewhere', judgedAt });
        const late = new Set(settled.twice);
        const mine = lines.map((_, i) => i).filter((i) => !late.has(i));
        const refused = await inserter.insertLines(late.size === 0 ? lines : mine.map((i) => lines[i] ?? ''), token, {
          async stillOurs(isWhole) {
            if (isWhole) settled.assertFresh();
          },
        });
        const rejected = refused.flatMap((n) => lines[mine[n] ?? -1] ?? []);
        await deps.deadLetters.store(rejected.map(refusedLine), judgedAt);
        if (entry.position !== null) await deps.onPosition?.(entry.position);
        fault = null;
        return { refused: refused.flatMap((n) => mine[n] ?? []), late: [...late] };
      } catch (error) {
        if (error instanceof Unsettled) continue;
        fault = `A block cannot be stored: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
        log.error({ event: 'block_not_stored', token, err: error }, `${fault} Trying again.`);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Of a body that finds no room, at once or with what it brings later, is told that it was turned away. */
  function admit(said: number): Guest | null {
    const guest = room.admit(said);
    if (guest === null) {
      progress.turnAway();
      return null;
    }
    return {
      leave: guest.leave,
      holds(bytes, events) {
        const fits = guest.holds(bytes, events);
        if (!fits) progress.turnAway();
        return fits;
      },
    };
  }

  return {
    admit,
    async write(job, patience) {
      patience?.throwIfAborted();
      const guest = room.enter(job.bytes, sizeOf(job));
      return new Promise((resolve, reject) => {
        const waiting = { job, guest, resolve, reject };
        queue.push(waiting);
        patience?.addEventListener('abort', () => {
          if (!queue.includes(waiting)) return;
          queue = queue.filter((each) => each !== waiting);
          guest.leave();
          progress.turnAway();
          reject(patience.reason);
        });
        kick();
      });
    },
    async recover() {
      const left = await journal.left();
      for (const { file, entry } of left) {
        if (!(await isStoredOutsideWindow(deps.clickhouse, entry))) await insertForEver(entry, null);
        else if (entry.position !== null) await deps.onPosition?.(entry.position);
        await journal.remove(file);
        log.info({ event: 'journal_replayed', token: entry.token, rows: entry.lines.length }, 'a block was completed');
      }
      progress.count(
        'http',
        'replayed',
        left.reduce((sum, { entry }) => sum + entry.lines.length, 0),
      );
      return left.length;
    },
    async drain() {
      await working;
    },
    fault: () => fault,
  };
}

const sizeOf = ({ block }: WriteJob): number => block.rows.length + block.deadLetters.length;

/** A refused row is told from its line alone: whoever completes a block of the journal has no more. */
const refusedLine = (line: string) =>
  refusedRow(valuesOf(line, ['event_id', 'source', 'partition', 'offset', 'method', 'path', 'status']));

/** Indexes among all rows, from indexes among those that were kept. */
function keptToAll(rows: readonly EventRow[], twice: ReadonlySet<number>, refused: readonly number[]): Set<number> {
  if (refused.length === 0) return new Set();
  const kept = rows.map((_, i) => i).filter((i) => !twice.has(i));
  return new Set(refused.flatMap((n) => kept[n] ?? []));
}

/** Tells every caller of a group what became of its own records; counts it. */
function answer(
  group: readonly Waiting[],
  twice: ReadonlySet<number>,
  refused: ReadonlySet<number>,
  progress: Progress,
): void {
  let from = 0;
  for (const { job, resolve } of group) {
    const { rows, deadLetters, skipped } = job.block;
    const mine = rows.map((row, i) => ({ row, at: from + i }));
    const duplicates = mine.filter(({ at }) => twice.has(at)).length;
    const bad = mine.filter(({ at }) => refused.has(at)).map(({ row }) => ({ offset: row.offset, reason: MALFORMED }));
    const deadLettered = [...deadLetters.map(({ offset, reason }) => ({ offset, reason })), ...bad];
    const accepted = rows.length - duplicates - bad.length;
    progress.count(job.kind, 'accepted', accepted);
    progress.count(job.kind, 'duplicate', duplicates);
    progress.count(job.kind, 'dead_letter', deadLettered.length);
    progress.count(job.kind, 'skipped', skipped);
    resolve({ accepted, duplicates, deadLettered: deadLettered.sort((a, b) => a.offset - b.offset) });
    from += rows.length;
  }
}

const MALFORMED: RejectReason = 'malformed';
