import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { extract } from 'tar';
import { syncPath, syncTree } from '../../shared/durable.ts';
import { IMAGES, MANIFEST, manifest, PIECES, sizeOf } from './backup-route.ts';
import { CommandError, type Io } from './command.ts';
import { prepareDataFolder } from './data-folder.ts';
import { acquireLock, HALF_RESTORED } from './lock.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide restore FILE [options]

Brings a backup back into the data folder (BONAFIDE_DATA_DIR, .bonafide), while no service runs on it. Start the service
afterwards: it applies the schema of its own version, and reads from Kafka what came since, each message once.

  --replace        the folder holds data: put it aside (in a folder replaced-TIME) and restore

Example: bonafide restore /var/backups/bonafide-monday.tar
`;

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { replace: { type: 'boolean', default: false } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new CommandError(`Which file?\n\n${help}`, 2);
  if (!existsSync(file)) throw new CommandError(`There is no file ${file}.`, 2);
  const folder = prepareDataFolder(settingsFor(io).dataDir).path;
  const lock = acquireLock(folder, { restores: true });
  const unfinished = join(folder, HALF_RESTORED);
  try {
    const held = PIECES.filter((name) => hasContent(join(folder, name)));
    // What an earlier restore left half done is nobody's data.
    if (held.includes('clickhouse') && !values.replace && !existsSync(unfinished))
      throw new CommandError(`${folder} holds data already. Give --replace to put it aside.`);
    const draft = join(folder, IMAGES, 'restoring');
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true, mode: 0o700 });
    const said = await unpack(file, draft);
    // What is marked as whole has to be on the disk: after a loss of power names would stand, and nothing in them.
    await syncTree(draft);
    // Until the last piece is in its place nothing may start here: it would make keys and data of its own.
    await writeDurably(unfinished);
    await syncPath(folder);
    await putAside(folder, held, io);
    for (const name of PIECES) if (existsSync(join(draft, name))) await rename(join(draft, name), join(folder, name));
    await syncPath(folder);
    await rm(unfinished);
    await rm(draft, { recursive: true, force: true });
    io.stdout.write(`Restored into ${folder}: a backup of ${said.made_at}, made by version ${said.version}.\n`);
    return 0;
  } finally {
    lock.release();
  }
}

/** @throws CommandError when it is no backup, or is not whole. */
async function unpack(file: string, to: string): Promise<{ made_at: string; version: string }> {
  try {
    await extract({ file, cwd: to, strict: true });
    const said = manifest.parse(JSON.parse(await readFile(join(to, MANIFEST), 'utf8')));
    await rm(join(to, MANIFEST));
    const { files, bytes } = await sizeOf(to);
    if (files !== said.files || bytes !== said.bytes)
      throw new Error(`${files} of ${said.files} files, ${bytes} of ${said.bytes} bytes`);
    return said;
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new CommandError(`${file} is no backup of Bonafide, or is not whole (${why}). Nothing was changed.`);
  }
}

async function putAside(folder: string, names: readonly string[], io: Io): Promise<void> {
  if (names.length === 0) return;
  const aside = join(folder, `replaced-${new Date().toISOString().replaceAll(':', '')}`);
  await mkdir(aside, { mode: 0o700 });
  for (const name of names) await rename(join(folder, name), join(aside, name));
  io.stdout.write(`What was there lies in ${aside}; remove it when you do not need it.\n`);
}

async function writeDurably(path: string): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function hasContent(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    return readdirSync(path).length > 0;
  } catch {
    return true;
  }
}
