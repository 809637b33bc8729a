import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run as backup } from '../../services/bonafide/backup.ts';
import { acquireLock } from '../../services/bonafide/lock.ts';
import { run as restore } from '../../services/bonafide/restore.ts';
import { temporaryFolder } from '../support/process.ts';

/** Renames that are still done before the process counts as dead; and in which order names changed and files reached the disk. */
const world = vi.hoisted(() => ({ renames: Number.POSITIVE_INFINITY, done: [] as string[] }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const rename: typeof real.rename = async (from, to) => {
    if (world.renames-- <= 0) throw new Error('killed');
    world.done.push(`rename ${String(to)}`);
    return real.rename(from, to);
  };
  const rm: typeof real.rm = async (path, options) => {
    world.done.push(`rm ${String(path)}`);
    return real.rm(path, options);
  };
  const open: typeof real.open = async (path, ...more) => {
    const handle = await real.open(path, ...more);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      await sync();
      world.done.push(`sync ${String(path)}`);
    };
    return handle;
  };
  return { ...real, rename, rm, open };
});

const PIECES = ['clickhouse', 'journal', 'positions', 'keys.json'];
const folder = temporaryFolder('restore');
const file = join(folder.path, 'monday.tar');
const ioOf = (data: string) => ({
  env: { BONAFIDE_DATA_DIR: data },
  stdin: new PassThrough(),
  stdout: new PassThrough().resume(),
  stderr: new PassThrough().resume(),
  signal: new AbortController().signal,
});

/** A data folder in which each piece says whose it is. */
function dataOf(name: string, text: string): string {
  const data = join(folder.path, name);
  for (const piece of PIECES.slice(0, 3)) {
    mkdirSync(join(data, piece), { recursive: true });
    writeFileSync(join(data, piece, 'content'), text);
  }
  writeFileSync(join(data, 'keys.json'), text);
  return data;
}
const contentOf = (data: string) =>
  PIECES.map((piece) => readFileSync(join(data, piece, piece === 'keys.json' ? '' : 'content'), 'utf8'));

beforeAll(async () => {
  expect(await backup([file], ioOf(dataOf('monday', 'of monday')))).toBe(0);
});
afterAll(() => folder.remove());

describe('a restore that dies', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'after %i renames lets nothing start on half of the data, and is made good by the next',
    async (renames) => {
      const data = dataOf(`tuesday-${renames}`, 'of tuesday');
      world.renames = renames;
      await expect(restore([file, '--replace'], ioOf(data))).rejects.toThrow('killed');
      world.renames = Number.POSITIVE_INFINITY;
      expect(() => acquireLock(data)).toThrow(/broken off.*bonafide restore FILE/);
      await expect(backup([join(folder.path, 'half.tar')], ioOf(data))).rejects.toThrow(/There is no data|broken off/);

      expect(await restore([file], ioOf(data))).toBe(0);
      expect(contentOf(data)).toEqual(PIECES.map(() => 'of monday'));
      acquireLock(data).release();
      // Nothing of what was there is gone.
      const aside = readdirSync(data).filter((name) => name.startsWith('replaced-'));
      const kept = aside.flatMap((name) =>
        readdirSync(join(data, name), { recursive: true, encoding: 'utf8' })
          .map((each) => join(data, name, each))
          .filter((path) => /content$|keys\.json$/.test(path))
          .map((path) => readFileSync(path, 'utf8')),
      );
      expect(kept.filter((text) => text === 'of tuesday')).toHaveLength(4);
      expect(existsSync(join(data, 'restore-unfinished'))).toBe(false);
    },
  );
});

describe('a restore before a loss of power', () => {
  it('has every file on the disk before it is marked as whole, and every name before the mark goes', async () => {
    const data = join(folder.path, 'thursday');
    mkdirSync(data);
    world.done = [];
    expect(await restore([file], ioOf(data))).toBe(0);
    const at = (what: string) => world.done.lastIndexOf(what);
    const draft = join(data, 'images', 'restoring');
    const marked = at(`sync ${join(data, 'restore-unfinished')}`);
    const unpacked = [...PIECES.slice(0, 3).flatMap((piece) => [piece, join(piece, 'content')]), 'keys.json', ''].map(
      (name) => join(draft, name),
    );
    for (const path of unpacked) {
      expect([path, at(`sync ${path}`) >= 0 && at(`sync ${path}`) < marked]).toEqual([path, true]);
    }
    expect(world.done.indexOf(`sync ${data}`)).toBeGreaterThan(marked);
    expect(world.done.indexOf(`sync ${data}`)).toBeLessThan(world.done.indexOf(`rename ${join(data, 'clickhouse')}`));
    expect(at(`sync ${data}`)).toBeGreaterThan(at(`rename ${join(data, 'keys.json')}`));
    expect(at(`sync ${data}`)).toBeLessThan(at(`rm ${join(data, 'restore-unfinished')}`));
  });
});
