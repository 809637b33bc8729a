import { existsSync, readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { CommandError } from './command.ts';

/**
 * The OpenAPI document of `--openapi`, as it is parsed; undefined when none is named.
 * @throws CommandError when the file is not there or is neither YAML nor JSON.
 */
export function readOpenApi(path: string | undefined): unknown {
  if (path === undefined) return undefined;
  if (!existsSync(path)) throw new CommandError(`${path}: there is no such file.`, 2);
  try {
    return parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    const line = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new CommandError(`${path} is neither YAML nor JSON: ${line}`, 2);
  }
}
