import { existsSync, type Stats } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { create, type ReadEntry } from 'tar';
import { imageAnswer, MANIFEST, makeImage, PIECES } from './backup-route.ts';
import { CommandError, type Io } from './command.ts';
import { dataFolder } from './data-folder.ts';
import { acquireLock } from './lock.ts';
import { type Running, readRunning } from './running.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide backup FILE

Writes everything in the data folder (BONAFIDE_DATA_DIR, .bonafide) to FILE, a tar: events, roll-ups, risks, calibration,
every version of the policy, keys, blocks in flight. A running service goes on; its changes wait for some milliseconds.
The file holds secrets and people's data: it is readable by its owner alone. "bonafide restore FILE" brings it back. With
CLICKHOUSE_URL use BACKUP DATABASE of that server.

Example: bonafide backup /var/backups/bonafide-monday.tar
`;

export async function run(args: string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new CommandError(`Into which file?\n\n${help}`, 2);
  const settings = settingsFor(io);
  if (settings.clickhouse.url !== null)
    throw new CommandError('The data is on a ClickHouse server: use its BACKUP DATABASE statement.', 2);
  const target = resolve(file);
  if (existsSync(target)) throw new CommandError(`${target} is there already. Name a new file.`, 2);
  const folder = dataFolder(settings.dataDir);
  if (!existsSync(folder.clickhouse)) throw new CommandError(`There is no data in ${folder.path}.`);
  const running = runningOn(settings.dataDir);
  const lock = running === null ? acquireLock(folder.path) : undefined;
  const image = running === null ? await makeImage(folder.path) : await askForImage(running, io);
  const draft = `${target}.partial`;
  try {
    const pieces = PIECES.filter((name) => existsSync(join(image, name)));
    // Last of all, so that it is there when the rest is.
    await create({ file: draft, cwd: image, portable: true, mode: 0o600, filter: standingAlone }, [
      ...pieces,
      MANIFEST,
    ]);
    await durable(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await rm(image, { recursive: true, force: true });
    lock?.release();
  }
  const { size } = await stat(target);
  io.stdout.write(`${target}: ${(size / 1e6).toFixed(1)} MB\n`);
  return 0;
}

/**
 * Each file is written for itself. Parts that a mutation made (an erasure, rows that aged out) share files by hard links,
 * and the packer, which would write those as links, waits for one of them for ever when the other comes later.
 */
function standingAlone(_path: string, entry: Stats | ReadEntry): boolean {
  if ('nlink' in entry && typeof entry.nlink === 'number') entry.nlink = 1;
  return true;
}

function runningOn(dataDir: string): Running | null {
  try {
    return readRunning(dataDir);
  } catch {
    return null;
  }
}

async function askForImage({ url, adminToken }: Running, io: Io): Promise<string> {
  const response = await fetch(`${url}/api/v1/backup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    signal: io.signal,
  }).catch((error: unknown) => {
    throw new CommandError(`${url} does not answer: ${error instanceof Error ? error.message : String(error)}`);
  });
  const answer: unknown = await response.json();
  if (response.ok) return imageAnswer.parse(answer).folder;
  const detail = typeof answer === 'object' && answer !== null && 'detail' in answer ? String(answer.detail) : '';
  throw new CommandError(`The service answers ${response.status}: ${detail}`);
}

async function durable(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
