import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Stretch, stretchesOf } from '../../../services/bonafide/import-stretches.ts';
import { readRecords } from '../../../services/ingest/read-file.ts';
import { createSplitter } from '../../../services/ingest/split-lines.ts';
import { temporaryFolder } from '../../support/process.ts';

const folder = temporaryFolder('stretches');
const file = join(folder.path, 'a.log');
afterAll(() => folder.remove());

async function stretched(text: string): Promise<Stretch[]> {
  writeFileSync(file, text);
  const stretches: Stretch[] = [];
  for await (const { stretch } of stretchesOf(file)) stretches.push(stretch);
  return stretches;
}
/** Lines and their places, as who is given a stretch finds them; a line of blanks is none. */
const linesIn = (stretches: readonly Stretch[]) =>
  stretches
    .flatMap(({ offset, lines }) => createSplitter('', offset).push(Buffer.concat(lines)))
    .map(({ offset, bytes }) => [offset, bytes.toString()] as const)
    .filter(([, line]) => line.trim() !== '');
async function linesOfFile() {
  const lines: (readonly [number, string])[] = [];
  for await (const records of readRecords(file, { whole: true }))
    lines.push(...records.map(({ offset, bytes }) => [offset, bytes.toString()] as const));
  return lines.filter(([, line]) => line.trim() !== '');
}

const cri = (stream: string, tag: string, text: string) => `2026-11-24T12:00:00Z ${stream} ${tag} ${text}\n`;
const cut = (n: number) =>
  cri('stdout', 'P', `{"n":${n},`) + cri('stdout', 'P', '"a":1,') + cri('stdout', 'F', '"b":2}');

describe('stretches of a file that is imported', () => {
  it('bring many lines that a container runtime cut in one request, each at its place', async () => {
    const text = Array.from({ length: 3_000 }, (_, n) => cut(n) + cri('stdout', 'F', 'whole')).join('');
    const stretches = await stretched(text);
    expect(linesIn(stretches)).toEqual(await linesOfFile());
    expect(linesIn(stretches)).toHaveLength(6_000);
    expect(stretches.length).toBeLessThan(10);
  });

  it('keep places where streams take turns, where lines are empty or too long, and without a last line feed', async () => {
    const turns = cri('stdout', 'P', 'a') + cri('stderr', 'F', 'x') + cri('stdout', 'F', 'b');
    const long = 'y'.repeat(1_200_000);
    for (const text of [turns + cut(1), `one\n\n${cut(2)}\ntwo`, `one\n${long}\n${cut(3)}`, turns.repeat(50), '']) {
      const stretches = await stretched(text);
      expect(linesIn(stretches)).toEqual(await linesOfFile());
    }
  });
});
