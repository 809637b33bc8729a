import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type RunningCommand, runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';

let folder: ReturnType<typeof temporaryFolder>;
let running: RunningCommand[] = [];
beforeEach(() => {
  folder = temporaryFolder('serve');
});
afterEach(async () => {
  for (const command of running) await command.stop();
  running = [];
  folder.remove();
});

async function serve(env: Record<string, string> = {}, args: string[] = []) {
  const port = Number(env.BONAFIDE_PORT ?? (await freePort()));
  const settings = { BONAFIDE_DATA_DIR: join(folder.path, 'data'), BONAFIDE_PORT: String(port), ...env };
  const command = startCommand(['serve', ...args], settings);
  running.push(command);
  return { command, url: `http://127.0.0.1:${port}`, settings };
}
const keysOf = () =>
  z
    .object({ gatewayKey: z.object({ secret: z.string() }), adminToken: z.string() })
    .parse(JSON.parse(readFileSync(join(folder.path, 'data', 'keys.json'), 'utf8')));
const json = async (response: Response): Promise<unknown> => response.json();

describe('serve', () => {
  it('starts on an empty folder, says how to go on, and the lines it prints work', async () => {
    const began = performance.now();
    const { command, url } = await serve();
    await command.waitFor('/sign-in#');
    const ready = await fetch(`${url}/readyz`);
    const tookMs = performance.now() - began;
    process.stdout.write(`serve: ready ${Math.round(tookMs)} ms after the start on an empty folder\n`);
    expect(ready.status).toBe(200);
    expect(tookMs).toBeLessThan(30_000);
    expect(statSync(join(folder.path, 'data', 'keys.json')).mode & 0o777).toBe(0o600);

    // The lines to paste, as a person pastes them.
    const lines = command
      .stdout()
      .split('\n')
      .filter((line) => line.trim().startsWith('curl '));
    expect(lines).toHaveLength(2);
    const { execFileSync } = await import('node:child_process');
    const [sent, asked] = lines.map((line) => execFileSync('bash', ['-c', line.trim()], { encoding: 'utf8' }));
    expect(JSON.parse(sent ?? '')).toMatchObject({ accepted: 1, dead_lettered: [] });
    expect(JSON.parse(asked ?? '')).toMatchObject({ decision: true, context: { outcome: 'allow', mode: 'shadow' } });

    const counts = await fetch(`${url}/api/v1/counts`, { headers: { authorization: `Bearer ${keysOf().adminToken}` } });
    expect(await json(counts)).toMatchObject({ events: 1, scored: 1, rolled_up: 1 });
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${command.pid}/status`, 'utf8'))?.[1]) / 1024;
    process.stdout.write(`serve: ${Math.round(rss)} MiB resident after the first event\n`);
  });

  it('prints a sign-in link that opens the dashboard once, and not the token', async () => {
    const { command, url } = await serve();
    await command.waitFor('/sign-in#');
    const code = /\/sign-in#(\S+)/.exec(command.stdout())?.[1] ?? '';
    expect(command.stdout()).not.toContain(keysOf().adminToken);
    const signIn = () =>
      fetch(`${url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bonafide-request': '1', origin: url },
        body: JSON.stringify({ code }),
      });
    const first = await signIn();
    expect(first.ok).toBe(true);
    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await fetch(`${url}/api/v1/counts`, { headers: { cookie } })).status).toBe(200);
    expect((await signIn()).ok).toBe(false);
  });

  it('is refused with a sentence on a folder that a living process holds, and takes one over from a killed one', async () => {
    const first = await serve();
    await first.command.waitFor('/sign-in#');
    const second = await runCommand(['serve'], { ...first.settings, BONAFIDE_PORT: String(await freePort()) });
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/The data folder .* is in use by the running process \d+/);
    expect((await fetch(`${first.url}/livez`)).status).toBe(200);

    const { gatewayKey, adminToken } = keysOf();
    const sent = await fetch(`${first.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gatewayKey.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify([
        {
          time: Date.now(),
          'http.request.method': 'GET',
          'url.path': '/',
          'http.response.status_code': 200,
          'client.address': '192.0.2.1',
        },
      ]),
    });
    expect(sent.status).toBe(202);
    first.command.kill('SIGKILL');
    await first.command.exited;

    const third = await serve({ BONAFIDE_DATA_DIR: first.settings.BONAFIDE_DATA_DIR });
    await third.command.waitFor('/sign-in#');
    // What was acknowledged has outlived the kill.
    const counts = await fetch(`${third.url}/api/v1/counts`, { headers: { authorization: `Bearer ${adminToken}` } });
    expect(await json(counts)).toMatchObject({ events: 1 });
  });

  it('drains and stops within 10 s of SIGTERM and of SIGINT, and leaves the folder free', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { command, settings } = await serve();
      await command.waitFor('/sign-in#');
      const began = performance.now();
      command.kill(signal);
      expect([await command.exited, command.stderr().match(/close_failed/)]).toEqual([0, null]);
      expect(performance.now() - began).toBeLessThan(10_000);
      for (const name of ['lock', 'running.json'])
        expect(existsSync(join(settings.BONAFIDE_DATA_DIR, name))).toBe(false);
    }
  });

  it('names the port that is in use', async () => {
    const port = await freePort();
    const holder = createServer().listen(port, '127.0.0.1');
    try {
      const { code, stderr } = await runCommand(['serve'], {
        BONAFIDE_DATA_DIR: join(folder.path, 'data'),
        BONAFIDE_PORT: String(port),
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`port ${port}.*in use.*BONAFIDE_PORT`, 'i'));
    } finally {
      holder.close();
    }
  });

  it('names a data folder that cannot be used', async () => {
    writeFileSync(join(folder.path, 'file'), '');
    const { code, stderr } = await runCommand(['serve'], { BONAFIDE_DATA_DIR: join(folder.path, 'file', 'data') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/data folder .* cannot be used.*BONAFIDE_DATA_DIR/);
    // Node's own way of making folders never ends there.
    const never = startCommand(['serve'], { BONAFIDE_DATA_DIR: '/proc/nope' });
    await never.waitFor(/data folder \/proc\/nope cannot be used: .*BONAFIDE_DATA_DIR/, 10_000);
    expect(await never.exited).toBe(1);
  });

  it('refuses to follow a folder, with a sentence', async () => {
    const { code, stdout, stderr } = await runCommand(['serve', '--file', folder.path, '--follow']);
    expect([code, stdout, stderr]).toEqual([2, '', `${folder.path} is a folder; name the files in it.\n`]);
  });

  it('keeps running while Kafka is away, and says so in /readyz', async () => {
    const { command, url } = await serve({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    await command.waitFor('/sign-in#');
    const body = async () => JSON.stringify(await json(await fetch(`${url}/readyz`)));
    await expect.poll(body, { timeout: 30_000 }).toMatch(/"kafka":\{"state":"(degraded|stopped)"/);
    expect((await fetch(`${url}/readyz?role=decide`)).status).toBe(200);
  });

  it('refuses a credentials file that others can read', async () => {
    const path = join(folder.path, 'credentials.yaml');
    writeFileSync(path, 'issuers: []\n');
    chmodSync(path, 0o644);
    const { code, stderr } = await runCommand(['serve'], {
      BONAFIDE_DATA_DIR: join(folder.path, 'data'),
      BONAFIDE_PORT: String(await freePort()),
      BONAFIDE_CREDENTIALS: path,
    });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/chmod 600|others can read|readable by others/i);
  });
});
