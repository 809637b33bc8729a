import type { EventRow } from '../../schemas/event-row.ts';
import { manualClock } from '../../shared/clock.ts';
import { apart, type Parts } from './apart.ts';
import type { FloodGate } from './flood.ts';
import { createPipeline, type Ingested, type PipelineDeps, type SourceRecord } from './pipeline.ts';
import { createRecordLetters, type RecordLetters } from './record-letters.ts';
import { giveBack, SLICE_MS } from './slices.ts';

export type DeadLetter = Extract<Ingested, { kind: 'dead-letter' }>;

/** What the pipeline made of a block; the n-th row came from the record at `rowRecords[n]`, which may have brought several. */
export interface ReadBlock {
  rows: EventRow[];
  rowRecords: number[];
  deadLetters: DeadLetter[];
  /** For each dead letter, the index of its record. */
  deadRecords: number[];
  skipped: number;
}

/**
 * Events that one record may bring. 8 MiB of the shortest ones are fewer; but one message may unpack to more than a process can hold
 * as rows.
 */
const MAX_RECORD_EVENTS = 100_000;
const TOO_MANY: NonNullable<SourceRecord['unreadable']> = {
  reason: 'too_large',
  detail: `The record brings more than ${MAX_RECORD_EVENTS} events; send them in parts.`,
};

/**
 * @param room asked, where a record brings several events, with the number that all records are known to bring by then;
 * a throw stops the reading.
 */
export type BlockReader = (
  records: readonly SourceRecord[],
  judgedAt: number,
  room?: (events: number) => void,
) => Promise<ReadBlock>;

/**
 * Runs records through the pipeline in slices. A block is judged by one moment (`judgedAt`, epoch ms), not by the
 * clock: the same block read again later has the same late, future and good records.
 */
export function createBlockReader(deps: Omit<PipelineDeps, 'clock'> & { flood?: FloodGate }): BlockReader {
  const judged = manualClock(0);
  const pipeline = createPipeline({ ...deps, clock: judged });

  function ingest(record: SourceRecord): Ingested {
    const ingested = pipeline.ingest(record);
    if (ingested.kind === 'event') deps.flood?.pass(ingested.row);
    return ingested;
  }

  return async (records, judgedAt, room) => {
    const block: ReadBlock = { rows: [], rowRecords: [], deadLetters: [], deadRecords: [], skipped: 0 };
    let sliceEnd = performance.now() + SLICE_MS;
    let brought = records.length;
    judged.set(judgedAt);
    const pause = async () => {
      await giveBack();
      // Another block may have been read meanwhile.
      judged.set(judgedAt);
      sliceEnd = performance.now() + SLICE_MS;
    };

    /** @returns false when it brought more events than a record may. */
    async function readParts(groups: Parts, index: number, letters: RecordLetters): Promise<boolean> {
      const before = block.rows.length;
      let count = 0;
      let read = 0;
      for (const { count: more, parts } of groups) {
        if (performance.now() > sliceEnd) await pause();
        // The record itself was counted as one.
        brought += count === 0 ? Math.max(0, more - 1) : more;
        count += more;
        if (count > 1) room?.(brought);
        for (const part of parts) {
          if ((++read & 31) === 0 && performance.now() > sliceEnd) await pause();
          const ingested = ingest(part);
          if (ingested.kind === 'dead-letter') letters.add(ingested);
          else keep(block, ingested, index);
        }
        if (block.rows.length - before > MAX_RECORD_EVENTS) return false;
      }
      return true;
    }

    for (let i = 0; i < records.length; i++) {
      if ((i & 31) === 31 && performance.now() > sliceEnd) await pause();
      const record = records[i];
      if (record === undefined) continue;
      let letters: RecordLetters | undefined;
      const found = apart(record, (bytes) => letters?.tellsShort(bytes) ?? false);
      if ('bytes' in found) {
        keep(block, ingest(found), i);
        continue;
      }
      const { rows, skipped } = { rows: block.rows.length, skipped: block.skipped };
      letters = createRecordLetters(record.bytes.length, block.deadLetters.length);
      if (await readParts(found, i, letters)) {
        for (const letter of letters.all()) keep(block, letter, i);
      } else {
        block.rows.length = rows;
        block.rowRecords.length = rows;
        block.skipped = skipped;
        keep(block, ingest({ ...record, unreadable: TOO_MANY }), i);
      }
    }
    return block;
  };
}

function keep(block: ReadBlock, ingested: Ingested, index: number): void {
  switch (ingested.kind) {
    case 'event':
      block.rows.push(ingested.row);
      block.rowRecords.push(index);
      return;
    case 'dead-letter':
      block.deadLetters.push(ingested);
      block.deadRecords.push(index);
      return;
    case 'skipped':
      block.skipped++;
      return;
  }
}

/** A reader that begins once something is ready. */
export function readFrom(ready: Promise<void>, read: BlockReader): BlockReader {
  return async (records, judgedAt, room) => {
    await ready;
    return read(records, judgedAt, room);
  };
}
