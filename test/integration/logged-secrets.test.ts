import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateways.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

// What nginx itself writes with docs/gateways/nginx-log.conf: the log goes to topics and shippers before Bonafide sees it.
const MARK = 'hunTer2x9';
let api: Server;
let nginx: Nginx;
let port = 0;

beforeAll(async () => {
  api = createServer((_incoming, response) => response.writeHead(200).end('ok'));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  port = await freePort();
  const apiPort = (api.address() as AddressInfo).port;
  // Nobody answers for Bonafide: nginx fails open, and logs.
  nginx = await startNginx({ port, bonafidePort: await freePort(), apiPort, gatewayKey: 'k' });
});
afterAll(async () => {
  await nginx?.stop();
  api?.closeAllConnections();
  api?.close();
});

function get(at: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: at, path }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function targetOf(path: string): Promise<string> {
  const before = nginx.log().length;
  await get(port, path);
  const line = await until('it is logged', () => nginx.log()[before]);
  return line.target ?? '';
}

describe("the log of nginx's shipped configuration", () => {
  it.each([
    ['/a?token=S', '/a?token=[redacted]'],
    ['/a?x=1&access_token=S&y=2', '/a?x=1&access_token=[redacted]&y=2'],
    ['/a?password=S;S,S?S&y=2', '/a?password=[redacted]&y=2'],
    ['/a?user%5Bpassword%5D=S&y=2', '/a?user%5Bpassword%5D=[redacted]&y=2'],
    ['/a?user[password]=S&User_Password2=S', '/a?user[password]=[redacted]&User_Password2=[redacted]'],
    ['/a?%74oken=S&y=2', '/a?%74oken=[redacted]&y=2'],
    ['/a?code=S&auth.code=S&zip-code=S', '/a?code=[redacted]&auth.code=[redacted]&zip-code=[redacted]'],
    ['/a;jsessionid=S?x=1&y=2', '/a;jsessionid=[redacted]&y=2'],
    ['/a?token=S&token=S&x=1&pwd=S&api_key=S&y=2', '/a?token=[redacted]'],
    ['/a?q=eyJhbGciOiJIUzI1NiJ9.eyJSS.S', '/a?q=[redacted]'],
    ['/a?q=ewogICJhbGciOiJIUzI1NiJ9%252EeyJSS%252ES', '/a?q=[redacted]'],
    ['/reset-password/aSaSaSaSaS?x=1', '/reset-password/[redacted]?x=1'],
  ])('says of %s no secret', async (path, logged) => {
    expect(await targetOf(path.replaceAll('S', MARK))).toBe(logged);
  });

  it.each([
    "/a?id=1'%20or%201=1--&q=%3Cscript%3E",
    '/v1/tokens/12?monkey=1&keyboard=de&decode=1&page=2',
    '/a?token=&x=1',
  ])('keeps %s as it is', async (path) => {
    expect(await targetOf(path)).toBe(path);
  });

  it('masks a long and hostile address as well', async () => {
    for (const filler of ['token', '%41', '&a=', '&token', ';key', '[']) {
      const path = `/a?${filler.repeat(Math.floor(7_000 / filler.length))}&password=${MARK}`;
      const began = performance.now();
      expect(await targetOf(path)).not.toContain(MARK);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
    expect(nginx.errors()).not.toMatch(/pcre|regex/i);
  });
});

describe.each(['haproxy-json', 'caddy'])("the log of %s's shipped configuration", (format) => {
  it('says no secret of a query, and keeps the rest', async () => {
    const gateway = await startGateway(format, (api.address() as AddressInfo).port);
    try {
      const secret = [
        'token',
        'access_token',
        'user%5Bpassword%5D',
        'user[password]',
        'User_Password2',
        '%74oken',
        'code',
      ];
      for (const name of [...secret, 'zip-code', 'X-Amz-Signature', 'api_key'])
        await get(gateway.port, `/a?x=1&${name}=${MARK}&${name}=a;${MARK}&y=2`);
      await get(gateway.port, `/a;jsessionid=${MARK}?x=1&y=2`);
      const kept = '/a?monkey=1&keyboard=de&id=1%20or%201=1--&last=1';
      await get(gateway.port, kept);
      const log = await until('the last one is logged', () => {
        const text = gateway.log().toString();
        return text.includes('last=1') ? text : undefined;
      });
      expect(log).not.toContain(MARK);
      expect(log).toContain('/a?x=1&token=[redacted]&token=[redacted]&y=2');
      expect(log).toContain(kept);
    } finally {
      await gateway.stop();
    }
  });
});
