import { type FileHandle, open } from 'node:fs/promises';
import { fingerprintOf, formerFingerprintOf, startOf } from './file-identity.ts';
import type { FilePlace } from './journal.ts';
import type { SourceRecord } from './pipeline.ts';
import { unpackedOf } from './unpack.ts';
import { createWholeLines } from './whole-lines.ts';

const CHUNK = 1 << 20;

/** Whole lines of a file, and where it stands once they are stored. */
export interface Stretch {
  lines: SourceRecord[];
  bytes: number;
  /** Byte offset behind which all is still to be stored. */
  offset: number;
  /** Epoch ms of the last write to the file before it was read. */
  modified: number;
}

/** One file that is read: the one under the followed name, or one that bore it before. */
export interface FollowedFile {
  readonly file: string;
  readonly inode: number;
  /** How far it is stored; kept up by whoever stores. */
  place: FilePlace;
  /** Rows may be stored already (an import of the same file, a stop before the position was kept). */
  maybeStored: boolean;
  /** Milliseconds of `performance.now()` at which something was last read. */
  readAt: number;
  /**
   * What comes next; `lines` is empty in the middle of a long line. Null: nothing more at the moment, or nothing that
   * goes on with what was read, as the file was emptied and filled again.
   */
  next(): Promise<Stretch | null>;
  /** No more will come: a packed file has an end. */
  isEnded(): boolean;
  /** The last line, when no line feed ends it. */
  rest(): Stretch | null;
  /** The file was emptied: it holds another text, or less than was read. */
  isEmptied(): Promise<boolean>;
  close(): Promise<void>;
}

/** @param source of the records, whatever the file is called now. */
export async function openPlain(source: string, file: string, place: FilePlace): Promise<FollowedFile> {
  const handle = await open(file, 'r');
  try {
    return await readFrom(source, file, handle, place);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The file under the followed name, where it was left or at its beginning; null while it has no whole line that tells it
 * from others.
 * @param is `another`: it is known to be another file than the one at `left`, though it may begin with the same line;
 * `whole`: it is read as it is now, and not followed.
 */
export async function openNamed(
  source: string,
  file: string,
  left: FilePlace | null,
  is: { another: boolean; whole: boolean },
): Promise<FollowedFile | null> {
  const handle = await open(file, 'r');
  try {
    const fingerprint = fingerprintOf(await startOf(handle), is.whole);
    if (fingerprint !== null) {
      const { size } = await handle.stat();
      const begins = left !== null && left.fingerprint === fingerprint ? left : null;
      const goesOn = begins !== null && !is.another && size >= begins.offset;
      const anew = { fingerprint, generation: begins === null ? 0 : begins.generation + 1, offset: 0 };
      return await readFrom(source, file, handle, goesOn ? begins : anew, !is.whole);
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/** Where the file under the name was left, by what tells it today: a version before may have told it by less. */
export async function leftIn<P extends FilePlace>(file: string, left: P): Promise<P> {
  const handle = await open(file, 'r');
  try {
    const start = await startOf(handle);
    if (formerFingerprintOf(start) !== left.fingerprint) return left;
    return { ...left, fingerprint: fingerprintOf(start) ?? left.fingerprint };
  } finally {
    await handle.close();
  }
}

/** @param isTold false: its first line may be half a line, that tells nothing once it goes on. */
async function readFrom(
  source: string,
  file: string,
  handle: FileHandle,
  from: FilePlace,
  isTold = true,
): Promise<FollowedFile> {
  const { ino } = await handle.stat();
  const reader = createWholeLines(source, from.offset);
  /** Next byte to read; ahead of the place by the line that is not whole yet. */
  let at = from.offset;
  let modified = 0;
  /** For good: what is written then is never what stood behind `at`, however long the file becomes. */
  let isEmptied = false;

  /** Of a file that was emptied: are these bytes of the text that it holds now? Else they were read before. */
  async function stands(chunk: Buffer): Promise<boolean> {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunk.length), 0, chunk.length, at);
    return chunk.equals(buffer.subarray(0, bytesRead));
  }

  const followed: FollowedFile = {
    file,
    inode: ino,
    place: { fingerprint: from.fingerprint, generation: from.generation, offset: from.offset },
    maybeStored: true,
    readAt: performance.now(),
    async next() {
      const about = await handle.stat();
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) return null;
      const chunk = buffer.subarray(0, bytesRead);
      if ((await followed.isEmptied()) && (await stands(chunk))) return null;
      modified = about.mtimeMs;
      followed.readAt = performance.now();
      const lines = reader.push(chunk);
      at += bytesRead;
      return { lines, bytes: bytesRead, offset: reader.settled(), modified };
    },
    isEnded: () => false,
    rest() {
      const lines = reader.end();
      return lines.length === 0 ? null : { lines, bytes: 0, offset: at, modified };
    },
    async isEmptied() {
      if (isEmptied || (await handle.stat()).size < at) isEmptied = true;
      else if (isTold) {
        const fingerprint = fingerprintOf(await startOf(handle));
        isEmptied = fingerprint !== null && fingerprint !== followed.place.fingerprint;
      }
      return isEmptied;
    },
    close: () => handle.close(),
  };
  return followed;
}

/**
 * A file that was packed when it was rotated: unpacked from its beginning, what was read is passed over. It is read through
 * the handle: its turn may come minutes later, and rotation passes its name on to another file meanwhile.
 */
export async function openPacked(source: string, file: string, from: FilePlace): Promise<FollowedFile> {
  const handle = await open(file, 'r');
  const about = await handle.stat().catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  const { ino, mtimeMs: modified } = about;
  const reader = createWholeLines(source, from.offset);
  const chunks = unpackedOf(handle, file);
  let at = 0;
  let isEnded = false;

  const followed: FollowedFile = {
    file,
    inode: ino,
    place: { fingerprint: from.fingerprint, generation: from.generation, offset: from.offset },
    maybeStored: true,
    readAt: performance.now(),
    async next() {
      const { value: chunk, done } = await chunks.next();
      if (done === true) {
        isEnded = true;
        return null;
      }
      followed.readAt = performance.now();
      const unread = chunk.subarray(Math.max(0, from.offset - at));
      at += chunk.length;
      const lines = reader.push(unread);
      return { lines, bytes: unread.length, offset: reader.settled(), modified };
    },
    isEnded: () => isEnded,
    rest() {
      const lines = reader.end();
      return lines.length === 0 ? null : { lines, bytes: 0, offset: at, modified };
    },
    isEmptied: async () => false,
    async close() {
      await chunks.return(undefined);
      await handle.close();
    },
  };
  return followed;
}
