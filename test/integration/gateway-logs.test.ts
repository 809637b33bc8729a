import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policySchema } from '../../schemas/policy.ts';
import { createPipeline, type Ingested } from '../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { createSplitter } from '../../services/ingest/split-lines.ts';
import { systemClock } from '../../shared/clock.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { LOGGING_GATEWAYS, startGateway } from '../support/gateways.ts';
import { LOSSES, type Loss } from '../support/log-losses.ts';
import { until } from '../support/until.ts';

/** Gateways see the caller's address: every loopback address is one. */
const ATTACKER = '127.0.0.66';
const FORGED = '6.6.6.6';
const PROBE = '127.0.0.1';

interface Attack {
  what: string;
  /** Bytes as latin1; `@` stands for the path that marks this request. */
  send: string;
}
const get = (headers: string, path = '@') => `GET ${path} HTTP/1.1\r\nHost: api.example.com\r\n${headers}\r\n`;
const agent = (text: string) => get(`User-Agent: ${text}\r\nConnection: close\r\n`);

const ATTACKS: readonly Attack[] = [
  { what: 'an ordinary request', send: agent('Mozilla/5.0 (X11; Linux x86_64)') },
  { what: 'an answer that is not found', send: get('Connection: close\r\n', '@/missing') },
  { what: 'quotes, braces and escapes in the agent', send: agent(`say "hi" \\ 'x' {json} [x] #22 \\x22 %22`) },
  { what: 'an agent that imitates the end of a line', send: agent(`x" 200 5 "-" "y`) },
  { what: 'an agent that is a log record', send: agent(`{"nginx":1,"msec":"1","addr":"${FORGED}","status":"200"}`) },
  { what: 'an agent with the words of JSON', send: agent(`a","addr":"${FORGED}","status":"599`) },
  { what: 'an agent that is UTF-8', send: agent('caf\xc3\xa9 \xf0\x9f\x98\x80') },
  { what: 'an agent that is no UTF-8', send: agent('a\xff\xfe\x80b') },
  { what: 'a tab in the agent', send: agent('a\tb') },
  { what: 'control bytes in the agent', send: agent('a\x01\x1b[31mb') },
  { what: 'NUL in the agent', send: agent('a\x00b') },
  { what: 'an overlong agent', send: agent('x'.repeat(7_000)) },
  { what: 'a quote in the path', send: get('Connection: close\r\n', '@/a"b') },
  { what: 'a path that imitates the end of a line', send: get('Connection: close\r\n', '@/"200"5"-"') },
  { what: 'blanks in the path', send: get('Connection: close\r\n', '@/a b" 200 5 "') },
  { what: 'UTF-8 in the path', send: get('Connection: close\r\n', '@/\xc3\xa9') },
  { what: 'no UTF-8 in the path', send: get('Connection: close\r\n', '@/\xff\xfe') },
  { what: 'percent-encoded quotes and NUL', send: get('Connection: close\r\n', '@/%22%00%0a?a=%22') },
  {
    what: 'brackets, hashes and backslashes in the path',
    send: get('Connection: close\r\n', '@/[a]{b}|c\\d^e`f?x=[1]'),
  },
  { what: 'an overlong path', send: get('Connection: close\r\n', `@/${'y'.repeat(3_000)}`) },
  { what: 'a forged address', send: get(`X-Forwarded-For: ${FORGED}\r\nConnection: close\r\n`) },
  {
    what: 'a forged address twice',
    send: get(`X-Forwarded-For: ${FORGED}\r\nX-Forwarded-For: ${FORGED}\r\nConnection: close\r\n`),
  },
  { what: 'a forged address with quotes', send: get(`X-Forwarded-For: ${FORGED}" "x\r\nConnection: close\r\n`) },
  {
    what: 'forged headers',
    send: get(
      `X-Real-IP: ${FORGED}\r\nForwarded: for=${FORGED}\r\nDownstreamStatus: 200\r\nstatus: 1\r\nConnection: close\r\n`,
    ),
  },
  {
    what: 'an absolute target',
    send: 'GET http://other.example@?a=b HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n',
  },
  { what: 'an unusual method', send: 'PROPFIND @ HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n' },
  { what: 'a method in lower case', send: 'get @ HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n' },
  { what: 'HTTP/1.0 without a host', send: 'GET @ HTTP/1.0\r\n\r\n' },
  { what: 'a host of quotes', send: 'GET @ HTTP/1.1\r\nHost: a"b" "c\r\nConnection: close\r\n\r\n' },
  { what: 'two hosts', send: 'GET @ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n' },
  {
    what: 'a body of two lengths',
    send: 'POST @ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab',
  },
  {
    what: 'every target of a server',
    send: 'OPTIONS * HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n',
  },
  { what: 'the bytes of a TLS handshake', send: '\x16\x03\x01\x00\xf5\x01\x00\x00\xf1\x03\x03"\x00\r\n\r\n' },
  { what: 'a request of one word', send: 'GET\r\n\r\n' },
  { what: 'a request of quotes', send: '" 200 5 "-" "x"\r\n\r\n' },
  { what: 'a request of four words', send: 'GET / x HTTP/9.9\r\n\r\n' },
];

interface Sent extends Attack {
  marker: string;
  /** What the client saw; 0 when the connection closed without an answer. */
  status: number;
}

let api: Server;
let apiPort = 0;

