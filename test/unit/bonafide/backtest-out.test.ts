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

/** Two files of lines, told in an order of time that runs against both. */
const places = Array.from({ length: 250_000 }, (_, i): [number, number] => [i % 2, (i * 7919) % 250_000]).reverse();
const text = ([file, offset]: readonly [number, number]) => `{"file":${file},"offset":${offset},"tab":"\\t"}`;
const expected = [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(text);

it.each([1_000_000, 20_000])(
  'lines leave in the order of the input with up to %i of them in memory',
  async (atMost) => {
    const out = createOutLines(folder, atMost);
    for (const [file, offset] of places) out.add(file, offset, text([file, offset]));
    expect(readdirSync(folder).length > 0).toBe(atMost < places.length);
    await out.write(join(folder, 'decisions'));
    expect(readFileSync(join(folder, 'decisions'), 'utf8').split('\n').slice(0, -1)).toEqual(expected);
  },
);

it('a place that cannot be written fails with the reason', async () => {
  const out = createOutLines(folder);
  out.add(0, 0, '{}');
  await expect(out.write(join(folder, 'nowhere', 'decisions'))).rejects.toThrow(/ENOENT/);
});
