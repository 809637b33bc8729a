import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../services/ingest/file-identity.ts';
import { type FollowedFile, openPacked, openPlain } from '../../../services/ingest/followed-file.ts';
import { createOpenFiles } from '../../../services/ingest/open-files.ts';
import { temporaryFolder } from '../../support/process.ts';
import { ensureDebianPackage } from '../../support/tools.ts';

const folder = temporaryFolder('followed');
afterAll(() => folder.remove());

const text = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name} ${i}\n`).join('');
const placeOf = (content: string, offset = 0) => ({
  fingerprint: fingerprintOf(Buffer.from(content)) ?? 0,
  generation: 0,
  offset,
});
async function linesOf(file: FollowedFile): Promise<string[]> {
  const lines: string[] = [];
  for (let next = await file.next(); next !== null; next = await file.next())
    for (const { bytes } of next.lines) lines.push(bytes.toString());
  return lines;
}

describe('a packed file that waits for its turn', () => {
  it.each(['gzip', 'zstd'] as const)(
    'is the one that was found, though rotation passed its name on: %s',
    async (by) => {
      const [old, newer] = [join(folder.path, `${by}.2.gz`), join(folder.path, `${by}.1.gz`)];
      for (const [file, name] of [
        [old, 'old'],
        [newer, 'newer'],
      ] as const) {
        writeFileSync(file, gzipSync(text(name, 5_000)));
        if (by === 'gzip') continue;
        writeFileSync(`${file}.plain`, text(name, 5_000));
        execFileSync(ensureDebianPackage('zstd', 'zstd'), ['-qf', `${file}.plain`, '-o', file]);
      }
      const whole = text('old', 5_000);
      const offset = text('old', 1_234).length;
      const waiting = await openPacked('file:a.log', old, placeOf(whole, offset));
      renameSync(newer, old);
      expect(await linesOf(waiting)).toEqual(whole.slice(offset).trimEnd().split('\n'));
      await waiting.close();
      // Nobody asked for a line of this one.
      const unread = await openPacked('file:a.log', old, placeOf(text('newer', 1)));
      rmSync(old);
      await unread.close();
    },
  );

  it('is looked for again when its name was passed on before it could be opened', async () => {
    const log = join(folder.path, 'api.log');
    const [first, second] = [text('first', 3_000), text('second', 3_000)];
    writeFileSync(`${log}.2.gz`, gzipSync(first));
    writeFileSync(`${log}.1.gz`, gzipSync(second));
    writeFileSync(log, text('now', 1));
    const missed: string[] = [];
    const files = createOpenFiles(log, 'file:api.log', (sentence) => missed.push(sentence));
    const offset = text('first', 100).length;
    const catching = files.catchUp({ path: log, ...placeOf(second), older: [placeOf(first, offset)], modified: 1 });
    renameSync(`${log}.2.gz`, `${log}.3.gz`);
    renameSync(`${log}.1.gz`, `${log}.2.gz`);
    await catching;
    renameSync(`${log}.3.gz`, `${log}.4.gz`);
    renameSync(`${log}.2.gz`, `${log}.3.gz`);
    expect(missed).toEqual([]);
    const read = await Promise.all(files.older.map(linesOf));
    expect(read.map((lines) => [lines[0], lines.length])).toEqual([
      ['first 100', 2_900],
      ['second 0', 3_000],
    ]);
    await files.closeAll();
  });
});

describe('the copy of a file that was emptied (copytruncate)', () => {
  it.each(['plain', 'packed'] as const)('is read on where the file was left, %s as well', async (how) => {
    const log = join(folder.path, `${how}.log`);
    const content = text(how, 2_000);
    const offset = text(how, 700).length;
    writeFileSync(log, content);
    const reading = await openPlain('file:a.log', log, placeOf(content, offset));
    const files = createOpenFiles(log, 'file:a.log', () => undefined);
    // Nobody looked for so long that the copy was rotated once more.
    if (how === 'plain') writeFileSync(`${log}.1`, content);
    else writeFileSync(`${log}.2.gz`, gzipSync(content));
    writeFileSync(log, text('anew', 3));
    expect(await files.openCopyOf(reading)).toBe(true);
    const [copy] = files.older;
    expect(copy === undefined ? [] : await linesOf(copy)).toEqual(content.slice(offset).trimEnd().split('\n'));
    await files.closeAll();
    await reading.close();
  });
});

describe('a file that was emptied', () => {
  it('stays so when it is filled again beyond what was read, with the same first line', async () => {
    const log = join(folder.path, 'header.log');
    writeFileSync(log, text('header', 50));
    const reading = await openPlain('file:a.log', log, placeOf(text('header', 50)));
    await linesOf(reading);
    expect(await reading.isEmptied()).toBe(false);
    writeFileSync(log, text('header', 1));
    expect(await reading.isEmptied()).toBe(true);
    writeFileSync(log, text('header', 90));
    expect(await reading.isEmptied()).toBe(true);
    await reading.close();
  });
});
