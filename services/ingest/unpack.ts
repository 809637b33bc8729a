import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UnreadableFile, unreadable } from '../../shared/unreadable.ts';
import { createZstdReader, isZstd, ZSTD_MAGIC_BYTES } from '../../shared/zstd.ts';

const CHUNK = 1 << 20;
/** First bytes of a gzip member (RFC 1952). */
const GZIP = Buffer.from([0x1f, 0x8b]);
const MAGIC_BYTES = Math.max(GZIP.length, ZSTD_MAGIC_BYTES);

/**
 * The text of a file in chunks: plain, gzip or zstd by its first bytes, `-` from standard input. A pipe serves as well.
 * @param onBytes called with the bytes read of the file on disk so far.
 * @throws UnreadableFile when the file cannot be read, or when what packed it is broken or cut off.
 */
export async function* unpacked(path: string, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  const name = path === '-' ? 'Standard input' : path;
  yield* textOf(path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK }), name, onBytes);
}

/** The same of a file that is open, whatever bears its name by now; who opened it closes it. */
export async function* unpackedOf(handle: FileHandle, name: string): AsyncGenerator<Buffer> {
  yield* textOf(handle.createReadStream({ highWaterMark: CHUNK, start: 0, autoClose: false }), name);
}

async function* textOf(file: Readable, name: string, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  let read = 0;
  const chunks = told(file, name, (bytes) => {
    read += bytes;
    onBytes?.(read);
  });
  try {
    const start = await firstBytes(chunks);
    const whole = joined(start, chunks);
    const packing = packingOfBytes(start);
    if (packing === null) yield* whole;
    else yield* packing === 'zstd' ? fromZstd(whole, name) : fromGzip(whole, name);
  } finally {
    // Who has seen enough leaves before the end.
    file.destroy();
  }
}

/** Chunks of a file; what stops them is told by its name. */
async function* told(file: Readable, name: string, onChunk: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of file) {
      onChunk((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** A pipe is read once, so its first bytes are looked at as they come and handed on. */
async function firstBytes(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  return start;
}

async function* joined(start: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  yield* rest;
}

function packingOfBytes(start: Buffer): 'gzip' | 'zstd' | null {
  if (start.subarray(0, GZIP.length).equals(GZIP)) return 'gzip';
  return isZstd(start) ? 'zstd' : null;
}

async function* fromGzip(chunks: AsyncGenerator<Buffer>, name: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  const packed = Readable.from(chunks, { objectMode: false });
  packed.on('error', (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip);
  } catch (error) {
    throw error instanceof UnreadableFile ? error : brokenPacking(name, 'gzip', error);
  } finally {
    packed.destroy();
  }
}

const brokenPacking = (name: string, packing: string, error: unknown) =>
  new UnreadableFile(
    `${name}: its ${packing} is broken or cut off (${error instanceof Error ? error.message : String(error)}).`,
    error,
  );

/** How a file is packed, by its first bytes; null when it is not. */
export async function packingOf(path: string): Promise<'gzip' | 'zstd' | null> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return packingOfBytes(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function* fromZstd(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  // The unpacker uses its memory again.
  const reader = await createZstdReader((part) => ready.push(Buffer.from(part)));
  try {
    for await (const chunk of chunks) for (const _ of reader.steps(chunk)) yield* ready.splice(0);
    reader.end();
  } catch (error) {
    throw error instanceof UnreadableFile ? error : brokenPacking(name, 'zstd', error);
  }
}
