import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import { type ContainerLine, containerLine } from './formats/container-line.ts';
import type { SourceRecord } from './pipeline.ts';
import { createSplitter } from './split-lines.ts';

/**
 * How far reading may go on while any line waits for its end. What a process starts again from lies no further back,
 * however long the other stream of a container goes on.
 */
export const LONGEST_WAIT = 8 * MAX_RECORD_BYTES;

/** A line of which parts are there, and not its end. */
interface OpenLine {
  /** What is kept of it: not much more than a record may have. */
  parts: { record: SourceRecord; about: ContainerLine }[];
  offset: number;
  bytes: number;
}

/**
 * The lines of one file, in chunks of it. What a container runtime cut (after 16 KiB, as containerd and Docker do) is
 * one line again, at the place of its first part; parts whose end does not come are given as they are, and refused as
 * such (`partial_line`). Who begins at {@link WholeLines.settled} gets the same lines at the same places, in the same order.
 */
export interface WholeLines {
  /** Whole lines that this chunk completes, without their line feed. */
  push(chunk: Buffer): SourceRecord[];
  /** What is left when no more comes. */
  end(): SourceRecord[];
  /** Offset of the first byte that was not given yet; who begins there again misses nothing. */
  settled(): number;
}

export function createWholeLines(source: string, startOffset = 0, longestWait = LONGEST_WAIT): WholeLines {
  const splitter = createSplitter(source, startOffset);
  /** By stream, oldest first. */
  const open = new Map<string, OpenLine>();
  /** Where they began to wait, with none before: who began behind it could meet the end of a line alone. */
  let waitsFrom = 0;

  function take(record: SourceRecord): readonly SourceRecord[] {
    const overdue = record.offset - waitsFrom > longestWait ? giveUp() : [];
    const about = containerLine(record.bytes);
    const begun = about === null ? undefined : open.get(about.stream);
    if (about === null || (begun === undefined && !about.isPart)) return [...overdue, record];
    if (open.size === 0) waitsFrom = record.offset;
    const line = begun ?? { parts: [], offset: record.offset, bytes: 0 };
    if (line.bytes <= MAX_RECORD_BYTES || !about.isPart) line.parts.push({ record, about });
    line.bytes += about.to - about.from;
    if (about.isPart) {
      open.set(about.stream, line);
      return overdue;
    }
    open.delete(about.stream);
    return [...overdue, joined(line, record, about)];
  }

  /** Lines whose end did not come, in their parts; a part more or less changes nothing of one that is too long. */
  function giveUp(): SourceRecord[] {
    const lines = [...open.values()];
    open.clear();
    return lines.flatMap((line) => {
      const [first] = line.parts;
      const isTooLong = first !== undefined && line.bytes > MAX_RECORD_BYTES;
      return isTooLong ? [joined(line, first.record, first.about)] : line.parts.map(({ record }) => record);
    });
  }

  const taken = (lines: SourceRecord[]): SourceRecord[] =>
    open.size === 0 && !lines.some(({ bytes }) => containerLine(bytes)?.isPart === true) ? lines : lines.flatMap(take);

  return {
    push: (chunk) => taken(splitter.push(chunk)),
    end: () => [...taken(splitter.end()), ...giveUp()],
    settled: () => (open.size === 0 ? splitter.lineStart() : waitsFrom),
  };
}

/** One line of what its parts hold, with what stands around the last of them; too long, it is cut like any other. */
function joined({ parts, offset }: OpenLine, last: SourceRecord, around: ContainerLine): SourceRecord {
  const texts = parts.map(({ record, about }) => record.bytes.subarray(about.from, about.to));
  const bytes = Buffer.concat([last.bytes.subarray(0, around.from), ...texts, last.bytes.subarray(around.to)]);
  return { ...last, offset, bytes: bytes.subarray(0, MAX_RECORD_BYTES + 1) };
}
