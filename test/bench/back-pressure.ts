import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { startBridge } from '../support/clickhouse-bridge.ts';
import { createTopic, kafkaOf, startBroker } from '../support/kafka.ts';
import { startCommand } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { curveSvg, type Sample } from './curve.ts';

// ClickHouse goes away, or becomes slow, while events come at full rate: the worker's memory as a curve, what /readyz
// says, and how fast it catches up beside the rate before.
//   npm run -s bench:back-pressure -- [--minutes 0.5] [--slow MS] [--events 400000] [--svg FILE]
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    slow: { type: 'string' },
    events: { type: 'string' },
    svg: { type: 'string' },
  },
});
/** Milliseconds that each statement takes more; 0: it is away. */
const SLOW_MS = Number(values.slow ?? 0);
const STATE = SLOW_MS > 0 ? `slow (each statement takes ${SLOW_MS / 1000} s more)` : 'away';
const AWAY_S = Math.round(Number(values.minutes ?? 0.5) * 60);
/** The normal rate is one that lasts: a first 60,000 events go in half as fast again, before the engine has anything to merge. */
const EVENTS = Number(values.events ?? 400_000);
/** A line of the curve each so many seconds. */
const LINE_S = AWAY_S > 120 ? 15 : 5;
/** Catching up is measured over this at most: after ten minutes away it takes as long again. */
const CATCH_UP_MS = 60_000;
const TOPIC = 'bench.back-pressure';
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const path = join(folder, 'clickhouse');
const start = Date.now() - 60_000;
let produced = 0;

const broker = await startBroker();
await createTopic(broker.brokers, TOPIC, 4);
const producer = kafkaOf(broker.brokers).producer();
await producer.connect();
async function produce(events: number): Promise<void> {
  for (const end = produced + events; produced < end; ) {
    const from = produced;
    produced = Math.min(end, from + 2_000);
    const messages = Array.from({ length: produced - from }, (_, i) => ({
      partition: (from + i) % 4,
      value: JSON.stringify(madeUpEvent(from + i, start + ((from + i) % 60_000))),
    }));
    await producer.send({ topic: TOPIC, messages });
  }
}

let bridge = await startBridge(path);
const bridgePort = Number(new URL(bridge.url).port);
const lane = openLane({ kind: 'embedded', path }, 'bonafide');
await migrate(lane, { retentionDays: 30, ttl: true });
await produce(EVENTS);
const port = await freePort();
const startWorker = () =>
  startCommand(['ingest'], {
    KAFKA_BROKERS: broker.brokers,
    KAFKA_TOPIC: TOPIC,
    KAFKA_GROUP: TOPIC,
    CLICKHOUSE_URL: bridge.url,
    BONAFIDE_GATEWAY_KEYS: 'gateway:a-key-for-benches-only',
    BONAFIDE_DATA_DIR: join(folder, 'worker'),
    BONAFIDE_PORT: String(port),
    LOG_LEVEL: 'error',
  });
let worker = startWorker();
const stored = async () =>
  (await lane.rows<{ n: number }>('SELECT sum(requests) AS n FROM {db}.entity_1s_v1 WHERE kind = 4'))[0]?.n ?? 0;
const mib = (name: string) =>
  Math.round(
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8'))?.[1]) / 1024,
  );

/** Events a second until everything is stored that was produced, or for a minute. */
async function drain(): Promise<number> {
  const first = await until('some are stored', async () => (await stored()) || null, {
    timeoutMs: 300_000,
    everyMs: 20,
  });
  let before = first;
  let began = performance.now();
  await until(
    'it goes on',
    async () => {
      const now = await stored();
      if (now === before) return false;
      before = now;
      began = performance.now();
      return true;
    },
    { timeoutMs: 300_000, everyMs: 20 },
  );
  let now = before;
  await until(
    'all are stored',
    async () => {
      now = await stored();
      return now >= produced || performance.now() - began > CATCH_UP_MS;
    },
    { timeoutMs: 600_000, everyMs: 50 },
  );
  return Math.round((now - before) / ((performance.now() - began) / 1000));
}

process.stdout.write(`node ${process.version}, load ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
const normal = await drain();
process.stdout.write(`normal rate        ${normal.toLocaleString('en')} events/s, resident ${mib('VmRSS')} MiB\n`);
if (SLOW_MS > 0) bridge.slowBy(SLOW_MS);
else await bridge.close();
const began = Date.now();
const before = produced;
/** The highest of each line's seconds: what is between the lines is not hidden. */
const curve: Sample[] = [{ second: 0, mib: mib('VmRSS') }];
let highest = 0;
for (let second = 1; second <= AWAY_S; second++) {
  await produce(Math.max(2_000, Math.min(20_000, normal)));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + second * 1000 - Date.now())));
  highest = Math.max(highest, mib('VmRSS'));
  const at = Math.round((Date.now() - began) / 1000);
  if (at < (curve.at(-1)?.second ?? 0) + LINE_S && at < AWAY_S) continue;
  curve.push({ second: at, mib: highest });
  const came = (produced - before).toLocaleString('en').padStart(12);
  process.stdout.write(
    `${String(at).padStart(5)} s ${came} events came ${String(highest).padStart(5)} MiB ${'#'.repeat(Math.round(highest / 16))}\n`,
  );
  highest = 0;
  if (at >= AWAY_S) break;
}
const ready = (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as {
  parts: { ingest?: { detail: string } };
};
const rate = Math.round((produced - before) / ((Date.now() - began) / 1000));
process.stdout.write(
  `${STATE} for ${AWAY_S} s, ${(produced - before).toLocaleString('en')} events came, ${rate.toLocaleString('en')} a second\n` +
    `/readyz            ${ready.parts.ingest?.detail}\n`,
);
if (values.svg !== undefined)
  writeFileSync(
    values.svg,
    curveSvg(
      curve,
      `Memory of an ingest worker while ClickHouse is ${STATE}, ${rate.toLocaleString('en')} events/s coming`,
    ),
  );
if (SLOW_MS > 0) bridge.slowBy(0);
else bridge = await startBridge(path, bridgePort);
const again = await drain();
process.stdout.write(
  `catching up        ${again.toLocaleString('en')} events/s, ${(again / normal).toFixed(2)} of normal; resident at most ${mib('VmHWM')} MiB\n`,
);

// What "normal" was, was measured into empty tables. The same again into tables that hold what came meanwhile: the worker
// is stopped while as many events are produced, and nothing is merged any more when it starts.
await until('the rest is stored', async () => (await stored()) >= produced, { timeoutMs: 3_600_000, everyMs: 500 });
await worker.stop();
await produce(EVENTS);
await until(
  'merges are over',
  async () => ((await lane.rows<{ n: number }>('SELECT count() AS n FROM system.merges'))[0]?.n ?? 0) === 0,
  { timeoutMs: 300_000, everyMs: 500 },
);
worker = startWorker();
const full = await drain();
process.stdout.write(
  `normal, full       ${full.toLocaleString('en')} events/s into tables that hold ${(produced - EVENTS).toLocaleString('en')} events; catching up was ${(again / full).toFixed(2)} of that\n`,
);
await worker.stop();
await producer.disconnect();
await lane.close();
await bridge.close();
await broker.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
