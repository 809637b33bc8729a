import { TooMuch } from './too-much.ts';

/** First bytes of what Java's producer makes of snappy: blocks with lengths before them. */
const FRAMED = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** That mark, a version and the oldest version that can read it. */
const FRAME_HEADER = 16;

/**
 * Unpacks snappy as producers of Kafka send it: framed (Java) or as one raw block (librdkafka).
 * Format: google/snappy, format_description.txt; frame: xerial/snappy-java, SnappyOutputStream.
 * @param limit bytes that it may become at most.
 * @param breathe awaited now and then, so that others get their turn.
 * @throws TooMuch past the limit, Error when it is broken.
 */
export async function unpackSnappy(packed: Buffer, limit: number, breathe: () => Promise<void>): Promise<Buffer> {
  if (!packed.subarray(0, FRAMED.length).equals(FRAMED)) return unpackBlock(packed, limit);
  const blocks: Buffer[] = [];
  let room = limit;
  let at = FRAME_HEADER;
  while (at < packed.length) {
    const length = packed.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > packed.length) throw new Error('A block of snappy is cut off.');
    const block = unpackBlock(packed.subarray(at, at + length), room);
    blocks.push(block);
    room -= block.length;
    at += length;
    await breathe();
  }
  return Buffer.concat(blocks);
}

function unpackBlock(packed: Buffer, limit: number): Buffer {
  let at = 0;
  const byte = (): number => {
    const value = packed[at++];
    if (value === undefined) throw new Error('The snappy data is cut off.');
    return value;
  };
  /** Little-endian, of 1 to 4 bytes. */
  const number = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += byte() * 256 ** i;
    return value;
  };

  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const part = byte();
    length += (part & 0x7f) * 2 ** shift;
    if (part < 0x80) break;
    if (shift >= 28) throw new Error('The length of the snappy data cannot be read.');
  }
  if (length > limit) throw new TooMuch();
  const out = Buffer.allocUnsafe(length);
  let written = 0;
  while (at < packed.length) {
    const tag = byte();
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const literal = short < 60 ? short + 1 : number(short - 59) + 1;
      if (at + literal > packed.length || written + literal > length)
        throw new Error('A literal of snappy is cut off.');
      packed.copy(out, written, at, at + literal);
      at += literal;
      written += literal;
      continue;
    }
    const copied = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = kind === 1 ? ((tag >> 5) << 8) + byte() : number(kind === 2 ? 2 : 4);
    if (back === 0 || back > written || written + copied > length) throw new Error('A copy of snappy leads nowhere.');
    written = repeat(out, written, back, copied);
  }
  if (written !== length) throw new Error('The snappy data is shorter than it says.');
  return out;
}

/** Writes `count` bytes again that stand `back` bytes before; they may overlap what is being written. */
export function repeat(out: Buffer, written: number, back: number, count: number): number {
  if (back >= count) out.copyWithin(written, written - back, written - back + count);
  else for (let i = 0; i < count; i++) out[written + i] = out[written + i - back] ?? 0;
  return written + count;
}
