import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { madeUpEvent, TOTALS, type Totals, totalsOf } from '../support/access-log.ts';
import { startBridge } from '../support/clickhouse-bridge.ts';
import { GATEWAY_KEY, openIngest } from '../support/ingest.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const TOPIC = `clickhouse-slow-${process.pid}`;
const BEGAN = Date.now();
/** Messages with 10 KB that nobody reads: 60 MB, of which a partition holds half while ClickHouse is slow. */
const BACKLOG = 6_000;
const FILLER = 'x'.repeat(10_000);
const LATE = 20;

describe('ClickHouse that is slow, and moves', () => {
  const folder = temporaryFolder('slow');
  afterAll(() => folder.remove());

  it('is told by ready, which stays: what is slow, since when consumption pauses, and how far it is behind', async () => {
    const { brokers } = sharedBroker();
    await createTopic(brokers, TOPIC, 1);
    const bridge = await startBridge(join(folder.path, 'server'));
    const kafka = { brokers: [brokers], topic: TOPIC, group: TOPIC, ssl: null, sasl: null };
    const target = { kind: 'server' as const, url: bridge.url, username: 'default', password: '' };
    const under = await openIngest(folder.path, kafka, { target });
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    let produced = 0;
    const produce = async (events: number, filler: string) => {
      for (const end = produced + events; produced < end; ) {
        const from = produced;
        produced = Math.min(end, from + 50);
        const messages = Array.from({ length: produced - from }, (_, i) => ({
          value: JSON.stringify({ ...madeUpEvent(from + i, BEGAN - 10_000 + from + i), filler }),
        }));
        await producer.send({ topic: TOPIC, messages });
      }
    };
    const stored = async () => (await under.lane.rows<Totals>(TOTALS))[0];
    const ingest = () => under.health.report('ingest').parts.ingest;
    const metric = (name: string) =>
      Number(new RegExp(`^${name}(?:\\{\\})? (\\S+)$`, 'm').exec(under.metrics.text())?.[1]);
    const statesMet = new Set<string | undefined>();
    const told = async (what: string, sentence: RegExp) => {
      await until(
        what,
        () => {
          statesMet.add(ingest()?.state);
          return sentence.test(ingest()?.detail ?? '');
        },
        { timeoutMs: 90_000 },
      );
    };

    await produce(100, '');
    await until('the first are stored', async () => (await stored())?.by_ip === 100);
    expect(ingest()).toEqual({ state: 'ok', detail: '', role: 'ingest' });

    // Few events, so that nothing is kept from being fetched: they are late all the same.
    bridge.slowBy(6_000);
    await produce(LATE, '');
    await told('late blocks are told', /^ClickHouse is slow: its slowest statement of the last \d+ s took [6-9]\.\d s/);
    expect(ingest()?.detail).toMatch(
      /The last block of events took \d+ s to become durable|A statement has been under way/,
    );
    expect(ingest()?.detail).not.toContain('pauses');

    // More than may wait in memory.
    bridge.slowBy(3_000);
    await produce(BACKLOG, FILLER);
    await told(
      'the pause is told',
      /Consumption of 1 partition pauses since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(\d+ s\)/,
    );
    expect(ingest()?.detail).toMatch(
      /^ClickHouse is slow: its slowest statement of the last \d+ s took \d\.\d s, and it was waited for \d+ % of that time\./,
    );
    expect(ingest()?.detail).toMatch(
      /[\d,]+ messages wait, (?:more|fewer) than \d+ s ago; [\d,]+ events\/s were stored meanwhile\. The newest event that is stored is \d+ s old\.$/,
    );
    expect(metric('bonafide_ingest_paused_partitions')).toBe(1);
    expect(statesMet).toEqual(new Set(['ok', 'degraded']));
    expect(under.health.report('ingest').ready).toBe(true);

    bridge.slowBy(0);
    await until('all are stored', async () => (await stored())?.by_ip === produced, { timeoutMs: 90_000 });
    expect(await stored()).toEqual(totalsOf(produced));
    await until('it is well', () => ingest()?.state === 'ok', { timeoutMs: 90_000 });
    expect(metric('bonafide_ingest_paused_partitions')).toBe(0);
    await producer.disconnect();
    await under.close();
    await bridge.close();
  });

  it('is told where events come over HTTP, whose senders have to come again, and each event counts once', async () => {
    const bridge = await startBridge(join(folder.path, 'server-http'));
    const target = { kind: 'server' as const, url: bridge.url, username: 'default', password: '' };
    const under = await openIngest(join(folder.path, 'http'), null, { target });
    const ingest = () => under.health.report('ingest').parts.ingest;
    let isOver = false;
    const statuses = new Set<number>();
    /** Sends one event, again until it is taken. */
    const send = async (n: number) => {
      for (;;) {
        const { statusCode } = await under.app.inject({
          method: 'POST',
          url: '/v1/events',
          headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
          payload: JSON.stringify([{ ...madeUpEvent(n, BEGAN - 10_000 + n), event_id: `slow-${n}` }]),
        });
        statuses.add(statusCode);
        if (statusCode === 202) return;
      }
    };
    bridge.slowBy(3_000);
    const sending: Promise<void>[] = [];
    const sender = (async () => {
      while (!isOver) {
        sending.push(send(sending.length));
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    })();
    await until('bodies that are turned away are told', () => /had to be sent again\./.test(ingest()?.detail ?? ''), {
      timeoutMs: 90_000,
    });
    expect(ingest()?.state).toBe('degraded');
    expect(ingest()?.detail).toMatch(
      /^ClickHouse is slow: .* Since \S+Z \d+ bodies over HTTP had to be sent again\. [\d,]+ events\/s were stored meanwhile\.$/,
    );
    expect(under.health.report('ingest').ready).toBe(true);
    isOver = true;
    bridge.slowBy(0);
    await sender;
    await Promise.all(sending);
    expect([...statuses].sort()).toEqual([202, 503]);
    await until('all are stored', async () => {
      const [row] = await under.lane.rows<Totals>(TOTALS);
      return row?.by_ip === sending.length && row.raw === sending.length;
    });
    await until('it is well', () => ingest()?.state === 'ok', { timeoutMs: 90_000 });
    await under.close();
    await bridge.close();
  });
});
