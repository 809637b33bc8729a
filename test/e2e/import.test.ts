import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpEvent } from '../support/access-log.ts';
import { type RunningCommand, runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

describe('import and dead-letters', () => {
  const folder = temporaryFolder('import');
  const env = { BONAFIDE_DATA_DIR: join(folder.path, 'data'), BONAFIDE_PORT: '0', LOG_LEVEL: 'warn' };
  let service: RunningCommand;

  beforeAll(async () => {
    service = startCommand(['serve'], { ...env, LOG_LEVEL: 'info' });
    await service.waitFor('listens on');
  });
  afterAll(async () => {
    await service.stop();
    folder.remove();
  });

  it('brings files in once, tells what could not be read, and shows it as dead letters', async () => {
    const yesterday = Date.now() - 100_000_000;
    const lines = Array.from({ length: 30_000 }, (_, n) => JSON.stringify(madeUpEvent(n, yesterday + n)));
    lines.splice(500, 0, '\u0007 no log line');
    const plain = join(folder.path, 'access.log');
    const packed = join(folder.path, 'access.log.1.gz');
    writeFileSync(plain, `${lines.join('\n')}\n`);
    writeFileSync(packed, gzipSync('192.0.2.1 - - [10/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x"\n'));
    const first = await runCommand(['import', '--fast', plain, packed], env);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toContain(`${plain}: 30000 events imported, 0 were there already, 1 could not be read`);
    expect(first.stdout).toContain(`${packed}: 1 events imported, 0 were there already, 0 could not be read`);
    const second = await runCommand(['import', '--fast', plain, packed], env);
    expect(second.stdout).toContain(`${plain}: 0 events imported, 30000 were there already, 1 could not be read`);
    expect(second.stdout).toContain(`${packed}: 0 events imported, 1 were there already, 0 could not be read`);

    const letters = await runCommand(['dead-letters'], env);
    expect(letters.code).toBe(0);
    expect(letters.stdout).toMatch(/unknown_format {2}file:access\.log partition \d+ offset \d+/);
    expect(letters.stdout).toContain('· no log line');
    const json = await runCommand(['dead-letters', '--json', '--reason', 'unknown_format'], env);
    expect(JSON.parse(json.stdout.trim())).toMatchObject({ source: 'file:access.log', resent_at: null });
    const resent = await runCommand(['dead-letters', '--resend'], env);
    expect(resent.stdout).toContain('only a redacted sample is kept');
    expect(resent.code).toBe(1);
  });

  it('warns of events that are older than what is kept: nothing of them stays', async () => {
    const old = Date.now() - 40 * 86_400_000;
    const lines = Array.from({ length: 30 }, (_, n) =>
      JSON.stringify(madeUpEvent(n, n < 10 ? Date.now() - 1_000 : old)),
    );
    const file = join(folder.path, 'old.log');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { code, stderr } = await runCommand(['import', '--fast', file], env);
    expect(code).toBe(0);
    expect(stderr).toContain(`Warning: 20 events of ${file} are older than what is kept`);
  });

  it('is learnt from once it is over', async () => {
    // Two hours of the first file are more than a day old.
    await service.waitFor('history_learnt', 60_000);
  });

  it('goes on after a kill in the middle, and knows the same lines under another name and packed', async () => {
    const from = Date.now() - 200_000_000;
    const lines = Array.from({ length: 24_000 }, (_, n) => JSON.stringify(madeUpEvent(n + 7, from + n)));
    const file = join(folder.path, 'month.log');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const events = async () => {
      const { url, adminToken } = JSON.parse(readFileSync(join(folder.path, 'data', 'running.json'), 'utf8')) as {
        url: string;
        adminToken: string;
      };
      const headers = { authorization: `Bearer ${adminToken}` };
      return (await (await fetch(`${url}/api/v1/counts`, { headers })).json()) as { events: number };
    };
    const before = (await events()).events;
    const broken = startCommand(['import', file], env);
    await until('some of it is in', async () => (await events()).events > before, { everyMs: 5 });
    broken.kill('SIGKILL');
    await broken.exited;
    const again = await runCommand(['import', file], env);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect((await events()).events).toBe(before + 24_000);
    const rotated = join(folder.path, 'month.log.2.gz');
    writeFileSync(rotated, gzipSync(readFileSync(file)));
    expect((await runCommand(['import', rotated], env)).stdout).toContain(
      ': 0 events imported, 24000 were there already, 0 could not be read',
    );
    // Another file that begins with the same line is another file.
    const other = join(folder.path, 'other.log');
    const differs = lines
      .slice(0, 100)
      .map((line, n) => (n === 0 ? line : line.replace(/"time":"[^"]*"/, '"time":"2026-01-02T03:04:05Z"')));
    writeFileSync(other, `${differs.join('\n')}\n`);
    expect((await runCommand(['import', other], env)).stdout).toContain(': 99 events imported, 1 were there already');
  });

  it('names wrong usage with exit code 2, and a service that does not run with 1', async () => {
    expect((await runCommand(['import'], env)).code).toBe(2);
    expect(await runCommand(['import', 'nowhere.log'], env)).toMatchObject({
      code: 2,
      stderr: 'nowhere.log: there is no such file.\n',
    });
    expect(await runCommand(['import', folder.path], env)).toMatchObject({
      code: 2,
      stderr: `${folder.path} is a folder; name the files in it.\n`,
    });
    expect((await runCommand(['dead-letters', '--reason', 'boredom'], env)).code).toBe(2);
    const elsewhere = { ...env, BONAFIDE_DATA_DIR: join(folder.path, 'other') };
    expect(await runCommand(['dead-letters'], elsewhere)).toMatchObject({ code: 1 });
  });
});
