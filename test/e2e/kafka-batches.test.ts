import { CompressionTypes } from 'kafkajs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MAX_UNPACKED_BYTES } from '../../shared/kafka/codecs.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { createTopic, kafkaOf, sendPacked, sharedBroker, startBroker } from '../support/kafka.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

let under: IngestUnderTest | undefined;
const folder = temporaryFolder('kafka-batches');
const { brokers } = sharedBroker();
let topics = 0;

// One engine a process: one install only after another.
afterEach(async () => {
  await under?.close();
  under = undefined;
});
afterAll(() => folder.remove());

const settings = (topic: string, at = brokers) => ({ brokers: [at], topic, group: topic, ssl: null, sasl: null });
async function newTopic(at = brokers): Promise<string> {
  const topic = `batches-${process.pid}-${topics++}`;
  await createTopic(at, topic, 1);
  return topic;
}
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => JSON.stringify(madeUpEvent(from + i, Date.now() - 30_000 + from + i)));
const messages = (from: number, to: number) => lines(from, to).map((value) => ({ value, partition: 0 }));
const storedOf = async (topic: string): Promise<number> =>
  (
    await under?.lane.rows<{ n: number }>(
      `SELECT uniqExact(offset) AS n FROM {db}.events_raw_v1 WHERE source = 'kafka:${topic}'`,
    )
  )?.[0]?.n ?? 0;
const lettersOf = async (topic: string) =>
  (await under?.lane.rows<{ offset: number; reason: string; detail: string }>(
    `SELECT offset, reason, detail FROM {db}.dead_letters_v1 FINAL WHERE source = 'kafka:${topic}' ORDER BY offset`,
  )) ?? [];
const part = () => under?.health.report('ingest').parts.ingest;

describe('packed batches', () => {
  it('of every codec of a Java producer are read', async () => {
    const topic = await newTopic();
    for (const [n, codec] of ['none', 'gzip', 'snappy', 'lz4', 'zstd'].entries())
      await sendPacked(brokers, topic, codec, lines(n * 500, (n + 1) * 500));
    under = await openIngest(folder.path, settings(topic));
    await until('all is stored', async () => (await storedOf(topic)) === 2_500, { timeoutMs: 60_000 });
    expect(await lettersOf(topic)).toEqual([]);
  });

  it('that unpack to too much become dead letters, one a message, and hold nothing up', async () => {
    const topic = await newTopic();
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    const half = Buffer.alloc(MAX_UNPACKED_BYTES / 2 + 1);
    await producer.send({ topic, messages: messages(0, 10) });
    await producer.send({
      topic,
      compression: CompressionTypes.GZIP,
      messages: [
        { value: half, partition: 0 },
        { value: half, partition: 0 },
      ],
    });
    await producer.send({ topic, messages: messages(10, 20) });
    await producer.disconnect();
    under = await openIngest(folder.path, settings(topic));
    await until('what can be read is stored', async () => (await storedOf(topic)) === 20, { timeoutMs: 60_000 });
    const detail = `The batch is packed with gzip and unpacks to over ${MAX_UNPACKED_BYTES} bytes.`;
    expect(await lettersOf(topic)).toEqual([10, 11].map((offset) => ({ offset, reason: 'too_large', detail })));
    await until('they are counted', () => /source="kafka",result="dead_letter"} 2/.test(under?.metrics.text() ?? ''));
    expect(await under.ingest.resend([{ source: `kafka:${topic}`, partition: 0, offset: 10 }])).toMatchObject({
      resent: 0,
    });
  });
});

