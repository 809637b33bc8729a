import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { startBridge } from '../support/clickhouse-bridge.ts';
import { GATEWAY_KEY, openIngest } from '../support/ingest.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const TOPIC = `clickhouse-away-${process.pid}`;

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
    const produce = (from: number, to: number) =>
      producer.send({
        topic: TOPIC,
        messages: Array.from({ length: to - from }, (_, i) => ({
          partition: (from + i) % 2,
          value: JSON.stringify(madeUpEvent(from + i, Date.now() - 10_000)),
        })),
      });
    const totals = async () => (await under.lane.rows<Totals>(TOTALS))[0];
    await produce(0, 500);
    await until('the first are stored', async () => (await totals())?.raw === 500);

    await bridge.close();
    await produce(500, 1_500);
    const ingest = () => under.health.report('ingest');
    await until('it tells', () => /ClickHouse does not/.test(ingest().parts.ingest?.detail ?? ''), {
      timeoutMs: 60_000,
    });
    expect(ingest().ready).toBe(false);
    // A body without ids of its own needs no look-up: it is durable in the journal and acknowledged.
    const posted = under.app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      payload: JSON.stringify([madeUpEvent(1_500, Date.now()), madeUpEvent(1_501, Date.now())]),
    });
    expect((await posted).statusCode).toBe(202);

    bridge = await startBridge(data, port);
    await until('all are stored', async () => (await totals())?.by_ip === 1_502, { timeoutMs: 60_000 });
    expect(await totals()).toEqual(totalsOf(1_502));
    await until('it is well', () => ingest().ready);
    await producer.disconnect();
    await under.close();
    await bridge.close();
  });
});
