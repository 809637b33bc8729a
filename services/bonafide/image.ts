import { copyFile, link, mkdir, readdir, readlink, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Parts of the engine's tables never change once they have their name; everything else is small and is copied. */
const PART = /^(all|\d{6}|[0-9a-f-]{10,})_\d+_\d+_\d+(_\d+)?$/;
const UNFINISHED = /^(tmp|delete_tmp|tmp-fetch)[_-]/;
const LEFT_OUT = new Set(['status', 'tmp', 'user_files', 'shadow', 'lock']);

/**
 * An image of the embedded engine's folder, made in an instant: its parts by hard links, the rest by copy. The engine
 * may run and merge meanwhile, as long as nobody inserts; what it takes away while it is looked at is left out.
 * @throws when a folder cannot be made or linked (another file system, a full disk).
 */
export async function linkImage(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name) || UNFINISHED.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (PART.test(entry.name)) await linkPart(source, target);
    else if (entry.isDirectory()) await linkImage(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (entry.isFile()) await copyFile(source, target).catch(unlessGone);
  }
}

/** Whole or not at all: a part that went away under our hands was merged into another one. */
async function linkPart(from: string, to: string): Promise<void> {
  try {
    await linkTree(from, to);
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    unlessGone(error);
  }
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(source, target);
    else await link(source, target);
  }
  await stat(from);
}

function unlessGone(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}
