import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { CommandError } from './command.ts';
import { dataFolder } from './data-folder.ts';

const runningFile = z.object({ pid: z.number(), url: z.string(), adminToken: z.string() });

/** Where the service of a data folder answers, and the token that opens `/api/v1`. */
export interface Running {
  url: string;
  adminToken: string;
}

/** `serve` leaves its address for the other commands (mode 0600) and takes it back when it stops. */
export function writeRunning(path: string, running: Running): { remove(): void } {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, ...running }), { mode: 0o600 });
  renameSync(draft, path);
  return { remove: () => rmSync(path, { force: true }) };
}

/**
 * The running service of a data folder, for commands that need its data.
 * @throws CommandError when none runs there.
 */
export function readRunning(dataDir: string): Running {
  const { path, running } = dataFolder(dataDir);
  try {
    const { pid, url, adminToken } = runningFile.parse(JSON.parse(readFileSync(running, 'utf8')));
    // A killed process leaves its address behind.
    process.kill(pid, 0);
    return { url, adminToken };
  } catch {
    throw new CommandError(
      `No Bonafide runs on the data folder ${path}. Start it with "npm start", ` +
        'or set BONAFIDE_DATA_DIR to the folder of the one that runs.',
    );
  }
}

/** The address under which this machine reaches a listener: wildcard addresses are not one. */
export function addressOf(host: string, port: number, tls: boolean): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${tls ? 'https' : 'http'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
