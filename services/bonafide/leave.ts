import { constants } from 'node:os';

/**
 * Ends this process by the signal that asked for it, at once: a shell sees 130 for SIGINT, 143 for SIGTERM. The engine's
 * threads may be in the middle of a query, and `process.exit` would tear it down under them, which crashes.
 * Nothing runs after this, no `exit` listener either. The first process of a container is the exception: the kernel
 * keeps from it the signals that it does not handle, so it exits with the number that a shell would have seen.
 * @param signal what a command's `Io.signal` was aborted with.
 */
export function leaveBy(signal: unknown, isFirst = process.pid === 1): void {
  const name = signal === 'SIGINT' || signal === 'SIGHUP' ? signal : 'SIGTERM';
  if (isFirst) process.exit(128 + constants.signals[name]);
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}
