import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import { isBlank } from './blanks.ts';

/** One log record of an export, wrapped so that it is an export of its own; `offset` counts them from 1, `size` are its bytes in the export. */
export interface LogRecord {
  bytes: Buffer;
  offset: number;
  size: number;
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const NO_SCALAR: readonly number[] = [COMMA, OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT];
const NAME = 'logRecords';
const EXPORT = 'resourceLogs';
const HEAD = Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"${NAME}":[`);
const TAIL = Buffer.from(']}]}]}');
const NOTHING = Buffer.alloc(0);
/** Deeper than any export that means something: attributes nest a few levels. */
const MAX_DEPTH = 64;

/**
 * Cuts the log records out of an OTLP export in JSON while it arrives, without reading them: a large export neither
 * stands in memory as objects nor holds the thread, and one bad record is one dead letter.
 * A record over 1 MiB keeps one byte more than allowed, by which the pipeline knows it.
 * `end` answers false when the text was no whole JSON object, or one of something else: what names no logs would be taken
 * for an export without any, and lost.
 * @param keeps asked with the length of each; false: it is counted, and has no bytes.
 */
export function createLogRecordSplitter(keeps: (bytes: number) => boolean = () => true): {
  push(chunk: Buffer): LogRecord[];
  end(): boolean;
} {
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** The last string, while it may be the name that we wait for; null when it is another. */
  let word: string | null = '';
  let afterName = false;
  /** Depth inside of the list of records, 0 outside of one. */
  let listDepth = 0;
  /** In an element of the list that is no object: no record, and to be refused as one. */
  let inScalar = false;
  let parts: Buffer[] = [];
  let held = 0;
  let count = 0;
  let [names, isExport] = [0, false];
  let state: 'before' | 'within' | 'after' | 'broken' = 'before';

  function hold(part: Buffer): void {
    const room = MAX_RECORD_BYTES + 1 - held;
    if (room <= 0) return;
    const kept = part.subarray(0, room);
    parts.push(kept);
    held += kept.length;
  }
  function release(last: Buffer, from: number, to: number): LogRecord {
    const size = held + to - from;
    const isKept = keeps(size);
    if (isKept) hold(last.subarray(from, to));
    const bytes = isKept ? Buffer.concat([HEAD, ...parts, TAIL]) : NOTHING;
    parts = [];
    held = 0;
    return { bytes, offset: ++count, size };
  }

  const begins = (byte: number): boolean =>
    listDepth > 0 && depth === listDepth && !isBlank(byte) && !NO_SCALAR.includes(byte);

  return {
    push(chunk) {
      const records: LogRecord[] = [];
      let from = 0;
      const isRecord = () => inScalar || (listDepth > 0 && depth > listDepth);
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i] ?? 0;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) {
            escaped = true;
            word = null;
          } else if (byte === QUOTE) inString = false;
          else if (word !== null) word = word.length < EXPORT.length ? word + String.fromCharCode(byte) : null;
          continue;
        }
        // By a bracket too, where the comma in front of it is missing: the next one is then no part of this one.
        if (inScalar && NO_SCALAR.includes(byte)) {
          records.push(release(chunk, from, i));
          inScalar = false;
        } else if (!inScalar && begins(byte)) {
          inScalar = true;
          from = i;
        }
        if (byte === QUOTE) {
          inString = true;
          word = '';
          continue;
        }
        if (isBlank(byte)) continue;
        if (state === 'before') state = byte === OPEN_OBJECT ? 'within' : 'broken';
        else if (state === 'after') state = 'broken';
        if (state === 'broken') return records;
        if (byte === COLON) {
          afterName = word === NAME && listDepth === 0;
          if (depth === 1) {
            names++;
            isExport ||= word === EXPORT;
          }
        } else if (byte === OPEN || byte === OPEN_OBJECT) {
          if (listDepth > 0 && depth === listDepth) from = i;
          if (++depth > MAX_DEPTH) state = 'broken';
          if (afterName && byte === OPEN) listDepth = depth;
          afterName = false;
        } else if (byte === CLOSE || byte === CLOSE_OBJECT) {
          if (depth === listDepth) listDepth = 0;
          depth--;
          if (listDepth > 0 && depth === listDepth) {
            records.push(release(chunk, from, i + 1));
          }
          if (depth === 0) state = 'after';
        } else if (byte !== COMMA || !isRecord()) afterName = false;
      }
      if (isRecord()) hold(chunk.subarray(from));
      return records;
    },
    end: () => state === 'after' && (isExport || names === 0),
  };
}
