import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FilePosition } from './journal.ts';

const filePlace = z.object({ fingerprint: z.number(), generation: z.number(), offset: z.number() });
const filePosition = filePlace.extend({
  path: z.string(),
  modified: z.number().optional(),
  older: z.array(filePlace).optional(),
});

/** How far each followed file was stored: one small file each in the data folder, replaced whole. */
export function createPositionStore(folder: string): {
  load(path: string): Promise<FilePosition | null>;
  save(position: FilePosition): Promise<void>;
} {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (path: string) => join(folder, `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`);
  return {
    async load(path) {
      const text = await readFile(fileOf(path), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (text === null) return null;
      try {
        return filePosition.parse(JSON.parse(text));
      } catch (cause) {
        throw new Error(
          `the file ${fileOf(path)} does not say how far it was stored. Take it away: the log is read from its beginning then, and what is stored of it is known; import what was rotated away since`,
          { cause },
        );
      }
    },
    async save(position) {
      const file = fileOf(position.path);
      const handle = await open(`${file}.draft`, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify(position));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.draft`, file);
    },
  };
}
