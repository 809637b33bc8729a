import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanEnv, MAIN, runCommand, temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('backtest-command');
afterAll(() => folder.remove());
const at = (name: string) => join(folder.path, name);

const START = Date.UTC(2026, 5, 15);
const line = (i: number) =>
  `${JSON.stringify({
    time: START + i * 500,
    'http.request.method': 'GET',
    'url.path': `/v1/orders/${i % 997}`,
    'http.response.status_code': 200,
    'client.address': `198.51.100.${i % 250}`,
    'user.id': `user-${i % 300}`,
  })}\n`;
const some = Array.from({ length: 20 }, (_, i) => line(i)).join('');

/** A folder for temporary files that is this run's alone, so that what is left there is seen. */
function ownTemporaryFolder(name: string): string {
  mkdirSync(at(name));
  return at(name);
}

describe('backtest', () => {
  it('stops at once at a signal, and leaves no folder and no output behind', async () => {
    const log = at('long.ndjson');
    for (let i = 0; i < 40_000; i += 1_000)
      appendFileSync(log, Array.from({ length: 1_000 }, (_, j) => line(i + j)).join(''));
    writeFileSync(at('before.ndjson'), 'of the run before\n');
    for (const [i, signal] of (['SIGINT', 'SIGTERM', 'SIGTERM'] as const).entries()) {
      const TMPDIR = ownTemporaryFolder(`tmp-${i}`);
      const output = at(i === 0 ? 'before.ndjson' : 'new.ndjson');
      const backtest = spawn(process.execPath, [MAIN, 'backtest', log, '--out', output], {
        env: cleanEnv({ TMPDIR }),
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      backtest.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const exited = once(backtest, 'close');
      try {
        await until('the backtest works', () => readdirSync(TMPDIR).length > 0);
        await new Promise((resolve) => setTimeout(resolve, 700 * i));
        const since = performance.now();
        backtest.kill(signal);
        // By the signal itself, and not by the crash of an engine that is torn down under a query.
        expect(await exited).toEqual([null, signal]);
        expect(performance.now() - since).toBeLessThan(6_000);
        expect([stderr, readdirSync(TMPDIR)]).toEqual(['', []]);
      } finally {
        backtest.kill('SIGKILL');
      }
    }
    expect(readFileSync(at('before.ndjson'), 'utf8')).toBe('of the run before\n');
    expect(existsSync(at('new.ndjson'))).toBe(false);
  });

  it('reads standard input and pipes, plain and packed', async () => {
    writeFileSync(at('some.ndjson.gz'), gzipSync(some));
    const out = at('piped.ndjson');
    for (const file of ['-', '/dev/stdin']) {
      const script = `cat "${at('some.ndjson.gz')}" | exec "${process.execPath}" "${MAIN}" backtest ${file} --out "${out}"`;
      const ran = await promisify(execFile)('/bin/sh', ['-c', script], { env: cleanEnv() });
      expect([file, ran.stderr]).toEqual([file, '']);
      expect(readFileSync(out, 'utf8').trim().split('\n')).toHaveLength(20);
    }
  });

  it('counts an event once that came again under its event_id, and answers it as the first one', async () => {
    const attempt = (i: number) => ({
      time: START + i * 1_000,
      event_id: `attempt-${i}`,
      'http.request.method': 'POST',
      'url.path': '/v1/sign-in',
      'http.response.status_code': 401,
      'client.address': '198.51.100.7',
      'login.subject': `account-${i % 9}`,
    });
    const rowsOf = async (name: string, times: number) => {
      const lines = Array.from({ length: 60 }, (_, i) => `${JSON.stringify(attempt(i))}\n`.repeat(times));
      writeFileSync(at(name), lines.join(''));
      const { code, stdout } = await runCommand(['backtest', at(name), '--out', at(`${name}.out`)]);
      expect(code).toBe(0);
      const rows = readFileSync(at(`${name}.out`), 'utf8')
        .trim()
        .split('\n');
      return { stdout, rows: rows.map((text): unknown => JSON.parse(text)) };
    };
    const once = await rowsOf('once.ndjson', 1);
    const thrice = await rowsOf('thrice.ndjson', 3);
    expect(thrice.rows).toEqual(once.rows.flatMap((row) => [row, row, row]));
    expect(thrice.rows.at(-1)).toMatchObject({ outcome: 'challenge' });
    expect(once.stdout).not.toContain('came again');
    expect(thrice.stdout).toContain('120 of them came again under their event_id within 24 hours and count once');
  });

  it('tells in one sentence what it cannot read or write', async () => {
    writeFileSync(at('some.ndjson'), some);
    writeFileSync(at('cut.gz'), gzipSync(some.repeat(50)).subarray(0, 600));
    const cases: readonly [args: string[], env: Record<string, string>, code: number, says: string][] = [
      [[at('cut.gz'), '--out', at('cut.ndjson')], {}, 1, `${at('cut.gz')}: its gzip is broken or cut off`],
      [[at('some.ndjson'), '--out', '/dev/full'], {}, 1, 'The disk is full'],
      [[at('some.ndjson')], { TMPDIR: at('none') }, 1, 'Set TMPDIR to a folder that does.'],
      [[at('some.ndjson'), '--out', '-'], {}, 2, 'Name a file to write to'],
      [['-', '-'], {}, 2, 'can be read once'],
      [[at('some.ndjson'), '--policy', folder.path], {}, 2, 'is a folder'],
    ];
    for (const [args, env, code, says] of cases) {
      const ran = await runCommand(['backtest', ...args], env);
      expect([args, ran.code]).toEqual([args, code]);
      expect(ran.stderr).toContain(says);
      expect(ran.stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(existsSync(at('cut.ndjson'))).toBe(false);
  });
});
