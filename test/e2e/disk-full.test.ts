import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createJournal } from '../../services/ingest/journal.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { createLogger } from '../../shared/logger.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { loud, publishedRisks } from '../support/risks.ts';
import { contentOf } from '../support/tables.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('disk');
const disk = join(folder.path, 'disk');
mkdirSync(disk);
// A disk that can be filled needs the right to mount one, as installing what the tests need does.
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', ['-l', disk]);
  folder.remove();
});

const KEY = 'a-key-for-tests-only';
const BODIES = 60;
const EVENTS = 25;
const STRETCHES = 60;
const LINES = 20;
/** How long the disk stays full each time. */
const FULL_MS = 4_000;
const ALL = BODIES * EVENTS + STRETCHES * LINES;
const now = Date.now();

/** One of every three is of a caller that is loud, so that there are risks to compare. */
const lines = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => {
    const event = madeUpEvent(from + i, now - 60_000 + from + i);
    const loudly = { 'user.id': 'user-loud', 'client.address': '198.51.100.7', 'http.response.status_code': 404 };
    return `${JSON.stringify({ ...event, 'http.route': '/v1/orders/{id}/items', ...((from + i) % 3 === 0 ? loudly : {}) })}\n`;
  }).join('');

interface Install {
  data: string;
  url: string;
  service: RunningCommand;
}

async function start(data: string, file: string): Promise<Install> {
  const port = await freePort();
  const env = { BONAFIDE_DATA_DIR: data, BONAFIDE_PORT: String(port), BONAFIDE_GATEWAY_KEYS: `gateway:${KEY}` };
  const service = startCommand(['serve', '--file', file, '--follow'], { ...env, LOG_LEVEL: 'warn' });
  await service.waitFor('listens on');
  return { data, url: `http://127.0.0.1:${port}`, service };
}

async function post({ url }: Install, n: number): Promise<number> {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': `body-${n}`,
    },
    body: lines(n * EVENTS, EVENTS),
  });
  await answer.arrayBuffer();
  return answer.status;
}

const ready = async ({ url }: Install, role: string) => fetch(`${url}/readyz?role=${role}`);

/**
 * A gateway that sends each body until it was taken.
 * @returns how many were refused at first, or were in the journal already and had to wait there.
 */
async function send(to: Install, pauseMs: number): Promise<number> {
  let held = 0;
  for (let n = 0; n < BODIES; n++) {
    const began = performance.now();
    await until('the body was taken', async () => (await post(to, n)) === 202, { timeoutMs: 90_000, everyMs: 100 });
    if (performance.now() - began > FULL_MS / 2) held++;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return held;
}

/** A server that writes its log, by turns with half a line at the end. */
async function write(file: string, pauseMs: number): Promise<void> {
  for (let n = 0; n < STRETCHES; n++) {
    const text = lines((BODIES + n) * EVENTS, LINES);
    const cut = n % 2 === 0 ? text.length : text.length - 100;
    appendFileSync(file, text.slice(0, cut));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    appendFileSync(file, text.slice(cut));
  }
}

/** Takes what is left of the disk, to the last byte. */
function fill(filler: string): void {
  const handle = openSync(filler, 'a');
  try {
    for (const size of [1 << 20, 1 << 12, 1]) {
      const bytes = Buffer.alloc(size);
      try {
        for (;;) if (writeSync(handle, bytes) < size) break;
      } catch {
        // Full.
      }
    }
  } finally {
    closeSync(handle);
  }
}

/** Waits until all is stored, stops the process, and answers what it stored and which risks that makes. */
async function outcome({ url, data, service }: Install) {
  const { adminToken } = z
    .object({ adminToken: z.string() })
    .parse(JSON.parse(readFileSync(join(data, 'running.json'), 'utf8')));
  const counts = async () => {
    const answer = await fetch(`${url}/api/v1/counts`, { headers: { authorization: `Bearer ${adminToken}` } });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}; ${service.stderr()}`);
    return z
      .object({ events: z.number(), scored: z.number(), rolled_up: z.number(), dead_letters: z.number() })
      .parse(await answer.json());
  };
  const all = { events: ALL, scored: ALL, rolled_up: ALL, dead_letters: 0 };
  await until('all is stored', async () => (await counts()).rolled_up >= ALL, { timeoutMs: 60_000 });
  expect(await counts()).toEqual(all);
  expect(await service.stop()).toBe(0);
  expect(readdirSync(join(data, 'journal'))).toEqual([]);
  const lane = openLane({ kind: 'embedded', path: join(data, 'clickhouse') }, 'bonafide');
  try {
    return {
      content: await contentOf(lane, { placesOfHttp: false }),
      risks: await publishedRisks(lane, [now + 300_000, now + 900_000]),
    };
  } finally {
    await lane.close();
  }
}

describe('a full disk', () => {
  it('stops ingest with a sentence in /readyz, and once there is room, raw and every roll-up are as if it had never been full', async () => {
    if (!mounted)
      throw new Error('This test fills a small disk of its own and must be allowed to mount it: run it as root.');
    const file = join(folder.path, 'access.log');
    writeFileSync(file, '');
    const full = await start(join(disk, 'data'), file);
    const filler = join(disk, 'filler');
    let calm: Install | undefined;
    try {
      const writing = write(file, 400);
      const sending = send(full, 350);
      for (let round = 0; round < 2; round++) {
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        await until('readyz names the disk', async () => {
          fill(filler);
          return (await (await ready(full, 'ingest')).text()).includes('is full');
        });
        expect((await ready(full, 'ingest')).status).toBe(503);
        expect((await ready(full, 'decide')).status).toBe(200);
        await new Promise((resolve) => setTimeout(resolve, FULL_MS));
        rmSync(filler);
        await until(
          'ingest is ready again',
          async () => !(await (await ready(full, 'ingest')).text()).includes('is full'),
          { timeoutMs: 60_000 },
        );
      }
      const [held] = await Promise.all([sending, writing]);
      expect(held).toBeGreaterThan(0);
      const disturbed = await outcome(full);

      calm = await start(join(folder.path, 'calm'), file);
      await send(calm, 0);
      const undisturbed = await outcome(calm);
      expect(disturbed.content).toEqual(undisturbed.content);
      expect(loud(undisturbed.risks)).toBeGreaterThan(0);
      expect(disturbed.risks).toEqual(undisturbed.risks);
    } finally {
      for (const install of [full, calm]) install?.service.kill('SIGKILL');
    }
  });

  it('keeps nothing of a body that it refuses', async () => {
    const small = join(folder.path, 'small');
    mkdirSync(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]).status !== 0)
      throw new Error('This test needs a small disk of its own and must be allowed to mount it: run it as root.');
    try {
      const journal = createJournal(join(small, 'journal'), createLogger('silent'));
      const entry = (text: string) => ({
        token: 'journal:small',
        judgedAt: now,
        letters: [],
        position: null,
        recognise: 'nothing' as const,
        lines: [JSON.stringify([text])],
      });
      for (let n = 0; n < 3; n++) await expect(journal.write(entry('x'.repeat(2 << 20)))).rejects.toThrow(/ENOSPC/);
      expect(readdirSync(join(small, 'journal'))).toEqual([]);
      const kept = await journal.write(entry('x'.repeat(500_000)));
      expect((await journal.left()).map(({ file }) => file)).toEqual([kept]);
    } finally {
      spawnSync('umount', ['-l', small]);
    }
  });
});
