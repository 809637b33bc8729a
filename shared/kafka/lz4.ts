import { repeat } from './snappy.ts';
import { TooMuch } from './too-much.ts';

const FRAME = 0x184d2204;
/** 16 numbers are set aside for frames that readers pass over. */
const SKIPPED = 0x184d2a50;
const STORED = 0x80000000;

/**
 * Unpacks frames of LZ4, as producers of Kafka send them. Checksums are left to the broker and to TCP.
 * Format: lz4/lz4, doc/lz4_Frame_format.md and doc/lz4_Block_format.md.
 * @param limit bytes that it may become at most.
 * @param breathe awaited now and then, so that others get their turn.
 * @throws TooMuch past the limit, Error when it is broken.
 */
export async function unpackLz4(packed: Buffer, limit: number, breathe: () => Promise<void>): Promise<Buffer> {
  const out = { bytes: Buffer.allocUnsafe(Math.min(limit, packed.length * 4)), length: 0, limit };
  let at = 0;
  while (at < packed.length) {
    const magic = packed.readUInt32LE(at);
    at += 4;
    if (magic >>> 4 === SKIPPED >>> 4) {
      at += 4 + packed.readUInt32LE(at);
      continue;
    }
    if (magic !== FRAME) throw new Error('It does not begin as a frame of LZ4.');
    const flags = packed.readUInt8(at);
    if (flags >> 6 !== 1) throw new Error('A version of LZ4 frames that is not known.');
    const [blockSum, sized, frameSum, dictionary] = [flags & 16, flags & 8, flags & 4, flags & 1];
    if (dictionary !== 0) throw new Error('It needs a dictionary that is not here.');
    const largest = 1 << (8 + 2 * ((packed.readUInt8(at + 1) >> 4) & 7));
    // Flags, block size, length of the content, checksum of the header.
    at += 2 + (sized === 0 ? 0 : 8) + 1;
    const start = out.length;
    for (;;) {
      const size = packed.readUInt32LE(at);
      at += 4;
      if (size === 0) break;
      const length = size % STORED;
      if (length > largest || at + length > packed.length) throw new Error('A block of LZ4 is cut off.');
      const block = packed.subarray(at, at + length);
      if (size >= STORED) append(out, block);
      else unpackBlock(block, out, start);
      at += length + (blockSum === 0 ? 0 : 4);
      await breathe();
    }
    if (frameSum !== 0) at += 4;
  }
  return out.bytes.subarray(0, out.length);
}

interface Output {
  bytes: Buffer;
  length: number;
  limit: number;
}

function makeRoom(out: Output, more: number): void {
  const needed = out.length + more;
  if (needed > out.limit) throw new TooMuch();
  if (needed <= out.bytes.length) return;
  const larger = Buffer.allocUnsafe(Math.min(out.limit, Math.max(needed, out.bytes.length * 2)));
  out.bytes.copy(larger, 0, 0, out.length);
  out.bytes = larger;
}

function append(out: Output, bytes: Buffer): void {
  makeRoom(out, bytes.length);
  bytes.copy(out.bytes, out.length);
  out.length += bytes.length;
}

/** @param start where the frame began in `out`: blocks may refer to those before them, not to other frames. */
function unpackBlock(block: Buffer, out: Output, start: number): void {
  let at = 0;
  const byte = (): number => {
    const value = block[at++];
    if (value === undefined) throw new Error('A block of LZ4 is cut off.');
    return value;
  };
  const longer = (short: number): number => {
    let length = short;
    if (short === 15)
      for (let more = 255; more === 255; ) {
        more = byte();
        length += more;
      }
    return length;
  };
  for (;;) {
    const token = byte();
    const literal = longer(token >> 4);
    if (at + literal > block.length) throw new Error('A block of LZ4 is cut off.');
    append(out, block.subarray(at, at + literal));
    at += literal;
    // The last sequence has no copy.
    if (at === block.length) return;
    const back = byte() + byte() * 256;
    const copied = longer(token & 15) + 4;
    if (back === 0 || back > out.length - start) throw new Error('A copy of LZ4 leads nowhere.');
    makeRoom(out, copied);
    out.length = repeat(out.bytes, out.length, back, copied);
  }
}
