import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../shared/root.ts';

export const MAIN = join(PACKAGE_ROOT, 'dist', 'services', 'bonafide', 'main.js');

/** A running command of the built program. */
export interface RunningCommand {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout or stderr shows the text; rejects when the process ends first or `timeoutMs` is over. */
  waitFor(text: string | RegExp, timeoutMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after 15 s; the exit code, null when it died by a signal. */
  stop(): Promise<number | null>;
  /** Resolves with the exit code, null when it died by a signal. */
  readonly exited: Promise<number | null>;
}

const children = new Set<ChildProcess>();
// A failed test or an interrupted run must leave nothing behind.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Environment of a command: ours without any setting that the developer happens to have, plus what the test says. */
export function cleanEnv(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(BONAFIDE|KAFKA|CLICKHOUSE|VITEST|LOG_LEVEL)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...more };
}

/** Starts `bonafide <args>` as a child process. */
export function startCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: PACKAGE_ROOT,
    env: cleanEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const watch of watchers) watch();
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  const shows = (text: string | RegExp) =>
    typeof text === 'string' ? stdout.includes(text) || stderr.includes(text) : text.test(stdout) || text.test(stderr);

  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    waitFor(text, timeoutMs = 30_000) {
      return new Promise((resolve, reject) => {
        const end = (error?: Error) => {
          watchers.delete(look);
          clearTimeout(timer);
          if (error === undefined) resolve();
          else reject(error);
        };
        const told = (what: string) => new Error(`${what} before ${text} was shown\n${stdout}\n${stderr}`);
        const look = () => {
          if (shows(text)) end();
        };
        const timer = setTimeout(() => end(told(`${timeoutMs} ms passed`)), timeoutMs);
        watchers.add(look);
        exited.then((code) => {
          if (shows(text)) end();
          else end(told(`the process ended with ${code}`));
        }, end);
        look();
      });
    },
    kill(signal) {
      child.kill(signal);
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
  };
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const command = startCommand(args, env);
  const code = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

/** A folder of its own for one test; `remove` deletes it. */
export function temporaryFolder(label = 'test'): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `bonafide-${label}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}
