import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

const CHUNK = 1 << 20;
/** First bytes of a gzip member (RFC 1952) and of a zstd frame (RFC 8878). */
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * The text of a file in chunks: plain, gzip or zstd by its first bytes, `-` from standard input (plain).
 * @param onBytes called with the bytes read of the file on disk so far.
 * @throws when the file cannot be read, or when what packed it is broken or cut off.
 */
export async function* unpacked(path: string, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  if (path === '-') {
    yield* process.stdin;
    return;
  }
  const packing = await packingOf(path);
  const file = createReadStream(path, { highWaterMark: CHUNK });
  if (onBytes !== undefined) file.on('data', () => onBytes(file.bytesRead));
  try {
    if (packing === 'zstd') yield* fromZstd(file);
    else if (packing === null) yield* file;
    else {
      const gunzip = createGunzip({ chunkSize: CHUNK });
      file.on('error', (error) => gunzip.destroy(error));
      yield* file.pipe(gunzip);
    }
  } finally {
    // Who has seen enough leaves before the end.
    file.destroy();
  }
}

/** How a file is packed, by its first bytes; null when it is not. */
export async function packingOf(path: string): Promise<'gzip' | 'zstd' | null> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.subarray(0, bytesRead);
    if (start.subarray(0, 2).equals(GZIP)) return 'gzip';
    return start.equals(ZSTD) ? 'zstd' : null;
  } finally {
    await file.close();
  }
}

/** Node 20 has no zstd of its own. */
async function* fromZstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  // The unpacker uses its memory again.
  const decompress = new Decompress((chunk) => ready.push(Buffer.from(chunk)));
  for await (const chunk of chunks) {
    decompress.push(chunk);
    yield* ready.splice(0);
  }
  decompress.push(new Uint8Array(0), true);
  yield* ready.splice(0);
}
