import { statSync } from 'node:fs';
import { CommandError } from './command.ts';

/**
 * Looks at a path before hours of work or an endless follow begin.
 * @throws CommandError (exit 2) when there is nothing, or a folder.
 */
export function requireLogFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new CommandError(`${path || '""'}: there is no such file.`, 2);
  if (found.isDirectory()) throw new CommandError(`${path} is a folder; name the files in it.`, 2);
}
