import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * The process's logger: JSON lines on stderr, so that stdout stays free for what a command answers.
 * Objects come first and carry a stable `event` name; tokens and identities never go in (law 7).
 */
export function createLogger(level: string): Logger {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
