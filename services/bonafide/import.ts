import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ImportAnswer, importAnswer } from '../../schemas/api-ingest.ts';
import { createProgress } from './backtest-progress.ts';
import { CommandError, type Io } from './command.ts';
import { type Stretch, stretchesOf } from './import-stretches.ts';
import { requireLogFile } from './log-file.ts';
import { type Running, readRunning } from './running.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide import FILE... [options]

Brings log files into the Bonafide that runs on the data folder (BONAFIDE_DATA_DIR, .bonafide), so that it does not start
blind. Lines count in their own time and decide nothing. Plain, gzip or zstd; a file that was imported before, or an import
that was broken off, can be given again: what is known already is counted and left.

  --format NAME    how lines are read; default auto
  --fast           leave no time to live traffic between requests: for an install that has none yet

Example: npm run -s bonafide -- import /var/log/nginx/access.log.1
`;

/** After each request, live scoring has as long for itself, but no longer than this. */
const LONGEST_REST_MS = 2_000;

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { format: { type: 'string', default: 'auto' }, fast: { type: 'boolean', default: false } },
  });
  if (positionals.length === 0) throw new CommandError(`Which files?\n\n${help}`, 2);
  for (const file of positionals) if (file !== '-') requireLogFile(file);
  const running = readRunning(settingsFor(io).dataDir);
  let read = 0;
  for (const file of positionals) {
    const total = await importFile(file, values, running, io);
    const known = total.accepted + total.duplicates;
    read += known;
    const reasons = Object.entries(total.reasons).map(([reason, n]) => `${reason} ${n}`);
    io.stdout.write(
      `${file}: ${total.accepted} events imported, ${total.duplicates} were there already, ` +
        `${total.dead_lettered} could not be read${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}\n`,
    );
    if (total.too_old > 0)
      io.stderr.write(
        `Warning: ${total.too_old} events of ${file} are older than what is kept, and go again. A larger BONAFIDE_RETENTION keeps them; "bonafide backtest" reads a file of any age.\n`,
      );
  }
  return read === 0 ? 1 : 0;
}

async function importFile(
  file: string,
  { format, fast }: { format: string; fast: boolean },
  running: Running,
  io: Io,
): Promise<ImportAnswer> {
  const progress = createProgress(io);
  const name = file === '-' ? 'stdin' : basename(file);
  const total: ImportAnswer = { accepted: 0, duplicates: 0, dead_lettered: 0, reasons: {}, too_old: 0 };
  progress.phase(`importing ${name}`, 0);
  for await (const { fingerprint, stretch } of stretchesOf(file)) {
    const query = new URLSearchParams({
      file: name,
      format,
      fingerprint: String(fingerprint),
      offset: String(stretch.offset),
    });
    const began = performance.now();
    const answer = await send(`${running.url}/api/v1/import?${query}`, stretch, running, io);
    total.accepted += answer.accepted;
    total.duplicates += answer.duplicates;
    total.dead_lettered += answer.dead_lettered;
    total.too_old += answer.too_old;
    for (const [reason, n] of Object.entries(answer.reasons)) total.reasons[reason] = (total.reasons[reason] ?? 0) + n;
    progress.at(total.accepted + total.duplicates + total.dead_lettered);
    if (!fast) await rest(Math.min(LONGEST_REST_MS, performance.now() - began), io.signal);
  }
  progress.done();
  return total;
}

/** Resolves after `ms`, or as soon as the command is to end. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function send(url: string, stretch: Stretch, running: Running, io: Io): Promise<ImportAnswer> {
  for (;;) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.adminToken}`, 'content-type': 'text/plain' },
      body: Buffer.concat(stretch.lines),
      signal: io.signal,
    }).catch((error: unknown) => {
      if (io.signal.aborted) throw new CommandError('Stopped. Give the same file again to go on.');
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(`${running.url} does not answer (${why}). Give the same file again to go on.`);
    });
    if (response.status === 429 || response.status === 503) {
      await response.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get('retry-after') ?? 1)));
      continue;
    }
    const body: unknown = await response.json();
    if (response.ok) return importAnswer.parse(body);
    const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : '';
    throw new CommandError(`The service refuses the import (${response.status}): ${detail}`);
  }
}
