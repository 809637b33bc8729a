import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { startBridge } from '../support/clickhouse-bridge.ts';
import { createTopic, kafkaOf, startBroker } from '../support/kafka.ts';
import { startCommand } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

// ClickHouse goes away while events come at full rate: the worker's memory second by second, what /readyz says, and how
// fast it catches up beside the rate before.
//   npm run -s bench:back-pressure -- [seconds away] [events before]
const AWAY_S = Number(process.argv[2] ?? 20);
const EVENTS = Number(process.argv[3] ?? 60_000);
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
const worker = startCommand(['ingest'], {
  KAFKA_BROKERS: broker.brokers,
  KAFKA_TOPIC: TOPIC,
  KAFKA_GROUP: TOPIC,
  CLICKHOUSE_URL: bridge.url,
  BONAFIDE_GATEWAY_KEYS: 'gateway:a-key-for-benches-only',
  BONAFIDE_DATA_DIR: join(folder, 'worker'),
  BONAFIDE_PORT: String(port),
  LOG_LEVEL: 'error',
});
const stored = async () =>
  (await lane.rows<{ n: number }>('SELECT sum(requests) AS n FROM {db}.entity_1s_v1 WHERE kind = 4'))[0]?.n ?? 0;
const mib = (name: string) =>
  Math.round(
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8'))?.[1]) / 1024,
  );

/** Events a second until everything is stored that was produced. */
async function drain(): Promise<number> {
  const first = await until('some are stored', async () => (await stored()) || null, {
    timeoutMs: 60_000,
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
    { timeoutMs: 120_000, everyMs: 20 },
  );
  await until('all are stored', async () => (await stored()) >= produced, { timeoutMs: 600_000, everyMs: 50 });
  return Math.round((produced - before) / ((performance.now() - began) / 1000));
}

process.stdout.write(`node ${process.version}, load ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
const normal = await drain();
process.stdout.write(`normal rate        ${normal.toLocaleString('en')} events/s, resident ${mib('VmRSS')} MiB\n`);
await bridge.close();
const curve: number[] = [];
const awayUntil = Date.now() + AWAY_S * 1000;
const before = produced;
while (Date.now() < awayUntil) {
  const second = Date.now() + 1000;
  await produce(Math.max(2_000, Math.min(20_000, normal)));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, second - Date.now())));
  curve.push(mib('VmRSS'));
}
const ready = (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as {
  parts: { ingest?: { detail: string } };
};
process.stdout.write(
  `away for ${AWAY_S} s, ${(produced - before).toLocaleString('en')} events came; resident MiB by second: ${curve.join(' ')}\n` +
    `/readyz            ${ready.parts.ingest?.detail}\n`,
);
bridge = await startBridge(path, bridgePort);
const again = await drain();
process.stdout.write(
  `catching up        ${again.toLocaleString('en')} events/s, ${(again / normal).toFixed(2)} of normal; resident at most ${mib('VmHWM')} MiB\n`,
);
await worker.stop();
await producer.disconnect();
await lane.close();
await bridge.close();
await broker.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
