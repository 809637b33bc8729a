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
 * @param boosting takes longer than all others together: half an hour for twelve worlds.
 * @returns what had to be left out, and why, as sentences without a full stop.
 */
export async function askRivals(worlds: readonly RivalWorld[], boosting: boolean): Promise<string[]> {
  const leftOut: string[] = [];
  const python = (title: string, rivals: 'outliers' | 'boosting', files: readonly (readonly [string, string])[]) => {
    try {
      ensurePython();
      runPython(SCRIPT, [rivals, ...worlds.map(({ kind, folder }) => `${kind}=${folder}`)], 'it failed');
      for (const { folder } of worlds)
        for (const [file, name] of files) if (existsSync(join(folder, file))) listRival(folder, file, name);
    } catch (error) {
      // Its last words may name folders of this machine, which no page needs.
      console.error(textOf(error));
      leftOut.push(`${title} (failed)`);
    }
  };
  python('isolation forest and ECOD', 'outliers', [
    ['rival-iforest.f32', 'isolation forest'],
    ['rival-ecod.f32', 'ECOD'],
  ]);
  if (boosting)
    python('gradient boosting', 'boosting', [
      ['rival-boost-same.f32', 'gradient boosting, labels of the same kind'],
      ['rival-boost-other.f32', 'gradient boosting, labels of other kinds'],
    ]);
  else leftOut.push('gradient boosting (--no-boosting)');
  try {
    for (const world of worlds) await askCrowdsec(world.folder);
  } catch (error) {
    leftOut.push(`CrowdSec (${textOf(error)})`);
  }
  return leftOut;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
