#!/usr/bin/env node
import { DiskFull, isDiskFull } from '../../shared/clickhouse/room.ts';
import { UnreadableFile } from '../../shared/unreadable.ts';
import { CommandError, type Io } from './command.ts';
import { COMMANDS } from './commands.ts';
import { leaveBy } from './leave.ts';
import { productVersion } from './version.ts';

/** A stop that takes longer than this is cut off: what matters is durable before it is acknowledged. */
const STOP_WITHIN_MS = 10_000;

function overallHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: bonafide <command> [options]

Tells an API gateway, for each request, whether its caller is bona fide: allow, challenge or block.

Commands:
${lines.join('\n')}

bonafide <command> --help shows the options of one command; --version the version.
Settings come from the environment (BONAFIDE_PORT, KAFKA_BROKERS, CLICKHOUSE_URL …): see docs/operators.md.
`;
}

/** Finds and runs the command; faults of usage, settings and world become a sentence and an exit code. */
async function dispatch(argv: string[], io: Io): Promise<number> {
  const [name, ...args] = argv;
  if (name === '--version' || name === '-v') {
    io.stdout.write(`${productVersion()}\n`);
    return 0;
  }
  const [about] = args;
  if (name === 'help' && about !== undefined) return dispatch([about, '--help'], io);
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(overallHelp());
    return 0;
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) {
    io.stderr.write(`${name === undefined ? 'Which command?' : `There is no command "${name}".`}\n\n${overallHelp()}`);
    return 2;
  }
  try {
    const module = await command.load();
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    if (args.slice(0, end).some((arg) => arg === '--help' || arg === '-h')) {
      io.stdout.write(`${module.help.trimEnd()}\n`);
      return 0;
    }
    return await module.run(args, io);
  } catch (error) {
    return explainFailure(command.name, error, io);
  }
}

function explainFailure(name: string, error: unknown, io: Io): number {
  if (error instanceof CommandError) {
    io.stderr.write(`${error.message.trimEnd()}\n`);
    return error.exitCode;
  }
  if (error instanceof UnreadableFile) {
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof Error && code.startsWith('ERR_PARSE_ARGS_')) {
    io.stderr.write(`${error.message}\nbonafide ${name} --help shows what it takes.\n`);
    return 2;
  }
  if (error instanceof Error && (['ENOSPC', 'EDQUOT'].includes(code) || isDiskFull(error))) {
    const what = error instanceof DiskFull ? error.message : `The disk is full: ${error.message}.`;
    io.stderr.write(`${what} Free some space and start again; nothing stored is lost.\n`);
    return 1;
  }
  io.stderr.write(
    `bonafide ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}

function installSignals(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) return leaveBy(signal);
    controller.abort(signal);
    setTimeout(() => {
      process.stderr.write('Stopping took longer than 10 s and was cut off; what was acknowledged is durable.\n');
      leaveBy(signal);
    }, STOP_WITHIN_MS - 500).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
}

// `bonafide explain FILE | head` closes our stdout early: that is an end, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Whoever waits for what never comes ends here, since nothing is left to do (13 to Node): that must not pass unsaid.
process.on('exit', () => {
  if (process.exitCode !== 13) return;
  process.stderr.write('It stopped in the middle and without a result, which is a fault of Bonafide.\n');
  process.exitCode = 1;
});

const { env, stdin, stdout, stderr } = process;
// The embedded engine keeps threads of its own: leave by name, not by an empty event loop.
process.exit(await dispatch(process.argv.slice(2), { env, stdin, stdout, stderr, signal: installSignals() }));
