import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATEWAY_KEY, openDecisionApp } from '../../support/decision-app.ts';
import { identityOf, SECONDS } from '../../support/identity.ts';
import { hs256 } from '../../support/tokens.ts';

const SECRET = Buffer.alloc(32, 1);
const login = identityOf({
  issuers: [{ name: 'login', proves: 'who', keys: [{ secret_base64: SECRET.toString('base64') }] }],
});
const { app } = openDecisionApp({ identity: () => login });
let port = 0;
beforeAll(async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());

/** Everything the server says to raw bytes, until it closes or has said nothing for a while. */
async function say(bytes: string | Buffer, { end = true } = {}): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => {});
  socket.write(bytes);
  if (end) socket.end();
  await Promise.race([once(socket, 'close'), new Promise((resolve) => socket.setTimeout(1500, () => resolve(null)))]);
  socket.destroy();
  return answer;
}
const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
const EVALUATION =
  '{"subject":{"type":"anonymous","id":"a"},"action":{"name":"GET"},"resource":{"type":"route","id":"/a"},"context":{}}';
const key = `X-Bonafide-Key: ${GATEWAY_KEY}\r\n`;

describe('no bytes yield a 5xx', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', ['400']],
    // Of several packets, the one that is too much no longer tells the path: it may have been a gateway's question.
    ['headers over the limit', `GET /livez HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`, ['403']],
    ['no Host', 'GET /gateway/nginx HTTP/1.1\r\n\r\n', ['400']],
    [
      'two lengths',
      `POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\n${key}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
      ['400'],
    ],
    ['an odd target', `GET //\\..%00 HTTP/1.1\r\nHost: x\r\n\r\n`, ['404']],
    ['a broken escape', `GET /api/%zz HTTP/1.1\r\nHost: x\r\n\r\n`, ['400']],
    [
      'bytes that are no UTF-8',
      Buffer.concat([
        Buffer.from(
          `POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\n${key}Content-Type: application/json\r\nContent-Length: 3\r\n\r\n`,
        ),
        Buffer.from([0xff, 0xfe, 0x00]),
      ]),
      ['400'],
    ],
  ])('%s', async (_what, bytes, expected) => {
    expect(statuses(await say(bytes))).toEqual(expected);
  });

  it('pipelined questions are answered in order, each once', async () => {
    const ask = (uri: string) =>
      `GET /gateway/nginx HTTP/1.1\r\nHost: x\r\n${key}X-Request-ID: ${uri}\r\nX-Original-URI: ${uri}\r\nX-Original-Method: GET\r\nX-Real-IP: 203.0.113.9\r\n\r\n`;
    const answer = await say(ask('/1') + ask('/2') + ask('/3'));
    expect(statuses(answer)).toEqual(['200', '200', '200']);
    expect([...answer.matchAll(/x-request-id: (\S+)/g)].map(([, id]) => id)).toEqual(['/1', '/2', '/3']);
    expect([...answer.matchAll(/content-length: (\d+)/g)].map(([, length]) => length)).toEqual(['0', '0', '0']);
  });

  it('a body that never comes costs nobody else anything', async () => {
    const stuck = say(`POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\n${key}Content-Length: 100\r\n\r\n{`, {
      end: false,
    });
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect(statuses(await stuck)).toEqual([]);
  });

  it('a question that is no HTTP is refused, where a gateway would take a 400 for no answer', async () => {
    for (const odd of ['A: a\u0001b', 'A: a\u007f', `A: ${'a'.repeat(70_000)}`]) {
      const answer = await say(`GET /gateway/nginx HTTP/1.1\r\nHost: x\r\n${key}${odd}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 403 .*x-risk-decision: block\r\n/is);
    }
    expect(statuses(await say('GET /livez HTTP/1.1\r\nHost: x\r\nA: a\u0001b\r\n\r\n'))).toEqual(['400']);
  });

  it('is refused too where its fault comes packets after its path', async () => {
    for (const odd of ['A: a\u0001b', `A: ${'a'.repeat(70_000)}`, 'Content-Length: x']) {
      const asking = connect(port, '127.0.0.1');
      asking.setNoDelay(true);
      asking.write(`GET /gateway/nginx HTTP/1.1\r\nHost: x\r\n${key}B: `);
      await new Promise((resolve) => setTimeout(resolve, 50));
      asking.write(`c\r\n${odd}\r\n\r\n`);
      const [answer] = (await once(asking, 'data')) as [Buffer];
      asking.destroy();
      expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 403 .*x-risk-decision: block\r\n/is);
    }
  });

  it('a body for nothing is not read, and one of nothing but brackets costs nobody else his time', async () => {
    const brackets = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const post = (path: string, head: string, body: string) =>
      say(
        `POST ${path} HTTP/1.1\r\nHost: x\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    const parse = JSON.parse;
    let longest = 0;
    JSON.parse = (...given: Parameters<typeof parse>) => {
      longest = Math.max(longest, given[0].length);
      return parse(...given);
    };
    try {
      // Strangers' first, who have no key.
      for (const path of ['/nothing', '/livez', '/access/v1/evaluation', '/access/v1/evaluations'])
        expect(statuses(await post(path, '', brackets))[0]).toMatch(/^40[145]$/);
      const context = EVALUATION.replace('{}', `{"more":${brackets}}`);
      for (const path of ['/access/v1/evaluation', '/access/v1/evaluations'])
        expect(statuses(await post(path, key, context))).toEqual(['400']);
      expect(longest).toBe(0);
      expect(statuses(await post('/access/v1/evaluation', key, EVALUATION))).toEqual(['200']);
    } finally {
      JSON.parse = parse;
    }
  });

  it('what anybody may ask for is written once, however long it is', async () => {
    const first = await app.inject('/openapi.json');
    const write = JSON.stringify;
    let longest = 0;
    JSON.stringify = (...given: unknown[]) => {
      const text = Reflect.apply(write, JSON, given) as string;
      longest = Math.max(longest, text.length);
      return text;
    };
    try {
      const again = await app.inject('/openapi.json');
      expect([again.statusCode, again.body, longest]).toEqual([200, first.body, 0]);
      expect(again.headers['content-type']).toContain('application/json');
    } finally {
      JSON.stringify = write;
    }
  });

  it('no header is dropped: neither the second of a name, nor one behind a thousand others', async () => {
    const user = `Authorization: Bearer ${hs256({ sub: 'alice', exp: SECONDS + 60 }, SECRET)}\r\n`;
    const others = Array.from({ length: 1500 }, (_, i) => `A${i}: 1\r\n`).join('');
    for (const before of ['', 'Authorization: Basic eDp5\r\n', others]) {
      const answer = await say(`GET /gateway/nginx HTTP/1.1\r\nHost: x\r\n${key}${before}${user}\r\n`);
      expect([before.slice(0, 20), /x-bonafide-user: (\S+)/.exec(answer)?.[1]]).toEqual([before.slice(0, 20), 'alice']);
    }
  });

  it('any method asks the nginx path', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PATCH']) {
      const answer = await say(`${method} /gateway/nginx?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${key}\r\n`);
      expect(statuses(answer)).toEqual(['200']);
    }
  });
});
