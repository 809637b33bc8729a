import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { madeUpEvent, TOTALS, type Totals } from '../support/access-log.ts';
import { startBridge } from '../support/clickhouse-bridge.ts';
import { createTopic, kafkaOf, startBroker } from '../support/kafka.ts';
import { startCommand } from '../support/process.ts';
import { until } from '../support/until.ts';

// How throughput follows the number of ingest workers over four partitions, and where the CPU goes. Workers are
// processes; the engine answers over HTTP in this process; the broker is on the same machine.
//   npm run -s bench:workers -- [events]
const EVENTS = Number(process.argv[2] ?? 200_000);
const PARTITIONS = 4;
const TOPIC = 'bench.workers';
const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
const path = join(folder, 'clickhouse');

/** Seconds of CPU that a process has used. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function produce(brokers: string): Promise<void> {
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  const start = Date.now() - 60_000;
  for (let from = 0; from < EVENTS; from += 5_000) {
    const messages = Array.from({ length: Math.min(5_000, EVENTS - from) }, (_, i) => ({
      partition: (from + i) % PARTITIONS,
      value: JSON.stringify(madeUpEvent(from + i, start + Math.floor((60_000 * (from + i)) / EVENTS))),
    }));
    await producer.send({ topic: TOPIC, messages });
  }
  await producer.disconnect();
}

async function measure(brokers: string, url: string, workers: number): Promise<void> {
  const database = `workers_${workers}`;
  const lane = openLane({ kind: 'embedded', path }, database);
  await migrate(lane, { retentionDays: 30, ttl: true });
  const started = Array.from({ length: workers }, (_, n) =>
    startCommand(['ingest'], {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC: TOPIC,
      KAFKA_GROUP: database,
      CLICKHOUSE_URL: url,
      CLICKHOUSE_DATABASE: database,
      BONAFIDE_GATEWAY_KEYS: 'gateway:a-key-for-benches-only',
      BONAFIDE_DATA_DIR: join(folder, `${database}-${n}`),
      BONAFIDE_PORT: '0',
      LOG_LEVEL: 'warn',
    }),
  );
  const stored = async () => (await lane.rows<Totals>(TOTALS))[0]?.by_ip ?? 0;
  await until('the first are stored', async () => (await stored()) > 0, { timeoutMs: 60_000, everyMs: 10 });
  const first = await stored();
  const began = performance.now();
  const cpu = started.map(({ pid }) => cpuOf(pid));
  const own = process.cpuUsage();
  await until('all are stored', async () => (await stored()) >= EVENTS, { timeoutMs: 300_000, everyMs: 100 });
  const seconds = (performance.now() - began) / 1000;
  const used = started.reduce((sum, { pid }, n) => sum + cpuOf(pid) - (cpu[n] ?? 0), 0);
  const { user, system } = process.cpuUsage(own);
  const events = EVENTS - first;
  const micros = (s: number) => ((s * 1e6) / events).toFixed(1).padStart(6);
  process.stdout.write(
    `${workers} workers ${Math.round(events / seconds)
      .toLocaleString('en')
      .padStart(8)} events/s   µs CPU/event: workers ${micros(used)}, engine ${micros((user + system) / 1e6)}\n`,
  );
  await Promise.all(started.map((worker) => worker.stop()));
  await lane.close();
}

const broker = await startBroker();
const bridge = await startBridge(path);
await createTopic(broker.brokers, TOPIC, PARTITIONS);
await produce(broker.brokers);
process.stdout.write(
  `node ${process.version}, load ${(loadavg()[0] ?? 0).toFixed(1)}, ${EVENTS.toLocaleString('en')} events\n`,
);
for (const workers of [1, 2, 4]) await measure(broker.brokers, bridge.url, workers);
await bridge.close();
await broker.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
