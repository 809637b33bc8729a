// Does `import` disturb live scoring? From event to decision, without and with a month of history coming in.
//   node test/bench/import-load.mjs [trials] [lines]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const trials = Number(process.argv[2] ?? 15);
const lines = Number(process.argv[3] ?? 400_000);
const main = join(fileURLToPath(import.meta.url), '..', '..', '..', 'dist/services/bonafide/main.js');
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const url = 'http://127.0.0.1:18475';
const env = {
  PATH: process.env.PATH,
  BONAFIDE_DATA_DIR: join(folder, 'data'),
  BONAFIDE_PORT: '18475',
  BONAFIDE_GATEWAY_KEYS: 'bench:bench',
  BONAFIDE_ADMIN_TOKEN: 'bench-admin-token-0123456789',
  LOG_LEVEL: 'silent',
};
const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };
const service = spawn(process.execPath, [main, 'serve'], { env, stdio: 'ignore' });
let importer;

const post = async (path, body) => {
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
};
const subject = { type: 'anonymous', id: 'anonymous' };
const resource = { type: 'route', id: '/v1/auth/login' };
const riskOf = async (ip) =>
  (await post('/access/v1/evaluation', { subject, action: { name: 'POST' }, resource, context: { ip } })).context.risk;

let n = 0;
async function trial() {
  const ip = `198.${18 + (++n >> 8)}.${n & 255}.7`;
  const sent = performance.now();
  await post(
    '/v1/events',
    Array.from({ length: 30 }, (_, i) => ({
      time: Date.now(),
      'http.request.method': 'POST',
      'url.path': '/v1/auth/login',
      'http.response.status_code': 401,
      'client.address': ip,
      'login.subject': `name-${i}`,
    })),
  );
  while ((await riskOf(ip)) < 20) await new Promise((resolve) => setTimeout(resolve, 10));
  return performance.now() - sent;
}
async function p95(label, goesOn) {
  const took = [];
  while (took.length < trials && goesOn()) {
    await new Promise((resolve) => setTimeout(resolve, (took.length * 137) % 1000));
    took.push(await trial());
  }
  const value = took.sort((a, b) => a - b)[Math.min(took.length - 1, Math.floor(0.95 * took.length))] ?? Number.NaN;
  process.stdout.write(`${label}  p95 ${value.toFixed(0)} ms of ${took.length} trials\n`);
  return value;
}

try {
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await new Promise((r) => setTimeout(r, 100));
  const file = join(folder, 'month.log');
  const start = Date.now() - 30 * 86_400_000;
  for (let from = 0; from < lines; from += 10_000) {
    const part = Array.from({ length: Math.min(10_000, lines - from) }, (_, i) => {
      const at = new Date(start + ((from + i) / lines) * 29 * 86_400_000).toISOString().slice(0, 19);
      const [day, time] = at.split('T');
      const [year, month, date] = day.split('-');
      const name = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][month - 1];
      const k = from + i;
      return `10.${k % 7}.${k % 31}.${k % 200} - - [${date}/${name}/${year}:${time} +0000] "GET /v1/orders/${k % 997} HTTP/1.1" 200 512 "-" "shop/1.4"`;
    });
    writeFileSync(file, `${part.join('\n')}\n`, { flag: 'a' });
  }
  process.stdout.write(
    `node ${process.version}, load ${loadavg()[0].toFixed(1)}, ${lines.toLocaleString('en')} lines\n`,
  );
  const alone = await p95('alone        ', () => true);
  const began = performance.now();
  let done = false;
  importer = spawn(process.execPath, [main, 'import', file], { env, stdio: ['ignore', 'inherit', 'ignore'] });
  importer.once('exit', () => {
    done = true;
    process.stdout.write(
      `imported at ${Math.round(lines / ((performance.now() - began) / 1000)).toLocaleString('en')} lines/s\n`,
    );
  });
  const beside = await p95('while importing', () => !done);
  process.stdout.write(`ratio ${(beside / alone).toFixed(2)}\n`);
} finally {
  importer?.kill('SIGTERM');
  service.kill('SIGTERM');
  await new Promise((resolve) => service.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
