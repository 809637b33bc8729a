import { once } from 'node:events';
import { appendFileSync, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines of one bucket: neighbours in the input, which are sorted together. */
const BUCKET = 100_000;
/** So many lines wait in memory; then all buckets go to their files. */
const WAITING = 400_000;

/** Lines that come in the order of time and leave in that of the input, with a bounded number of them in memory. */
export interface OutLines {
  /** @param file number of the input file. @param offset place in it, from 0, one line each. @param line without its end. */
  add(file: number, offset: number, line: string): void;
  /** Writes all of them to `path`. */
  write(path: string): Promise<void>;
}

/** @param folder for what memory does not hold; whoever made it removes it. @param atMost lines that wait in memory. */
export function createOutLines(folder: string, atMost = WAITING): OutLines {
  const files: Map<number, Bucket>[] = [];
  let waiting = 0;

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

  return {
    add(file, offset, line) {
      while (files.length <= file) files.push(new Map());
      const number = Math.floor(offset / BUCKET);
      let bucket = files[file]?.get(number);
      if (bucket === undefined) {
        bucket = { offsets: [], lines: [], spilt: undefined };
        files[file]?.set(number, bucket);
      }
      bucket.offsets.push(offset);
      bucket.lines.push(line);
      if (++waiting >= atMost) spill();
    },
    async write(path) {
      const out = createWriteStream(path);
      const failed = once(out, 'error').then(([error]) => {
        throw error;
      });
      const all = async () => {
        for (const buckets of files) {
          for (const [, bucket] of [...buckets].sort(([a], [b]) => a - b)) {
            if (!out.write(sorted(bucket))) await once(out, 'drain');
            bucket.offsets = [];
            bucket.lines = [];
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

/** Text of a bucket in the order of offsets. */
function sorted({ offsets, lines, spilt }: Bucket): string {
  const placed = lines.map((line, i): [number, string] => [offsets[i] ?? 0, line]);
  for (const text of spilt === undefined ? [] : readFileSync(spilt, 'utf8').split('\n')) {
    const tab = text.indexOf('\t');
    if (tab > 0) placed.push([Number(text.slice(0, tab)), text.slice(tab + 1)]);
  }
  return placed
    .sort(([a], [b]) => a - b)
    .map(([, line]) => `${line}\n`)
    .join('');
}
