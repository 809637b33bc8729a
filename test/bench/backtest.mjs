// `backtest` beside its floor: the same file read, validated, inserted and rolled up, with nothing scored or decided.
//   node test/bench/backtest.mjs [events …]
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '..', '..', '..');
const at = (path) => import(`../../dist/${path}.js`);
const sizes = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));

/** Two days of a shop: users come for visits of some minutes, in the rhythm of the day; one address guesses passwords. */
function writeLog(path, count) {
  const file = openSync(path, 'w');
  let seed = 1;
  const next = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 4_294_967_296;
  };
  const users = Math.max(50, Math.round(count / 60));
  const start = Date.UTC(2026, 0, 5);
  let lines = [];
  for (let i = 0; i < count; i++) {
    const attack = next() < 0.01;
    // Neighbouring lines belong to few users: a visit is a run of requests.
    const user = Math.floor(((Math.floor(i / 200) * 7919) % users) + next() * 40) % users;
    lines.push(
      JSON.stringify({
        time: start + Math.floor((i / count) * 172_800_000),
        'http.request.method': attack || next() < 0.2 ? 'POST' : 'GET',
        'url.path': attack ? '/v1/auth/login' : `/v1/orders/${Math.floor(next() * 9999)}`,
        'http.response.status_code': attack ? 401 : next() < 0.03 ? 404 : 200,
        'client.address': attack ? '192.0.2.66' : `10.${user >> 16}.${(user >> 8) & 255}.${user & 255}`,
        'http.response.size': Math.floor(next() * 20_000),
        'user_agent.original': attack ? 'python-requests/2.32' : 'Shop/3.1 (Android 16)',
        ...(attack
          ? { 'login.subject': `name-${Math.floor(next() * 1e5)}`, 'attestation.status': 'none' }
          : { 'user.id': `user-${user}`, 'device.id': `device-${user}`, 'attestation.status': 'genuine' }),
      }),
    );
    if (lines.length === 10_000) {
      writeSync(file, `${lines.join('\n')}\n`);
      lines = [];
    }
  }
  if (lines.length > 0) writeSync(file, `${lines.join('\n')}\n`);
  closeSync(file);
}

async function floor(path) {
  const [{ openLane }, { migrate }, { createPipeline }, { readRecords }, { createRouteLearner }, row, policy, schema] =
    await Promise.all(
      [
        'shared/clickhouse/client',
        'shared/clickhouse/migrate',
        'services/ingest/pipeline',
        'services/ingest/read-file',
        'services/ingest/route',
        'services/ingest/row',
        'shared/policy',
        'schemas/policy',
      ].map(at),
    );
  const data = mkdtempSync(join(tmpdir(), 'bonafide-floor-'));
  const clickhouse = openLane({ kind: 'embedded', path: data }, 'floor');
  await migrate(clickhouse, { ttl: false, retentionDays: 30 });
  const compiled = policy.compilePolicy(schema.policySchema.parse({}));
  const pipeline = createPipeline({
    format: 'auto',
    scopes: () => compiled,
    routes: createRouteLearner(),
    clock: { now: () => Date.now() },
    pseudonymKey: null,
    live: false,
  });
  let block = [];
  const flush = async () => {
    await clickhouse.insertEncoded('events_raw_v1', row.EVENT_COLUMNS, block.join('\n'));
    block = [];
  };
  for await (const records of readRecords(path)) {
    for (const record of records) {
      const result = pipeline.ingest(record);
      if (result.kind === 'event') block.push(row.encodeRow(result.row));
    }
    if (block.length >= 50_000) await flush();
  }
  await flush();
  await clickhouse.close();
  rmSync(data, { recursive: true, force: true });
}

if (process.env.FLOOR_OF !== undefined) {
  await floor(process.env.FLOOR_OF);
  process.exit(0);
}

process.stdout.write(`node ${process.version}, load ${loadavg()[0].toFixed(1)}\n`);
try {
  for (const size of sizes.length > 0 ? sizes : [300_000]) {
    const path = join(folder, `${size}.ndjson`);
    writeLog(path, size);
    const timed = (args, env) =>
      new Promise((resolve, reject) => {
        const started = performance.now();
        const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
        let mib = 0;
        // The kernel's own high-water mark, looked at while the process lives.
        const look = setInterval(() => {
          const status = existsSync(`/proc/${child.pid}/status`)
            ? readFileSync(`/proc/${child.pid}/status`, 'utf8')
            : '';
          mib = Math.max(mib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
        }, 100);
        child.on('exit', (code) => {
          clearInterval(look);
          if (code === 0) resolve({ seconds: (performance.now() - started) / 1000, mib });
          else reject(new Error(`${args.join(' ')} ended with ${code}`));
        });
      });
    const low = await timed([fileURLToPath(import.meta.url)], { FLOOR_OF: path });
    const all = await timed(
      [join(root, 'dist/services/bonafide/main.js'), 'backtest', path, '--out', join(folder, 'out')],
      {},
    );
    const show = ({ seconds, mib }) =>
      `${seconds.toFixed(1)} s, ${Math.round(size / seconds).toLocaleString('en')} events/s, ${mib.toFixed(0)} MiB`;
    process.stdout.write(
      `${size.toLocaleString('en')} events\n  floor (read, validate, insert, roll up)  ${show(low)}\n  backtest                                 ${show(all)}\n  ratio of times                           ${(all.seconds / low.seconds).toFixed(2)}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
