// The snapshot from a real engine: whole load at 10,000, 100,000 and 1,000,000 entities, then refreshes with 1 % of them
// changed, and how long any request would have had to wait meanwhile:
//   node test/bench/snapshot.mjs [entities …]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sizes = process.argv.slice(2).map(Number);
if (sizes.length !== 1) {
  process.stdout.write(`node ${process.version}, load ${loadavg()[0].toFixed(1)}\n`);
  for (const size of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]) {
    // Memory of one size must not hide behind that of another.
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), String(size)], { stdio: 'inherit' });
  }
  process.exit(0);
}

const at = (path) => import(`../../dist/${path}.js`);
const { openLane } = await at('shared/clickhouse/client');
const { migrate } = await at('shared/clickhouse/migrate');
const { createSnapshot } = await at('services/decide/snapshot');
const { createHealth } = await at('shared/health');
const { createMetrics } = await at('shared/metrics');
const { createLogger } = await at('shared/logger');
const { systemClock } = await at('shared/clock');

const [size] = sizes;
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const clickhouse = openLane({ kind: 'embedded', path: folder }, 'bonafide');
try {
  await migrate(clickhouse, { retentionDays: 30, ttl: false });
  const start = Math.floor(Date.now() / 1000) - 100;
  const insert = async (step, count, score) => {
    await clickhouse.run(`INSERT INTO {db}.risk_step_v1 (step, entity, scope, kind, id, score, held, reasons)
      SELECT fromUnixTimestamp(${step}), cityHash64(number), 'default', 1 + number % 4, concat('entity-', toString(number)),
        ${score}, 0, arrayMap(i -> ('requests:1m', number % 900, 20, toFloat64(40 - i)), range(4))
      FROM numbers(${count})`);
    await clickhouse.run(
      `INSERT INTO {db}.snapshot_v1 (step, published_at, scored_until, entities, elapsed_ms)
       VALUES (fromUnixTimestamp(${step}), now64(3), now64(3), ${count}, 1)`,
    );
  };
  await insert(start, size, '1 + number % 50');
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const snapshot = createSnapshot({
    clickhouse: openLane({ kind: 'embedded', path: folder }, 'bonafide'),
    clock: systemClock,
    health: createHealth(['decide']),
    metrics: createMetrics(),
    log: createLogger('silent'),
  });
  const loadStarted = performance.now();
  await snapshot.load();
  const loadMs = performance.now() - loadStarted;
  const rss = process.memoryUsage().rss;
  if (snapshot.size() !== size) throw new Error(`${snapshot.size()} entities instead of ${size}`);

  // Gaps between turns of the event loop are what a request would wait for.
  const gaps = [];
  const refreshes = [];
  for (let round = 1; round <= 5; round++) {
    await insert(start + round, Math.max(1, Math.floor(size / 100)), `${round} + number % 50`);
    let last = performance.now();
    let running = true;
    const turn = () => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    const started = performance.now();
    await snapshot.refresh();
    refreshes.push(performance.now() - started);
    running = false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  gaps.sort((a, b) => a - b);
  refreshes.sort((a, b) => a - b);
  const mib = (bytes) => Math.round(bytes / 1_048_576);
  process.stdout.write(
    `${String(size).padStart(9)} entities: load ${(loadMs / 1000).toFixed(2)} s, ${mib(rss - before)} MiB more (RSS ${mib(rss)} MiB with the engine)` +
      `; refresh of 1 % ${refreshes[2].toFixed(0)} ms (most ${refreshes[4].toFixed(0)})` +
      `; longest turn meanwhile ${gaps.at(-1).toFixed(1)} ms, p99.9 ${gaps[Math.floor(gaps.length * 0.999)].toFixed(1)} ms\n`,
  );
} finally {
  await clickhouse.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
