import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otlpAnswer } from '../../schemas/api-ingest.ts';
import { createLogRecordSplitter } from '../../services/ingest/log-record-splitter.ts';
import { GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';

describe('POST /v1/logs', () => {
  const folder = temporaryFolder('otlp');
  let under: IngestUnderTest;

  beforeAll(async () => {
    under = await openIngest(folder.path);
  });
  afterAll(async () => {
    await under.close();
    folder.remove();
  });

  const attribute = (key: string, value: string | number) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  });
  const record = (path: string) => ({
    timeUnixNano: `${Date.now()}000000`,
    attributes: [
      attribute('http.request.method', 'GET'),
      attribute('url.path', path),
      attribute('http.response.status_code', 200),
      attribute('client.address', '203.0.113.9'),
      attribute('user_agent.original', 'says "logRecords":[{"a":1}] and \\'),
    ],
  });
  const exported = (...groups: unknown[][]) => ({
    resourceLogs: groups.map((logRecords) => ({
      resource: { attributes: [attribute('service.name', 'gateway')] },
      scopeLogs: [{ scope: { name: 'logRecords' }, logRecords }],
    })),
  });
  async function post(payload: string | Buffer, headers: Record<string, string> = {}) {
    const response = await under.app.inject({
      method: 'POST',
      url: '/v1/logs',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json', ...headers },
      payload,
    });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>(), headers: response.headers };
  }
  const count = async (path: string) => {
    const [row] = await under.lane.rows<{ n: number }>(
      `SELECT count() AS n FROM {db}.events_raw_v1 WHERE path = '${path}'`,
    );
    return row?.n;
  };

  const letters = async () =>
    (await under.lane.rows<{ n: number }>('SELECT count() AS n FROM {db}.dead_letters_v1 FINAL'))[0]?.n ?? 0;

  it('answers {} once every record of every resource is durable', async () => {
    const body = exported([record('/otlp-1'), record('/otlp-1')], [], [record('/otlp-1')]);
    const { status, body: answer } = await post(JSON.stringify(body, null, 2));
    expect([status, otlpAnswer.strict().parse(answer)]).toEqual([200, {}]);
    expect(await count('/otlp-1')).toBe(3);
  });

  it('takes gzip, several scopes, an empty export and a line of a gateway as body', async () => {
    expect(
      (await post(gzipSync(JSON.stringify(exported([record('/otlp-2')]))), { 'content-encoding': 'gzip' })).body,
    ).toEqual({});
    const line = `203.0.113.9 - - [${clf(new Date())}] "GET /otlp-2 HTTP/1.1" 200 5 "-" "curl"`;
    expect((await post(JSON.stringify(exported([{ body: { stringValue: line } }])))).body).toEqual({});
    expect((await post('{"resourceLogs":[]}')).body).toEqual({});
    expect((await post('{}')).body).toEqual({});
    // What is no export of logs is told: an empty answer would say that all of it is durable.
    const wrong = { resource_logs: [{ scope_logs: [{ log_records: [record('/otlp-wrong')] }] }] };
    for (const body of [
      wrong,
      { resourceSpans: [{ scopeSpans: [] }] },
      { logRecords: [record('/otlp-wrong')] },
      record('/x'),
    ])
      expect(await post(JSON.stringify(body))).toMatchObject({ status: 400, body: { code: 3 } });
    expect((await post(JSON.stringify({ schemaUrl: 'x', resourceLogs: [] }))).body).toEqual({});
    expect(await count('/otlp-2')).toBe(2);
  });

  it('names how many records were rejected and why, and takes the others', async () => {
    const { status, body } = await post(
      JSON.stringify(exported([record('/otlp-3'), { body: { stringValue: 'started' } }, { attributes: [] }])),
    );
    expect(status).toBe(200);
    const { partialSuccess } = otlpAnswer.parse(body);
    expect(partialSuccess).toEqual({
      rejectedLogRecords: '2',
      errorMessage: expect.stringContaining('unknown_format'),
    });
    expect(await count('/otlp-3')).toBe(1);
  });

  it('names what stands among the records and is none, whatever it is and however the body arrives', async () => {
    const odd = [null, 1, 'x],', true, [], [record('/otlp-5')], {}];
    const text = JSON.stringify(exported([record('/otlp-5'), ...odd, record('/otlp-5')], odd), null, 1);
    const taken = await post(text);
    expect(taken.status).toBe(200);
    expect(otlpAnswer.parse(taken.body).partialSuccess?.rejectedLogRecords).toBe(String(2 * odd.length));
    expect(await count('/otlp-5')).toBe(2);
    // In pieces of every length.
    for (let size = 1; size < 40; size++) {
      const splitter = createLogRecordSplitter();
      const bytes = Buffer.from(text);
      let records = 0;
      for (let from = 0; from < bytes.length; from += size)
        records += splitter.push(bytes.subarray(from, from + size)).length;
      expect([size, records, splitter.end()]).toEqual([size, 2 + 2 * odd.length, true]);
    }
    // As one record, the way Kafka brings an export.
    const before = await letters();
    const lines = await under.app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/x-ndjson' },
      payload: JSON.stringify(exported([record('/otlp-6'), ...odd, record('/otlp-6')])),
    });
    expect(lines.json()).toMatchObject({ accepted: 2 });
    expect(await count('/otlp-6')).toBe(2);
    expect((await letters()) - before).toBe(odd.length);
  });

  it('refuses with a status of OTLP: a key that is wrong, protobuf, what is no export, what is cut or too large', async () => {
    expect(await post('{}', { authorization: 'Bearer nobody' })).toMatchObject({ status: 401, body: { code: 16 } });
    expect(await post('x', { 'content-type': 'application/x-protobuf' })).toMatchObject({
      status: 415,
      body: { code: 3 },
    });
    for (const body of [
      '',
      'x',
      '[]',
      '"',
      '{',
      '{}{}',
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"a":1}',
      '['.repeat(10_000),
      '{"a":'.repeat(10_000),
    ]) {
      expect([body.slice(0, 20), await post(body)]).toMatchObject([
        body.slice(0, 20),
        { status: 400, body: { code: 3 } },
      ]);
    }
    const cut = gzipSync(JSON.stringify(exported([record('/otlp-4')]))).subarray(0, 60);
    expect(await post(cut, { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
    const bomb = gzipSync(Buffer.alloc(40 << 20, ' '));
    expect(await post(bomb, { 'content-encoding': 'gzip' })).toMatchObject({ status: 413, body: { code: 8 } });
    expect(await count('/otlp-4')).toBe(0);
  });

  it('is described', async () => {
    const { paths } = (await under.app.inject('/openapi.json')).json<{ paths: Record<string, unknown> }>();
    expect(paths).toHaveProperty(['/v1/logs', 'post']);
  });
});

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
function clf(date: Date): string {
  const iso = date.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
