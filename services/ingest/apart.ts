import { type ArrayElement, createArraySplitter } from './array-splitter.ts';
import { withoutBlanks } from './blanks.ts';
import { endOfHole } from './hole.ts';
import { createLogRecordSplitter, type LogRecord } from './log-record-splitter.ts';
import type { SourceRecord } from './pipeline.ts';

const HEAD_BYTES = 64;
const ARRAY = /^\s*\[\s*\{/;
const EXPORT = /^\s*\{\s*"resourceLogs"/;
/** Taken apart at once: what is behind it neither stands in memory as parts nor holds the thread. */
const CHUNK = 64 << 10;

/**
 * Takes a record apart that holds several events: a JSON array (batches of APISIX and Kong), or an OpenTelemetry export
 * of several log records. Each keeps the place of the whole and its number in it. A hole before a record is no part of it.
 * @param leavesOut asked with the length of each part; true: it is counted, and no more.
 * @returns the record itself when it is one event; else its parts, which are the record itself when it is not whole.
 */
export function apart(record: SourceRecord, leavesOut: LeavesOut = () => false): SourceRecord | Parts {
  const first = record.bytes[0];
  if (first === 0) return apart({ ...record, bytes: record.bytes.subarray(endOfHole(record.bytes)) }, leavesOut);
  // Nearly all lines begin with neither, nor with a blank.
  if (first !== 0x5b && first !== 0x7b && first !== 0x20) return record;
  const head = record.bytes.toString('latin1', 0, HEAD_BYTES);
  if (ARRAY.test(head)) return parts(record, arrayCutter, leavesOut);
  return EXPORT.test(head) ? parts(record, createLogRecordSplitter, leavesOut) : record;
}

type LeavesOut = (bytes: number) => boolean;

/** Parts in groups, some of them empty, so that others may have the thread between two. */
export type Parts = Iterable<{
  /** Parts that came, those that are left out too. */
  count: number;
  /** Each is made when it is its turn: what is left out may depend on those before. */
  parts: Iterable<SourceRecord>;
}>;

/** Cuts a text that comes in chunks. */
interface Cutter {
  push(chunk: Buffer): Piece[];
  /** Was it whole? */
  end(): boolean;
}
type Piece = ArrayElement | LogRecord;
type CutterOf = (keeps: (bytes: number) => boolean) => Cutter;

/** Reads the text twice, since whether it is whole is only known at its end; the first time nothing is kept of it. */
function* parts(record: SourceRecord, cutterOf: CutterOf, leavesOut: LeavesOut): Parts {
  const { bytes } = record;
  const counting = cutterOf(() => false);
  let count = 0;
  for (let from = 0; from < bytes.length; from += CHUNK) {
    count += counting.push(bytes.subarray(from, from + CHUNK)).length;
    yield { count: 0, parts: [] };
  }
  // A single log record needs no number.
  if (!counting.end() || count === 0 || (count === 1 && cutterOf === createLogRecordSplitter)) {
    yield { count: 1, parts: [record] };
    return;
  }
  const cutting = cutterOf((length) => !leavesOut(length));
  for (let from = 0; from < bytes.length; from += CHUNK) {
    const pieces = cutting.push(bytes.subarray(from, from + CHUNK));
    yield { count: pieces.length, parts: recordsOf(record, pieces, leavesOut) };
  }
}

function* recordsOf(
  { source, partition, offset }: SourceRecord,
  pieces: readonly Piece[],
  leavesOut: LeavesOut,
): Iterable<SourceRecord> {
  for (const { bytes, offset: number, size } of pieces) {
    if (bytes.length === 0 || leavesOut(size)) continue;
    yield { source, partition, offset, bytes: withoutBlanks(bytes), element: number - 1 };
  }
}

function arrayCutter(keeps: (bytes: number) => boolean): Cutter {
  const splitter = createArraySplitter(keeps);
  let isBroken = false;
  /** It tells what is wrong to callers of HTTP; here a record that is no array is judged as a whole. */
  const step = (take: () => Piece[]) => {
    if (isBroken) return [];
    try {
      return take();
    } catch {
      isBroken = true;
      return [];
    }
  };
  return {
    push: (chunk) => step(() => splitter.push(chunk)),
    end() {
      step(() => splitter.end());
      return !isBroken;
    },
  };
}
