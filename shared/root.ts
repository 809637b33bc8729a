import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above this module');
    folder = parent;
  }
  return folder;
}

/** The package's folder, the same from the sources and from `dist`: SQL files and the built pages are read from here. */
export const PACKAGE_ROOT = findRoot();
