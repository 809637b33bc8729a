import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** First bytes of a file that tell it from others of its name. */
export const IDENTITY_BYTES = 4096;

/**
 * A number from a file's first line (or its first 4 KiB, when that is shorter): the same while the file grows, another
 * one after rotation. It stands as `partition` in the place of every record of the file.
 * @returns null while the first line is not whole.
 */
export function fingerprintOf(start: Buffer): number | null {
  const end = start.indexOf(10);
  if (end < 0 && start.length < IDENTITY_BYTES) return null;
  const line = start.subarray(0, end < 0 ? IDENTITY_BYTES : Math.min(end, IDENTITY_BYTES));
  return createHash('sha256').update(line).digest().readUInt32BE(0);
}

/** The first bytes of an open file. */
export async function startOf(handle: FileHandle): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(IDENTITY_BYTES), 0, IDENTITY_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
