import { createZstdReader } from '../zstd.ts';

/** What is unpacked at once. */
const CHUNK = 1 << 16;

/**
 * @param limit bytes that it may become at most; a power of two, 128 KiB (the largest block) or more.
 * @param breathe awaited now and then, so that others get their turn.
 * @throws TooMuch past the limit, Error when it is broken.
 */
export async function unpackZstd(packed: Buffer, limit: number, breathe: () => Promise<void>): Promise<Buffer> {
  const parts: Buffer[] = [];
  // The unpacker uses its memory again.
  const reader = await createZstdReader((part) => parts.push(Buffer.from(part)), limit);
  for (let at = 0; at < packed.length; at += CHUNK) {
    reader.push(packed.subarray(at, at + CHUNK));
    await breathe();
  }
  reader.end();
  return Buffer.concat(parts);
}
