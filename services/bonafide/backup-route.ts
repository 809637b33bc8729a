import { copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Access } from '../../shared/access.ts';
import { GateBusy } from '../../shared/clickhouse/gate.ts';
import { Problem } from '../../shared/problem.ts';
import { linkImage } from './image.ts';
import type { Runtime } from './runtime.ts';
import { productVersion } from './version.ts';

/** What a backup says of itself, in `manifest.json`. */
export const manifest = z.object({
  /** Of the layout. */
  format: z.literal(1),
  /** Of the product that wrote it. */
  version: z.string(),
  /** RFC 3339. */
  made_at: z.string(),
  /** Of everything but the manifest: a file that was cut off is none that is restored. */
  files: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
});
export const MANIFEST = 'manifest.json';

/** Answer of `POST /api/v1/backup`: the folder of an image, for `bonafide backup` to pack and to remove. */
export const imageAnswer = z.object({ folder: z.string() });

/** Where images lie in the data folder, and what of the data folder belongs to one. */
export const IMAGES = 'images';
/** The journal before the positions: a block that is stored meanwhile is in the journal or in the position, never in neither. */
const FOLDERS = ['clickhouse', 'journal', 'positions'];
export const PIECES = [...FOLDERS, 'keys.json'];

/** An image of a data folder at rest, or between two changes. Older images are removed: nobody packs them any more. */
export async function makeImage(dataFolder: string): Promise<string> {
  const images = join(dataFolder, IMAGES);
  await rm(images, { recursive: true, force: true });
  const to = join(images, String(Date.now()));
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of FOLDERS) await linkImage(join(dataFolder, name), join(to, name)).catch(unlessMissing);
  await copyFile(join(dataFolder, 'keys.json'), join(to, 'keys.json')).catch(unlessMissing);
  const said: z.output<typeof manifest> = {
    format: 1,
    version: productVersion(),
    made_at: new Date().toISOString(),
    ...(await sizeOf(to)),
  };
  await writeFile(join(to, MANIFEST), JSON.stringify(said), { mode: 0o600 });
  return to;
}

/** Files below a folder and the bytes in them, links not followed. */
export async function sizeOf(folder: string): Promise<{ files: number; bytes: number }> {
  let [files, bytes] = [0, 0];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files++;
    bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return { files, bytes };
}

function unlessMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}

/** `POST /api/v1/backup`: an image of the running service's data, made while changes wait, some milliseconds. */
export function registerBackupRoute(
  app: FastifyInstance,
  { runtime, access, folder }: { runtime: Runtime; access: Access; folder: string },
): void {
  const api = { summary: 'An image of the data, for `bonafide backup`', access: 'admin' as const, answer: imageAnswer };
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => access.requireAdmin(request.headers));
    scope.post('/api/v1/backup', { config: { api } }, async () => {
      const began = performance.now();
      const image = await runtime.gate
        .whileShut(() => makeImage(folder))
        .catch((error: unknown) => {
          if (!(error instanceof GateBusy)) throw error;
          throw new Problem('unavailable', `${error.message} Try again in a minute.`);
        });
      const elapsedMs = Math.round(performance.now() - began);
      runtime.log.info({ event: 'image_made', image, elapsed_ms: elapsedMs }, 'an image was made for a backup');
      return { folder: image };
    });
  });
}