describe('a transactional producer', () => {
  it('leaves markers and messages that it took back behind what is stored, and nothing waits', async () => {
    const topic = await newTopic();
    let ahead = 0;
    under = await openIngest(folder.path, settings(topic), { clock: { now: () => Date.now() + ahead } });
    const producer = kafkaOf(brokers).producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const send = async (from: number, to: number, commit: boolean) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: messages(from, to) });
      await (commit ? transaction.commit() : transaction.abort());
    };
    await send(0, 5, true);
    await until('the first is stored', async () => (await storedOf(topic)) === 5, { timeoutMs: 60_000 });
    const status = () => under?.ingest.status();
    await until('nothing waits', () => status()?.lagMessages === 0, { timeoutMs: 10_000 });
    await send(5, 8, false);
    await send(8, 12, true);
    await until('the others are stored', async () => (await storedOf(topic)) === 9, { timeoutMs: 60_000 });
    await send(12, 15, false);
    await until('it caught up', () => status()?.caughtUp === true, { timeoutMs: 10_000 });
    expect(status()).toMatchObject({ lagMessages: 0, caughtUp: true });
    // Nor does the scorer take the partition for one that lags.
    const [cuts] = await under.lane.rows<{ behind: number }>(
      `SELECT argMax(behind, written_at) AS behind FROM {db}.ingest_cuts_v1 WHERE topic = '${topic}' AND last >= first`,
    );
    expect(cuts).toEqual({ behind: 0 });
    ahead = 90_000;
    expect(part()?.state).toBe('ok');
    expect(under.metrics.text()).not.toContain('result="lost"');
    await producer.disconnect();
  });
});

describe('a dead-letter topic that is not there', () => {
  it('holds nothing up: letters are in the table, ready says what to do, and the copies follow', async () => {
    const broker = await startBroker({ more: ['auto.create.topics.enable=false'] });
    try {
      const topic = await newTopic(broker.brokers);
      const producer = kafkaOf(broker.brokers).producer();
      await producer.connect();
      const bad = { value: '{"time": broken', partition: 0 };
      await producer.send({ topic, messages: [...messages(0, 5), bad, ...messages(5, 10), bad] });
      under = await openIngest(folder.path, settings(topic, broker.brokers));
      await until('good ones are stored', async () => (await storedOf(topic)) === 10, { timeoutMs: 60_000 });
      await producer.send({ topic, messages: [...messages(10, 20), bad] });
      await until('further ones are stored', async () => (await storedOf(topic)) === 20, { timeoutMs: 60_000 });
      expect((await lettersOf(topic)).map(({ offset }) => offset)).toEqual([5, 11, 22]);
      expect(under.health.report('ingest').ready).toBe(true);
      expect(part()).toMatchObject({
        state: 'degraded',
        detail: `The dead-letter topic ${topic}.dead-letter does not exist, and the brokers do not make it by themselves: create it. Dead letters are kept in the table all the same.`,
      });
      expect(under.metrics.text()).toContain('bonafide_ingest_dead_letter_copies_waiting 3');
      await createTopic(broker.brokers, `${topic}.dead-letter`, 1);
      await until('it is well', () => part()?.state === 'ok', { timeoutMs: 90_000 });
      expect(under.metrics.text()).toContain('bonafide_ingest_dead_letter_copies_total{result="sent"} 3');
      const admin = kafkaOf(broker.brokers).admin();
      await admin.connect();
      expect(await admin.fetchTopicOffsets(`${topic}.dead-letter`)).toMatchObject([{ high: '3' }]);
      await admin.disconnect();
      await producer.disconnect();
    } finally {
      await under?.close();
      under = undefined;
      await broker.stop();
    }
  });
});

describe('bad messages by thousands', () => {
  it('are all copied to the dead-letter topic, though together they are larger than what a broker takes at once', async () => {
    const topic = await newTopic();
    await createTopic(brokers, `${topic}.dead-letter`, 1);
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    const bad = { value: `{"time": broken ${'words of a log '.repeat(150)}`, partition: 0 };
    for (let i = 0; i < 10; i++) await producer.send({ topic, messages: Array(300).fill(bad) });
    await producer.send({ topic, messages: messages(0, 5) });
    await producer.disconnect();
    under = await openIngest(folder.path, settings(topic));
    await until('what is good is stored', async () => (await storedOf(topic)) === 5, { timeoutMs: 60_000 });
    expect(await lettersOf(topic)).toHaveLength(3_000);
    const admin = kafkaOf(brokers).admin();
    await admin.connect();
    const copied = async () => (await admin.fetchTopicOffsets(`${topic}.dead-letter`))[0]?.high;
    await until('every letter is copied', async () => (await copied()) === '3000', { timeoutMs: 20_000 });
    await admin.disconnect();
    expect(part()?.state).toBe('ok');
  });
});
