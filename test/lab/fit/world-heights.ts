import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentCommit, seedsOf } from '../commit.ts';
import { writeWorld } from '../write.ts';
import type { HeightsFile } from './heights.ts';

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

export interface WorldsOptions {
  set: 'tuning' | 'choosing' | 'held-out';
  kinds: readonly string[];
  /** Worlds of each kind. */
  worlds: number;
  events: number;
  /** Heights of each world stay here; its events only with `keep`. */
  folder: string;
  keep: boolean;
  /** Takes the heights that lie there instead of making worlds. */
  reuse: boolean;
}

export interface WorldHeights {
  name: string;
  kind: string;
  /** Has `heights.bin` and `heights.json`. */
  folder: string;
}

/**
 * Makes the worlds and their heights, or finds them.
 * @throws Error when heights that are used again are of other features than `features`.
 */
export function heightsOfWorlds(options: WorldsOptions, features: readonly string[]): WorldHeights[] {
  const worlds: WorldHeights[] = [];
  for (const seed of seedsOf(options.set, currentCommit(), options.worlds))
    for (const kind of options.kinds) {
      const name = `${kind}-${seed}`;
      const folder = join(options.folder, name);
      if (!options.reuse) makeHeights(kind, seed, folder, options);
      if (!hasHeights(folder, features))
        throw new Error(`${folder} has no heights of these features: make them anew, without --reuse`);
      worlds.push({ name, kind, folder });
    }
  return worlds;
}

/** Makes the heights of a world whose events lie in the folder, unless those of the same features are there. */
export function heightsOf(folder: string, features: readonly string[]): void {
  if (!hasHeights(folder, features)) askHeights(folder);
}

function hasHeights(folder: string, features: readonly string[]): boolean {
  return existsSync(join(folder, 'heights.json')) && readAbout(folder).features.join() === features.join();
}

function makeHeights(kind: string, seed: number, folder: string, { events, keep }: WorldsOptions): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeWorld(kind, seed, events, folder);
  const began = performance.now();
  askHeights(folder);
  if (!keep) for (const file of ['events.ndjson', 'labels.ndjson', 'policy.yaml']) rmSync(join(folder, file));
  console.error(`${kind}-${seed}: heights in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/** A process for each world, so that the engine's memory is given back. */
function askHeights(folder: string): void {
  const { status } = spawnSync(process.execPath, [PROGRAM, 'heights', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${folder}: its heights could not be made`);
}

/** What `heights.bin` in the folder holds. */
export function readAbout(folder: string): HeightsFile {
  return JSON.parse(readFileSync(join(folder, 'heights.json'), 'utf8'));
}
