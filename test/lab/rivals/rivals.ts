import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePython, runPython } from '../python.ts';
import { askCrowdsec } from './crowdsec.ts';
import { listRival } from './files.ts';

const SCRIPT = join('test', 'lab', 'rivals', 'rivals.py');

export interface RivalWorld {
  folder: string;
  kind: string;
}

/**
 * Lets every rival score the worlds; the scores lie in their folders afterwards.
 * @returns what had to be left out, and why, as sentences without a full stop.
 */
export async function askRivals(worlds: readonly RivalWorld[]): Promise<string[]> {
  const leftOut: string[] = [];
  try {
    ensurePython();
    askPython(worlds);
  } catch (error) {
    leftOut.push(`isolation forest, ECOD and gradient boosting (${textOf(error)})`);
  }
  try {
    for (const world of worlds) await askCrowdsec(world.folder);
  } catch (error) {
    leftOut.push(`CrowdSec (${textOf(error)})`);
  }
  return leftOut;
}

function askPython(worlds: readonly RivalWorld[]): void {
  runPython(
    SCRIPT,
    worlds.map((world) => `${world.kind}=${world.folder}`),
    'the rivals of scikit-learn and pyod failed',
  );
  for (const { folder } of worlds)
    for (const [file, name] of [
      ['rival-iforest.f32', 'isolation forest'],
      ['rival-ecod.f32', 'ECOD'],
      ['rival-boost-same.f32', 'gradient boosting, labels of the same kind'],
      ['rival-boost-other.f32', 'gradient boosting, labels of other kinds'],
    ] as const)
      if (existsSync(join(folder, file))) listRival(folder, file, name);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
