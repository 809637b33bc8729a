import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { KafkaSettings } from '../../schemas/settings.ts';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { createTopic, kafkaOf, sharedBroker, startBroker } from '../support/kafka.ts';
import { outcomeOf, type RunOutcome } from '../support/outcome.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const { brokers } = sharedBroker();
let under: IngestUnderTest | undefined;
const folders: { remove(): void }[] = [];
afterEach(async () => {
  await under?.close();
  under = undefined;
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

function newFolder(): string {
  const folder = temporaryFolder('kafka-faults');
  folders.push(folder);
  return folder.path;
}
const settings = (topic: string, at = brokers): KafkaSettings => ({
  brokers: [at],
  topic,
  group: topic,
  ssl: null,
  sasl: null,
});
const BEGAN = Date.now();
const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({
    partition: (from + i) % 2,
    value: JSON.stringify(madeUpEvent(from + i, BEGAN - 30_000 + from + i)),
  }));
/** When risk is asked for: amid the windows of the events, and behind the short ones. */
const STEPS = [60, 700].map((s) => BEGAN + s * 1000);
const totals = async () => (await under?.lane.rows<Totals>(TOTALS))?.[0];
const lost = () => Number(/source="kafka",result="lost"\} (\d+)/.exec(under?.metrics.text() ?? '')?.[1] ?? 0);

const HOW = { places: false };

/** What the same messages leave where nothing breaks. */
async function undisturbed(topic: string, sent: readonly { partition: number; value: string }[]): Promise<RunOutcome> {
  await createTopic(brokers, topic, 2);
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  await producer.send({ topic, messages: [...sent] });
  await producer.disconnect();
  const calm = await openIngest(newFolder(), settings(topic));
  try {
    await until(
      'the undisturbed run is done',
      async () => ((await calm.lane.rows<Totals>(TOTALS))[0]?.by_ip ?? 0) >= sent.length,
      { timeoutMs: 60_000 },
    );
    return await outcomeOf(calm.lane, STEPS, HOW);
  } finally {
    await calm.close();
  }
}

describe('retention that passes while ingest is away', () => {
  it('is named, counted and shown in /readyz, and everything that is still there is stored once', async () => {
    const topic = `expired-${process.pid}`;
    await createTopic(brokers, topic, 2);
    const producer = kafkaOf(brokers).producer();
    const admin = kafkaOf(brokers).admin();
    await producer.connect();
    await admin.connect();
    const folder = newFolder();
    await producer.send({ topic, messages: messages(0, 100) });
    under = await openIngest(folder, settings(topic));
    await until('the first are stored', async () => (await totals())?.by_ip === 100, { timeoutMs: 60_000 });
    await under.close();

    await producer.send({ topic, messages: messages(100, 200) });
    // Partition 0 loses the end of what was stored and 30 messages more; partition 1 only what was stored.
    // Lets the client know who leads the partitions.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({
      topic,
      partitions: [
        { partition: 0, offset: '80' },
        { partition: 1, offset: '20' },
      ],
    });
    under = await openIngest(folder, settings(topic));
    await until('the rest is stored', async () => ((await totals())?.by_ip ?? 0) >= 170, { timeoutMs: 60_000 });
    expect(await totals()).toMatchObject({ raw: 170, places: 170, by_ip: 170, by_user: 170, ids: 170 });
    expect(lost()).toBe(30);
    const part = under.health.report('ingest').parts.ingest;
    expect(part).toMatchObject({ state: 'degraded', detail: expect.stringContaining('deleted 30 messages') });
    await admin.disconnect();
    await producer.disconnect();
    const outcome = await outcomeOf(under.lane, STEPS, HOW);
    // Those that Kafka deleted: offsets 50 to 79 of partition 0.
    const left = messages(0, 200).filter((_, n) => n % 2 === 1 || n < 100 || n >= 160);
    await under.close();
    under = undefined;
    expect(outcome).toEqual(await undisturbed(`${topic}-calm`, left));
  });
});

describe('a broker that is killed and started again and again', () => {
  it('costs nothing and doubles nothing, in raw, in every roll-up and in the risks', async () => {
    const broker = await startBroker();
    try {
      const topic = 'restarted';
      await createTopic(broker.brokers, topic, 2);
      under = await openIngest(newFolder(), settings(topic, broker.brokers));
      let produced = 0;
      for (let round = 0; round < 3; round++) {
        const producer = kafkaOf(broker.brokers).producer();
        await producer.connect();
        for (let i = 0; i < 5; i++) {
          await producer.send({ topic, messages: messages(produced, produced + 200) });
          produced += 200;
        }
        await producer.disconnect();
        await until('some of it is stored', async () => ((await totals())?.raw ?? 0) > produced - 1_000, {
          timeoutMs: 90_000,
        });
        await broker.kill();
        await broker.start();
      }
      await until('all is stored', async () => ((await totals())?.by_ip ?? 0) >= produced, { timeoutMs: 90_000 });
      expect(await totals()).toEqual(totalsOf(produced));
      const outcome = await outcomeOf(under.lane, STEPS, HOW);
      await under.close();
      under = undefined;
      expect(outcome).toEqual(await undisturbed(`restarted-calm-${process.pid}`, messages(0, produced)));
    } finally {
      await broker.stop();
    }
  }, 400_000);
});

describe('a client behind one trusted proxy', () => {
  it('is named by messages of Kafka too', async () => {
    const topic = `behind-${process.pid}`;
    await createTopic(brokers, topic, 2);
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    const line = {
      nginx: 1,
      msec: String(BEGAN / 1000),
      addr: '203.0.113.9',
      forwarded_for: '6.6.6.6, 198.51.100.7',
      method: 'GET',
      target: '/by/kafka',
      status: '200',
    };
    await producer.send({ topic, messages: [{ partition: 0, value: JSON.stringify(line) }] });
    await producer.disconnect();
    const opened = await openIngest(newFolder(), settings(topic), { trustedHops: 1 });
    under = opened;
    const clients = async () =>
      (await opened.lane.rows<{ ip: string }>("SELECT ip FROM {db}.events_raw_v1 WHERE path = '/by/kafka'")).map(
        ({ ip }) => ip,
      );
    await until('the line is stored', async () => (await clients()).length > 0, { timeoutMs: 60_000 });
    expect(await clients()).toEqual(['198.51.100.7']);
  });
});
