import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../services/bonafide/backtest.ts';
import { temporaryFolder } from '../support/process.ts';

describe('a backtest that was told to end before it began', () => {
  it('ends by the signal, and makes no file', async () => {
    const folder = temporaryFolder('backtest-signal');
    const log = join(folder.path, 'access.log');
    const out = join(folder.path, 'out.ndjson');
    writeFileSync(log, '');
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const io = { env: {}, stdin, stdout, stderr, signal: AbortSignal.abort('SIGINT') };
    // It would end this test.
    const kill = vi.spyOn(process, 'kill').mockImplementation((_, signal) => {
      throw new Error(`left by ${signal}`);
    });
    await expect(run([log, '--out', out], io)).rejects.toThrow('left by SIGINT');
    expect(existsSync(out)).toBe(false);
    kill.mockRestore();
    folder.remove();
  });
});
