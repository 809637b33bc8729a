import { Decompress } from 'fzstd';
import createHashes, { type XXHash } from 'xxhash-wasm';
import { TooMuch } from './kafka/too-much.ts';

/** First bytes of a frame (RFC 8878, 3.1.1), and of one to skip but for its first half byte (3.1.2). */
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const SHORTEST_FRAME = 8;
export const ZSTD_MAGIC_BYTES = 4;

/** Bits of a frame's descriptor (3.1.1.1.1). */
const [SINGLE_SEGMENT, RESERVED, CHECKSUM] = [0x20, 0x08, 0x04];
const DICTIONARY_BYTES = [0, 1, 2, 4];
const BLOCK_HEADER = 3;
const LARGEST_BLOCK = 1 << 17;
/** Type of a block that is one byte, repeated. */
const REPEATED = 1;
const CHECKSUM_BYTES = 4;
/** The command zstd unpacks no more either unless it is told to. */
const LARGEST_WINDOW = 1 << 27;

/** Does a zstd file begin so? A frame to skip may come first, as `pzstd` writes one before each of its frames. */
export function isZstd(start: Buffer): boolean {
  if (start.length < ZSTD_MAGIC_BYTES) return false;
  const magic = start.readUInt32LE(0);
  return magic === FRAME || isSkippable(magic);
}

const isSkippable = (magic: number) => (magic & ~0xf) >>> 0 === SKIPPABLE;

export interface ZstdReader {
  /** Hands on what this chunk completes. @throws when it is broken. */
  push(chunk: Uint8Array): void;
  /** The same block by block, so that some hundred KiB at most come out between two: four bytes may stand for a block, a chunk for gigabytes. */
  steps(chunk: Uint8Array): Iterable<void>;
  /** @throws when it is cut off. */
  end(): void;
}

/** A frame while it is read. */
interface Frame {
  unpacker: Decompress;
  /** Bytes that came out of it, and how many will; null: it does not say. */
  size: number;
  wanted: number | null;
  /** Null: it has no checksum. */
  hash: XXHash<bigint> | null;
  isOver: boolean;
}

/** Compiled once: each instance reserves gigabytes of addresses. State is of each hash that it makes. */
let hashes: ReturnType<typeof createHashes> | undefined;

/**
 * Unpacks zstd; Node 20 has none of its own. The unpacker looks at neither the checksum nor the size that a frame tells
 * of its content, and makes other text of a flipped bit: both are compared here, at the end of each frame.
 * @param onPart is given memory that is used again.
 * @param limit bytes that all of it may become; a power of two, 128 KiB (the largest block) or more. The unpacker takes
 * as much memory as a frame asks for, and nothing that fits the limit refers back further than it.
 */
