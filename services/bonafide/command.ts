import type { Readable, Writable } from 'node:stream';

/** What a command may touch of its process. */
export interface Io {
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean };
  /** What the command answers; everything else goes to `stderr`. */
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  /** Aborted at SIGTERM or SIGINT: drain and return within 10 s. */
  signal: AbortSignal;
}

/**
 * What `services/bonafide/<command>.ts` exports. `run` answers the exit code: 0 done, 1 failed, 2 wrong usage or
 * settings. `help` is the text of `--help`: usage, options with units and defaults, an example.
 */
export interface CommandModule {
  run(args: string[], io: Io): Promise<number>;
  help: string;
}

/** A failure that a person can act on: its sentence is printed without a stack. */
export class CommandError extends Error {
  readonly exitCode: 1 | 2;

  /** @param exitCode 2 for wrong usage or settings, else 1. */
  constructor(sentence: string, exitCode: 1 | 2 = 1) {
    super(sentence);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
