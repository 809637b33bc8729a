import { fingerprintOf } from '../ingest/file-identity.ts';
import type { SourceRecord } from '../ingest/pipeline.ts';
import { readRecords } from '../ingest/read-file.ts';

/** Whole lines, each with its line feed, whose places follow from that of the first. */
export interface Stretch {
  /** Byte offset of the first line in the unpacked file. */
  offset: number;
  lines: Buffer[];
  bytes: number;
}

/** One request: live events that come meanwhile wait for no more than this to be stored. */
const STRETCH = { bytes: 1 << 20, lines: 4_000 };
const LINE_FEED = Buffer.from('\n');

/**
 * The file as stretches. A line that was joined of parts is shorter than they were: a line of blanks, which nobody counts,
 * takes up what is left, so that one request brings many of them and each line keeps its place.
 */
export async function* stretchesOf(file: string): AsyncIterable<{ fingerprint: number; stretch: Stretch }> {
  let fingerprint = 0;
  let stretch: Stretch | undefined;
  const onStart = (start: Buffer) => {
    fingerprint = identityOf(start);
  };
  for await (const batch of readRecords(file, { whole: true, onStart })) {
    for (const record of batch) {
      if (stretch !== undefined && !continues(stretch, record)) {
        yield { fingerprint, stretch };
        stretch = undefined;
      }
      stretch ??= { offset: record.offset, lines: [], bytes: 0 };
      stretch.lines.push(record.bytes, LINE_FEED);
      stretch.bytes += record.bytes.length + 1;
    }
  }
  if (stretch !== undefined) yield { fingerprint, stretch };
}

/** Fills the stretch up to where the line stands, if it is near enough. Where streams take turns, a line may stand before others. */
function continues(stretch: Stretch, { offset, bytes }: SourceRecord): boolean {
  const gap = offset - stretch.offset - stretch.bytes;
  if (gap < 0 || stretch.bytes + gap + bytes.length >= STRETCH.bytes || stretch.lines.length >= 2 * STRETCH.lines)
    return false;
  if (gap > 0) {
    stretch.lines.push(Buffer.alloc(gap - 1, ' '), LINE_FEED);
    stretch.bytes += gap;
  }
  return true;
}

const identityOf = (start: Buffer): number => fingerprintOf(start, true) ?? 0;
