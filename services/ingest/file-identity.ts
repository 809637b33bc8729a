import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** First bytes of a file that tell it from others of its name. */
export const IDENTITY_BYTES = 4096;

/**
 * A number from a file's first line (or its first 4 KiB, when that is shorter): the same while the file grows, another
 * one after rotation. It stands as `partition` in the place of every record of the file. Lines that all files of a log may
 * begin with are passed over: blank ones, as `echo > access.log` leaves, and headers as those of W3C's extended format.
 * @param isWhole no more will come: a line without line feed is one, and where no line tells anything, all of it does.
 * @returns null while no line that tells something is whole.
 */
export function fingerprintOf(start: Buffer, isWhole = false): number | null {
  const known = start.subarray(0, IDENTITY_BYTES);
  let from = 0;
  for (let end = known.indexOf(LINE_FEED); end >= 0; end = known.indexOf(LINE_FEED, from)) {
    const line = known.subarray(from, end);
    if (tells(line)) return hashOf(line);
    from = end + 1;
  }
  if (known.length === 0 || (known.length < IDENTITY_BYTES && !isWhole)) return null;
  const rest = known.subarray(from);
  return hashOf(tells(rest) ? rest : known);
}

/** The same as versions before made it: from the first line alone, though that may tell nothing. Kept positions have it. */
export function formerFingerprintOf(start: Buffer): number | null {
  const known = start.subarray(0, IDENTITY_BYTES);
  const end = known.indexOf(LINE_FEED);
  if (end < 0 && known.length < IDENTITY_BYTES) return null;
  return hashOf(end < 0 ? known : known.subarray(0, end));
}

const LINE_FEED = 10;
const HASH = 0x23;
const BLANKS: readonly number[] = [0x20, 0x09, 0x0d];
const tells = (line: Buffer): boolean => line[0] !== HASH && line.some((byte) => !BLANKS.includes(byte));
const hashOf = (text: Buffer): number => createHash('sha256').update(text).digest().readUInt32BE(0);

/** The first bytes of an open file. */
export async function startOf(handle: FileHandle): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(IDENTITY_BYTES), 0, IDENTITY_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
