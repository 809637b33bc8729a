import { afterEach, describe, expect, it, vi } from 'vitest';
import { leaveBy } from '../../../services/bonafide/leave.ts';

/** Neither is let happen here: both would end the tests. */
function watched() {
  const left = (how: string) => {
    throw new Error(how);
  };
  vi.spyOn(process, 'kill').mockImplementation((pid, signal) => left(`kill ${pid === process.pid} ${signal}`));
  vi.spyOn(process, 'exit').mockImplementation((code) => left(`exit ${code}`));
}
afterEach(() => vi.restoreAllMocks());

describe('leaving by a signal', () => {
  it('is by the signal itself, and by its number where the kernel would keep it from the first process', () => {
    watched();
    expect(() => leaveBy('SIGTERM', false)).toThrow('kill true SIGTERM');
    expect(() => leaveBy('SIGINT', true)).toThrow('exit 130');
    expect(() => leaveBy('SIGTERM', true)).toThrow('exit 143');
  });
});
