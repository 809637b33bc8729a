import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaSettings } from '../../schemas/settings.ts';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { type Broker, createTopic, KAFKA_USER, kafkaOf, sharedBroker, startBroker } from '../support/kafka.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

let under: IngestUnderTest | undefined;
const folder = temporaryFolder('kafka');
let topics = 0;
const { brokers, secureBrokers, caFile } = sharedBroker();
const plain = (topic: string, at = brokers): KafkaSettings => ({
  brokers: [at],
  topic,
  group: topic,
  ssl: null,
  sasl: null,
});

// One engine a process: each test has a folder, and thereby a process of the engine, only one after another.
afterEach(async () => {
  await under?.close();
  under = undefined;
});
afterAll(() => folder.remove());

async function newTopic(partitions = 2, at = brokers): Promise<string> {
  const topic = `ingest-${process.pid}-${topics++}`;
  await createTopic(at, topic, partitions);
  return topic;
}

async function produce(
  topic: string,
  values: (string | Record<string, unknown>)[],
  partition = 0,
  at = brokers,
): Promise<void> {
  const producer = kafkaOf(at).producer();
  await producer.connect();
  const messages = values.map((value) => ({
    partition,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}
const events = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => madeUpEvent(from + i, Date.now() - 30_000 + from + i));
const storedFrom = async (topic: string) => {
  const [row] =
    (await under?.lane.rows<{ n: number }>(
      `SELECT count() AS n FROM {db}.events_raw_v1 WHERE source = 'kafka:${topic}'`,
    )) ?? [];
  return row?.n ?? 0;
};
const metric = (result: string) =>
  Number(new RegExp(`source="kafka",result="${result}"\\} (\\d+)`).exec(under?.metrics.text() ?? '')?.[1] ?? 0);

describe('ingest from a real broker', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('reads over TLS with SASL %s', async (mechanism) => {
    const topic = await newTopic();
    await produce(topic, events(0, 10));
    under = await openIngest(folder.path, {
      ...plain(topic, secureBrokers),
      ssl: { ca: readFileSync(caFile, 'utf8') },
      sasl: { mechanism, ...KAFKA_USER },
    });
    await until('all is stored', async () => (await storedFrom(topic)) === 10);
  });

  it('says in one sentence what is wrong with a password or a certificate', async () => {
    const topic = await newTopic();
    const secure = { ...plain(topic, secureBrokers), ssl: { ca: readFileSync(caFile, 'utf8') } };
    const sasl = { mechanism: 'plain' as const, username: KAFKA_USER.username, password: 'wrong' };
    under = await openIngest(folder.path, { ...secure, sasl });
    const detail = () => under?.health.report('ingest').parts.kafka?.detail ?? '';
    await until('it tells', () => /refuses the SASL user: check KAFKA_SASL_MECHANISM/.test(detail()));
    expect(detail()).not.toContain('wrong');
    await under.close();
    under = await openIngest(folder.path, { ...plain(topic, secureBrokers), ssl: {} });
    await until('it tells', () => /TLS with Kafka at .* fails/.test(detail()));
  });

  it('puts bad records into the table and the dead-letter topic, redacted, with place and reason', async () => {
    const topic = await newTopic(1);
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJl';
    await produce(topic, [...events(0, 2), `{"time": broken, "authorization": "Bearer ${token}"}`, ...events(2, 4)]);
    under = await openIngest(folder.path, plain(topic));
    await until('good ones are stored', async () => (await storedFrom(topic)) === 4);
    const [letter] = await under.lane.rows<{ offset: number; reason: string; sample: string }>(
      `SELECT offset, reason, sample FROM {db}.dead_letters_v1 FINAL WHERE source = 'kafka:${topic}'`,
    );
    expect(letter).toMatchObject({ offset: 2, reason: 'malformed' });
    expect(letter?.sample).not.toContain(token);
    const consumer = kafkaOf(brokers).consumer({ groupId: `${topic}-look` });
    await consumer.connect();
    await consumer.subscribe({ topics: [`${topic}.dead-letter`], fromBeginning: true });
    const seen: { key: string; reason: string; value: string }[] = [];
    await consumer.run({
      eachMessage: async ({ message: { key, headers, value } }) => {
        seen.push({ key: String(key), reason: String(headers?.reason), value: String(value) });
      },
    });
    await until('the letter is in the topic', () => seen.length > 0);
    await consumer.disconnect();
    expect(seen[0]).toMatchObject({ key: `${topic}-0-2`, reason: 'malformed' });
    expect(seen[0]?.value).not.toContain(token);
  });

  it('sends a dead letter again from Kafka, whole, and counts it once', async () => {
    const topic = await newTopic(1);
    // Ahead of the clock by a little more than is taken: later it is good.
    const time = Date.now() + 62_000;
    await produce(topic, [{ ...madeUpEvent(1, time), event_id: `late-${topic}` }]);
    under = await openIngest(folder.path, plain(topic));
    await until('it was refused', () => metric('dead_letter') === 1);
    const place = { source: `kafka:${topic}`, partition: 0, offset: 0 };
    await until('its time has come', () => Date.now() > time - 60_000);
    expect(await under.ingest.resend([place])).toEqual({ resent: 1, refused: [] });
    expect(await storedFrom(topic)).toBe(1);
    expect((await under.ingest.resend([place])).resent).toBe(0);
    const nowhere = await under.ingest.resend([{ ...place, offset: 99 }]);
    expect(nowhere.refused[0]?.reason).toBe('There is no such dead letter.');
  });

  it('counts an event_id once under two offsets, in one block and in two', async () => {
    const topic = await newTopic(2);
    const twin = { ...madeUpEvent(1, Date.now()), event_id: `twin-${topic}` };
    await produce(topic, [twin, twin, ...events(0, 3)]);
    under = await openIngest(folder.path, plain(topic));
    await until('the first block', async () => (await storedFrom(topic)) === 4);
    await produce(topic, [twin, ...events(3, 5)], 1);
    await until('the second block', async () => (await storedFrom(topic)) === 6);
    await until('both twins were counted', () => metric('duplicate') === 2);
  });

  it('reads a topic that was made anew under its old name from its beginning, and says so', async () => {
    const topic = await newTopic(1);
    await produce(topic, events(0, 50));
    under = await openIngest(folder.path, plain(topic));
    await until('the old topic is stored', async () => (await storedFrom(topic)) === 50);
    await under.close();
    const admin = kafkaOf(brokers).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
    await admin.disconnect();
    await createTopic(brokers, topic, 1);
    await produce(topic, events(50, 60));
    under = await openIngest(folder.path, plain(topic));
    await until('the new topic is stored', async () => (await storedFrom(topic)) === 60);
    expect(under.metrics.text()).toContain('bonafide_ingest_topic_recreated_total 1');
    expect(under.health.report('ingest')).toMatchObject({
      ready: true,
      parts: {
        ingest: {
          state: 'degraded',
          detail: `Partition 0 of ${topic} ends below offset 50, which was stored: the topic was recreated. Reading it from 0.`,
        },
      },
    });
  });
});

describe('a broker that goes away', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());

  it('is waited for at the start and later; ready says so, and nothing is lost', async () => {
    const topic = await newTopic(1, broker.brokers);
    await broker.kill();
    under = await openIngest(folder.path, plain(topic, broker.brokers));
    const kafka = () => under?.health.report('ingest').parts.kafka;
    await until('it tells', () => /does not answer/.test(kafka()?.detail ?? ''));
    expect(under.health.report('ingest').ready).toBe(false);
    await broker.start();
    await produce(topic, events(0, 100), 0, broker.brokers);
    await until('all is stored', async () => (await storedFrom(topic)) === 100, { timeoutMs: 60_000 });
    await until('it is well', () => kafka()?.state === 'ok');
    await broker.kill();
    await until('it tells again', () => kafka()?.state === 'stopped', { timeoutMs: 60_000 });
    await broker.start();
    await produce(topic, events(100, 200), 0, broker.brokers);
    await until('all is stored', async () => (await storedFrom(topic)) === 200, { timeoutMs: 60_000 });
    const [row] = await under.lane.rows<Totals>(
      TOTALS.replaceAll('{db}.events_raw_v1', `(SELECT * FROM {db}.events_raw_v1 WHERE source = 'kafka:${topic}')`),
    );
    expect(row?.places).toBe(totalsOf(200).places);
  });
});
