import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const VENV = join('.tools', 'lab-venv');
const PYTHON = join(VENV, 'bin', 'python');
/** Exact versions, so that figures can be made again; scikit-learn brings SciPy. */
const PACKAGES = ['numpy==2.4.6', 'scikit-learn==1.9.1', 'pyod==3.6.7'];

/**
 * Makes a virtual environment under .tools with the packages from PyPI, if it is not there yet.
 * @throws Error with the sentence that says what to install.
 */
export function ensurePython(): void {
  if (existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import sklearn, pyod.models.ecod']).status === 0) return;
  mkdirSync('.tools', { recursive: true });
  must('python3', ['-m', 'venv', VENV], 'needs python3 with venv: apt-get install python3-venv');
  must(PYTHON, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], `needs ${PACKAGES.join(', ')} from PyPI`);
}

/**
 * Runs a script in that environment; what it prints is printed.
 * @throws Error with `sentence` and the last line of its errors.
 */
export function runPython(script: string, args: readonly string[], sentence: string): void {
  must(PYTHON, [script, ...args], sentence);
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
