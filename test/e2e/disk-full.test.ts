import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('disk');
const disk = join(folder.path, 'disk');
mkdirSync(disk);
// A disk that can be filled needs the right to mount one, as installing what the tests need does.
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', ['-l', disk]);
  folder.remove();
});

describe('a full disk', () => {
  it('stops ingest with a sentence in /readyz, loses nothing that was acknowledged, and is over when there is room', async () => {
    if (!mounted)
      throw new Error('This test fills a small disk of its own and must be allowed to mount it: run it as root.');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const serve = startCommand(['serve'], { BONAFIDE_DATA_DIR: join(disk, 'data'), BONAFIDE_PORT: String(port) });
    try {
      await serve.waitFor('/sign-in#');
      const keys = z
        .object({ gatewayKey: z.object({ secret: z.string() }), adminToken: z.string() })
        .parse(JSON.parse(readFileSync(join(disk, 'data', 'keys.json'), 'utf8')));
      const send = async (path: string) => {
        const answer = await fetch(`${url}/v1/events`, {
          method: 'POST',
          headers: { authorization: `Bearer ${keys.gatewayKey.secret}`, 'content-type': 'application/json' },
          body: JSON.stringify([
            {
              time: Date.now(),
              'http.request.method': 'GET',
              'url.path': path,
              'http.response.status_code': 200,
              'client.address': '192.0.2.1',
            },
          ]),
        });
        await answer.arrayBuffer();
        return answer.status;
      };
      const ready = async () => (await fetch(`${url}/readyz?role=ingest`)).text();
      expect(await send('/before')).toBe(202);

      const fill = Buffer.alloc(1024 * 1024);
      const filler = join(disk, 'filler');
      try {
        for (let i = 0; i < 100; i++) writeFileSync(filler, fill, { flag: 'a' });
      } catch {
        // Full.
      }
      expect(await send('/while-full')).toBeGreaterThanOrEqual(500);
      await until('readyz names the disk', async () => (await ready()).includes('is full'));
      expect((await fetch(`${url}/readyz?role=ingest`)).status).toBe(503);
      expect((await fetch(`${url}/readyz?role=decide`)).status).toBe(200);

      rmSync(filler);
      await until('events are taken again', async () => (await send('/after')) === 202, {
        timeoutMs: 60_000,
        everyMs: 500,
      });
      await until('ingest is ready again', async () => !(await ready()).includes('is full'));
      const counts = await fetch(`${url}/api/v1/counts`, { headers: { authorization: `Bearer ${keys.adminToken}` } });
      const { events, scored, rolled_up } = z
        .object({ events: z.number(), scored: z.number(), rolled_up: z.number() })
        .parse(await counts.json());
      expect(events).toBeGreaterThanOrEqual(2);
      expect(scored).toBe(rolled_up);
    } finally {
      expect(await serve.stop()).toBe(0);
    }
  });
});
