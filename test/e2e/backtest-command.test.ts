import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../shared/root.ts';
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

  it('prints what the README shows of its example', async () => {
    const log = join(PACKAGE_ROOT, 'docs', 'example', 'shop-access.txt');
    const { stdout } = await runCommand(['backtest', log]);
    const [shown = ''] =
      /\n(475 events in [\s\S]*?)\n```/.exec(readFileSync(join(PACKAGE_ROOT, 'README.md'), 'utf8'))?.slice(1) ?? [];
    expect(shown).not.toBe('');
    // How long it took is another figure each time.
    for (const line of shown.split('\n').slice(1)) expect(stdout.split('\n')).toContain(line);
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

  describe('an event that comes again under its event_id', () => {
    const attempt = (i: number, afterMs = 0) =>
      `${JSON.stringify({
        time: START + i * 1_000 + afterMs,
        event_id: `attempt-${i}`,
        'http.request.method': 'POST',
        'url.path': '/v1/sign-in',
        'http.response.status_code': 401,
        'client.address': '198.51.100.7',
        'login.subject': `account-${i % 9}`,
      })}\n`;
    const each = (text: (i: number) => string) => Array.from({ length: 60 }, (_, i) => text(i)).join('');
    const answersTo = async (name: string, logs: readonly string[], more: readonly string[] = []) => {
      const files = logs.map((log, i) => {
        writeFileSync(at(`${name}-${i}.ndjson`), log);
        return at(`${name}-${i}.ndjson`);
      });
      const outputs = ['--out', at(`${name}.out`), '--report', at(`${name}.html`)];
      const { code, stdout } = await runCommand(['backtest', ...files, ...outputs, ...more]);
      expect(code).toBe(0);
      const rows = readFileSync(at(`${name}.out`), 'utf8')
        .trim()
        .split('\n');
      const page = readFileSync(at(`${name}.html`), 'utf8');
      // All but the line that says how long it took, and the one that tells of it.
      const counts = stdout.split('\n').filter((line, i) => i > 0 && !line.includes('came again'));
      return {
        stdout,
        page,
        counts,
        events: stdout.split(' in ')[0],
        rows: rows.map((row): unknown => JSON.parse(row)),
      };
    };

    it('is answered as the first one at once, later, earlier and in another file, and counts nowhere', async () => {
      const once = await answersTo('once', [each(attempt)]);
      expect(once.rows.at(-1)).toMatchObject({ outcome: 'challenge' });
      expect(once.stdout).not.toContain('came again');
      // Behind the last one, where no step of a score is, and before the first.
      const again = await answersTo('again', [
        each((i) => attempt(i) + attempt(i)),
        each((i) => attempt(i, 70_250)) + each((i) => attempt(i, -80_000)),
      ]);
      expect(again.rows).toEqual([...once.rows.flatMap((row) => [row, row]), ...once.rows, ...once.rows]);
      expect([again.events, ...again.counts]).toEqual([once.events, ...once.counts]);
      const told = '180 more came again under their event_id within 24 hours: answered as the first, counted once';
      expect(again.stdout).toContain(told);
      expect(again.page.replace(` ${told}.`, '')).toBe(once.page);
    });

    it('takes nothing from a rate limit', async () => {
      const policy = at('limits.yaml');
      const limit = {
        name: 'sign-in',
        match: { path: '/v1/sign-in' },
        by: 'ip',
        rate: '1/m',
        burst: 100,
        outcome: 'block',
      };
      writeFileSync(policy, JSON.stringify({ limits: [limit] }));
      const log = each((i) => attempt(i) + attempt(i, 100));
      const { rows } = await answersTo('limited', [log], ['--policy', policy]);
      expect(rows).toHaveLength(120);
      expect(rows.filter((row) => JSON.stringify(row).includes('limit.'))).toEqual([]);
    });
  });

  it('lifts challenges of who met one by its log, for as long and as often as the policy in hand says', async () => {
    const at = (name: string) => join(folder.path, `met-${name}`);
    const from = Date.UTC(2026, 5, 1, 12);
    const event = (minute: number, device: string, result?: string) => ({
      time: from + minute * 60_000,
      'http.request.method': 'GET',
      'url.path': '/v1/search',
      'http.response.status_code': 200,
      'client.address': '192.0.2.1',
      'device.id': device,
      'attestation.status': 'genuine',
      ...(result === undefined ? {} : { 'challenge.result': result }),
    });
    const events = [
      ...[event(0, 'a'), event(1, 'a', 'unmet'), event(2, 'a', 'met'), event(3, 'a'), event(3, 'b'), event(3, 'b')],
      ...[event(16, 'a'), event(17, 'a'), event(20, 'a', 'met'), event(40, 'a', 'met'), event(60, 'a', 'met')],
    ];
    writeFileSync(at('log'), events.map((one) => JSON.stringify(one)).join('\n'));
    const limit = { name: 'search', match: {}, by: 'device', rate: '1/d', burst: 1, outcome: 'challenge' };
    const outcomes = async (policy: object) => {
      writeFileSync(at('policy.json'), JSON.stringify({ limits: [limit], ...policy }));
      const ran = await runCommand(['backtest', at('log'), '--policy', at('policy.json'), '--out', at('out')]);
      expect(ran.code, ran.stderr).toBe(0);
      const lines = readFileSync(at('out'), 'utf8').trim().split('\n');
      return lines.map((line) => (JSON.parse(line) as { outcome: string }).outcome[0]).join('');
    };
    expect(await outcomes({})).toBe('acaaacacaac');
    expect(await outcomes({ challenge_grace: '1m' })).toBe('acacacccaac');
    expect(await outcomes({ challenge_grace: '0s' })).toBe('acccacccccc');
  });

  it('leaves no output that it made when another one or its work folder cannot be made', async () => {
    writeFileSync(at('few.ndjson'), some);
    writeFileSync(at('kept.ndjson'), 'of the run before\n');
    const args = (out: string, report: string) => [
      'backtest',
      at('few.ndjson'),
      '--out',
      at(out),
      '--report',
      at(report),
    ];
    const cases: readonly [args: string[], env: Record<string, string>, says: string][] = [
      [args('made.ndjson', 'nowhere/report.html'), {}, 'cannot be written'],
      [args('made.ndjson', 'made.ndjson'), {}, 'which is the same file'],
      [args('made.ndjson', 'made.html'), { TMPDIR: at('none') }, 'Set TMPDIR to a folder that does.'],
      [args('kept.ndjson', 'nowhere/report.html'), {}, 'cannot be written'],
    ];
    for (const [command, env, says] of cases) {
      const ran = await runCommand(command, env);
      expect(ran.stderr).toContain(says);
      expect([command, existsSync(at('made.ndjson')), existsSync(at('made.html'))]).toEqual([command, false, false]);
    }
    expect(readFileSync(at('kept.ndjson'), 'utf8')).toBe('of the run before\n');
  });

  it('writes all outputs when no line can be read, too', async () => {
    writeFileSync(at('junk.log'), 'no log\nof any kind\n');
    const ran = await runCommand(['backtest', at('junk.log'), '--out', at('junk.out'), '--report', at('junk.html')]);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('No line could be read.')]);
    expect(readFileSync(at('junk.out'), 'utf8').trim().split('\n')).toHaveLength(2);
    expect(readFileSync(at('junk.html'), 'utf8')).toContain('2 lines could not be read');
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
