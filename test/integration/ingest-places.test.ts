import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import { fingerprintOf } from '../../services/ingest/file-identity.ts';
import { manualClock } from '../../shared/clock.ts';
import { ADMIN_TOKEN, GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('places');
const logs = join(folder.path, 'logs');
mkdirSync(logs);
const NOW = Date.now() - 3_600_000;
const clock = manualClock(NOW);
let under: IngestUnderTest | undefined;

async function open(): Promise<IngestUnderTest> {
  under = await openIngest(folder.path, null, { clock });
  return under;
}
afterEach(async () => {
  await under?.close();
  under = undefined;
});
afterAll(() => folder.remove());

const event = (n: number, more: Record<string, unknown> = {}) => ({
  time: NOW - 100_000 + n,
  'http.request.method': 'GET',
  'url.path': `/v1/items/${n}`,
  'http.response.status_code': 200,
  'client.address': '192.0.2.1',
  ...more,
});
async function take(ingest: IngestUnderTest, file: string, text: string) {
  const query = new URLSearchParams({ file, fingerprint: String(fingerprintOf(Buffer.from(text))), offset: '0' });
  const answer = await ingest.app.inject({
    method: 'POST',
    url: `/api/v1/import?${query}`,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/plain' },
    payload: text,
  });
  return answer.json<{ accepted: number; duplicates: number; dead_lettered: number }>();
}
const pathsOf = async (ingest: IngestUnderTest, source: string) =>
  (
    await ingest.lane.rows<{ path: string }>(
      `SELECT path FROM {db}.events_raw_v1 WHERE source = '${source}' ORDER BY path`,
    )
  ).map(({ path }) => path);

describe('a record that holds several events, some of which cannot be read', () => {
  const [name, source] = ['batches.log', 'file:batches.log'];
  const file = join(logs, name);
  // Two of five are ahead of the clock: what refuses them is over when the clock has come that far.
  const batch = [
    event(0),
    event(1, { time: NOW + 100_000 }),
    event(2),
    event(3, { time: NOW + 1_000_000, event_id: 'an-id-of-its-own' }),
    event(4, { event_id: 'another-id' }),
  ];
  const letters = (ingest: IngestUnderTest) =>
    ingest.lane.rows<{ element: number; waiting: number }>(
      `SELECT element, resent_at = 0 AS waiting FROM {db}.dead_letters_v1 FINAL WHERE source = '${source}' ORDER BY element`,
    );

  it('leaves a letter for each of those, and sends them again without the others', async () => {
    const ingest = await open();
    writeFileSync(file, `${JSON.stringify(batch)}\n`);
    ingest.ingest.follow({ path: file, follow: true, format: 'auto' }).start();
    await until('the good ones', async () => (await pathsOf(ingest, source)).length === 3);
    expect(await letters(ingest)).toEqual([
      { element: 2, waiting: 1 },
      { element: 4, waiting: 1 },
    ]);
    const partition = fingerprintOf(Buffer.from(`${JSON.stringify(batch)}\n`)) ?? 0;
    const place = { source, partition, offset: 0 };

    clock.set(NOW + 60_000);
    expect(
      await ingest.ingest.resend([
        { ...place, element: 2 },
        { ...place, element: 4 },
      ]),
    ).toMatchObject({
      resent: 1,
      refused: [{ ...place, element: 4 }],
    });
    expect(await pathsOf(ingest, source)).toEqual([0, 1, 2, 4].map((n) => `/v1/items/${n}`));
    expect(await letters(ingest)).toEqual([
      { element: 2, waiting: 0 },
      { element: 4, waiting: 1 },
    ]);
    clock.set(NOW + 1_000_000);
    // Rotated meanwhile, it is found beside the new file.
    renameSync(file, `${file}.1`);
    expect(await ingest.ingest.resend([place])).toEqual({ resent: 1, refused: [] });
    expect(await pathsOf(ingest, source)).toEqual([0, 1, 2, 3, 4].map((n) => `/v1/items/${n}`));
    expect((await ingest.ingest.resend([place])).refused).toMatchObject([{ reason: 'It was sent again before.' }]);
    clock.set(NOW);
  });

  it('is completed by an import after the fix, each event once', async () => {
    const ingest = await open();
    const text = `${JSON.stringify([event(10), { broken: true }, event(12)])}\n${JSON.stringify(event(13))}\n`;
    const repaired = text.replace('{"broken":true}', JSON.stringify(event(11)));
    expect(await take(ingest, 'repaired.log', text)).toMatchObject({ accepted: 3, duplicates: 0, dead_lettered: 1 });
    // What a fix of the format makes of the same bytes: the place of the file and of its second line are the same.
    const fingerprint = String(fingerprintOf(Buffer.from(text)));
    const answer = await ingest.app.inject({
      method: 'POST',
      url: `/api/v1/import?${new URLSearchParams({ file: 'repaired.log', fingerprint, offset: '0' })}`,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/plain' },
      payload: repaired,
    });
    expect(answer.json()).toMatchObject({ accepted: 2, duplicates: 2 });
    expect((await pathsOf(ingest, 'file:repaired.log')).slice(0, 3)).toEqual([10, 11, 12].map((n) => `/v1/items/${n}`));
  });
});

describe('a line that a container runtime cut', () => {
  it('is sent again whole', async () => {
    const ingest = await open();
    const [file, source] = [join(logs, 'cut.log'), 'file:cut.log'];
    const cri = (stream: string, tag: string, text: string) => `2026-11-24T12:00:00Z ${stream} ${tag} ${text}\n`;
    const early = JSON.stringify(event(20, { time: NOW + 100_000 }));
    const text =
      cri('stdout', 'P', early.slice(0, 60)) + cri('stderr', 'F', 'a note') + cri('stdout', 'F', early.slice(60));
    writeFileSync(file, text);
    ingest.ingest.follow({ path: file, follow: true, format: 'auto' }).start();
    const letters = () =>
      ingest.lane.rows<{ offset: number; reason: string }>(
        `SELECT offset, reason FROM {db}.dead_letters_v1 FINAL WHERE source = '${source}' ORDER BY offset`,
      );
    await until('it is refused', async () => (await letters()).length === 2);
    expect((await letters())[0]).toEqual({ offset: 0, reason: 'time_in_future' });
    clock.set(NOW + 60_000);
    const place = { source, partition: fingerprintOf(Buffer.from(text)) ?? 0, offset: 0 };
    expect(await ingest.ingest.resend([place])).toEqual({ resent: 1, refused: [] });
    expect(await pathsOf(ingest, source)).toEqual(['/v1/items/20']);
    clock.set(NOW);
  });
});

describe('a line behind a hole', () => {
  it('is sent again, however large the hole is', async () => {
    const ingest = await open();
    const [file, source] = [join(logs, 'hole.log'), 'file:hole.log'];
    const first = Buffer.from(`${JSON.stringify(event(30))}\n`);
    const early = Buffer.from(`${JSON.stringify(event(31, { time: NOW + 100_000 }))}\n`);
    const hole = Buffer.alloc(2 * MAX_RECORD_BYTES + 7);
    writeFileSync(file, Buffer.concat([first, hole, early]));
    ingest.ingest.follow({ path: file, follow: true, format: 'auto' }).start();
    const letters = () =>
      ingest.lane.rows(
        `SELECT offset FROM {db}.dead_letters_v1 FINAL WHERE source = '${source}' AND offset = ${first.length}`,
      );
    await until('it is refused', async () => (await letters()).length === 1);
    clock.set(NOW + 60_000);
    const place = { source, partition: fingerprintOf(first) ?? 0, offset: first.length };
    expect(await ingest.ingest.resend([place])).toEqual({ resent: 1, refused: [] });
    expect(await pathsOf(ingest, source)).toEqual(['/v1/items/30', '/v1/items/31']);
    clock.set(NOW);
  });
});

describe('files of one name', () => {
  /** Lines of one length, as a health check writes them. */
  const line = (time: number, path: string, size: number, address = '10.0.0.1') => {
    const at = new Date(time).toISOString().slice(11, 19);
    return `${address} - - [10/Nov/2026:${at} +0000] "GET ${path} HTTP/1.1" 200 ${size} "-" "probe/1.0"\n`;
  };
  const midnight = Date.UTC(2026, 10, 10);
  const first = line(midnight, '/health', 100);

  it('of two hosts that begin with the same line lose none of each other', async () => {
    const ingest = await open();
    const of = (host: number) =>
      first +
      Array.from({ length: 50 }, (_, n) => {
        // By turns another second, another path, another size and another caller at the same byte offset.
        const second = midnight + 1_000 * (n + 1) + (n % 4 === 0 ? 60_000 * host : 0);
        const path = n % 4 === 1 ? `/item/${host}` : '/item/1';
        const address = n % 4 === 1 || n % 4 === 3 ? `10.0.0.${host}` : '10.0.0.1';
        return line(second, path, n % 4 >= 2 ? 100 + host : 100, address);
      }).join('');
    expect(of(1).length).toBe(of(2).length);
    expect(await take(ingest, 'access.log', of(1))).toMatchObject({ accepted: 51, duplicates: 0 });
    expect(await take(ingest, 'access.log', of(2))).toMatchObject({ accepted: 50, duplicates: 1 });
    expect(await take(ingest, 'access.log', of(1))).toMatchObject({ accepted: 0, duplicates: 51 });
    expect(await take(ingest, 'access.log.1', of(2))).toMatchObject({ accepted: 0, duplicates: 51 });
  });
});

describe('events with ids of their own in a file that overlaps live traffic', () => {
  it('count once, whether they came live before the import, after it, or stand in two files', async () => {
    const ingest = await open();
    const days = Array.from({ length: 30 }, (_, n) => event(n, { event_id: `overlap-${n}`, 'url.path': '/overlap' }));
    const post = async (records: object[]) => {
      const headers = { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' };
      const payload = JSON.stringify(records);
      return (await ingest.app.inject({ method: 'POST', url: '/v1/events', headers, payload })).json();
    };
    const text = (records: object[]) => records.map((each) => `${JSON.stringify(each)}\n`).join('');
    expect(await post(days.slice(10, 20))).toMatchObject({ accepted: 10, duplicates: 0 });
    expect(await take(ingest, 'month.log', text(days.slice(0, 20)))).toMatchObject({ accepted: 10, duplicates: 10 });
    expect(await take(ingest, 'month.log', text(days.slice(0, 20)))).toMatchObject({ accepted: 0, duplicates: 20 });
    expect(await post(days.slice(5, 30))).toMatchObject({ accepted: 10, duplicates: 15 });
    // A log of another host, which has some of them too and one twice.
    const other = [event(900, { 'url.path': '/overlap' }), ...days.slice(25), event(901, { event_id: 'once' })];
    const twice = [...other, event(901, { event_id: 'once' })];
    expect(await take(ingest, 'other.log', text(twice))).toMatchObject({ accepted: 2, duplicates: 6 });
    const [stored] = await ingest.lane.rows<{ n: number; ids: number }>(
      "SELECT count() AS n, uniqExact(event_id) AS ids FROM {db}.events_raw_v1 WHERE path = '/overlap'",
    );
    expect(stored).toEqual({ n: 31, ids: 31 });
  });
});

describe('a file that is imported while it is followed', () => {
  it('counts each line once, also where the import was ahead', async () => {
    const file = join(logs, 'ahead.log');
    const ingest = await open();
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `${JSON.stringify(event(from + i))}\n`).join('');
    const source = 'file:ahead.log';
    writeFileSync(file, lines(0, 20));
    ingest.ingest.follow({ path: file, follow: true, format: 'auto' }).start();
    await until('the first are stored', async () => (await pathsOf(ingest, source)).length === 20);
    // New lines are known to be new by now.
    appendFileSync(file, lines(20, 30));
    await until('the next are stored', async () => (await pathsOf(ingest, source)).length === 30);
    expect(await take(ingest, 'ahead.log', lines(0, 60))).toMatchObject({ accepted: 30, duplicates: 30 });
    appendFileSync(file, lines(30, 50));
    appendFileSync(file, lines(50, 70));
    await until('the last are stored', async () => (await pathsOf(ingest, source)).includes('/v1/items/69'));
    expect(await pathsOf(ingest, source)).toHaveLength(70);
    expect(await take(ingest, 'ahead.log', lines(0, 70))).toMatchObject({ accepted: 0, duplicates: 70 });
  });
});
