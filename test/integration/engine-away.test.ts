import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('engine-away');
let under: IngestUnderTest;
let url = '';
/** The engine takes no events meanwhile. */
let isAway = false;

/** A lane on which events are refused as an engine does that is not there; the lane itself is real. */
const losing = (lane: ClickHouse): ClickHouse => ({
  ...lane,
  async insertEncoded(table, ...rest) {
    if (isAway && table === 'events_raw_v1') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    return lane.insertEncoded(table, ...rest);
  },
});

beforeAll(async () => {
  under = await openIngest(folder.path, null, { lane: losing });
  await under.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(under.app.server.address() as AddressInfo).port}/v1/events`;
});
afterAll(async () => {
  isAway = false;
  await under.close();
  folder.remove();
});

const post = (n: number, signal: AbortSignal | null = null) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify({ ...madeUpEvent(n, Date.now()), 'url.path': `/v1/items/${n}`, event_id: undefined })}\n`,
    signal,
  });
const stored = async (n: number) =>
  (await under.lane.rows<{ n: number }>(`SELECT count() AS n FROM {db}.events_raw_v1 WHERE path = '/v1/items/${n}'`))[0]
    ?.n;

describe('bodies that wait while ClickHouse is away', () => {
  it('are answered all the same: the one in hand is durable, the others are told that nothing was taken', async () => {
    isAway = true;
    const first = post(1);
    await until('it is in hand', () => under.health.report('ingest').parts.ingest?.detail.includes('ClickHouse'));
    const began = performance.now();
    const second = post(2);
    // A caller who has no more patience comes again; what it gave up is not its to be counted.
    const third = post(3, AbortSignal.timeout(2_000)).catch(() => null);
    expect((await first).status).toBe(202);
    const answer = await second;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await third).toBeNull();

    isAway = false;
    await until('the first is stored', async () => (await stored(1)) === 1);
    for (const n of [2, 3]) expect((await post(n)).status).toBe(202);
    expect(await Promise.all([1, 2, 3].map(stored))).toEqual([1, 1, 1]);
  });
});
