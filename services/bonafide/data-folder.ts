import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CommandError } from './command.ts';

/** Where things lie in the data folder. */
export interface DataFolder {
  path: string;
  clickhouse: string;
  keys: string;
  running: string;
  /** Public keys of issuers, as last fetched. */
  jwks: string;
}

export function dataFolder(dataDir: string): DataFolder {
  const path = resolve(dataDir);
  return {
    path,
    clickhouse: join(path, 'clickhouse'),
    keys: join(path, 'keys.json'),
    running: join(path, 'running.json'),
    jwks: join(path, 'jwks'),
  };
}

/**
 * Makes the folder where there is none; only its owner may look in.
 * @throws CommandError when it cannot be made or written to.
 */
export function prepareDataFolder(dataDir: string): DataFolder {
  const folder = dataFolder(dataDir);
  try {
    makeFolder(folder.path);
    accessSync(folder.path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CommandError(
      `The data folder ${folder.path} cannot be used: ${why(error)}. ` +
        'Set BONAFIDE_DATA_DIR to a folder that this user may write to.',
    );
  }
  return folder;
}

/** Each missing folder by itself: where one can never be (`/proc/x`), Node's `recursive` tries for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(path)) throw error;
  }
}

function why(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Record<string, string> = {
    EACCES: 'permission denied',
    ENOENT: 'this file system takes no folders there',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'it is a file',
  };
  return known[code] ?? (error instanceof Error ? error.message : String(error));
}
