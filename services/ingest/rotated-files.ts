import { lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fingerprintOf, IDENTITY_BYTES, startOf } from './file-identity.ts';
import { packingOf, unpacked } from './unpack.ts';

/** A file beside a followed one that bore its name before: `access.log.1`, `access.log-20260101.gz`, `access-20260101.log`. */
export interface RotatedFile {
  file: string;
  inode: number;
  /** Bytes on disk. */
  size: number;
  /** Epoch ms of the last write to it; packing and renaming leave it. */
  modified: number;
  isPacked: boolean;
  /** Its name is one that rotation gives; others are looked at for a file that is known already. */
  isTurn: boolean;
  /** As of its text; null when it cannot be read (another packing, no rights, broken). */
  fingerprint: number | null;
}

/** A number or a date, or what some tools write instead; packed by whatever. */
const TURN = '[.\\-_](?:old|bak|\\d[\\d\\-_.:TZ+]*)';
/** Within the name only a date: `api-2.log` may be the log of a second instance. */
const DATE = '[.\\-_]\\d{4}[\\d\\-_.:TZ+]{4,}';
const PACKED = '(?:\\.(?:gz|zst|zstd|xz|bz2|lz4|lzma|zip|Z))?';
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A rotation is over in a moment; a folder in which names never rest is taken as it is found. */
export const LOOKS = 20;

/**
 * Oldest first; of a file that is just being packed, the plain one. Empty ones are left out. Where names are passed on
 * during a look (`.1` becomes `.2`), it is taken again: a file would be met under two names, or under none.
 * @param since epoch ms: only those that were written to then or later.
 */
export async function rotatedFiles(path: string, since = 0): Promise<RotatedFile[]> {
  for (let look = 1; ; look++) {
    const log = await targetOf(path);
    const isLink = log !== path;
    const before = await bearersOf(log, isLink);
    const found = await lookBeside(log, isLink, since);
    if (look === LOOKS || ((await targetOf(path)) === log && (await bearersOf(log, isLink)) === before)) return found;
  }
}

/** What a link names: a log is rotated beside itself, not beside the link. A moment without the file is none without its folder. */
async function targetOf(path: string): Promise<string> {
  const about = await lstat(path).catch(() => null);
  if (about?.isSymbolicLink() !== true) return path;
  return realpath(path).catch(async () => resolve(dirname(path), await readlink(path)));
}

/** Who bears which name beside the file. */
async function bearersOf(path: string, isLink: boolean): Promise<string> {
  const folder = dirname(path);
  const stem = isLink ? '' : basename(path, extname(path));
  const names = (await readdir(folder)).filter((name) => name.startsWith(stem)).sort();
  const inodes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ ino }) => ino,
      () => 0,
    ),
  );
  return JSON.stringify([names, await Promise.all(inodes)]);
}

/** `0.log`, `1.log`: the logs of one container, with a number for each time that it began anew. */
const OF_CONTAINER = /^\d+\.log$/;

async function lookBeside(path: string, isLink: boolean, since: number): Promise<RotatedFile[]> {
  const folder = dirname(path);
  const name = basename(path);
  const end = extname(name);
  const stem = name.slice(0, name.length - end.length);
  const isNumbered = isLink && OF_CONTAINER.test(name);
  const turns = isNumbered
    ? `\\d+\\.log(?:${TURN})?`
    : `(?:${escaped(name)}${TURN}|${escaped(stem)}${DATE}${escaped(end)})`;
  const rotated = new RegExp(`^${turns}${PACKED}$`);
  const names = (await readdir(folder)).filter(
    (other) => other !== name && (isLink || rotated.test(other) || other.startsWith(name)),
  );
  const found: RotatedFile[] = [];
  for (const other of names) {
    const plain = other.replace(new RegExp(`${PACKED}$`), '');
    if (plain !== other && names.includes(plain)) continue;
    const file = join(folder, other);
    // It has just got another name.
    const about = await stat(file).catch(() => null);
    if (about === null || !about.isFile() || about.size === 0 || about.mtimeMs < since) continue;
    const isPacked = (await packingOf(file).catch(() => null)) !== null;
    const fingerprint = await textFingerprint(file).catch(() => null);
    const isTurn = rotated.test(other);
    found.push({ file, inode: about.ino, size: about.size, modified: about.mtimeMs, isPacked, isTurn, fingerprint });
  }
  return found.sort((a, b) => a.modified - b.modified);
}

/** Endings of packings that are not read here. */
const UNREAD = /\.(?:xz|bz2|lz4|lzma|zip|Z)$/;

/** The fingerprint of a file or of what is packed in it; a single line without line feed is a line here. */
async function textFingerprint(file: string): Promise<number | null> {
  if (UNREAD.test(file)) return null;
  const start = (await packingOf(file)) === null ? await plainStart(file) : await packedStart(file);
  return fingerprintOf(start, true);
}

async function plainStart(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    return await startOf(handle);
  } finally {
    await handle.close();
  }
}

async function packedStart(file: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of unpacked(file)) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= IDENTITY_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, IDENTITY_BYTES);
}
