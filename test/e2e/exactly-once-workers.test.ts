import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, type ClickHouseTarget, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { startBridge } from '../support/clickhouse-bridge.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { outcomeOf } from '../support/outcome.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { contentOf } from '../support/tables.ts';
import { random } from '../support/traffic.ts';
import { until } from '../support/until.ts';

const TOPIC = `exactly-once-workers-${process.pid}`;
const BATCH = 500;
const PER_ROUND = 2_500;
/** Two kills each, and a last one in which a member comes and goes. */
const ROUNDS = 10;
const EVENTS = (ROUNDS + 1) * PER_ROUND;
/** A second message of the same id comes right behind every so manieth. */
const TWICE_EACH = 100;
const TWINS = EVENTS / TWICE_EACH;
/** Kills come at moments of this seed. */
const SEED = Number(process.env.KILL_SEED ?? 20_261_128);

/** `npm run test:cluster`: a server or cluster of yours in place of the engine behind the bridge. */
const SERVER = process.env.CLUSTER_TEST === undefined ? undefined : process.env.CLICKHOUSE_URL;
const LOGIN = {
  CLICKHOUSE_USER: process.env.CLICKHOUSE_USER ?? 'default',
  CLICKHOUSE_PASSWORD: process.env.CLICKHOUSE_PASSWORD ?? '',
  CLICKHOUSE_CLUSTER: process.env.CLICKHOUSE_CLUSTER ?? '',
};
const DISTURBED = `kills_${process.pid}`;
const CALM = `${DISTURBED}_reference`;