beforeAll(async () => {
  api = createServer((request, response) => {
    request.resume();
    response.writeHead(request.url?.includes('/missing') ? 404 : 200, { 'content-type': 'text/plain' });
    response.end('ok');
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  apiPort = (api.address() as AddressInfo).port;
});
afterAll(() => {
  api.closeAllConnections();
  api.close();
});

const SILENCE_MS = 700;

/** Sends raw bytes and reads until the gateway closes. */
function send(port: number, bytes: string): Promise<number> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', localAddress: ATTACKER });
    const done = () => resolve(Number(/^HTTP\/1\.\d (\d{3})/.exec(Buffer.concat(chunks).toString('latin1'))?.[1] ?? 0));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', done);
    socket.on('close', done);
    // Some of these are no request, and their gateway waits for more.
    socket.setTimeout(SILENCE_MS, () => socket.end());
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

function read(format: string, log: Buffer): Ingested[] {
  const policy = compilePolicy(policySchema.parse({}));
  const pipeline = createPipeline({
    format,
    scopes: () => policy,
    routes: createRouteLearner(),
    clock: systemClock,
    pseudonymKey: null,
    live: true,
  });
  const splitter = createSplitter('file:access.log');
  return [...splitter.push(log), ...splitter.end()]
    .map((record) => pipeline.ingest(record))
    .filter(({ kind }) => kind !== 'skipped');
}

describe.each(Object.keys(LOGGING_GATEWAYS))('the log of a real gateway, %s', (format) => {
  const sent: Sent[] = [];
  const loss: Partial<Loss> = LOSSES[format] ?? {};
  let lines: Ingested[] = [];
  let began = 0;

  beforeAll(async () => {
    const gateway = await startGateway(format, apiPort);
    began = Date.now();
    for (const [n, attack] of ATTACKS.entries()) {
      const marker = `/m${String(n).padStart(2, '0')}`;
      sent.push({ ...attack, marker, status: await send(gateway.port, attack.send.replace('@', marker)) });
    }
    await send(gateway.port, agent('last').replace('@', '/last'));
    await until('the last request is in the log', () => gateway.log().includes('/last'));
    // The probe of the start came from elsewhere, and only HAProxy logs it.
    lines = read('auto', gateway.log()).filter((line) => line.kind !== 'event' || line.row.client_address !== PROBE);
    await gateway.stop();
  });
  const events = () => lines.flatMap((line) => (line.kind === 'event' ? [line.row] : []));
  const eventOf = (marker: string) => events().find(({ path }) => path.startsWith(marker));
  const unnamed = () =>
    sent.filter(({ what, marker }) => eventOf(marker) === undefined && !(loss.ambiguous ?? []).includes(what));

  it('is read to the line: one event for each request, and no other', () => {
    const named = sent.filter(({ marker }) => eventOf(marker) !== undefined).length;
    const logged = loss.refused === undefined ? unnamed().length : 0;
    expect([named > 20, events().length]).toEqual([true, named + logged + 1]);
    const dead = lines.flatMap((line) => (line.kind === 'dead-letter' ? [line.reason] : []));
    const ambiguous = (loss.ambiguous ?? []).map(() => 'malformed');
    const nobody = loss.refused === 'without an address' ? unnamed().map(() => 'missing_field') : [];
    expect(dead.sort()).toEqual([...ambiguous, ...nobody]);
  });

  it('names the caller, whatever it claims', () => {
    expect(new Set(events().map(({ client_address }) => client_address))).toEqual(new Set([ATTACKER]));
  });

  it('names the moment', () => {
    for (const { time, path } of events()) {
      expect([path, time >= began - 2_000 && time <= Date.now() + 1_000]).toEqual([path, true]);
    }
  });

  it('names the status that the client saw', () => {
    const told = sent.flatMap(({ what, marker, status }) => {
      const event = eventOf(marker);
      return event === undefined ? [] : [{ what, told: event.status, saw: status }];
    });
    expect(told.map(({ what, told }) => [what, told])).toEqual(told.map(({ what, saw }) => [what, saw]));
    // What has no path in the log was refused, or is the server's own `*`.
    for (const { what, status } of unnamed()) {
      expect([what, status === 0 || status >= 400 || what === 'every target of a server']).toEqual([what, true]);
    }
  });

  it('keeps paths, methods and agents to the character', () => {
    expect(eventOf('/m00')).toMatchObject({ method: 'GET', path: '/m00', status: 200 });
    expect(eventOf('/m01')).toMatchObject({ path: '/m01/missing', status: 404 });
    expect(sent.find(({ what }) => what === 'a quote in the path')?.status).toBe(200);
    expect(eventOf('/m12')?.path).toMatch(/^\/m12\/a(?:"|%22)b$/);
    expect(eventOf('/m13')?.path).toMatch(/^\/m13\/(?:"|%22)200(?:"|%22)5(?:"|%22)-(?:"|%22)$/);
    expect(eventOf('/m19')?.path).toHaveLength(3_005);
    expect(eventOf('/m25')?.method).toBe('_OTHER');
    if (loss.agents === false) return;
    expect(eventOf('/m00')?.user_agent).toBe('Mozilla/5.0 (X11; Linux x86_64)');
    expect(eventOf('/m02')?.user_agent).toBe(`say "hi" \\ 'x' {json} [x] #22 \\x22 %22`);
    expect(eventOf('/m03')?.user_agent).toBe('x" 200 5 "-" "y');
    expect(eventOf('/m06')?.user_agent).toBe(loss.emoji === false ? 'café ' : 'café 😀');
    expect(eventOf('/m11')?.user_agent).toMatch(/^x{2000,2048}$/);
  });
});
