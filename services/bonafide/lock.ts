import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './command.ts';

/** Who holds a data folder. `born` tells a process from a later one that was given the same number. */
interface Holder {
  pid: number;
  /** Boot id and start time of the process where the system tells them, else empty. */
  born: string;
}

export interface Lock {
  release(): void;
}

/**
 * Takes the data folder for this process; what a dead process left is taken over. The engine locks its own files as
 * well: this lock is what turns a second start into a sentence that names the holder.
 * @param restores this process restores a backup, so that it may take a folder in which that was broken off.
 * @throws CommandError when a living process holds it, or the folder is half restored.
 */
export function acquireLock(dataDir: string, { restores = false } = {}): Lock {
  const lock = take(dataDir);
  if (restores || !existsSync(join(dataDir, HALF_RESTORED))) return lock;
  lock.release();
  throw new CommandError(
    `A restore into ${dataDir} was broken off, and some of it is missing: give "bonafide restore FILE" again. What was there before lies in its folders replaced-….`,
  );
}

/** A file that says so while a backup takes the place of what was there. */
export const HALF_RESTORED = 'restore-unfinished';

function take(dataDir: string): Lock {
  const path = join(dataDir, 'lock');
  const own = `${path}.${process.pid}`;
  const mine: Holder = { pid: process.pid, born: aboutProcess(process.pid).born };
  writeFileSync(own, JSON.stringify(mine), { mode: 0o600 });
  try {
    // A few rounds: between looking and taking, another starter may come or the holder may go.
    for (let round = 0; round < 5; round++) {
      if (tryLink(own, path)) return { release: () => rmSync(path, { force: true }) };
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) throw new CommandError(inUse(dataDir, holder.pid));
      putAside(path, holder);
    }
    throw new CommandError(`The lock ${path} keeps changing hands; try again.`);
  } finally {
    rmSync(own, { force: true });
  }
}

function inUse(dataDir: string, pid: number): string {
  return (
    `The data folder ${dataDir} is in use by the running process ${pid}. ` +
    'Stop that one first, or set BONAFIDE_DATA_DIR to another folder.'
  );
}

/** A hard link either appears whole or not at all. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number')
      return undefined;
    return { pid: value.pid, born: 'born' in value ? String(value.born) : '' };
  } catch {
    // Gone meanwhile, or torn by a full disk: nobody holds it.
    return undefined;
  }
}

/** Moves a dead lock away; if it was a fresh one of another starter after all, puts it back. */
function putAside(path: string, dead: Holder | undefined): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && (moved.pid !== dead?.pid || moved.born !== dead.born)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function isAlive(holder: Holder): boolean {
  // Our own number in a lock that we do not hold: we were restarted as the same number, as containers are.
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const { born, isGone } = aboutProcess(holder.pid);
  if (isGone) return false;
  return born === '' || holder.born === '' || born === holder.born;
}

/**
 * `born` is, on Linux, boot id and start time in clock ticks; elsewhere empty. A process that has ended and that nobody
 * has waited for (a zombie, as in a container without an init) is gone: it holds nothing any more.
 */
function aboutProcess(pid: number): { born: string; isGone: boolean } {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; state is field 3, start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { born: `${boot} ${fields[19] ?? ''}`, isGone: ['Z', 'X'].includes(fields[0] ?? '') };
  } catch {
    return { born: '', isGone: false };
  }
}