describe('ingest as separate processes', () => {
  const folder = temporaryFolder('workers');
  const chance = random(SEED);
  const began = Date.now();
  /** When risk is asked for: amid the events' windows and behind the short ones. */
  const STEPS = [30, 31, 90, 400].map((s) => began + s * 1000);
  const { brokers } = sharedBroker();
  let bridge: { url: string; close(): Promise<void> };
  let target: ClickHouseTarget;
  let lane: ClickHouse;
  const workers: RunningCommand[] = [];

  beforeAll(async () => {
    const path = join(folder.path, 'clickhouse');
    bridge = SERVER === undefined ? await startBridge(path) : { url: SERVER, close: async () => undefined };
    const cluster = LOGIN.CLICKHOUSE_CLUSTER === '' ? null : LOGIN.CLICKHOUSE_CLUSTER;
    const { CLICKHOUSE_USER: username, CLICKHOUSE_PASSWORD: password } = LOGIN;
    target =
      SERVER === undefined ? { kind: 'embedded', path } : { kind: 'server', url: SERVER, username, password, cluster };
    lane = await openDatabase(DISTURBED);
    await createTopic(brokers, TOPIC, 4);
  });

  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map((worker) => worker.exited));
    const everywhere = lane.cluster === null ? '' : `ON CLUSTER '${lane.cluster}'`;
    for (const name of [DISTURBED, CALM]) await lane.run(`DROP DATABASE IF EXISTS ${name} ${everywhere}`);
    await lane.close();
    await bridge.close();
    folder.remove();
  });

  async function openDatabase(name: string): Promise<ClickHouse> {
    const opened = openLane(target, name);
    await migrate(opened, { retentionDays: 30, ttl: true, cluster: opened.cluster });
    return opened;
  }

  function startWorker(n: number, database = DISTURBED, group = TOPIC, level = 'warn'): RunningCommand {
    const worker = startCommand(['ingest'], {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC: TOPIC,
      KAFKA_GROUP: group,
      CLICKHOUSE_URL: bridge.url,
      ...(SERVER === undefined ? {} : LOGIN),
      CLICKHOUSE_DATABASE: database,
      BONAFIDE_GATEWAY_KEYS: 'gateway:a-key-for-tests-only',
      BONAFIDE_DATA_DIR: join(folder.path, `worker-${database}-${n}`),
      BONAFIDE_PORT: '0',
      LOG_LEVEL: level,
    });
    if (database === DISTURBED) workers[n] = worker;
    return worker;
  }

  /** Produces the events of one round over some seconds, so that kills meet blocks of every size. */
  async function produce(round: number, pauseMs = 300): Promise<void> {
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    const from = round * PER_ROUND;
    for (let first = from; first < from + PER_ROUND; first += BATCH) {
      const messages = Array.from({ length: BATCH }, (_, i) => {
        const n = first + i;
        const event = madeUpEvent(n, began - 60_000 + n);
        if (n % TWICE_EACH !== 0) return [{ partition: n % 4, value: JSON.stringify(event) }];
        const twin = { partition: n % 4, value: JSON.stringify({ ...event, event_id: `twin-${n}` }) };
        return [twin, twin];
      }).flat();
      await producer.send({ topic: TOPIC, messages });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    await producer.disconnect();
  }

  async function kill(n: number): Promise<void> {
    workers[n]?.kill('SIGKILL');
    await workers[n]?.exited;
  }

  async function stopAll(): Promise<void> {
    await Promise.all(workers.map((worker) => worker.stop()));
    workers.length = 0;
  }

  const totals = async () => (await lane.rows<Totals>(TOTALS))[0];

  /** Workers that cut a block since then. */
  async function ownersSince(ms: number): Promise<number> {
    const [row] = await lane.rows<{ n: number }>(
      `SELECT uniqExact(owner) AS n FROM {db}.ingest_cuts_v1
       WHERE topic = '${TOPIC}' AND last >= first AND written_at >= fromUnixTimestamp64Milli({ms:Int64}, 'UTC')`,
      { params: { ms } },
    );
    return row?.n ?? 0;
  }

  it(`leaves raw, every roll-up and the risks as an undisturbed run does, though workers are killed ${2 * ROUNDS} times (seed ${SEED})`, async () => {
    startWorker(0);
    startWorker(1);
    const producing: Promise<void>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = (await totals())?.raw ?? 0;
      producing.push(produce(round));
      await until('more was stored', async () => ((await totals())?.raw ?? 0) > before, { timeoutMs: 120_000 });
      await new Promise((resolve) => setTimeout(resolve, chance() * 800));
      const first = chance() < 0.5 ? 0 : 1;
      await kill(first);
      // Sometimes the survivor takes over before it is killed in its turn.
      await new Promise((resolve) => setTimeout(resolve, chance() * (round % 3 === 0 ? 7_000 : 300)));
      await kill(1 - first);
      startWorker(0);
      startWorker(1);
    }
    // A member that joins and leaves while messages come moves partitions in mid-batch.
    const since = Date.now();
    producing.push(produce(ROUNDS, 3_000));
    const third = startWorker(2, DISTURBED, TOPIC, 'info');
    await third.waitFor(/"event":"kafka_assigned"[^\n]*"partitions":\[\d/, 60_000);
    await until('all three store', async () => (await ownersSince(since)) >= 3, { timeoutMs: 60_000 });
    expect(await third.stop()).toBe(0);
    await Promise.all(producing);
    await until('all is stored', async () => ((await totals())?.raw ?? 0) >= EVENTS, { timeoutMs: 180_000 });
    // A survivor may still complete the block of one that was killed: roll-ups come to rest at the same number.
    await until('roll-ups are whole', async () => ((await totals())?.by_ip ?? 0) >= EVENTS, {
      timeoutMs: 120_000,
    });
    expect(await totals()).toEqual(totalsOf(EVENTS));
    const content = await contentOf(lane);

    await stopAll();

    // Every partition again from its start.
    const admin = kafkaOf(brokers).admin();
    await admin.connect();
    await until('the group is empty', async () => {
      await admin.resetOffsets({ groupId: TOPIC, topic: TOPIC, earliest: true });
      return true;
    });
    const again = startWorker(0);
    await again.waitFor('listens on');
    await until(
      'all is committed again',
      async () => {
        const [at] = await admin.fetchOffsets({ groupId: TOPIC, topics: [TOPIC] });
        const offsets = at?.partitions.map(({ offset }) => Number(offset)) ?? [];
        return offsets.length === 4 && offsets.reduce((sum, offset) => sum + offset, 0) === EVENTS + TWINS;
      },
      { timeoutMs: 120_000 },
    );
    await admin.disconnect();
    await stopAll();
    expect(await contentOf(lane)).toEqual(content);

    // The same topic by one worker that nothing happens to.
    const reference = await openDatabase(CALM);
    const calm = startWorker(0, CALM, `${TOPIC}-reference`);
    const storedCalmly = async () => (await reference.rows<Totals>(TOTALS))[0];
    await until('the undisturbed run is done', async () => ((await storedCalmly())?.by_ip ?? 0) >= EVENTS, {
      timeoutMs: 180_000,
    });
    expect(await calm.stop()).toBe(0);
    expect(await outcomeOf(lane, STEPS)).toEqual(await outcomeOf(reference, STEPS));
    await reference.close();
  }, 1_200_000);
});
