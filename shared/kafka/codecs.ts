import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { unpackLz4 } from './lz4.ts';
import { unpackSnappy } from './snappy.ts';
import { standInsFor, type Unreadable } from './stand-ins.ts';
import { TooMuch } from './too-much.ts';
import { unpackZstd } from './zstd.ts';

/** Bytes that one batch may unpack to: brokers take batches of 1 MiB, and logs pack to a tenth. */
export const MAX_UNPACKED_BYTES = 64 << 20;
/** Decisions share this thread: unpacking gives it back after so many milliseconds. */
const SLICE_MS = 3;

type Unpack = (packed: Buffer, limit: number, breathe: () => Promise<void>) => Promise<Buffer>;

const gunzip = promisify(unzip);
/** By their numbers in the attributes of a batch (Kafka protocol, RecordBatch v2). */
const CODECS: readonly { number: number; name: string; unpack: Unpack }[] = [
  {
    number: 1,
    name: 'gzip',
    unpack: (packed, maxOutputLength) => gunzip(packed, { maxOutputLength }) as Promise<Buffer>,
  },
  { number: 2, name: 'snappy', unpack: unpackSnappy },
  { number: 3, name: 'lz4', unpack: unpackLz4 },
  { number: 4, name: 'zstd', unpack: unpackZstd },
];

/** The client's table: who packs and unpacks, by number. */
export type CodecTable = Record<number, () => { compress?: unknown }>;
const installed = new WeakSet<CodecTable>();

/**
 * Teaches the Kafka client every codec that a producer can use: by itself it knows gzip, without a limit, and one batch
 * that it cannot unpack ends the session, and the next one. A batch that cannot be unpacked comes as messages that say
 * why ({@link Unreadable}), so that the partition goes on. What packs stays: nothing of ours is sent packed.
 */
export function installCodecs(table: CodecTable): void {
  if (installed.has(table)) return;
  installed.add(table);
  for (const { number, name, unpack } of CODECS) {
    const before = table[number];
    const decompress = async (packed: Buffer): Promise<Buffer> => {
      try {
        return await unpack(packed, MAX_UNPACKED_BYTES, breather());
      } catch (error) {
        return standInsFor(packed, whyNot(name, error));
      }
    };
    const compress = async (encoder: unknown): Promise<unknown> => {
      const own = before?.().compress;
      if (typeof own !== 'function') throw new Error(`Nothing is sent packed with ${name}.`);
      return own(encoder);
    };
    table[number] = () => ({ compress, decompress });
  }
}

function whyNot(name: string, error: unknown): Unreadable {
  // By Node's name for it, where zlib keeps the limit.
  const isLarge = error instanceof TooMuch || (error instanceof Error && 'code' in error && error.code === TOO_LARGE);
  return isLarge
    ? {
        reason: 'too_large',
        detail: `The batch is packed with ${name} and unpacks to over ${MAX_UNPACKED_BYTES} bytes.`,
      }
    : { reason: 'malformed', detail: `The batch is packed with ${name} and cannot be unpacked.` };
}
const TOO_LARGE = 'ERR_BUFFER_TOO_LARGE';

function breather(): () => Promise<void> {
  let until = performance.now() + SLICE_MS;
  return async () => {
    if (performance.now() < until) return;
    await new Promise((resolve) => setImmediate(resolve));
    until = performance.now() + SLICE_MS;
  };
}
