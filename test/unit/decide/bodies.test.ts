import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecisionApp, GATEWAY_KEY, openDecisionApp } from '../../support/decision-app.ts';

describe('a body that will not be read', () => {
  let opened: DecisionApp;
  let port: number;
  beforeAll(async () => {
    opened = openDecisionApp({});
    await opened.app.listen({ host: '127.0.0.1', port: 0 });
    port = (opened.app.server.address() as AddressInfo).port;
  });
  afterAll(() => opened.app.close());

  /** What comes back, whole, though nothing of the body was sent: the server answers and closes. */
  async function answerTo(path: string, ...headers: string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.write([`POST ${path} HTTP/1.1`, 'Host: b', ...headers, '', ''].join('\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    return text;
  }

  it.each(['/access/v1/evaluation', '/access/v1/evaluation?x', '/access/v1/evaluations', '/gateway/nginx/'])(
    'of a stranger is answered at its head: %s',
    async (path) => {
      const answer = await answerTo(path, 'Content-Type: application/json', 'Content-Length: 1000000');
      expect(answer).toMatch(/^HTTP\/1\.1 401 .*www-authenticate: Bearer/is);
    },
  );

  it('of more than may be is answered at its head', async () => {
    const key = `Authorization: Bearer ${GATEWAY_KEY}`;
    const answer = await answerTo(
      '/access/v1/evaluation',
      key,
      'Content-Type: application/json',
      'Content-Length: 99999999999',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('payload_too_large');
  });
});
