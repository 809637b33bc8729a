import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HOSTILE_KEYS, hostileCorpus, hostileCredentials } from '../support/hostile-identity.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';

const folder = temporaryFolder('hostile');
let command: RunningCommand;
let port: number;
let url: string;
let key: string;

beforeAll(async () => {
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
  // Every kind of credential at once, so that what is made up is taken apart by each of them.
  const credentials = join(folder.path, 'credentials.json');
  for (const [name, jwk] of Object.entries(HOSTILE_KEYS))
    writeFileSync(join(folder.path, `${name}.jwks.json`), JSON.stringify({ keys: [jwk] }));
  writeFileSync(credentials, JSON.stringify(hostileCredentials((name) => `${name}.jwks.json`)));
  chmodSync(credentials, 0o600);
  command = startCommand(['serve'], {
    BONAFIDE_DATA_DIR: folder.path,
    BONAFIDE_PORT: String(port),
    BONAFIDE_CREDENTIALS: credentials,
  });
  await command.waitFor('/sign-in#');
  key = z
    .object({ gatewayKey: z.object({ secret: z.string() }) })
    .parse(JSON.parse(readFileSync(join(folder.path, 'keys.json'), 'utf8'))).gatewayKey.secret;
});
afterAll(async () => {
  const code = await command.stop();
  folder.remove();
  expect(code).toBe(0);
});

/** Sends bytes as they are; the answer's status, 0 when the connection was closed or left without one. */
const raw = async (bytes: string | Buffer, waitMs = 1_500): Promise<number> =>
  Number(/^HTTP\/1\.1 (\d{3})/.exec(await exchange(bytes, waitMs))?.[1] ?? 0);

/** The head of the answer, as it came. */
function exchange(bytes: string | Buffer, waitMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(end, waitMs);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n\r\n')) end();
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.write(bytes);
  });
}

