import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import { type FollowedFile, leftIn, openNamed, type Stretch } from './followed-file.ts';
import type { FilePlace, FilePosition } from './journal.ts';
import { createOpenFiles } from './open-files.ts';
import type { Progress } from './progress.ts';
import type { BlockReader, ReadBlock } from './read-block.ts';
import type { Writer } from './writer.ts';

export interface FollowDeps {
  path: string;
  /** false: reads to the end and stops. */
  follow: boolean;
  read: BlockReader;
  writer: Writer;
  /** The position that was stored last, or null. */
  position(path: string): Promise<FilePosition | null>;
  progress: Pick<Progress, 'fileGap'>;
  clock: Clock;
  log: Logger;
  /** A rotated file is let go when nothing was written to it for so long; default one minute. */
  quietMs?: number;
}

export interface Follow {
  start(): void;
  /** Waits for the block in hand. */
  stop(): Promise<void>;
  /** Resolves when a file that is not followed was read to its end. */
  finished(): Promise<void>;
  /** A sentence while the file cannot be read, else null. */
  fault(): string | null;
}

const POLL_MS = 200;
const RETRY_MS = 1_000;
/** Servers write on to a renamed file until they are told to reopen it, and old workers of theirs until they end. */
const QUIET_MS = 60_000;
const NOTHING: ReadBlock = { rows: [], rowRecords: [], deadLetters: [], deadRecords: [], skipped: 0 };

