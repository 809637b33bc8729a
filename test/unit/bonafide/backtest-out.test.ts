import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createOutLines } from '../../../services/bonafide/backtest-out.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonafide-out-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A line of a log, so that two files of them are 60 MB each. */
const BYTES = 240;
/** Two files of lines, told in an order of time that runs against both. */
const places = Array.from({ length: 250_000 }, (_, i): [number, number] => {
  return [i % 2, BYTES * ((i * 7919) % 250_000)];
}).reverse();
const text = ([file, offset]: readonly [number, number]) => `{"file":${file},"offset":${offset},"tab":"\\t"}`;
const expected = [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(text);
const written = () => readFileSync(join(folder, 'decisions'), 'utf8').split('\n').slice(0, -1);

it.each([1_000_000, 20_000])(
  'lines leave in the order of the input with up to %i of them in memory',
  async (atMost) => {
    const out = createOutLines(folder, atMost);
    for (const [file, offset] of places) out.add(file, offset, text([file, offset]));
    expect(readdirSync(folder).length > 0).toBe(atMost < places.length);
    await out.write(join(folder, 'decisions'));
    expect(written()).toEqual(expected);
  },
);

it.each([1_000_000, 10_000])(
  'what comes again has the line of the first one at its own place, with up to %i lines in memory',
  async (atMost) => {
    const out = createOutLines(folder, atMost);
    const due: string[] = [];
    // Of every three places the last two say what the first one says, or what one in another bucket, or of the file before, says.
    const first = (file: number, i: number): [number, number] | undefined => {
      if (i % 3 === 0) return undefined;
      if (file === 1 && i % 3 === 1) return [0, BYTES * i - ((BYTES * i) % (3 * BYTES))];
      return [file, i % 2 === 0 ? 0 : BYTES * (i - (i % 3))];
    };
    for (let file = 0; file < 2; file++) {
      for (let i = 0; i < 200_000; i++) {
        const of = first(file, i);
        due.push(text(of ?? [file, BYTES * i]));
        if (of !== undefined) out.again({ file, offset: BYTES * i }, { file: of[0], offset: of[1] });
      }
    }
    for (let i = 199_998; i >= 0; i -= 3)
      for (let file = 0; file < 2; file++) out.add(file, BYTES * i, text([file, BYTES * i]));
    await out.write(join(folder, 'decisions'));
    expect(written()).toEqual(due);
  },
);

it('a gigabyte of log makes a few dozen buckets', () => {
  const out = createOutLines(folder, 1_000);
  for (let i = 0; i < 100_000; i++) out.add(0, i * 10_737, '{}');
  expect(readdirSync(folder).length).toBeLessThanOrEqual(64);
  expect(readdirSync(folder).length).toBeGreaterThan(12);
});

it('a place that cannot be written fails with the reason', async () => {
  const out = createOutLines(folder);
  out.add(0, 0, '{}');
  await expect(out.write(join(folder, 'nowhere', 'decisions'))).rejects.toThrow(/ENOENT/);
});