const PATHS = [
  '/v1/events',
  '/access/v1/evaluation',
  '/access/v1/evaluations',
  '/gateway/nginx',
  '/api/v1/counts',
  '/api/v1/session',
  '/api/v1/events?entity=ip:%00&limit=-1&from=x',
  '/api/v1/entities/ip/%ff%fe',
  '/',
  '/metrics',
  '/nothing/here',
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'];
const head = (method: string, path: string, more = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n${more}`;

describe('no record, header or body yields a 5xx or a crash', () => {
  it('whatever the method and path', async () => {
    for (const path of PATHS) {
      for (const method of METHODS) {
        const status = await raw(`${head(method, path, 'Content-Length: 0\r\n')}\r\n`);
        expect([method, path, status < 500]).toEqual([method, path, true]);
      }
    }
  });

  it('whatever the body says it is', async () => {
    const bodies = [
      '{',
      '[',
      'null',
      '[null,1,"x",{},[]]',
      '"text"',
      '{"subject":null}',
      '{"subject":{"type":[],"id":{}},"action":7,"resource":"r"}',
      '{"subject":{"type":"user","id":"u"},"action":{"name":"GET"},"resource":{"type":"route","id":"/x"},"context":{"headers":{"a":[1,null]},"ip":{"x":1},"session":9}}',
      '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}',
      `{"subject":{"type":"user","id":"${'x'.repeat(100_000)}"},"action":{"name":"GET"},"resource":{"type":"route","id":"/x"}}`,
      '{"evaluations":[{},null]}',
      '{"evaluations":{}}',
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      '[{"time":1e400,"http.request.method":"GET"}]',
      '[{"time":"9999999-01-01","http.request.method":"\u0000","url.path":"\ud800","http.response.status_code":1e9,"client.address":"999.1.1.1"}]',
      '{"code":{"$gt":""}}',
      '\u0000\u0001\u0002',
      '',
      'a=b&c=d',
    ].map((text) => Buffer.from(text));
    bodies.push(randomBytes(4_096), gzipSync('[]').subarray(0, 9), Buffer.from([0xff, 0xfe, 0x00]));
    const types = [
      'application/json',
      'application/x-ndjson',
      'text/plain',
      'application/xml',
      ';;;',
      'application/json; charset=utf-7',
    ];
    for (const path of ['/v1/events', '/access/v1/evaluation', '/access/v1/evaluations', '/api/v1/session']) {
      for (const body of bodies) {
        for (const type of types) {
          const answer = await fetch(`${url}${path}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${key}`, 'content-type': type },
            body: new Uint8Array(body),
          });
          await answer.arrayBuffer();
          expect([path, type, body.toString('latin1').slice(0, 60), answer.status < 500]).toEqual([
            path,
            type,
            body.toString('latin1').slice(0, 60),
            true,
          ]);
        }
      }
    }
  });

  it('whatever the encoding', async () => {
    const line = '{"time":1,"http.request.method":"GET"}\n';
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, line));
    for (const [encoding, body, wanted] of [
      ['gzip', Buffer.from('not gzip'), [400]],
      ['gzip', gzipSync(line).subarray(0, 20), [400]],
      ['gzip', bomb, [413]],
      ['br', Buffer.from('x'), [400, 415]],
      ['nonsense', Buffer.from('x'), [400, 415]],
    ] as const) {
      const answer = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/x-ndjson',
          'content-encoding': encoding,
        },
        body: new Uint8Array(body),
      });
      expect([encoding, body.length, wanted.some((status) => status === answer.status), answer.status]).toEqual([
        encoding,
        body.length,
        true,
        answer.status,
      ]);
    }
  });

  it('whatever the headers', async () => {
    const hostile = [
      'X-Forwarded-For: ,,,,\r\n',
      `X-Forwarded-For: ${'1.2.3.4, '.repeat(500)}\r\n`,
      'X-Real-IP: ::ffff:999.1.1.1%eth0\r\n',
      `Cookie: ${'a=b; '.repeat(1_000)}\r\n`,
      'Cookie: =;=;;;bonafide_session=%00\r\n',
      'X-Original-URI: \t\x7f\xff\r\n',
      'X-Original-URI: //../..//%00%ff?%zz\r\n',
      'X-Original-Method: \u0001\r\n',
      `Approov-Token: ${'A'.repeat(10_000)}\r\n`,
      'Approov-Token: eyJhbGciOiJub25lIn0.e30.\r\n',
      'Approov-Token: a.b.c.d.e\r\n',
      'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
      'Content-Length: -1\r\n',
      'Content-Length: 99999999999999999999\r\n',
      'Expect: 100-continue\r\n',
      'Expect: nonsense\r\n',
      'Upgrade: websocket\r\nConnection: Upgrade\r\n',
      'X-Request-ID: \u0000\r\n',
      `${Array.from({ length: 300 }, (_, i) => `X-${i}: ${i}\r\n`).join('')}`,
      `X-Huge: ${'h'.repeat(100_000)}\r\n`,
      'No-Colon\r\n',
      ': empty\r\n',
    ];
    for (const path of ['/gateway/nginx', '/access/v1/evaluation', '/v1/events', '/']) {
      for (const header of hostile) {
        const status = await raw(Buffer.from(`${head('GET', path, header)}\r\n`, 'latin1'), 600);
        expect([path, header.slice(0, 40), status < 500]).toEqual([path, header.slice(0, 40), true]);
      }
    }
  });

  it('whatever comes down the wire', async () => {
    const wires = [
      '\r\n\r\n\r\n',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET ${'/'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      'GET http://[::1 HTTP/1.1\r\nHost: [\r\n\r\n',
      `${head('POST', '/v1/events', 'Transfer-Encoding: chunked\r\n')}\r\nzz\r\nnonsense`,
      `${head('POST', '/v1/events', 'Transfer-Encoding: chunked\r\n')}\r\nffffffffffffffff\r\nx`,
      `${head('POST', '/v1/events', 'Content-Length: 100\r\n')}\r\n[{`,
      `${head('POST', '/access/v1/evaluation', 'Content-Type: application/json\r\nContent-Length: 2\r\n')}\r\n{}GET / HTTP/1.1\r\n\r\n`,
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ];
    for (const wire of wires) {
      const status = await raw(Buffer.from(wire, 'latin1'), 800);
      expect([wire.slice(0, 40), status < 500]).toEqual([wire.slice(0, 40), true]);
    }
    for (let i = 0; i < 40; i++) expect(await raw(randomBytes(200 + i * 10), 300)).toBeLessThan(500);
  });

  describe('whatever tokens and signatures are made of', () => {
    const corpus = hostileCorpus(Math.floor(Date.now() / 1000));
    const samples = fc.sample(corpus.headers, { numRuns: 600, seed: 20_261 });
    type Found = { status: number; attestation: string | null; ids: string[] };
    const REFUSED_BY_HTTP = [400, 431];

    async function askAuthZen(headers: Record<string, string>): Promise<Found> {
      const answer = await fetch(`${url}/access/v1/evaluation`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          subject: { type: 'anonymous', id: 'anonymous' },
          action: { name: 'GET' },
          resource: { type: 'route', id: '/v1/orders' },
          context: { ip: '192.0.2.7', host: 'api.example.com', scheme: 'https', headers },
        }),
      });
      const { context } = z
        .object({
          context: z.object({
            attestation: z.object({ status: z.string().nullable() }),
            caller: z.record(z.string(), z.string()).optional(),
          }),
        })
        .parse(await answer.json());
      const { user, device, api_client } = context.caller ?? {};
      const ids = [user, device, api_client].filter((id) => id !== undefined);
      return { status: answer.status, attestation: context.attestation.status, ids };
    }

    async function askNginx(headers: Record<string, string>): Promise<Found> {
      const own = `X-Bonafide-Key: ${key}\r\nX-Original-URI: /v1/orders\r\nX-Original-Host: api.example.com\r\nX-Real-IP: 192.0.2.7\r\n`;
      // A line that ends early would be HTTP's own fault and come no further.
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/[\r\n\0]/g, ' ')}\r\n`);
      const bytes = `GET /gateway/nginx HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${own}${lines.join('')}\r\n`;
      const answer = await exchange(Buffer.from(bytes, 'utf8'), 2_000);
      const of = (name: string) => new RegExp(`^${name}: (.*?)\r?$`, 'im').exec(answer)?.[1] ?? '';
      const unread = of('x-bonafide-decision-id') === 'unread';
      return {
        status: unread ? 400 : Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0),
        attestation: of('x-attestation-status') || null,
        ids: ['user', 'device', 'client'].map((name) => of(`x-bonafide-${name}`)).filter((id) => id !== ''),
      };
    }

    it.each([
      ['AuthZEN', askAuthZen],
      ['nginx', askNginx],
    ])('asked by %s, none is taken for genuine, and a good one still is', async (_name, ask) => {
      let looked = 0;
      for (const headers of samples) {
        const { status, attestation, ids } = await ask(headers);
        if (REFUSED_BY_HTTP.includes(status)) continue;
        expect([headers, status]).toEqual([headers, 200]);
        looked++;
        if (corpus.holdsGood(headers)) continue;
        expect([headers, attestation === 'genuine', ids]).toEqual([headers, false, []]);
      }
      expect(looked).toBeGreaterThan(samples.length / 4);
      const good = await ask({
        'Approov-Token': corpus.token,
        Authorization: `Bearer ${corpus.user}`,
        'X-Api-Key': 'k',
      });
      expect(good).toEqual({ status: 200, attestation: 'genuine', ids: ['alice', 'install-1', 'key'] });
    });
  });

  it('and the process still works afterwards', async () => {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(command.stderr()).not.toMatch(/uncaught|unhandled/i);
  });
});

