import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../services/ingest/http-body.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('back-pressure');
let under: IngestUnderTest;
let port = 0;
beforeAll(async () => {
  under = await openIngest(folder.path);
  await under.app.listen({ host: '127.0.0.1', port: 0 });
  port = (under.app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  await under.close();
  folder.remove();
});

interface Upload {
  /** Sends more of the body. */
  more(bytes: Buffer): void;
  end(): void;
  abort(): void;
  readonly answer: Promise<{ status: number; retryAfter: string | undefined }>;
}

/** A body of which some bytes are sent and the rest is kept back. */
function startUpload(headers: Record<string, string>, agent?: Agent): Upload {
  const sent = request({
    ...(agent === undefined ? {} : { agent }),
    host: '127.0.0.1',
    port,
    path: '/v1/events',
    method: 'POST',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/x-ndjson', ...headers },
  });
  const upload: Upload = {
    more: (bytes) => void sent.write(bytes),
    end: () => void sent.end(),
    abort: () => void sent.destroy(),
    answer: new Promise((resolve, reject) => {
      sent.once('error', reject);
      sent.once('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      });
    }),
  };
  upload.answer.catch(() => undefined);
  sent.flushHeaders();
  return upload;
}

const LINE = Buffer.from(`${JSON.stringify(madeUpEvent(1, Date.now()))}\n`);
const post = async () => {
  const upload = startUpload({ 'content-length': String(LINE.length) });
  upload.more(LINE);
  upload.end();
  return upload.answer;
};

describe('more bodies than a process can hold', () => {
  it('are answered 429 with Retry-After before a byte of them is read, and taken once others are done', async () => {
    const size = String(MAX_BODY_BYTES);
    const held = [startUpload({ 'content-length': size }), startUpload({ 'content-length': size })];
    for (const upload of held) upload.more(LINE);
    // 64 MiB are promised by now; whoever comes next is told to come back, whatever the size.
    const refused = await until('one is refused', async () => {
      const answer = await post();
      return answer.status === 202 ? null : answer;
    });
    expect(refused).toEqual({ status: 429, retryAfter: '1' });
    for (const upload of held) upload.abort();
    await until('there is room again', async () => (await post()).status === 202);
  });

  it('of unknown length count as they come: the one that brings more than there is room for is refused', async () => {
    // All but two of the 64 MiB are promised.
    const held = [MAX_BODY_BYTES, MAX_BODY_BYTES - (2 << 20)].map((size) =>
      startUpload({ 'content-length': String(size) }),
    );
    for (const upload of held) upload.more(LINE);
    await until('both are let in', async () => {
      const probe = startUpload({ 'content-length': String(3 << 20) });
      probe.more(LINE);
      const waited = new Promise<null>((resolve) => setTimeout(() => resolve(null), 300));
      const answer = await Promise.race([probe.answer, waited]);
      probe.abort();
      return answer?.status === 429;
    });
    const third = startUpload({ 'transfer-encoding': 'chunked' });
    for (let i = 0; i < 4; i++) third.more(Buffer.alloc(1 << 20, LINE));
    expect(await third.answer).toEqual({ status: 429, retryAfter: '1' });
    for (const upload of [...held, third]) upload.abort();
    await until('there is room again', async () => (await post()).status === 202);
  });

  it('are told by their events too: few bytes may be many, and each costs memory of its own', async () => {
    const small = (n: number) =>
      `{"time":${Date.now()},"http.request.method":"GET","url.path":"/a","http.response.status_code":200,"client.address":"10.0.${n >> 8}.${n & 255}"}`;
    const many = (count: number) => Array.from({ length: count }, (_, n) => small(n));
    const send = (text: string) => {
      const body = Buffer.from(text);
      const upload = startUpload({ 'content-length': String(body.length) });
      upload.more(body);
      upload.end();
      return upload.answer;
    };
    // As lines, and as records of several events each: 15 MB, of which two do not fit beside the largest.
    const line = many(60_000).join('\n');
    const batch = `[${many(6_000).join(',')}]`;
    const batched = Array(10).fill(batch).join('\n');
    for (const body of [line, batched]) {
      const answers = await Promise.all(Array.from({ length: 4 }, () => send(body)));
      const taken = answers.filter(({ status }) => status === 202);
      const refused = answers.filter(({ status }) => status === 429);
      expect(taken.length).toBeGreaterThan(0);
      expect(refused.length).toBeGreaterThan(0);
      expect(taken.length + refused.length).toBe(4);
      expect(refused.every(({ retryAfter }) => retryAfter === '1')).toBe(true);
      // What was refused comes through when it comes again.
      expect(await send(body)).toMatchObject({ status: 202 });
    }
    await until('there is room again', async () => (await post()).status === 202);
  });
});

describe('bodies whose callers go away half-way', () => {
  it.each([
    ['plain', LINE, {}],
    [
      'gzip',
      gzipSync(Buffer.concat(Array.from({ length: 1_000 }, () => LINE))).subarray(0, 500),
      { 'content-encoding': 'gzip' },
    ],
  ])('leave their room to others: %s', async (_, start, headers) => {
    // As many bodies as there may be at once, however small.
    const held = Array.from({ length: 256 }, () => startUpload({ 'transfer-encoding': 'chunked', ...headers }));
    for (const upload of held) upload.more(start);
    await until('there is no room', async () => (await post()).status === 429);
    for (const upload of held) upload.abort();
    await until('there is room again', async () => (await post()).status === 202);
  });
});

describe('a connection on which a body was refused half-way', () => {
  const lines = (n: number) => Buffer.concat(Array.from({ length: n }, () => LINE));
  it.each([
    ['plain', lines(100_500), {}],
    ['gzip', gzipSync(lines(100_500)), { 'content-encoding': 'gzip' }],
    ['cut gzip', gzipSync(lines(1_000)).subarray(0, -200), { 'content-encoding': 'gzip' }],
    ['no gzip', lines(20_000), { 'content-encoding': 'gzip' }],
  ])('takes the next one: %s', async (_, body, headers) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (bytes: Buffer, more: Record<string, string>) => {
      const upload = startUpload({ 'content-length': String(bytes.length), ...more }, agent);
      upload.more(bytes);
      upload.end();
      return upload.answer;
    };
    for (let n = 0; n < 3; n++) {
      expect([400, 413]).toContain((await send(body, headers)).status);
      expect(await send(LINE, {})).toMatchObject({ status: 202 });
    }
    agent.destroy();
  });
});
