import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLane } from '../../shared/clickhouse/client.ts';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { type RunningCommand, runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const TOPIC = `backup-${process.pid}`;
const folder = temporaryFolder('backup');
const { brokers } = sharedBroker();
let port = 0;
let service: RunningCommand;
const data = join(folder.path, 'data');
const settings = (dataDir = data) => ({
  KAFKA_BROKERS: brokers,
  KAFKA_TOPIC: TOPIC,
  KAFKA_GROUP: TOPIC,
  BONAFIDE_DATA_DIR: dataDir,
  BONAFIDE_PORT: String(port),
  LOG_LEVEL: 'warn',
});
const start = async (dataDir = data) => {
  service = startCommand(['serve'], settings(dataDir));
  await service.waitFor('listens on');
};

beforeAll(async () => {
  port = await freePort();
  await createTopic(brokers, TOPIC, 2);
  await start();
});
afterAll(async () => {
  await service.stop();
  folder.remove();
});

async function produce(from: number, to: number): Promise<void> {
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  const messages = Array.from({ length: to - from }, (_, i) => ({
    partition: (from + i) % 2,
    value: JSON.stringify(madeUpEvent(from + i, Date.now() - 60_000 + from + i)),
  }));
  await producer.send({ topic: TOPIC, messages });
  await producer.disconnect();
}

async function events(dataDir = data): Promise<number> {
  const { adminToken } = JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8')) as { adminToken: string };
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/counts`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  return ((await response.json()) as { events: number }).events;
}

describe('backup and restore', () => {
  it('bring back data, policy and keys; what came since is read from Kafka, each event once', async () => {
    await produce(0, 1_000);
    await until('the first are stored', async () => (await events()) === 1_000);
    const policy = join(folder.path, 'policy.yaml');
    writeFileSync(policy, 'mode: enforce\n');
    expect((await runCommand(['policy', 'apply', policy, '--reason', 'before the backup'], settings())).code).toBe(0);

    const file = join(folder.path, 'monday.tar');
    // Events come while it is made.
    const producing = produce(1_000, 3_000);
    const made = await runCommand(['backup', file], settings());
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await runCommand(['backup', file], settings())).code).toBe(2);
    await producing;
    await until('all are stored', async () => (await events()) === 3_000);
    const busy = await runCommand(['restore', file, '--replace'], settings());
    expect([busy.code, busy.stderr]).toEqual([1, expect.stringContaining('in use by the running process')]);
    const keys = readFileSync(join(data, 'keys.json'), 'utf8');
    await service.stop();

    const torn = join(folder.path, 'torn.tar');
    writeFileSync(torn, readFileSync(file).subarray(0, statSync(file).size >> 1));
    const other = join(folder.path, 'other');
    expect(await runCommand(['restore', torn], settings(other))).toMatchObject({ code: 1 });
    expect(await runCommand(['restore', file], settings())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds data already'),
    });

    const restored = await runCommand(['restore', file], settings(other));
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    expect(readFileSync(join(other, 'keys.json'), 'utf8')).toBe(keys);
    await start(other);
    await until('all are there again', async () => (await events(other)) === 3_000);
    const shown = await runCommand(['policy', 'show'], settings(other));
    expect(shown.stdout).toContain('before the backup');
    await service.stop();

    // Over the data that is there, and made at rest.
    const atRest = join(folder.path, 'rest.tar');
    expect((await runCommand(['backup', atRest], settings(other))).code).toBe(0);
    const replaced = await runCommand(['restore', atRest, '--replace'], settings());
    expect([replaced.code, replaced.stdout]).toEqual([0, expect.stringContaining('What was there lies in')]);
    await start();
    await until('nothing came twice', async () => (await events()) === 3_000);
    await service.stop();
    const lane = openLane({ kind: 'embedded', path: join(data, 'clickhouse') }, 'bonafide');
    const [row] = await lane.rows<Totals>(TOTALS);
    await lane.close();
    expect(row).toEqual(totalsOf(3_000));
  });
});