describe('credentials', () => {
  const OPEN = ['/livez', '/readyz', '/openapi.json', '/.well-known/authzen-configuration'];

  it('are asked for by every described endpoint but the open ones', async () => {
    const described = z
      .object({ openapi: z.string().startsWith('3.1'), paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await (await fetch(`${url}/openapi.json`)).json());
    const endpoints = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
        .map((method) => ({ path: path.replace(/\{[^}]+\}/g, 'x'), method: method.toUpperCase() })),
    );
    for (const path of ['/v1/events', '/access/v1/evaluation', '/gateway/nginx'])
      expect(endpoints.map((endpoint) => endpoint.path)).toContain(path);
    for (const { path, method } of endpoints) {
      const answer = await fetch(`${url}${path}`, { method, redirect: 'manual' });
      await answer.arrayBuffer();
      // The session is how one signs in: without a code it says who one is not.
      if (path === '/api/v1/session' || path === '/' || path === '/sign-in') continue;
      if (OPEN.includes(path)) expect([path, answer.ok]).toEqual([path, true]);
      else expect([method, path, answer.status]).toEqual([method, path, 401]);
    }
  });

  it('of one kind do not open what asks for the other', async () => {
    const gateway = { authorization: `Bearer ${key}` };
    expect((await fetch(`${url}/api/v1/counts`, { headers: gateway })).status).toBe(401);
    expect((await fetch(`${url}/metrics`, { headers: gateway })).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    for (const wrong of ['Bearer ', 'Bearer x', 'Basic eDp5', `bearer  ${key.slice(1)}`, `Bearer ${key}x`]) {
      const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers: { authorization: wrong }, body: '[]' });
      expect([wrong, answer.status]).toEqual([wrong, 401]);
    }
  });

  it('may travel as X-Bonafide-Key where Authorization is the own of the client', async () => {
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer of-the-user', 'x-bonafide-key': key, 'content-type': 'application/json' },
      body: '[]',
    });
    expect(answer.status).toBe(202);
  });
});
