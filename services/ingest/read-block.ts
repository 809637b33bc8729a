import type { EventRow } from '../../schemas/event-row.ts';
import { manualClock } from '../../shared/clock.ts';
import { apart } from './apart.ts';
import type { FloodGate } from './flood.ts';
import { createPipeline, type Ingested, type PipelineDeps, type SourceRecord } from './pipeline.ts';
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

  async function nextSlice(judgedAt: number): Promise<number> {
    await giveBack();
    // Another block may have been read meanwhile.
    judged.set(judgedAt);
    return performance.now() + SLICE_MS;
  }

  return async (records, judgedAt, room) => {
    const block: ReadBlock = { rows: [], rowRecords: [], deadLetters: [], deadRecords: [], skipped: 0 };
    let sliceEnd = performance.now() + SLICE_MS;
    let brought = records.length;
    judged.set(judgedAt);
    for (let i = 0; i < records.length; i++) {
      if ((i & 31) === 31 && performance.now() > sliceEnd) sliceEnd = await nextSlice(judgedAt);
      const record = records[i];
      if (record === undefined) continue;
      const parts = apart(record);
      if (parts.length > 1) {
        brought += parts.length - 1;
        room?.(brought);
      }
      for (let n = 0; n < parts.length; n++) {
        if ((n & 31) === 31 && performance.now() > sliceEnd) sliceEnd = await nextSlice(judgedAt);
        const part = parts[n];
        if (part === undefined) continue;
        const ingested = pipeline.ingest(part);
        if (ingested.kind === 'event') deps.flood?.pass(ingested.row);
        keep(block, ingested, i);
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
