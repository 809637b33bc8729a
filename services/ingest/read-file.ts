import { basename } from 'node:path';
import { apart } from './apart.ts';
import { fingerprintOf, IDENTITY_BYTES } from './file-identity.ts';
import type { SourceRecord } from './pipeline.ts';
import { unpacked } from './unpack.ts';
import { createWholeLines } from './whole-lines.ts';

export interface ReadOptions {
  /** `source` of the records; default `file:<base name>`. */
  source?: string;
  /** Records in a batch at most; default 2,000. */
  batch?: number;
  /** true: a line that holds several events stays whole; else each stands at its own place behind the line's first byte. */
  whole?: boolean;
  /** Called once before the first record, with the bytes that tell the file from others: its first line, or the beginning of it. */
  onStart?: (start: Buffer) => void;
  /** Called after each chunk with the bytes read of the file on disk, for a progress line. */
  onBytes?: (bytes: number) => void;
}

/**
 * Reads a file line by line, plain, gzip or zstd by its first bytes, `-` from standard input.
 * The offset of a record is that of its first byte in the unpacked text. A record over 1 MiB is cut to one byte more
 * than allowed, by which the pipeline knows it (`too_large`).
 * @throws when the file cannot be read, or its gzip or zstd is broken.
 */
export async function* readRecords(path: string, options: ReadOptions = {}): AsyncIterable<SourceRecord[]> {
  const source = options.source ?? `file:${path === '-' ? 'stdin' : basename(path)}`;
  const size = options.batch ?? 2_000;
  const reader = createWholeLines(source);
  const parts = (lines: SourceRecord[]) => (options.whole === true ? lines : lines.flatMap(placed));
  let waiting: SourceRecord[] = [];
  for await (const chunk of startTold(unpacked(path, options.onBytes), options.onStart)) {
    waiting = waiting.concat(parts(reader.push(chunk)));
    while (waiting.length >= size) {
      yield waiting.slice(0, size);
      waiting = waiting.slice(size);
    }
  }
  waiting = waiting.concat(parts(reader.end()));
  if (waiting.length > 0) yield waiting;
}

async function* startTold(chunks: AsyncIterable<Buffer>, onStart?: (start: Buffer) => void): AsyncIterable<Buffer> {
  let start: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (start !== null) {
      start = Buffer.concat([start, chunk.subarray(0, IDENTITY_BYTES)]);
      if (fingerprintOf(start) !== null) {
        onStart?.(start);
        start = null;
      }
    }
    yield chunk;
  }
  if (start !== null) onStart?.(start);
}

/** Events of one line stand one byte apart: each takes more than a byte of it, so no place is another line's. */
function placed(line: SourceRecord): readonly SourceRecord[] {
  const found = apart(line);
  if ('bytes' in found) return [found];
  const parts = [...found].flatMap((group) => [...group.parts]);
  if (parts.length === 1) return parts;
  return parts.map(({ element = 0, ...part }) => ({ ...part, offset: part.offset + element }));
}
