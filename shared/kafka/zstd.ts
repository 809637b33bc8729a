import { Decompress } from 'fzstd';
import { TooMuch } from './too-much.ts';

/** What is unpacked at once. */
const CHUNK = 1 << 16;
/** Bits of the frame's descriptor (RFC 8878, 3.1.1.1). */
const SINGLE_SEGMENT = 32;

/**
 * Unpacks zstd; Node 20 has none of its own.
 * @param limit bytes that it may become at most; a power of two, 128 KiB (the largest block) or more.
 * @param breathe awaited now and then, so that others get their turn.
 * @throws TooMuch past the limit, Error when it is broken.
 */
export async function unpackZstd(packed: Buffer, limit: number, breathe: () => Promise<void>): Promise<Buffer> {
  const bounded = withWindow(packed, limit);
  const parts: Buffer[] = [];
  let length = 0;
  const decompress = new Decompress((part) => {
    length += part.length;
    if (length > limit) throw new TooMuch();
    // The unpacker uses its memory again.
    parts.push(Buffer.from(part));
  });
  for (let at = 0; at < bounded.length; at += CHUNK) {
    decompress.push(bounded.subarray(at, at + CHUNK));
    await breathe();
  }
  decompress.push(new Uint8Array(0), true);
  return Buffer.concat(parts);
}

/** The unpacker takes as much memory as the frame asks for: nothing that fits the limit refers back further than it. */
function withWindow(packed: Buffer, limit: number): Buffer {
  const [descriptor, window] = [packed[4], packed[5]];
  if (descriptor === undefined || window === undefined) throw new Error('The zstd data is cut off.');
  if ((descriptor & SINGLE_SEGMENT) !== 0) {
    if (contentSize(packed, descriptor) > limit) throw new TooMuch();
    return packed;
  }
  const exponent = Math.log2(limit) - 10;
  if (window >> 3 < exponent) return packed;
  const bounded = Buffer.from(packed);
  bounded[5] = exponent << 3;
  return bounded;
}

function contentSize(packed: Buffer, descriptor: number): number {
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + dictionary;
  switch (descriptor >> 6) {
    case 0:
      return packed.readUInt8(at);
    case 1:
      return packed.readUInt16LE(at) + 256;
    case 2:
      return packed.readUInt32LE(at);
    default:
      return Number(packed.readBigUInt64LE(at));
  }
}
