import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsAccepted } from '../../schemas/api-ingest.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { ADMIN_TOKEN, GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';

describe('POST /v1/events', () => {
  const folder = temporaryFolder('http');
  let under: IngestUnderTest;
  let next = 0;
  const event = (more: Record<string, unknown> = {}) => ({ ...madeUpEvent(next++, Date.now()), ...more });

  beforeAll(async () => {
    under = await openIngest(folder.path);
  });
  afterAll(async () => {
    await under.close();
    folder.remove();
  });

  async function post(payload: string | Buffer, headers: Record<string, string> = {}) {
    const response = await under.app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json', ...headers },
      payload,
    });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>(), headers: response.headers };
  }
  const lines = (records: unknown[]) => records.map((record) => JSON.stringify(record)).join('\n');
  const ndjson = { 'content-type': 'application/x-ndjson' };
  const count = async (where: string) => {
    const [row] = await under.lane.rows<{ n: number }>(`SELECT count() AS n FROM {db}.events_raw_v1 WHERE ${where}`);
    return row?.n;
  };

  it('answers 202 once the events of an array are durable, raw and in roll-ups', async () => {
    const subject = 'array-user';
    const { status, body } = await post(JSON.stringify([event({ 'user.id': subject }), event({ 'user.id': subject })]));
    expect([status, eventsAccepted.parse(body)]).toEqual([202, { accepted: 2, duplicates: 0, dead_lettered: [] }]);
    expect(await count(`user_id = '${subject}'`)).toBe(2);
    const [rolled] = await under.lane.rows<{ n: number }>(
      `SELECT sum(requests) AS n FROM {db}.entity_1s_v1 WHERE entity = sipHash64('', toUInt8(1), '${subject}')`,
    );
    expect(rolled?.n).toBe(2);
  });

  it('takes NDJSON, gzip, a byte order mark, white space and an empty array', async () => {
    expect((await post(lines([event(), event()]), ndjson)).body).toMatchObject({ accepted: 2 });
    const packed = gzipSync(`${lines([event(), event(), event()])}\n\n`);
    expect((await post(packed, { ...ndjson, 'content-encoding': 'gzip' })).body).toMatchObject({ accepted: 3 });
    expect((await post(`\uFEFF [ ${JSON.stringify(event())} ] \n`)).body).toMatchObject({ accepted: 1 });
    expect((await post('[]')).body).toEqual({ accepted: 0, duplicates: 0, dead_lettered: [] });
  });

  it('counts an event_id once: in one body, in the next, and after a restart', async () => {
    const twin = event({ event_id: 'twin-1' });
    const { body } = await post(JSON.stringify([twin, event(), twin]));
    expect(body).toMatchObject({ accepted: 2, duplicates: 1 });
    expect((await post(JSON.stringify([twin]))).body).toMatchObject({ accepted: 0, duplicates: 1 });
    await under.close();
    under = await openIngest(folder.path);
    expect((await post(lines([twin, event()]), ndjson)).body).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await count("event_id = 'twin-1'")).toBe(1);
  });

  it('counts an event_id once when two requests bring it at the same time', async () => {
    const twin = event({ event_id: 'twin-2' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(JSON.stringify([twin]))));
    expect(answers.reduce((sum, { body }) => sum + Number(body.accepted), 0)).toBe(1);
    expect(await count("event_id = 'twin-2'")).toBe(1);
  });

  it('takes a repeated body with the same Idempotency-Key as duplicates, and equal events without one as two', async () => {
    const body = JSON.stringify([event(), event()]);
    const key = { 'idempotency-key': 'order-77' };
    expect((await post(body, key)).body).toMatchObject({ accepted: 2, duplicates: 0 });
    expect((await post(body, key)).body).toMatchObject({ accepted: 0, duplicates: 2 });
    expect((await post(body)).body).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(await count("match(event_id, '^http:[a-z]+:[A-Za-z0-9_-]{22}:2$')")).toBe(1);
  });

  it('tells the line and reason of each bad record and takes the good ones', async () => {
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const bad = ['{"time":', '17', lines([event({ time: 'yesterday' })]), lines([event({ time: future })])];
    const { status, body } = await post([lines([event()]), ...bad, lines([event()])].join('\n'), ndjson);
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 2, duplicates: 0 });
    expect((body.dead_lettered as { line: number }[]).map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    const [stored] = await under.lane.rows<{ n: number }>(
      "SELECT count() AS n FROM {db}.dead_letters_v1 FINAL WHERE source = 'http:shop'",
    );
    expect(stored?.n).toBe(4);
  });

  it('keeps every one of thousands of bad records, and takes nothing of a body of more than 100,000', async () => {
    const letters = async () => {
      const [row] = await under.lane.rows<{ n: number }>('SELECT count() AS n FROM {db}.dead_letters_v1 FINAL');
      return row?.n ?? -1;
    };
    const before = await letters();
    const { body } = await post('no log line\n'.repeat(12_000), ndjson);
    expect(body.dead_lettered).toHaveLength(12_000);
    expect(await letters()).toBe(before + 12_000);
    const elements = `${`[${Array(9_000).fill('{}').join(',')}]\n`.repeat(12)}`;
    for (const [many, type] of [
      ['{}\n'.repeat(100_001), ndjson],
      ['\n'.repeat(4_000_000), ndjson],
      [elements, ndjson],
      [`[${Array(100_001).fill('1').join(',')}]`, {}],
    ] as const) {
      const answer = await post(gzipSync(many), { ...type, 'content-encoding': 'gzip' });
      expect([answer.status, answer.body.code]).toEqual([413, 'payload_too_large']);
      expect(answer.body.detail).toContain('100000 records');
    }
    expect(await letters()).toBe(before + 12_000);
  });

  it('takes a single object as an array of one, as loggers send a batch of one', async () => {
    expect((await post(JSON.stringify(event(), null, 2))).body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect((await post('{"time":1}')).body).toMatchObject({ dead_lettered: [{ line: 1, reason: 'missing_field' }] });
  });

  it('takes every event of a line that holds an array, once for each Idempotency-Key', async () => {
    const batch = `${JSON.stringify([event(), event()])}\n${JSON.stringify(event())}`;
    const key = { ...ndjson, 'idempotency-key': 'batch-1' };
    expect((await post(batch, key)).body).toMatchObject({ accepted: 3, duplicates: 0 });
    expect((await post(batch, key)).body).toMatchObject({ accepted: 0, duplicates: 3 });
  });

  it('never answers 5xx, whatever the body is', async () => {
    const hostile = [
      '',
      ' ',
      '{',
      '[',
      ']',
      '[,]',
      '[1,]',
      '[}',
      '[{]',
      '[[[[',
      '"',
      '[""',
      'null',
      '[null]',
      '[1,2,3]',
      '{}',
      '[{}]',
      '\0',
      '[\0]',
      '[{"time":1e400}]',
      `[${'['.repeat(100_000)}`,
      `["${'\\'.repeat(9_999)}`,
      '[]x',
      '[] []',
      `[${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}]`,
      '[{"__proto__":{"x":1},"constructor":1}]',
      '\uFEFF',
      '[{"time":"\\ud800"}]',
    ];
    for (const body of hostile) {
      for (const type of ['application/json', 'application/x-ndjson', 'text/html', '']) {
        for (const encoding of ['identity', 'gzip', 'br']) {
          const { status } = await post(body, { 'content-type': type, 'content-encoding': encoding });
          expect([status, body.slice(0, 20), type, encoding]).toEqual([
            status < 500 ? status : 'below 500',
            body.slice(0, 20),
            type,
            encoding,
          ]);
        }
      }
    }
    expect((await post(Buffer.from([0xff, 0xfe, 0x5b]))).status).toBe(400);
  });

  it('names what is wrong with a whole body: 400, 415, 401', async () => {
    expect(await post('{"time":1}{"time":1}')).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    expect(await post('[{"a":1}')).toMatchObject({ status: 400 });
    expect(await post('x', { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
    const cut = gzipSync(lines([event(), event()])).subarray(0, 60);
    expect(await post(cut, { ...ndjson, 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
    expect(await post('a,b', { 'content-type': 'text/csv' })).toMatchObject({ status: 415 });
    expect(await post('[]', { 'content-encoding': 'br' })).toMatchObject({ status: 415 });
    expect(await post('[]', { authorization: 'Bearer nobody' })).toMatchObject({ status: 401 });
    expect(await post('[]', { 'idempotency-key': 'a b' })).toMatchObject({ status: 400 });
  });

  it('stops at 32 MiB unpacked, also of a few KiB of gzip, and stores nothing of it', async () => {
    const before = await count('1');
    const bomb = gzipSync(Buffer.alloc(64 << 20, `${lines([event()])}\n`));
    expect(await post(bomb, { ...ndjson, 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
    expect(await post(Buffer.alloc((32 << 20) + 1, ' '))).toMatchObject({ status: 413 });
    expect(await count('1')).toBe(before);
  });

  it('answers 413 to what would never fit, however much is waiting: a caller told to come back would come for ever', async () => {
    const said = { ...ndjson, 'content-length': String(1 << 30) };
    expect(await post('', said)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  });

  it('answers 413 to a body of unknown length over a real socket', async () => {
    await under.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = under.app.server.address() as AddressInfo;
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest({
        port,
        method: 'POST',
        path: '/v1/events',
        headers: { authorization: `Bearer ${GATEWAY_KEY}`, ...ndjson, 'transfer-encoding': 'chunked' },
      });
      request.on('response', (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
      const chunk = Buffer.alloc(1 << 20, `${lines([event()])}\n`);
      let sent = 0;
      const more = () => {
        if (sent++ < 40 && !request.destroyed) request.write(chunk, () => more());
      };
      more();
    });
    expect(status).toBe(413);
  });

  it('takes a single record of over 1 MiB as a dead letter, not as an error', async () => {
    const huge = event({ 'user_agent.original': 'x'.repeat(1_200_000) });
    const { status, body } = await post(JSON.stringify([event(), huge, event()]));
    expect([status, body]).toEqual([
      202,
      { accepted: 2, duplicates: 0, dead_lettered: [{ line: 2, reason: 'too_large' }] },
    ]);
  });

  it('imports a stretch of a file once, however often it is sent', async () => {
    const old = new Date(Date.now() - 20 * 86_400_000).toISOString();
    const body = `${lines([event({ time: old }), event({ time: old })])}\nnot a log line\n`;
    const send = async () => {
      const response = await under.app.inject({
        method: 'POST',
        url: '/api/v1/import?file=old.log&fingerprint=5&offset=1000',
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/plain' },
        payload: body,
      });
      return response.json<Record<string, unknown>>();
    };
    expect(await send()).toMatchObject({ accepted: 2, duplicates: 0, dead_lettered: 1 });
    expect(await send()).toMatchObject({ accepted: 0, duplicates: 2, dead_lettered: 1 });
    expect(await count("source = 'file:old.log' AND late = 0")).toBe(2);
  });
});
