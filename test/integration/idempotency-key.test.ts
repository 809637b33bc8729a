import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../shared/clock.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';

// Two processes over one engine, each with a folder of its own.
const folder = temporaryFolder('idempotency');
const target = { kind: 'embedded', path: join(folder.path, 'clickhouse') } as const;
const clock = manualClock(Date.now());
let isAway = (_sql: string) => false;
const open = (name: string) =>
  openIngest(join(folder.path, name), null, {
    target,
    clock,
    lane: (lane) => ({
      ...lane,
      async rows(sql, more) {
        if (isAway(sql)) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
        return lane.rows(sql, more);
      },
    }),
  });
let one: IngestUnderTest;
let two: IngestUnderTest;
let next = 0;
const event = () => madeUpEvent(next++, clock.now());
const bodyOf = (...events: unknown[]) => JSON.stringify(events);

beforeAll(async () => {
  one = await open('one');
  two = await open('two');
});
afterAll(async () => {
  await one.close();
  await two.close();
  folder.remove();
});

async function post(
  under: IngestUnderTest,
  key: string,
  payload: string | Buffer,
  headers: Record<string, string> = {},
) {
  const response = await under.app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: {
      authorization: `Bearer ${GATEWAY_KEY}`,
      'content-type': 'application/json',
      'idempotency-key': key,
      ...headers,
    },
    payload,
  });
  const { code, accepted, duplicates } = response.json<Record<string, unknown>>();
  return { status: response.statusCode, type: String(response.headers['content-type']), code, accepted, duplicates };
}
const stored = async () => {
  const [row] = await one.lane.rows<{ n: number }>(
    'SELECT (SELECT count() FROM {db}.events_raw_v1) + (SELECT count() FROM {db}.dead_letters_v1 FINAL) AS n',
  );
  return row?.n;
};
const REFUSED = { status: 422, type: 'application/problem+json; charset=utf-8', code: 'idempotency_key_reused' };

describe('an Idempotency-Key that stood for another body', () => {
  it('is refused, and nothing of the new body is stored or taken for a duplicate', async () => {
    const body = bodyOf(event(), event());
    expect(await post(one, 'a-1', body)).toMatchObject({ status: 202, accepted: 2 });
    const before = await stored();
    for (const other of [bodyOf(event(), event()), bodyOf(event()), bodyOf(), bodyOf('no event', ...JSON.parse(body))])
      expect(await post(one, 'a-1', other)).toMatchObject(REFUSED);
    expect(await stored()).toBe(before);
    expect(await post(one, 'a-1', body)).toMatchObject({ status: 202, accepted: 0, duplicates: 2 });
  });

  it('is refused by another process, after a restart, and where only one of many lines differs', async () => {
    const events = Array.from({ length: 2_000 }, event);
    expect(await post(one, 'a-2', bodyOf(...events))).toMatchObject({ status: 202, accepted: 2_000 });
    const other = bodyOf(...events.slice(0, -1), event());
    expect(await post(two, 'a-2', other)).toMatchObject(REFUSED);
    await one.close();
    one = await open('one');
    expect(await post(one, 'a-2', other)).toMatchObject(REFUSED);
    expect(await post(two, 'a-2', bodyOf(...events))).toMatchObject({ status: 202, accepted: 0, duplicates: 2_000 });
  });

  it('is told by what the body says: packed, indented or as lines it is the same one', async () => {
    const events = [event(), event()];
    expect(await post(one, 'a-3', bodyOf(...events))).toMatchObject({ accepted: 2 });
    const lines = events.map((each) => JSON.stringify(each)).join('\n');
    const again = { status: 202, accepted: 0, duplicates: 2 };
    expect(await post(one, 'a-3', gzipSync(bodyOf(...events)), { 'content-encoding': 'gzip' })).toMatchObject(again);
    expect(await post(two, 'a-3', `[${lines.replace('\n', ' ,\n ')}\n]`)).toMatchObject(again);
    expect(await post(one, 'a-3', lines, { 'content-type': 'application/x-ndjson' })).toMatchObject(again);
  });

  it('of two bodies that come at once to two processes one is taken, whole, and the other refused', async () => {
    for (let n = 0; n < 10; n++) {
      const before = (await stored()) ?? 0;
      const bodies = Array.from({ length: 6 }, () => bodyOf(event(), event(), event()));
      const answers = await Promise.all(bodies.map((body, i) => post(i % 2 === 0 ? one : two, `race-${n}`, body)));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 422, 422, 422, 422, 422]);
      expect(answers.find(({ status }) => status === 202)).toMatchObject({ accepted: 3, duplicates: 0 });
      expect(await stored()).toBe(before + 3);
    }
  });

  it('is its own for each body that could not be taken, or was refused for itself', async () => {
    expect(await post(one, 'a-4', '{"broken')).toMatchObject({ status: 400 });
    expect(await post(one, 'a-4', `[${Array(100_001).fill('1').join(',')}]`)).toMatchObject({ status: 413 });
    isAway = () => true;
    const body = bodyOf(event());
    expect(await post(one, 'a-4', body)).toMatchObject({ status: 503, code: 'unavailable' });
    isAway = () => false;
    expect(await post(one, 'a-4', body)).toMatchObject({ status: 202, accepted: 1 });
  }, 40_000);

  it('may stand for another one after 24 hours, whatever was refused meanwhile', async () => {
    const [first, second] = [bodyOf(event()), bodyOf(event())];
    expect(await post(one, 'a-5', first)).toMatchObject({ accepted: 1 });
    clock.set(clock.now() + 23 * 3_600_000);
    expect(await post(one, 'a-5', second)).toMatchObject(REFUSED);
    clock.set(clock.now() + 2 * 3_600_000);
    expect(await post(one, 'a-5', bodyOf(event()))).toMatchObject({ status: 202, accepted: 1 });
  });

  it('is held for 24 hours from the try that was stored, not from the first one', async () => {
    const body = bodyOf(event());
    isAway = (sql) => sql.includes('event_ids_v1');
    expect(await post(one, 'a-6', body)).toMatchObject({ status: 503 });
    isAway = () => false;
    clock.set(clock.now() + 20 * 3_600_000);
    expect(await post(one, 'a-6', body)).toMatchObject({ status: 202, accepted: 1 });
    clock.set(clock.now() + 5 * 3_600_000);
    expect(await post(two, 'a-6', bodyOf(event()))).toMatchObject(REFUSED);
  });
});
