import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { type Broker, createTopic, kafkaOf, startBroker } from '../support/kafka.ts';
import { FETCH, type KafkaWire, OFFSET_COMMIT, startKafkaWire } from '../support/kafka-wire.ts';
import { outcomeOf } from '../support/outcome.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

// What lies between a worker and a real broker: answers that get lost, requests that come late.
let wire: KafkaWire;
let broker: Broker;
let under: IngestUnderTest | undefined;
const folders: { path: string; remove(): void }[] = [];
beforeAll(async () => {
  wire = await startKafkaWire();
  broker = await startBroker({ advertised: wire.port, onPort: wire.connect });
});
afterEach(async () => {
  await under?.close();
  under = undefined;
});
afterAll(async () => {
  await broker.stop();
  await wire.close();
  for (const folder of folders) folder.remove();
});

const BEGAN = Date.now();
const STEPS = [60, 700].map((s) => BEGAN + s * 1000);
const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({
    partition: 0,
    value: JSON.stringify(madeUpEvent(from + i, BEGAN - 30_000 + from + i)),
  }));
function newFolder(): string {
  const folder = temporaryFolder('kafka-wire');
  folders.push(folder);
  return folder.path;
}
const settings = (topic: string, group = topic) => ({ brokers: [broker.brokers], topic, group, ssl: null, sasl: null });
const totals = async () => (await under?.lane.rows<Totals>(TOTALS))?.[0];
/** Messages that the table and every roll-up have; half of all are genuine. */
const least = (of: Totals | undefined) =>
  of === undefined ? 0 : Math.min(of.raw, of.places, of.by_ip, of.by_user, of.ids, 2 * of.genuine);
async function send(topic: string, from: number, to: number): Promise<void> {
  const producer = kafkaOf(broker.brokers).producer();
  await producer.connect();
  await producer.send({ topic, messages: messages(from, to) });
  await producer.disconnect();
}
async function committedOf(topic: string): Promise<number> {
  const admin = kafkaOf(broker.brokers).admin();
  await admin.connect();
  try {
    const [at] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
    return Number(at?.partitions[0]?.offset ?? -1);
  } finally {
    await admin.disconnect();
  }
}

describe('a commit whose answer gets lost', () => {
  it('took effect, and costs nothing: the next owner goes on behind it, and leaves what an undisturbed run leaves', async () => {
    const topic = 'commit-answers';
    await createTopic(broker.brokers, topic, 1);
    const folder = newFolder();
    under = await openIngest(folder, settings(topic));
    await send(topic, 0, 200);
    await until('the first are stored', async () => (await totals())?.by_ip === 200, { timeoutMs: 60_000 });
    const heard = wire.swallowAnswers(OFFSET_COMMIT);
    await send(topic, 200, 400);
    await until(
      'a commit took effect unheard',
      async () => wire.swallowed() > 0 && (await committedOf(topic)) === 400,
      {
        timeoutMs: 60_000,
      },
    );
    await send(topic, 400, 500);
    // Before its worker hears of it, or after: both ends of what a death may leave.
    await under.close();
    heard();
    under = await openIngest(folder, settings(topic));
    await send(topic, 500, 600);
    // The views are fed one after another.
    await until('all is stored', async () => least(await totals()) >= 600, { timeoutMs: 90_000 });
    expect(await totals()).toEqual(totalsOf(600));
    const outcome = await outcomeOf(under.lane, STEPS);
    await under.close();
    under = await openIngest(newFolder(), settings(topic, `${topic}-calm`));
    await until('the undisturbed run is done', async () => least(await totals()) >= 600, { timeoutMs: 60_000 });
    expect(outcome).toEqual(await outcomeOf(under.lane, STEPS));
  });
});

describe('a fetch of what was deleted meanwhile', () => {
  it('is answered "out of range": what is gone is counted, and the worker goes on with what is there', async () => {
    const topic = 'out-of-range';
    await createTopic(broker.brokers, topic, 1);
    under = await openIngest(newFolder(), settings(topic));
    await send(topic, 0, 10);
    await until('the first are stored', async () => (await totals())?.by_ip === 10, { timeoutMs: 60_000 });
    // A fetch that waits at the broker already would bring what comes now.
    const fetches = wire.hold(FETCH);
    await fetches.met;
    await send(topic, 10, 60);
    const admin = kafkaOf(broker.brokers).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '40' }] });
    await admin.disconnect();
    fetches.release();
    await until('what is there is stored', async () => least(await totals()) >= 30, { timeoutMs: 60_000 });
    expect(await totals()).toMatchObject({ raw: 30, places: 30, by_ip: 30, ids: 30 });
    expect(under.metrics.text()).toContain('source="kafka",result="lost"} 30');
    expect(under.health.report('ingest').parts.ingest).toMatchObject({
      state: 'degraded',
      detail: expect.stringContaining('deleted 30 messages'),
    });
    await until('its lag is known', () => under?.ingest.status().lagMessages === 0);
  });
});
