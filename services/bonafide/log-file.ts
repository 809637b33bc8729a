import { type Stats, statSync } from 'node:fs';
import { unreadable } from '../../shared/unreadable.ts';
import { CommandError } from './command.ts';

/**
 * Looks at a path before hours of work or an endless follow begin.
 * @throws CommandError (exit 2) when there is nothing, nothing that this user may look at, or a folder.
 */
export function requireLogFile(path: string): void {
  look(path);
}

/**
 * As `requireLogFile`, for one that is read by places in it: a pipe has none.
 * @throws CommandError (exit 2)
 */
export function requireRegularFile(path: string): void {
  if (look(path).isFile()) return;
  throw new CommandError(`${path} is no regular file: pipe it into "bonafide import -" of a running serve.`, 2);
}

function look(path: string): Stats {
  const found = statOf(path);
  if (found === undefined) throw new CommandError(`${path || '""'}: there is no such file.`, 2);
  if (found.isDirectory()) throw new CommandError(`${path} is a folder; name the files in it.`, 2);
  return found;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new CommandError(unreadable(path, error).message, 2);
  }
}
