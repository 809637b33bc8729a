import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { madeUpEvent } from '../support/access-log.ts';
import { type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { type Broker, createTopic, kafkaOf, startBroker } from '../support/kafka.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('topic-changes');
const began = Date.now();
let under: IngestUnderTest | undefined;
let broker: Broker;
let brokers = '';
beforeAll(async () => {
  // Else whoever asks for a topic that was deleted makes it, with one partition.
  broker = await startBroker({ more: ['auto.create.topics.enable=false'] });
  brokers = broker.brokers;
});
afterEach(async () => {
  await under?.close();
  under = undefined;
});
afterAll(async () => {
  await broker.stop();
  folder.remove();
});

let topics = 0;
async function follow(partitions: number): Promise<string> {
  const topic = `changes-${process.pid}-${topics++}`;
  await createTopic(brokers, topic, partitions);
  under = await openIngest(folder.path, { brokers: [brokers], topic, group: topic, ssl: null, sasl: null });
  return topic;
}

/** Events by number, spread over partitions. */
async function produce(topic: string, from: number, to: number, partitions: number): Promise<void> {
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  const messages = Array.from({ length: to - from }, (_, i) => ({
    partition: (from + i) % partitions,
    value: JSON.stringify({ ...madeUpEvent(from + i, began - 60_000 + from + i), 'http.request.id': `r-${from + i}` }),
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

/** What stands in raw rows, and in roll-ups over all topics. */
async function stored(topic: string): Promise<{ events: number; different: number; gap: number }> {
  const [row] =
    (await under?.lane.rows<{ events: number; different: number; gap: number }>(
      `SELECT countIf(source = 'kafka:${topic}') AS events, uniqExactIf(request_id, source = 'kafka:${topic}') AS different,
              count() - (SELECT sum(requests) FROM {db}.entity_1s_v1 WHERE kind = 4) AS gap
       FROM {db}.events_raw_v1`,
    )) ?? [];
  return row ?? { events: 0, different: 0, gap: 0 };
}
/** Messages of the topic: a producer whose partition had no leader yet sends the others twice. */
async function messagesOf(topic: string): Promise<number> {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return ends.reduce((sum, { offset }) => sum + Number(offset), 0);
}
const all = (topic: string, n: number) =>
  until(
    `${n} are stored`,
    async () => {
      const { different, events, gap } = await stored(topic);
      // The raw table is written before the roll-ups.
      return different >= n && events >= (await messagesOf(topic)) && gap === 0;
    },
    { timeoutMs: 90_000 },
  );

describe('a topic that changes while it is read', () => {
  it('is read in all its partitions once it has more of them', async () => {
    const topic = await follow(2);
    await produce(topic, 0, 100, 2);
    await all(topic, 100);
    const admin = kafkaOf(brokers).admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] });
    await until('they have leaders', async () => {
      const [about] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
      return about?.partitions.length === 6 && about.partitions.every(({ leader }) => leader >= 0);
    });
    await admin.disconnect();
    await produce(topic, 100, 400, 6);
    await all(topic, 400);
    expect(await stored(topic)).toEqual({ events: await messagesOf(topic), different: 400, gap: 0 });
  });

  it.each([
    ['as many', 3],
    ['more', 5],
    ['fewer', 1],
  ])('and is deleted, and made anew with %s partitions, is read from its beginning', async (_, partitions) => {
    const topic = await follow(3);
    await produce(topic, 0, 300, 3);
    await all(topic, 300);
    const admin = kafkaOf(brokers).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
    await createTopic(brokers, topic, partitions);
    await admin.disconnect();
    await produce(topic, 300, 360, partitions);
    await all(topic, 360);
    expect(await stored(topic)).toEqual({ events: 300 + (await messagesOf(topic)), different: 360, gap: 0 });
    await until('it is well', () => under?.health.report('ingest').ready);
  });
});
