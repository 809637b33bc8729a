// Event to decision: from sending the log lines of a new attacker to the first answer that knows of them.
//   node test/bench/freshness.mjs [trials]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const trials = Number(process.argv[2] ?? 40);
const main = join(fileURLToPath(import.meta.url), '..', '..', '..', 'dist/services/bonafide/main.js');
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const url = 'http://127.0.0.1:18473';
const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };
const service = spawn(process.execPath, [main, 'serve'], {
  env: {
    PATH: process.env.PATH,
    BONAFIDE_DATA_DIR: folder,
    BONAFIDE_PORT: '18473',
    BONAFIDE_GATEWAY_KEYS: 'bench:bench',
    BONAFIDE_ADMIN_TOKEN: 'bench-admin-token-0123456789',
    LOG_LEVEL: 'silent',
  },
  stdio: 'ignore',
});

const post = async (path, body) => {
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
};
const riskOf = async (ip) =>
  (
    await post('/access/v1/evaluation', {
      subject: { type: 'anonymous', id: 'anonymous' },
      action: { name: 'POST' },
      resource: { type: 'route', id: '/v1/auth/login' },
      context: { ip },
    })
  ).context.risk;

async function trial(n) {
  // A network of its own: what an earlier trial did to a neighbour must not answer for it.
  const ip = `198.${18 + (n >> 8)}.${n & 255}.7`;
  const lines = Array.from({ length: 30 }, (_, i) => ({
    time: Date.now(),
    'http.request.method': 'POST',
    'url.path': '/v1/auth/login',
    'http.response.status_code': 401,
    'client.address': ip,
    'login.subject': `name-${i}`,
  }));
  const sent = performance.now();
  await post('/v1/events', lines);
  const durable = performance.now() - sent;
  while ((await riskOf(ip)) < 20) await new Promise((resolve) => setTimeout(resolve, 10));
  return { durable, known: performance.now() - sent };
}

const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
try {
  for (;;) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const results = [];
  for (let n = 0; n < trials; n++) {
    // Spread over the second, since steps begin at full seconds.
    await new Promise((resolve) => setTimeout(resolve, (n * 137) % 1000));
    results.push(await trial(n));
  }
  const show = (name, values) =>
    process.stdout.write(
      `${name}  p50 ${quantile(values, 0.5).toFixed(0)} ms  p95 ${quantile(values, 0.95).toFixed(0)} ms\n`,
    );
  process.stdout.write(`node ${process.version}, load ${loadavg()[0].toFixed(1)}, ${trials} trials\n`);
  show(
    'floor: durable            ',
    results.map((result) => result.durable),
  );
  show(
    'event to decision         ',
    results.map((result) => result.known),
  );
} finally {
  service.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
