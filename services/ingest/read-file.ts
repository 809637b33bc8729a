import { basename } from 'node:path';
import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import { apart } from './apart.ts';
import { IDENTITY_BYTES } from './file-identity.ts';
import { endOfHole } from './hole.ts';
import type { SourceRecord } from './pipeline.ts';
import { unpacked } from './unpack.ts';

export interface ReadOptions {
  /** `source` of the records; default `file:<base name>`. */
  source?: string;
  /** Records in a batch at most; default 2,000. */
  batch?: number;
  /** true: a line that holds several events stays whole; else each stands at its own place behind the line's first byte. */
  whole?: boolean;
  /** Called after each chunk with the bytes read of the file on disk, for a progress line. */
  onBytes?: (bytes: number) => void;
}

const LINE_FEED = 10;

/**
 * Reads a file line by line, plain, gzip or zstd by its first bytes, `-` from standard input.
 * The offset of a record is that of its first byte in the unpacked text. A record over 1 MiB is cut to one byte more
 * than allowed, by which the pipeline knows it (`too_large`).
 * @throws when the file cannot be read, or its gzip or zstd is broken.
 */
export async function* readRecords(path: string, options: ReadOptions = {}): AsyncIterable<SourceRecord[]> {
  const source = options.source ?? `file:${path === '-' ? 'stdin' : basename(path)}`;
  const size = options.batch ?? 2_000;
  const splitter = createSplitter(source);
  const parts = (lines: SourceRecord[]) => (options.whole === true ? lines : lines.flatMap(placed));
  let waiting: SourceRecord[] = [];
  for await (const chunk of unpacked(path, options.onBytes)) {
    waiting = waiting.concat(parts(splitter.push(chunk)));
    while (waiting.length >= size) {
      yield waiting.slice(0, size);
      waiting = waiting.slice(size);
    }
  }
  waiting = waiting.concat(parts(splitter.end()));
  if (waiting.length > 0) yield waiting;
}

/** Events of one line stand one byte apart: each takes more than a byte of it, so no place is another line's. */
function placed(line: SourceRecord): readonly SourceRecord[] {
  const parts = apart(line);
  if (parts.length === 1) return parts;
  return parts.map(({ element = 0, ...part }) => ({ ...part, offset: part.offset + element }));
}

/**
 * Cuts chunks into lines; a line that spans chunks waits, one that is too long keeps only its beginning. Of a hole before a
 * line, which may be larger than any record, it keeps as much as tells the file from others.
 */
export function createSplitter(source: string, startOffset = 0) {
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** How many of them belong to a hole. */
  let heldHole = 0;
  /** Offset of the first byte of the line that is waited for, and of the next chunk. */
  let lineStart = startOffset;
  let position = startOffset;

  const record = (bytes: Buffer): SourceRecord => ({ source, partition: 0, offset: lineStart, bytes });

  function hold(text: Buffer): void {
    const part = text[0] === 0 && heldBytes === heldHole ? withShortHole(text) : text;
    const room = MAX_RECORD_BYTES + 1 + heldHole - heldBytes;
    if (room <= 0 || part.length === 0) return;
    const kept = part.length > room ? part.subarray(0, room) : part;
    held.push(kept);
    heldBytes += kept.length;
  }

  function withShortHole(part: Buffer): Buffer {
    const end = endOfHole(part);
    const kept = Math.min(end, IDENTITY_BYTES - heldHole);
    heldHole += kept;
    return part.subarray(end - kept);
  }

  function release(): Buffer {
    const bytes = held.length === 1 ? (held[0] ?? Buffer.alloc(0)) : Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
    heldHole = 0;
    return bytes;
  }

  return {
    /** Whole lines that this chunk completes, without their line feed. */
    push(chunk: Buffer): SourceRecord[] {
      const records: SourceRecord[] = [];
      let from = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
        hold(chunk.subarray(from, end));
        records.push(record(release()));
        from = end + 1;
        lineStart = position + from;
      }
      hold(chunk.subarray(from));
      position += chunk.length;
      return records;
    },
    /** The last line, when no line feed ends it. */
    end(): SourceRecord[] {
      return heldBytes === 0 ? [] : [record(release())];
    },
  };
}
