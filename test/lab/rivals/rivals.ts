import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { askCrowdsec } from './crowdsec.ts';
import { listRival } from './files.ts';

const VENV = join('.tools', 'lab-venv');
const PYTHON = join(VENV, 'bin', 'python');
const SCRIPT = join('test', 'lab', 'rivals', 'rivals.py');
/** Exact versions, so that figures can be made again. */
const PACKAGES = ['numpy==2.4.6', 'scikit-learn==1.9.1', 'pyod==3.6.7'];

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

/** A virtual environment under .tools with the packages from PyPI. */
function ensurePython(): void {
  if (existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import sklearn, pyod.models.ecod']).status === 0) return;
  mkdirSync('.tools', { recursive: true });
  must('python3', ['-m', 'venv', VENV], 'needs python3 with venv: apt-get install python3-venv');
  must(PYTHON, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], `needs ${PACKAGES.join(', ')} from PyPI`);
}

function askPython(worlds: readonly RivalWorld[]): void {
  must(
    PYTHON,
    [SCRIPT, ...worlds.map((world) => `${world.kind}=${world.folder}`)],
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

function must(command: string, args: readonly string[], sentence: string): void {
  const { status, error, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    // Threads that wait for each other are slow where others work too.
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    stdio: ['ignore', 'inherit', 'pipe'],
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${sentence}: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? ''}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
