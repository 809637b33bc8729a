import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import { fingerprintOf, IDENTITY_BYTES } from './file-identity.ts';
import type { FilePosition } from './journal.ts';
import type { SourceRecord } from './pipeline.ts';
import type { BlockReader } from './read-block.ts';
import { createSplitter } from './read-file.ts';
import { packingOf, unpacked } from './unpack.ts';
import type { Writer } from './writer.ts';

export interface FollowDeps {
  path: string;
  /** false: reads to the end and stops. */
  follow: boolean;
  read: BlockReader;
  writer: Writer;
  /** The position that was stored last, or null. */
  position(path: string): Promise<FilePosition | null>;
  clock: Clock;
  log: Logger;
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
const CHUNK = 1 << 20;
const LINE_FEED = 10;

/** How far of a file is stored. */
interface Stored {
  position: FilePosition;
  /** Rows may be stored already (an import of the same file): asked until a stretch has none. */
  maybeStored: boolean;
}

/** An opened file and how far it was read. */
interface Reading extends Stored {
  handle: FileHandle;
  inode: number;
  /** Next byte to read; ahead of the position by the line that is not whole yet. */
  at: number;
  splitter: ReturnType<typeof createSplitter>;
}

/** Reads a growing file through rotation (a new file under the name) and truncation, each line once. */
export function createFollow(deps: FollowDeps): Follow {
  const { log, clock } = deps;
  const path = resolve(deps.path);
  let stopped = false;
  let fault: string | null = null;
  let running: Promise<void> = Promise.resolve();

  const sourceOf = () => `file:${basename(path)}`;
  const partitionOf = ({ fingerprint, generation }: FilePosition) => (fingerprint + generation) >>> 0;

  async function openAt(file: string, position: FilePosition, maybeStored: boolean): Promise<Reading> {
    const handle = await open(file, 'r');
    const { ino } = await handle.stat();
    const splitter = createSplitter(sourceOf(), position.offset);
    return { handle, inode: ino, position, at: position.offset, splitter, maybeStored };
  }

  /** Opens the file under the name where it was left, or at its beginning; null while it has no whole line. */
  async function openCurrent(last: FilePosition | null): Promise<Reading | null> {
    const fingerprint = await fingerprintAt(path);
    if (fingerprint === null) return null;
    const { size } = await stat(path);
    const same = last !== null && last.fingerprint === fingerprint;
    const offset = same && size >= last.offset ? last.offset : 0;
    const generation = same ? last.generation + (size < last.offset ? 1 : 0) : 0;
    return openAt(path, { path, fingerprint, generation, offset }, true);
  }

  /** One read; answers false at the end of what is there. */
  async function advance(reading: Reading): Promise<boolean> {
    const buffer = Buffer.allocUnsafe(CHUNK);
    const { bytesRead } = await reading.handle.read(buffer, 0, CHUNK, reading.at);
    if (bytesRead === 0) return false;
    const chunk = buffer.subarray(0, bytesRead);
    const end = chunk.lastIndexOf(LINE_FEED);
    const records = reading.splitter.push(chunk);
    const offset = end < 0 ? reading.position.offset : reading.at + end + 1;
    reading.at += bytesRead;
    if (records.length > 0) await store(reading, records, bytesRead, offset);
    return true;
  }

  async function store(reading: Stored, lines: SourceRecord[], bytes: number, offset: number): Promise<void> {
    const partition = partitionOf(reading.position);
    const judgedAt = clock.now();
    const block = await deps.read(
      lines.map((line) => ({ ...line, partition })),
      judgedAt,
    );
    const position = { ...reading.position, offset };
    const recognise = reading.maybeStored ? ('places' as const) : ('ids' as const);
    const { duplicates } = await deps.writer.write({ kind: 'file', block, bytes, judgedAt, recognise, position });
    reading.maybeStored = reading.maybeStored && duplicates > 0;
    reading.position = position;
  }

  /** What a rotated file still has behind our position, when it was rotated while nobody read. */
  async function finishRotated(last: FilePosition | null): Promise<void> {
    if (last === null || (await fingerprintAt(path)) === last.fingerprint) return;
    const rotated = await findRotated(path, last.fingerprint);
    if (rotated === null) {
      log.warn({ event: 'follow_rotated_away', path }, `The rest of ${path} was rotated away before it was read.`);
      return;
    }
    if ((await packingOf(rotated)) === null) await finish(await openAt(rotated, last, false));
    else await finishPacked(rotated, last);
  }

  /** The rest of a file that was packed when it was rotated: unpacked from its beginning, what was read is passed over. */
  async function finishPacked(rotated: string, last: FilePosition): Promise<void> {
    const splitter = createSplitter(sourceOf(), last.offset);
    const reading = { position: last, maybeStored: false };
    let at = 0;
    for await (const chunk of unpacked(rotated)) {
      if (stopped) return;
      const rest = chunk.subarray(Math.max(0, last.offset - at));
      at += chunk.length;
      const records = rest.length === 0 ? [] : splitter.push(rest);
      const end = rest.lastIndexOf(LINE_FEED);
      if (records.length > 0) await store(reading, records, rest.length, at - rest.length + end + 1);
    }
    const rest = splitter.end();
    if (rest.length > 0) await store(reading, rest, 0, at);
  }

  /** Reads to the end and lets go; a last line without line feed counts. */
  async function finish(reading: Reading): Promise<void> {
    while (!stopped && (await advance(reading))) {
      // Each round is one stretch.
    }
    const rest = reading.splitter.end();
    if (!stopped && rest.length > 0) await store(reading, rest, 0, reading.at);
    await reading.handle.close();
  }

  async function run(): Promise<void> {
    let last = await deps.position(path);
    await finishRotated(last);
    let reading: Reading | null = null;
    while (!stopped) {
      if (reading !== null && (await beganAgain(reading))) {
        log.warn(
          { event: 'follow_truncated', path },
          `${path} was emptied and filled again; what was not read is gone.`,
        );
        await reading.handle.close();
        last = reading.position;
        reading = null;
      }
      reading ??= await openCurrent(last);
      if (reading !== null && (await advance(reading))) continue;
      if (!deps.follow) {
        if (reading !== null) await finish(reading);
        return;
      }
      if (reading !== null && (await isReplaced(reading))) {
        await finish(reading);
        last = reading.position;
        reading = null;
        continue;
      }
      fault = null;
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
    await reading?.handle.close();
  }

  /** The same file holds another text: it was emptied and grew past the place where we are (`copytruncate`). */
  async function beganAgain({ handle, position }: Reading): Promise<boolean> {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(IDENTITY_BYTES), 0, IDENTITY_BYTES, 0);
    const fingerprint = fingerprintOf(buffer.subarray(0, bytesRead));
    return fingerprint !== null && fingerprint !== position.fingerprint;
  }

  /** Another file bears the name now, or ours was emptied. */
  async function isReplaced(reading: Reading): Promise<boolean> {
    const current = await stat(path).catch(() => null);
    if (current === null) return false;
    return current.ino !== reading.inode || current.size < reading.position.offset;
  }

  async function keepRunning(): Promise<void> {
    while (!stopped) {
      try {
        return await run();
      } catch (error) {
        fault = `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        log.error({ event: 'follow_failed', path, err: error }, `${fault}. Trying again.`);
        await new Promise((wake) => setTimeout(wake, 1_000));
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

/** The fingerprint of a file, or of what is packed in it. */
async function unpackedFingerprintAt(path: string): Promise<number | null> {
  if ((await packingOf(path)) === null) return fingerprintAt(path);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of unpacked(path)) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= IDENTITY_BYTES) break;
  }
  return fingerprintOf(Buffer.concat(parts).subarray(0, IDENTITY_BYTES));
}

async function fingerprintAt(path: string): Promise<number | null> {
  const handle = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(IDENTITY_BYTES), 0, IDENTITY_BYTES, 0);
    return fingerprintOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** The file beside `path` (`access.log.1`, `access.log-20260101`, `access.log.2.gz`) that begins with the same line. */
async function findRotated(path: string, fingerprint: number): Promise<string | null> {
  const folder = dirname(path);
  const name = basename(path);
  for (const other of (await readdir(folder)).sort()) {
    if (other === name || !other.startsWith(name)) continue;
    const candidate = join(folder, other);
    if ((await unpackedFingerprintAt(candidate).catch(() => null)) === fingerprint) return candidate;
  }
  return null;
}
