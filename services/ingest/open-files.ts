import { type FollowedFile, openNamed, openPacked, openPlain } from './followed-file.ts';
import type { FilePlace, FilePosition } from './journal.ts';
import { LOOKS, type RotatedFile, rotatedFiles } from './rotated-files.ts';

/** The file under the followed name, and those that bore it before and may still be written to; oldest first. */
export interface OpenFiles {
  current: FollowedFile | null;
  older: FollowedFile[];
  /** Last write to the file under the name that was read: files beside it that were written to later are new. */
  modified: number | undefined;
  /** How far all of them are, once `reading` is at `place`: one position, since a block keeps one. */
  positionWith(reading: FollowedFile | null, place: FilePlace | null): FilePosition | null;
  letGo(reading: FollowedFile): void;
  /** Opens whole files that bore the name between two looks: rotated away since `since`, and opened by nobody. */
  openBetween(since: number, known: readonly FilePlace[]): Promise<void>;
  /**
   * Opens the rest of the files that were read, where they were rotated away while nobody read.
   * @returns epoch ms: files beside them that were written to since are not read.
   */
  catchUp(last: FilePosition): Promise<number>;
  /** Opens the copy that stands beside a file which was emptied and has what was not read of it; false: there is none. */
  openCopyOf(reading: FollowedFile): Promise<boolean>;
  hasCopyOf(reading: FollowedFile): Promise<boolean>;
  closeAll(): Promise<void>;
}

/** @param missed told of what cannot be found or read any more, in a sentence. */
export function createOpenFiles(path: string, source: string, missed: (sentence: string) => void): OpenFiles {
  /** false: it bears another name by now. */
  async function leaveBehind(found: RotatedFile, place: FilePlace): Promise<boolean> {
    const open = found.isPacked ? openPacked : openPlain;
    const reading = await open(source, found.file, place).catch(unlessMissing);
    if (reading === null) return false;
    if (reading.inode === found.inode) files.older.push(reading);
    else await reading.close();
    return reading.inode === found.inode;
  }
  const opened = () => (files.current === null ? files.older : [...files.older, files.current]);

  const files: OpenFiles = {
    current: null,
    older: [],
    modified: undefined,
    positionWith(reading, place) {
      const places = opened().map((file) => (file === reading && place !== null ? place : file.place));
      const newest = places.pop();
      if (newest === undefined) return null;
      const { modified } = files;
      return { path, ...newest, ...(modified === undefined ? {} : { modified }), older: places };
    },
    letGo(reading) {
      files.older = files.older.filter((each) => each !== reading);
    },
    async openBetween(since, known) {
      const isKnown = ({ inode, fingerprint }: RotatedFile) =>
        opened().some((each) => each.inode === inode || each.place.fingerprint === fingerprint) ||
        known.some((place) => place.fingerprint === fingerprint);
      const unread = new Set<string>();
      let isOver = false;
      for (let look = 1; !isOver && look <= LOOKS; look++) {
        isOver = true;
        for (const found of await rotatedFiles(path, since)) {
          if (!found.isTurn || isKnown(found)) continue;
          if (found.fingerprint !== null)
            isOver = (await leaveBehind(found, { fingerprint: found.fingerprint, generation: 0, offset: 0 })) && isOver;
          else if (found.modified > since) unread.add(found.file);
        }
      }
      for (const file of unread)
        missed(`${file} cannot be read and may hold lines of ${path} that were not. Unpack and import it.`);
    },
    async catchUp(last) {
      // What was read to its end by a run that did not follow it may be a single line without line feed.
      const named = await openNamed(source, path, null, { another: false, whole: true }).catch(() => null);
      await named?.close();
      const isNamed = ({ fingerprint }: { fingerprint: number | null }) => fingerprint === named?.place.fingerprint;
      const beside = (await rotatedFiles(path)).filter((found) => !isNamed(found));
      const lost: FilePlace[] = [];
      let since = last.modified ?? Number.POSITIVE_INFINITY;
      for (const place of [...(last.older ?? []), last].filter((each) => !isNamed(each))) {
        const same = ({ fingerprint }: RotatedFile) => fingerprint === place.fingerprint;
        let found = beside.find(same);
        while (found !== undefined && !(await leaveBehind(found, place))) found = (await rotatedFiles(path)).find(same);
        if (found === undefined) lost.push(place);
        else if (last.modified === undefined) since = Math.min(since, found.modified);
      }
      // It may be one of those that cannot be read, which are told by name.
      const isUnread = beside.some(({ fingerprint, modified: at }) => fingerprint === null && at >= since);
      for (const { offset } of isUnread ? [] : lost)
        missed(`A file that was called ${path} is gone, and what it held behind byte ${offset} was not read.`);
      files.modified = last.modified;
      return since;
    },
    async openCopyOf({ place }) {
      for (let look = 1; look <= LOOKS; look++) {
        const copy = await copyOf(path, place);
        if (copy === undefined) return false;
        if (await leaveBehind(copy, place)) return true;
      }
      return false;
    },
    hasCopyOf: async ({ place }) => (await copyOf(path, place)) !== undefined,
    async closeAll() {
      const open = opened();
      files.current = null;
      files.older = [];
      for (const reading of open) await reading.close().catch(() => undefined);
    },
  };
  return files;
}

/** A second rotation may have packed it by now; how much is in there shows when it is read. */
async function copyOf(path: string, place: FilePlace): Promise<RotatedFile | undefined> {
  return (await rotatedFiles(path)).find(
    ({ fingerprint, size, isPacked }) => fingerprint === place.fingerprint && (isPacked || size > place.offset),
  );
}

/** The name has gone to somebody else, or to nobody. */
function unlessMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
