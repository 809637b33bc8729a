import { statfsSync } from 'node:fs';
import { withChanges } from './changes.ts';
import type { ClickHouse } from './client.ts';

/** With less room than this a disk is full: the engine reserves some before it writes a part. */
export const FULL_DISK_BYTES = 16 * 1_048_576;

/** A part is some dozens of files. */
const FEWEST_FILES = 1_000;

/** A statement that met a full disk, or may have: it did nothing that counts, and may be tried again. */
export class DiskFull extends Error {
  /** As the engine numbers it (NOT_ENOUGH_SPACE), so that it is told from other faults in the same way. */
  readonly code = '243';

  constructor() {
    super('The disk is full.');
    this.name = 'DiskFull';
  }
}

/** Did a statement fail for want of room, by the engine's word or ours? */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code) === '243';
}

/** Bytes that are left for data on the disk of a folder; 0 where it takes no more files. */
export function roomOf(folder: string): number {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  // A disk without room for another file is as full; some file systems count none.
  return files > 0 && ffree < FEWEST_FILES ? 0 : bavail * bsize;
}

/**
 * A lane that believes the embedded engine only while there is room. The engine takes a write that the disk refused for
 * done: it calls an insert a success whose part has only empty files. So a change before or after which the disk is full
 * has failed, whatever the engine says.
 * @param left bytes that are left on the disk of the data.
 * @throws DiskFull from every change that met a full disk.
 */
export function believeWhileRoom(lane: ClickHouse, left: () => number): ClickHouse {
  return withChanges(lane, async (statement) => {
    if (left() < FULL_DISK_BYTES) throw new DiskFull();
    await statement();
    if (left() < FULL_DISK_BYTES) throw new DiskFull();
  });
}
