import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The product as users run it; the laboratory judges nothing else. */
const PROGRAM = join('dist', 'services', 'bonafide', 'main.js');

export interface BacktestOptions {
  /** Folder with `events.ndjson` and `policy.yaml`; `decisions.ndjson` is written there. */
  folder: string;
  /** The package that runs: its own folder, or a copy with parts taken away. */
  root?: string;
  /** Event files in the order of time, instead of the folder's one. */
  events?: readonly string[];
  out?: string;
}

/** What one backtest took. */
export interface Cost {
  seconds: number;
  /** Most resident memory of the process, MiB; NaN where /proc does not say. */
  peakMiB: number;
}

/** Runs the built product's `backtest`. Throws with the end of its errors when it fails. */
export function backtest({ folder, root = '.', events, out = 'decisions.ndjson' }: BacktestOptions): Promise<Cost> {
  const files = events ?? [join(folder, 'events.ndjson')];
  const args = ['backtest', ...files, '--policy', join(folder, 'policy.yaml'), '--out', join(folder, out)];
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, PROGRAM), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    let peakMiB = Number.NaN;
    const watch = setInterval(() => {
      peakMiB = residentPeak(child.pid) ?? peakMiB;
    }, 250);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearInterval(watch);
      if (status === 0) resolve({ seconds: (performance.now() - began) / 1000, peakMiB });
      else reject(new Error(`backtest of ${folder} ended with ${status ?? signal}: ${errors.slice(-2000)}`));
    });
  });
}

/** The kernel keeps the high-water mark, so that reading it now and then misses only the last quarter second. */
function residentPeak(pid: number | undefined): number | undefined {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? Number(found[1]) / 1024 : undefined;
  } catch {
    return undefined;
  }
}
