import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError } from './command.ts';

/** The files that a run will write. */
export interface Outputs {
  /** Removes those that were not there before. */
  remove(): void;
}

/**
 * Makes the files that will be written, before an hour's work and not after it; what they hold stays until there is something to write.
 * @param inputs files that are read.
 * @throws CommandError when one cannot be written, or is another one; none that was not there before is left then.
 */
export function claimOutputs(outputs: readonly string[], inputs: readonly string[]): Outputs {
  const taken = new Map(inputs.map((file) => [fileOf(file), file]));
  const made: string[] = [];
  const remove = () => {
    for (const file of made) rmSync(file, { force: true });
  };
  try {
    for (const file of outputs) {
      if (file === '-') throw new CommandError('Name a file to write to; - is none.', 2);
      const other = taken.get(fileOf(file));
      if (other !== undefined)
        throw new CommandError(`${file} would be written over ${other}, which is the same file.`, 2);
      if (claim(file)) made.push(file);
      taken.set(fileOf(file), file);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { remove };
}

/** One file by whatever name, link or path it goes. */
function fileOf(path: string): string {
  if (!existsSync(path)) return resolve(path);
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

/** Makes the file, or says why it cannot be written. True: it is new. */
function claim(path: string): boolean {
  const isNew = !existsSync(path);
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
  return isNew;
}
