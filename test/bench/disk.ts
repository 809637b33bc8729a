import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInserter } from '../../services/ingest/insert.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { createLogger } from '../../shared/logger.ts';
import { canonicalBlockReader } from '../support/engine.ts';
import { random } from '../support/traffic.ts';

// Bytes on disk for a million events, by table, merged: an hour of users with devices, agents, ids and queries.
//   npm run -s bench:disk -- [events]
const EVENTS = Number(process.argv[2] ?? 300_000);
const BLOCK = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const lane = openLane({ kind: 'embedded', path: join(folder, 'clickhouse') }, 'bonafide');
await migrate(lane, { retentionDays: 30, ttl: true });
const read = canonicalBlockReader();
const inserter = createInserter({ clickhouse: lane, log: createLogger('warn') });
const next = random(1);
const pick = (n: number) => Math.floor(next() * n);
const hex = () => Math.floor(next() * 2 ** 48).toString(16);
const start = Date.now() - 3_600_000;
let input = 0;

function event(n: number): Buffer {
  const user = Math.floor(next() ** 2 * 20_000);
  const bytes = Buffer.from(
    JSON.stringify({
      time: start + Math.floor((n / EVENTS) * 3_600_000),
      'http.request.method': next() < 0.8 ? 'GET' : 'POST',
      'url.path': `/v1/${['orders', 'items', 'carts', 'users'][pick(4)]}/${pick(50_000)}`,
      'url.query': next() < 0.4 ? `page=${pick(50)}&q=${hex()}` : '',
      'http.response.status_code': next() < 0.04 ? 404 : 200,
      'http.response.size': pick(30_000),
      'http.request.id': `${hex()}${hex()}`,
      'client.address': `${10 + (user >> 16)}.${(user >> 8) & 255}.${user & 255}.${pick(3)}`,
      'server.address': 'api.example.com',
      'user.id': `user-${user}`,
      'device.id': `device-${user}-${pick(2)}`,
      'session.id': `${user.toString(36)}-${Math.floor(n / 50_000)}`,
      'user_agent.original': `Shop/3.${pick(9)} (Android ${10 + pick(7)}; Pixel ${pick(9)})`,
      'attestation.status': next() < 0.7 ? 'genuine' : 'missing',
    }),
  );
  input += bytes.length;
  return bytes;
}

for (let from = 0; from < EVENTS; from += BLOCK) {
  const records = Array.from({ length: Math.min(BLOCK, EVENTS - from) }, (_, i) => ({
    source: 'kafka:bench',
    partition: 0,
    offset: from + i,
    bytes: event(from + i),
  }));
  const { rows } = await read(records, Date.now());
  await inserter.insertBlock(rows, `bench:${from}`);
}
const tables = await lane.rows<{ table: string }>(
  `SELECT DISTINCT table FROM system.parts WHERE database = 'bonafide' AND active ORDER BY table`,
);
for (const { table } of tables) await lane.run(`OPTIMIZE TABLE {db}.${table} FINAL`);
const sizes = await lane.rows<{ table: string; rows: number; bytes: number }>(
  `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
   WHERE database = 'bonafide' AND active GROUP BY table ORDER BY bytes DESC`,
);
const per = 1_000_000 / EVENTS;
const mb = (bytes: number) => ((bytes * per) / 1e6).toFixed(1).padStart(8);
process.stdout.write(`${EVENTS.toLocaleString('en')} events; per million, merged:\n`);
process.stdout.write(`  ${'as JSON'.padEnd(28)} ${mb(input)} MB\n`);
for (const { table, rows, bytes } of sizes)
  process.stdout.write(
    `  ${table.padEnd(28)} ${mb(bytes)} MB  ${Math.round(rows * per)
      .toLocaleString('en')
      .padStart(12)} rows\n`,
  );
process.stdout.write(`  ${'all'.padEnd(28)} ${mb(sizes.reduce((sum, { bytes }) => sum + bytes, 0))} MB\n`);
await lane.close();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
