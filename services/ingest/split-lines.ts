import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import { IDENTITY_BYTES } from './file-identity.ts';
import { endOfHole } from './hole.ts';
import type { SourceRecord } from './pipeline.ts';

const LINE_FEED = 10;

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
    /** Offset of the first byte of the line that is waited for. */
    lineStart: () => lineStart,
  };
}