export async function createZstdReader(onPart: (part: Uint8Array) => void, limit?: number): Promise<ZstdReader> {
  hashes ??= createHashes().catch((error: unknown) => {
    hashes = undefined;
    throw error;
  });
  const { create64 } = await hashes;
  let held: Buffer = Buffer.alloc(0);
  let at = 0;
  let toSkip = 0;
  let frame: Frame | null = null;
  let total = 0;

  /** The next bytes, once there are so many. */
  function take(length: number): Buffer | null {
    if (held.length - at < length) return null;
    at += length;
    return held.subarray(at - length, at);
  }

  function begin(): boolean {
    if (held.length - at < SHORTEST_FRAME) return false;
    const magic = held.readUInt32LE(at);
    if (isSkippable(magic)) {
      toSkip = SHORTEST_FRAME + held.readUInt32LE(at + ZSTD_MAGIC_BYTES);
      return true;
    }
    if (magic !== FRAME) throw new Error('what follows is no zstd');
    const descriptor = held.readUInt8(at + ZSTD_MAGIC_BYTES);
    if ((descriptor & RESERVED) !== 0) throw new Error('invalid zstd data');
    const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
    const dictionaryAt = ZSTD_MAGIC_BYTES + (isSingle ? 1 : 2);
    const sizeAt = dictionaryAt + (DICTIONARY_BYTES[descriptor & 3] ?? 0);
    const sizeBytes = descriptor >> 6 === 0 ? Number(isSingle) : 1 << (descriptor >> 6);
    const taken = take(sizeAt + sizeBytes);
    if (taken === null) return false;
    if (taken.subarray(dictionaryAt, sizeAt).some((byte) => byte !== 0)) throw new Error('it needs a dictionary');
    const wanted = contentSize(taken.subarray(sizeAt));
    if (limit !== undefined && wanted !== null && wanted > limit) throw new TooMuch();
    const window = isSingle ? (wanted ?? 0) : windowSize(taken.readUInt8(ZSTD_MAGIC_BYTES + 1));
    if (limit === undefined && window > LARGEST_WINDOW)
      throw new Error(
        `it asks for ${Math.ceil(window / 2 ** 20)} MiB of memory; pack it without --long, or with up to --long=27`,
      );
    const header = Buffer.from(taken);
    // The unpacker is to end the frame with its last block.
    header[ZSTD_MAGIC_BYTES] = descriptor & ~CHECKSUM;
    if (limit !== undefined && !isSingle) {
      const exponent = Math.log2(limit) - 10;
      if (header.readUInt8(ZSTD_MAGIC_BYTES + 1) >> 3 >= exponent) header[ZSTD_MAGIC_BYTES + 1] = exponent << 3;
    }
    const hash = (descriptor & CHECKSUM) === 0 ? null : create64();
    const begun: Frame = { unpacker: new Decompress(keep), size: 0, wanted, hash, isOver: false };
    function keep(part: Uint8Array): void {
      begun.size += part.length;
      total += part.length;
      if (limit !== undefined && total > limit) throw new TooMuch();
      if (wanted !== null && begun.size > wanted) throw wrongSize();
      hash?.update(part);
      if (part.length > 0) onPart(part);
    }
    begun.unpacker.push(header);
    frame = begun;
    return true;
  }

  function readBlock(open: Frame): boolean {
    if (held.length - at < BLOCK_HEADER) return false;
    const header = held.readUIntLE(at, BLOCK_HEADER);
    const size = header >> 3;
    if (size > LARGEST_BLOCK) throw new Error('invalid zstd data');
    const block = take(BLOCK_HEADER + (((header >> 1) & 3) === REPEATED ? 1 : size));
    if (block === null) return false;
    open.isOver = (header & 1) === 1;
    open.unpacker.push(block);
    if (open.isOver) open.unpacker.push(new Uint8Array(0), true);
    return true;
  }

  function finish(open: Frame): boolean {
    const checksum = open.hash === null ? null : take(CHECKSUM_BYTES);
    if (open.hash !== null && checksum === null) return false;
    if (open.wanted !== null && open.size !== open.wanted) throw wrongSize();
    if (open.hash !== null && checksum?.readUInt32LE(0) !== Number(open.hash.digest() & 0xffffffffn))
      throw new Error('its checksum does not match');
    frame = null;
    return true;
  }

  function skip(): boolean {
    const skipped = Math.min(toSkip, held.length - at);
    at += skipped;
    toSkip -= skipped;
    return toSkip === 0;
  }

  function step(): boolean {
    if (toSkip > 0) return skip();
    if (frame === null) return begin();
    return frame.isOver ? finish(frame) : readBlock(frame);
  }

  function* steps(chunk: Uint8Array): Iterable<void> {
    const more = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    held = held.length === at ? more : Buffer.concat([held.subarray(at), more]);
    at = 0;
    while (step()) yield;
  }

  return {
    steps,
    push(chunk) {
      for (const _ of steps(chunk));
    },
    end() {
      if (toSkip > 0 || frame !== null || held.length > at) throw new Error('unexpected end of file');
    },
  };
}

const wrongSize = () => new Error('it is not as long as it says');

/** Bytes that blocks may refer back, by the byte that says so (3.1.1.1.2). */
function windowSize(said: number): number {
  const base = 2 ** (10 + (said >> 3));
  return base + (base / 8) * (said & 7);
}

/** Bytes that the frame's content has, as its header says. */
function contentSize(field: Buffer): number | null {
  switch (field.length) {
    case 0:
      return null;
    case 1:
      return field.readUInt8(0);
    case 2:
      return field.readUInt16LE(0) + 256;
    case 4:
      return field.readUInt32LE(0);
    default:
      return Number(field.readBigUInt64LE(0));
  }
}
