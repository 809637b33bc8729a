import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type RunningCommand, runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { random } from '../support/traffic.ts';
import { until } from '../support/until.ts';

/** Kills and rotations come at moments of this seed. */
const SEED = Number(process.env.KILL_SEED ?? 20_261_130);
const ROUNDS = 8;

const folder = temporaryFolder('follow-kills');
const log = join(folder.path, 'access.log');
const data = join(folder.path, 'data');
const chance = random(SEED);
let service: RunningCommand | undefined;
afterAll(async () => {
  service?.kill('SIGKILL');
  await service?.exited;
  folder.remove();
});

let written = 0;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
function line(): string {
  const at = new Date();
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  const time = `${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
  const n = written++;
  return `203.0.113.${n % 250} - - [${time}] "GET /n/${n} HTTP/1.1" 200 ${100 + (n % 50)} "-" "shop/1"\n`;
}
/** In two writes, of which the first may end in the middle of a line. */
function write(lines: number): void {
  const text = Array.from({ length: lines }, line).join('');
  const cut = Math.floor(chance() * text.length);
  appendFileSync(log, text.slice(0, cut));
  appendFileSync(log, text.slice(cut));
}

/** As logrotate with `compress` and `delaycompress`; `copytruncate` in one of three. */
function rotate(): void {
  for (let n = 2 * ROUNDS; n >= 1; n--)
    for (const end of ['', '.gz'])
      if (existsSync(`${log}.${n}${end}`)) renameSync(`${log}.${n}${end}`, `${log}.${n + 1}${end}`);
  if (chance() < 0.33) {
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
  } else {
    renameSync(log, `${log}.1`);
    // The server writes on until it reopens its log.
    appendFileSync(`${log}.1`, line() + line());
    writeFileSync(log, '');
  }
  write(3);
  if (!existsSync(`${log}.2`)) return;
  writeFileSync(`${log}.2.gz`, gzipSync(readFileSync(`${log}.2`)));
  rmSync(`${log}.2`);
}

describe('a followed file under kills and rotations', () => {
  it(`counts each line once, raw and in roll-ups, and an import of all files finds nothing new (seed ${SEED})`, {
    timeout: 280_000,
  }, async () => {
    const env = {
      BONAFIDE_PORT: String(await freePort()),
      BONAFIDE_GRPC_PORT: String(await freePort()),
      BONAFIDE_DATA_DIR: data,
      LOG_LEVEL: 'error',
    };
    const start = () => startCommand(['serve', '--file', log, '--follow'], env);
    write(40);
    service = start();
    const counts = async () => {
      const { url, adminToken } = JSON.parse(readFileSync(join(data, 'running.json'), 'utf8'));
      const answer = await fetch(`${url}/api/v1/counts`, { headers: { authorization: `Bearer ${adminToken}` } });
      return (await answer.json()) as Record<string, number>;
    };
    // What was rotated before anything was read is history, which a first start leaves to an import.
    await until('it reads', async () => ((await counts().catch(() => null))?.events ?? 0) >= 40, { timeoutMs: 60_000 });
    for (let round = 0; round < ROUNDS; round++) {
      const end = performance.now() + 1_500 + chance() * 2_500;
      while (performance.now() < end) {
        write(1 + Math.floor(chance() * 80));
        await sleep(20 + chance() * 150);
      }
      // Before, amid or after what it does with a rotation; what comes meanwhile is found by the next one.
      if (chance() < 0.7) {
        service.kill('SIGKILL');
        await service.exited;
        if (chance() < 0.5) rotate();
        service = start();
        await sleep(chance() * 3_000);
      }
      if (chance() < 0.8) rotate();
    }
    write(20);
    await until('all lines are stored', async () => ((await counts().catch(() => null))?.events ?? 0) >= written, {
      timeoutMs: 120_000,
      everyMs: 500,
    });
    const once = { events: written, scored: written, rolled_up: written, dead_letters: 0 };
    expect(await counts()).toMatchObject(once);
    const files = Array.from({ length: 4 * ROUNDS + 2 }, (_, n) => `${log}.${(n >> 1) + 1}${n % 2 === 0 ? '' : '.gz'}`);
    const told = await runCommand(['import', log, ...files.filter(existsSync)], env);
    expect([told.code, told.stderr]).toEqual([0, '']);
    const lines = [...told.stdout.matchAll(/: (\d+) events imported, (\d+) were there already, (\d+) could not/g)];
    expect(lines.map(([, fresh, , bad]) => [fresh, bad])).toEqual(lines.map(() => ['0', '0']));
    expect(lines.reduce((sum, [, , known]) => sum + Number(known), 0)).toBe(written);
    expect(await counts()).toMatchObject(once);
  });
});
