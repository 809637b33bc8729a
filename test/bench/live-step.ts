import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInserter } from '../../services/ingest/insert.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { canonicalBlockReader } from '../support/engine.ts';
import { openScorer } from '../support/scorer.ts';
import { random } from '../support/traffic.ts';

// One live scoring step while an API is busy, by statement, beside the same step while nothing happens: what is left of it
// then is the engine's analysis of the statements, and whose seconds leave a window.
//   npm run -s bench:step -- [events in the hour before] [events a second]
const HOUR = Number(process.argv[2] ?? 300_000);
const A_SECOND = Number(process.argv[3] ?? 1_300);
const STEPS = 8;
const BLOCK = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const lane = openLane({ kind: 'embedded', path: join(folder, 'clickhouse') }, 'bonafide');
await migrate(lane, { retentionDays: 30, ttl: false });
const log = createLogger('warn');
const read = canonicalBlockReader();
const inserter = createInserter({ clickhouse: lane, log });
const next = random(1);
const pick = (n: number) => Math.floor(next() * n);
const begin = Date.now() - 3_700_000;
let sent = 0;

function event(time: number): Buffer {
  const user = pick(26_000);
  return Buffer.from(
    JSON.stringify({
      time,
      'http.request.method': next() < 0.8 ? 'GET' : 'POST',
      'url.path': `/v1/${['orders', 'items', 'carts', 'users'][pick(4)]}/${pick(50_000)}`,
      'http.response.status_code': next() < 0.04 ? 404 : 200,
      'http.response.size': pick(30_000),
      'client.address': `${10 + (user >> 16)}.${(user >> 8) & 255}.${user & 255}.7`,
      'server.address': 'api.example.com',
      'user.id': `user-${user}`,
      'device.id': `device-${user}`,
      'session.id': `session-${user}`,
      'user_agent.original': `Shop/3.${pick(9)} (Android ${10 + pick(7)}; Pixel ${pick(9)})`,
      'attestation.status': next() < 0.7 ? 'genuine' : 'missing',
    }),
  );
}

async function send(count: number, timeOf: (i: number) => number): Promise<void> {
  for (let from = 0; from < count; from += BLOCK) {
    const records = Array.from({ length: Math.min(BLOCK, count - from) }, (_, i) => ({
      source: 'kafka:bench',
      partition: 0,
      offset: sent + from + i,
      bytes: event(timeOf(from + i)),
    }));
    const { rows } = await read(records, Date.now());
    await inserter.insertBlock(rows, `bench:${sent + from}`);
  }
  sent += count;
}

/** What one statement cost, summed over steps: ms of wall clock and of CPU. */
const costs = new Map<string, { wall: number; cpu: number }>();
async function timed<T>(sql: string, run: () => Promise<T>): Promise<T> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  try {
    return await run();
  } finally {
    const { user, system } = process.cpuUsage(cpu);
    const name = /INSERT INTO \{db\}\.(\w+)/.exec(sql)?.[1] ?? 'other';
    const cost = costs.get(name) ?? { wall: 0, cpu: 0 };
    costs.set(name, { wall: cost.wall + performance.now() - began, cpu: cost.cpu + (user + system) / 1000 });
  }
}

await send(HOUR, (i) => begin + Math.floor((i / HOUR) * 3_600_000));
let now = begin + 3_600_000;
const clock = manualClock(now);
const clickhouse: typeof lane = {
  ...lane,
  run: (sql, ...rest) => timed(sql, () => lane.run(sql, ...rest)),
  rows: (sql, ...rest) => timed(sql, () => lane.rows(sql, ...rest)),
};
const scorer = openScorer(clickhouse, clock);

/** Mean wall clock and CPU of steps, ms, with what arrives in the second before each. */
async function steps(
  aSecond: number,
): Promise<{ wall: number; cpu: number; by: Map<string, { wall: number; cpu: number }> }> {
  // Steps overlap by five seconds of insertion: until those have gone by, a step still has the load before.
  for (let warm = 0; warm < 2; warm++) await one(aSecond);
  costs.clear();
  let wall = 0;
  let spent = 0;
  for (let i = 0; i < STEPS; i++) {
    const step = await one(aSecond);
    wall += step.wall;
    spent += step.cpu;
  }
  return { wall: wall / STEPS, cpu: spent / STEPS, by: new Map(costs) };
}

async function one(aSecond: number): Promise<{ wall: number; cpu: number }> {
  const second = now;
  if (aSecond > 0) await send(aSecond, (i) => second + Math.floor((i / aSecond) * 1000));
  now += 1000;
  clock.set(now);
  const cpu = process.cpuUsage();
  const began = performance.now();
  await scorer.step(now);
  const { user, system } = process.cpuUsage(cpu);
  return { wall: performance.now() - began, cpu: (user + system) / 1000 };
}

await scorer.step(now);
const busy = await steps(A_SECOND);
const [seen] = await lane.rows<{ hour: number; latest: number }>(
  `SELECT uniqExact(entity) AS hour, uniqExactIf(entity, entity_seconds_v1.second = fromUnixTimestamp(${Math.floor(now / 1000) - 1})) AS latest
   FROM {db}.entity_seconds_v1 WHERE entity_seconds_v1.second >= fromUnixTimestamp(${Math.floor(now / 1000) - 3600})`,
);
await new Promise((resolve) => setTimeout(resolve, 6000));
const idle = await steps(0);
const ms = (value: number) => value.toFixed(0).padStart(8);
const say = (line: string) => process.stdout.write(`${line}\n`);
say(
  `${seen?.hour} entities in the last hour, ${seen?.latest} in the last second; load ${loadavg()[0]?.toFixed(1)}; ms a step`,
);
say(`${''.padEnd(24)}    wall     CPU   CPU when nothing happens`);
for (const [name, cost] of [...busy.by].sort((a, b) => b[1].cpu - a[1].cpu))
  say(`${name.padEnd(24)}${ms(cost.wall / STEPS)}${ms(cost.cpu / STEPS)}${ms((idle.by.get(name)?.cpu ?? 0) / STEPS)}`);
say(`${'step'.padEnd(24)}${ms(busy.wall)}${ms(busy.cpu)}${ms(idle.cpu)}`);
say(`${(busy.cpu / idle.cpu).toFixed(1)} times the CPU of a step in which nothing happens`);
await lane.close();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