/** Reads a growing file through rotation (a new file under the name) and truncation, each line once. */
export function createFollow(deps: FollowDeps): Follow {
  const { log, clock } = deps;
  const path = resolve(deps.path);
  const source = `file:${basename(path)}`;
  const quietMs = deps.quietMs ?? QUIET_MS;
  let stopped = false;
  let fault: string | null = null;
  let running: Promise<void> = Promise.resolve();
  /** The file that is read as the current one had lost its name before its last read. */
  let lostName = false;

  function complain(sentence: string, error: unknown): void {
    if (fault !== sentence) log.error({ event: 'follow_failed', path, err: error }, `${sentence}. Trying again.`);
    fault = sentence;
  }

  const files = createOpenFiles(path, source, missed);

  function missed(sentence: string): void {
    log.error({ event: 'follow_gap', path }, sentence);
    deps.progress.fileGap(sentence);
  }

  /** Stores lines for as long as it takes; nothing more is read meanwhile. */
  async function store(reading: FollowedFile, { lines, bytes, offset, modified: at }: Stretch): Promise<void> {
    const partition = (reading.place.fingerprint + reading.place.generation) >>> 0;
    const place = { ...reading.place, offset };
    const judgedAt = clock.now();
    // Files that are left behind may be written to while newer ones are not: they move nothing.
    if (reading === files.current && !lostName) files.modified = Math.max(files.modified ?? 0, at);
    const position = files.positionWith(reading, place);
    if (position === null) return;
    const recognise = reading.maybeStored ? ('places' as const) : ('ids' as const);
    const records = lines.map((line) => ({ ...line, partition }));
    let block: ReadBlock | undefined;
    while (!stopped) {
      try {
        block ??= await deps.read(records, judgedAt);
        const { duplicates } = await deps.writer.write({ kind: 'file', block, bytes, judgedAt, recognise, position });
        // A stretch without rows says nothing about those that follow.
        if (block.rows.length > 0) reading.maybeStored = reading.maybeStored && duplicates > 0;
        reading.place = place;
        fault = null;
        return;
      } catch (error) {
        complain(`Lines of ${path} cannot be stored: ${error instanceof Error ? error.message : String(error)}`, error);
        await sleep(RETRY_MS);
      }
    }
  }

  /** One read; answers false at the end of what is there. */
  async function advance(reading: FollowedFile): Promise<boolean> {
    const stretch = await reading.next();
    if (stretch === null) return false;
    // It may have been emptied and filled again right before it was read: what came is not what stood at this place then.
    if (reading === files.current && (await reading.isEmptied()) && (await files.hasCopyOf(reading))) return true;
    if (stretch.lines.length > 0) await store(reading, stretch);
    return true;
  }

  /** Lets go of a file; a last line without line feed counts. */
  async function finish(reading: FollowedFile): Promise<void> {
    const rest = reading.rest();
    if (rest !== null) await store(reading, rest);
    if (stopped) return;
    await reading.close();
    files.letGo(reading);
  }

  /** Nothing else may be stored for long, and nobody is to look for a file that was let go. */
  async function keepPosition(): Promise<void> {
    const position = files.positionWith(null, null);
    if (position === null) return;
    const job = {
      kind: 'file' as const,
      block: NOTHING,
      bytes: 0,
      judgedAt: clock.now(),
      recognise: 'nothing' as const,
    };
    await deps.writer
      .write({ ...job, position })
      .catch((error: unknown) => log.warn({ event: 'follow_position', path, err: error }, 'A position was not kept.'));
  }

  /** Reads on in the files that are left behind, and lets those go that are quiet; true when one had more. */
  async function advanceOlder(): Promise<boolean> {
    let moved = false;
    for (const reading of [...files.older]) {
      try {
        moved = (!stopped && (await advance(reading))) || moved;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        missed(`${reading.file} cannot be read behind byte ${reading.place.offset}: ${why}. Import it once it can.`);
        // What cannot be read may not be closed either; it is told, and let go as it is.
        await reading.close().catch(() => undefined);
        files.letGo(reading);
        continue;
      }
      const isQuiet = reading.isEnded() || performance.now() - reading.readAt > quietMs;
      if (moved || stopped || !isQuiet || files.current === null) continue;
      await finish(reading);
      if (!stopped) await keepPosition();
    }
    return moved;
  }

  /** The file was emptied (`copytruncate`): what was not read of it may stand in a copy beside it. */
  async function leaveEmptied(reading: FollowedFile): Promise<void> {
    log.warn({ event: 'follow_truncated', path }, `${path} was emptied and filled again.`);
    if (!(await files.openCopyOf(reading))) {
      const rest = reading.rest();
      if (rest !== null) await store(reading, rest);
    }
    await reading.close();
  }

  async function openCurrent(left: FilePlace | null, isAnother: boolean): Promise<FollowedFile | null> {
    try {
      const opened = await openNamed(source, path, left, { another: isAnother, whole: !deps.follow });
      fault = null;
      return opened;
    } catch (error) {
      complain(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
      return null;
    }
  }

  async function run(): Promise<void> {
    const kept = await deps.position(path);
    const last = kept === null ? null : await leftIn(path, kept).catch(() => kept);
    let left: FilePlace | null = last;
    let isAnother = false;
    /** Files that were rotated away since then are to be looked for as soon as the one under the name is open. */
    let since = last === null ? null : await files.catchUp(last);
    while (!stopped) {
      if (files.current !== null && (await files.current.isEmptied())) {
        left = files.current.place;
        isAnother = true;
        await leaveEmptied(files.current);
        files.current = null;
      }
      if (files.current === null) {
        files.current = await openCurrent(left, isAnother);
        if (files.current !== null && since !== null) {
          if (isAnother || files.current.place.fingerprint !== left?.fingerprint)
            await files.openBetween(since, [...(last?.older ?? []), ...(last === null ? [] : [last])]);
          since = null;
        }
      }
      lostName = files.current !== null && (await isReplaced(files.current));
      const moved = files.current !== null && (await advance(files.current));
      const more = await advanceOlder();
      if (!moved && files.current !== null && lostName) {
        left = files.current.place;
        isAnother = true;
        since = files.modified ?? Number.POSITIVE_INFINITY;
        files.current.readAt = performance.now();
        files.older.push(files.current);
        files.current = null;
        continue;
      }
      if (moved || more) continue;
      if (!deps.follow && fault === null) {
        for (const reading of files.current === null ? files.older : [...files.older, files.current])
          await finish(reading);
        files.current = null;
        return;
      }
      if (files.current !== null) fault = null;
      await sleep(POLL_MS);
    }
  }

  /** Another file bears the name now. */
  async function isReplaced(reading: FollowedFile): Promise<boolean> {
    const named = await stat(path).catch(() => null);
    return named !== null && named.ino !== reading.inode;
  }

  async function keepRunning(): Promise<void> {
    while (!stopped) {
      try {
        return await run();
      } catch (error) {
        complain(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
        await sleep(RETRY_MS);
      } finally {
        await files.closeAll();
      }
    }
  }

  return {
    start() {
      running = keepRunning();
    },
    async stop() {
      stopped = true;
      await running;
    },
    finished: () => running,
    fault: () => fault,
  };
}
