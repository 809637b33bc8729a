import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { startBridge } from '../support/clickhouse-bridge.ts';
import { GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { outcomeOf } from '../support/outcome.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const TOPIC = `clickhouse-away-${process.pid}`;
const BEGAN = Date.now();
/** Events for Kafka, and two for `POST /v1/events`. */
const FROM_KAFKA = 1_500;
const EVENTS = FROM_KAFKA + 2;
const event = (n: number) => madeUpEvent(n, BEGAN - 10_000 + n);
const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ partition: (from + i) % 2, value: JSON.stringify(event(from + i)) }));
/** When risk is asked for: amid the windows of the events, and behind the short ones. */
const STEPS = [60, 700].map((s) => BEGAN + s * 1000);

async function post({ app }: IngestUnderTest): Promise<number> {
  const { statusCode } = await app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    payload: JSON.stringify([event(FROM_KAFKA), event(FROM_KAFKA + 1)]),
  });
  return statusCode;
}

describe('ClickHouse that goes away', () => {
  const folder = temporaryFolder('away');
  afterAll(() => folder.remove());

  it('is waited for; ready says so, and every event counts once when it is back', async () => {
    const { brokers } = sharedBroker();
    await createTopic(brokers, TOPIC, 2);
    const data = join(folder.path, 'server');
    let bridge = await startBridge(data);
    const port = Number(new URL(bridge.url).port);
    const kafka = { brokers: [brokers], topic: TOPIC, group: TOPIC, ssl: null, sasl: null };
    const target = { kind: 'server' as const, url: bridge.url, username: 'default', password: '' };
    const under = await openIngest(folder.path, kafka, { target });
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    const produce = (from: number, to: number) => producer.send({ topic: TOPIC, messages: messages(from, to) });
    const totals = async () => (await under.lane.rows<Totals>(TOTALS))[0];
    await produce(0, 500);
    await until('the first are stored', async () => (await totals())?.raw === 500);

    await bridge.close();
    await produce(500, FROM_KAFKA);
    const ingest = () => under.health.report('ingest');
    await until('it tells', () => /ClickHouse does not/.test(ingest().parts.ingest?.detail ?? ''), {
      timeoutMs: 60_000,
    });
    expect(ingest().ready).toBe(false);
    // A body without ids of its own needs no look-up: it is durable in the journal and acknowledged.
    expect(await post(under)).toBe(202);

    bridge = await startBridge(data, port);
    await until('all are stored', async () => (await totals())?.by_ip === EVENTS, { timeoutMs: 60_000 });
    expect(await totals()).toEqual(totalsOf(EVENTS));
    await until('it is well', () => ingest().ready);
    await producer.disconnect();
    const outcome = await outcomeOf(under.lane, STEPS, { places: false });
    await under.close();
    await bridge.close();

    // The same events where nothing goes away.
    const calm = await openIngest(join(folder.path, 'calm'), { ...kafka, group: `${TOPIC}-calm` });
    expect(await post(calm)).toBe(202);
    const stored = async () => (await calm.lane.rows<Totals>(TOTALS))[0]?.by_ip;
    await until('all are stored', async () => (await stored()) === EVENTS, { timeoutMs: 60_000 });
    expect(outcome).toEqual(await outcomeOf(calm.lane, STEPS, { places: false }));
    await calm.close();
  });
});
