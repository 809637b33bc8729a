import { once } from 'node:events';
import { appendFileSync, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPlace } from '../ingest/met-ids.ts';

/** Bytes of the unpacked input whose lines make one bucket: neighbours, which are sorted together. 1 GiB makes 64 buckets. */
const BUCKET = 16 * 1024 * 1024;
/** Lines that are written as one text: those of a bucket of nothing but short, unreadable lines are longer than a string may be. */
const AT_ONCE = 10_000;
/** So many lines wait in memory; then all buckets go to their files. */
const WAITING = 400_000;
/** Begins what stands in a bucket beside lines, which are JSON: where the line of this place is due once more. */
const AGAIN = '=';

/** Lines that come in the order of time and leave in that of the input, with a bounded number of them in memory. */
export interface OutLines {
  /**
   * @param file number of the input file. @param offset byte in its unpacked text, from 0; each place has one line.
   * @param line JSON, without its end.
   */
  add(file: number, offset: number, line: string): void;
  /** At `place` the same line is due as at `first`, which lies before it in the input. */
  again(place: LogPlace, first: LogPlace): void;
  /** Writes all of them to `path`. */
  write(path: string): Promise<void>;
}

/** @param folder for what memory does not hold; whoever made it removes it. @param atMost lines that wait in memory. */
export function createOutLines(folder: string, atMost = WAITING): OutLines {
  const files: Map<number, Bucket>[] = [];
  let waiting = 0;

  function bucketOf(file: number, offset: number): Bucket {
    while (files.length <= file) files.push(new Map());
    const number = Math.floor(offset / BUCKET);
    let bucket = files[file]?.get(number);
    if (bucket === undefined) {
      bucket = { offsets: [], lines: [], spilt: undefined };
      files[file]?.set(number, bucket);
    }
    return bucket;
  }

  function add(file: number, offset: number, line: string): void {
    const bucket = bucketOf(file, offset);
    bucket.offsets.push(offset);
    bucket.lines.push(line);
    if (++waiting >= atMost) spill();
  }

  function spill(): void {
    for (const [file, buckets] of files.entries()) {
      for (const [number, bucket] of buckets) {
        if (bucket.lines.length === 0) continue;
        bucket.spilt ??= join(folder, `out-${file}-${number}`);
        appendFileSync(bucket.spilt, bucket.lines.map((line, i) => `${bucket.offsets[i]}\t${line}\n`).join(''));
        bucket.offsets = [];
        bucket.lines = [];
      }
    }
    waiting = 0;
  }

  /** Takes a bucket's lines in the order of offsets, and gives those that are due once more to their own places. */
  function take(bucket: Bucket): string[] {
    const { lines, again } = contents(bucket);
    waiting -= bucket.lines.length;
    bucket.offsets = [];
    bucket.lines = [];
    if (again.length > 0) {
      const byOffset = new Map(lines);
      for (const [first, place] of again) {
        const line = byOffset.get(first);
        if (line === undefined) continue;
        // What lies in a later bucket waits there: a first one lies before what comes again.
        if (bucketOf(place.file, place.offset) === bucket) lines.push([place.offset, line]);
        else add(place.file, place.offset, line);
      }
    }
    return lines.sort(([a], [b]) => a - b).map(([, line]) => `${line}\n`);
  }

  return {
    add,
    again(place, first) {
      // Made now, since no bucket may be new while they are written.
      bucketOf(place.file, place.offset);
      add(first.file, first.offset, `${AGAIN}${place.file}:${place.offset}`);
    },
    async write(path) {
      const out = createWriteStream(path);
      const failed = once(out, 'error').then(([error]) => {
        throw error;
      });
      const all = async () => {
        for (const buckets of files) {
          for (const [, bucket] of [...buckets].sort(([a], [b]) => a - b)) {
            const lines = take(bucket);
            for (let from = 0; from < lines.length; from += AT_ONCE) {
              if (!out.write(lines.slice(from, from + AT_ONCE).join(''))) await once(out, 'drain');
            }
          }
        }
        out.end();
        await once(out, 'finish');
      };
      await Promise.race([all(), failed]);
    },
  };
}

interface Bucket {
  offsets: number[];
  lines: string[];
  spilt: string | undefined;
}

interface Contents {
  lines: [offset: number, line: string][];
  /** Where the line of an offset is due once more. */
  again: [first: number, place: LogPlace][];
}

/** Of a bucket, in memory and spilt, in no order. */
function contents({ offsets, lines, spilt }: Bucket): Contents {
  const found: Contents = { lines: [], again: [] };
  const put = (offset: number, line: string) => {
    if (!line.startsWith(AGAIN)) found.lines.push([offset, line]);
    else {
      const [file, place] = line.slice(AGAIN.length).split(':');
      found.again.push([offset, { file: Number(file), offset: Number(place) }]);
    }
  };
  for (const [i, line] of lines.entries()) put(offsets[i] ?? 0, line);
  if (spilt !== undefined)
    for (const text of linesOf(readFileSync(spilt))) {
      const tab = text.indexOf('\t');
      put(Number(text.slice(0, tab)), text.slice(tab + 1));
    }
  return found;
}

function* linesOf(bytes: Buffer): Generator<string> {
  let from = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', from)) {
    yield bytes.toString('utf8', from, end);
    from = end + 1;
  }
}
