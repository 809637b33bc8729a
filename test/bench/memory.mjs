// Resident memory of `serve` after an hour's worth of traffic, and what a scoring step then takes.
//   node test/bench/memory.mjs [events]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const count = Number(process.argv[2] ?? 300_000);
const main = join(fileURLToPath(import.meta.url), '..', '..', '..', 'dist/services/bonafide/main.js');
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const url = 'http://127.0.0.1:18474';
const service = spawn(process.execPath, [main, 'serve'], {
  env: {
    PATH: process.env.PATH,
    BONAFIDE_DATA_DIR: folder,
    BONAFIDE_PORT: '18474',
    BONAFIDE_GATEWAY_KEYS: 'bench:bench',
    BONAFIDE_ADMIN_TOKEN: 'bench-admin-token-0123456789',
    LOG_LEVEL: 'silent',
  },
  stdio: 'ignore',
});
const headers = { authorization: 'Bearer bench', 'content-type': 'application/x-ndjson' };
const mib = (name) =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1024;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sums of the scorer's histogram. */
async function steps() {
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  const of = (name) =>
    Number(new RegExp(`bonafide_score_step_duration_seconds_${name} ([\\d.]+)`).exec(text)?.[1] ?? 0);
  return { count: of('count'), sum: of('sum') };
}

try {
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await pause(100);
  const empty = mib('VmRSS');
  const start = Date.now() - 3_600_000;
  const users = Math.max(50, Math.round(count / 60));
  for (let i = 0; i < count; i += 5000) {
    const lines = Array.from({ length: Math.min(5000, count - i) }, (_, k) => {
      const n = i + k;
      const user = (Math.floor(n / 200) * 7919 + (n % 40)) % users;
      return JSON.stringify({
        time: start + Math.floor((n / count) * 3_600_000),
        'http.request.method': n % 5 === 0 ? 'POST' : 'GET',
        'url.path': `/v1/orders/${(n * 7) % 9999}`,
        'http.response.status_code': n % 33 === 0 ? 404 : 200,
        'client.address': `10.${user >> 16}.${(user >> 8) & 255}.${user & 255}`,
        'user.id': `user-${user}`,
        'device.id': `device-${user}`,
        'attestation.status': 'genuine',
      });
    });
    const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: lines.join('\n') });
    if (response.status === 429) i -= 5000;
    else if (response.status !== 202) throw new Error(await response.text());
    if (response.status === 429) await pause(500);
  }
  await pause(10_000);
  const before = await steps();
  await pause(15_000);
  const after = await steps();
  process.stdout.write(
    `node ${process.version}, load ${loadavg()[0].toFixed(1)}, ${count.toLocaleString('en')} events of one hour\n` +
      `resident: empty ${empty.toFixed(0)} MiB, after ${mib('VmRSS').toFixed(0)} MiB, at most ${mib('VmHWM').toFixed(0)} MiB\n` +
      `scoring step afterwards: ${((1000 * (after.sum - before.sum)) / Math.max(1, after.count - before.count)).toFixed(0)} ms\n`,
  );
} finally {
  service.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
