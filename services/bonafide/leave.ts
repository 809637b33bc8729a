/**
 * Ends this process by the signal that asked for it, at once: a shell sees 130 for SIGINT, 143 for SIGTERM. The engine's
 * threads may be in the middle of a query, and `process.exit` would tear it down under them, which crashes.
 * Nothing runs after this, no `exit` listener either.
 * @param signal what a command's `Io.signal` was aborted with.
 */
export function leaveBy(signal: unknown): void {
  const name = signal === 'SIGINT' || signal === 'SIGHUP' ? signal : 'SIGTERM';
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}
