import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EventRow } from '../../schemas/event-row.ts';
import { policySchema } from '../../schemas/policy.ts';
import type { RequestFacts } from '../../services/decide/question.ts';
import { createPipeline } from '../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { createSplitter } from '../../services/ingest/split-lines.ts';
import { systemClock } from '../../shared/clock.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { challengeParts } from '../support/challenge.ts';
import { GATEWAY_KEY, GENUINE_CURVE, openDecisionApp, policyOf, snapshotOf } from '../support/decision-app.ts';
import { ASKING_GATEWAYS, type LoggingGateway, startAskingGateway } from '../support/gateways.ts';
import { identityOf } from '../support/identity.ts';
import { hs256 } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const SECRET = Buffer.alloc(32, 1);
const keys = [{ secret_base64: SECRET.toString('base64') }];
const challenge = challengeParts();
const issuers = [
  { name: 'app', keys },
  { name: 'login', proves: 'who', keys, audience: 'api' },
];
const identity = identityOf({ issuers }, {}, { hooks: challenge.hooks });
const policy = policyOf({
  mode: 'enforce',
  holdout: 0,
  routes: [{ match: { path: '/v1/pay/*' }, attestation: 'require' }],
  clients: [{ match: { user_agent: 'App/*' }, platform: 'app' }],
});
const snapshot = snapshotOf([{ kind: 'user', id: 'odd', score: 35 }], { curve: GENUINE_CURVE, ageMs: 0 });
const decided: { requestId: string; facts: RequestFacts; id: string }[] = [];
const bonafide = openDecisionApp({
  policy: () => policy,
  snapshot: () => snapshot,
  identity: () => identity,
  clock: systemClock,
  challenges: challenge.challenges,
  log: { add: (requestId, facts, decision) => decided.push({ requestId, facts, id: decision.context.id }) },
});

let api: Server;
const seen: string[] = [];
const ports = { api: 0, bonafide: 0 };
beforeAll(async () => {
  // Some APIs read what HTTP forbids, and as much as one likes.
  api = createServer({ insecureHTTPParser: true, maxHeaderSize: 1_048_576 }, (incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => {
      seen.push(`${incoming.method} ${incoming.url} ${body}`);
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  await bonafide.app.listen({ host: '127.0.0.1', port: 0 });
  ports.api = (api.address() as AddressInfo).port;
  ports.bonafide = (bonafide.app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  api.closeAllConnections();
  api.close();
  await bonafide.app.close();
});

interface Told {
  status: number;
  challenge: string;
  /** Names of the answer's headers. */
  told: string[];
}

function post(port: number, path: string, headers: Record<string, string> = {}) {
  return new Promise<Told>((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method: 'POST', path, headers: { 'user-agent': 'App/3', ...headers } },
      (answer) => {
        answer.resume();
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            challenge: answer.headers['www-authenticate'] ?? '',
            told: Object.keys(answer.headers),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end('a=1');
  });
}

/** Headers that no client library would send, one character a byte. */
function sendLines(port: number, path: string, lines: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      const agent = lines.startsWith('User-Agent:') ? '' : 'User-Agent: App/3\r\n';
      const head = `GET ${path} HTTP/1.1\r\nHost: api\r\n${agent}${lines}\r\nConnection: close\r\n\r\n`;
      socket.write(Buffer.from(head, 'latin1'));
    });
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('close', () => resolve(Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0)));
    socket.on('error', reject);
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

function read(log: Buffer): EventRow[] {
  const compiled = compilePolicy(policySchema.parse({}));
  const pipeline = createPipeline({
    format: 'auto',
    scopes: () => compiled,
    routes: createRouteLearner(),
    clock: systemClock,
    pseudonymKey: null,
    live: true,
  });
  const splitter = createSplitter('file:access.log');
  return [...splitter.push(log), ...splitter.end()].flatMap((record) => {
    const ingested = pipeline.ingest(record);
    return ingested.kind === 'event' ? [ingested.row] : [];
  });
}

const seconds = () => Math.floor(Date.now() / 1000);
const token = (more: object = {}) => hs256({ exp: seconds() + 300, did: 'install-1', ...more }, SECRET);
const user = (sub: string) => `Bearer ${hs256({ exp: seconds() + 300, aud: 'api', sub, sid: `of-${sub}` }, SECRET)}`;
const nonceOf = (told: Told | undefined) => /nonce="([^"]+)"/.exec(told?.challenge ?? '')?.[1] ?? '';
/** Every other header that a preset or a scheme of the docs carries a credential in. */
const CREDENTIALS = Object.fromEntries(
  [
    'x-firebase-appcheck',
    'oauth-client-attestation',
    'oauth-client-attestation-pop',
    'dpop',
    'x-api-key',
    'signature',
    'x-signature',
  ].map((name) => [name, `eyJhbGciOiJIUzI1NiJ9-${name}`]),
);
/** What a client says in our name: nobody may believe it. */
const CLAIMED = {
  'x-bonafide-user': 'admin',
  'x-bonafide-device': 'mine',
  'x-attestation-token-id': 't_mine',
  'x-real-ip': '203.0.113.99',
  'x-risk-decision': 'allow',
};

describe.each(Object.keys(ASKING_GATEWAYS))('%s, on the configuration of the docs', (name) => {
  let gateway: LoggingGateway;
  let rows: EventRow[] = [];
  const row = (path: string) => rows.find((one) => one.path === path);
  const answers = new Map<string, Told>();
  beforeAll(async () => {
    gateway = await startAskingGateway(name, ports, GATEWAY_KEY);
    seen.length = 0;
    decided.length = 0;
    const ask = async (path: string, headers: Record<string, string> = {}) =>
      answers.set(path, await post(gateway.port, path, headers));
    await ask('/v1/good?x=1', { 'approov-token': token(), authorization: user('alice'), ...CLAIMED });
    await ask('/v1/pay/missing', CLAIMED);
    await ask('/v1/pay/forged', { 'approov-token': `${token().slice(0, -4)}AAAA` });
    await ask('/v1/risky', { 'approov-token': token({ did: `of-${name}` }), authorization: user('odd') });
    await ask('/v1/stolen', { authorization: `${user('eve').slice(0, -4)}AAAA` });
    await ask('/v1/unnamed', { 'approov-token': token({ did: undefined }), authorization: user('bob'), ...CLAIMED });
    await ask('/v1/twice', { 'approov-token': token(), ...CREDENTIALS });
    const nonce = nonceOf(answers.get('/v1/risky'));
    const own = { authorization: user('odd'), 'attestation-nonce': nonce };
    const pay = createHash('sha256').update(`${own.authorization}${nonce}`).digest('base64');
    await ask('/v1/answered', { ...own, 'approov-token': token({ pay, did: `of-${name}` }) });
    await ask('/v1/let-be', { authorization: user('odd'), 'approov-token': token({ did: `of-${name}` }) });
    await until('the last request is in the log', () => gateway.log().includes('let-be'));
    rows = read(gateway.log());
  });
  afterAll(() => gateway?.stop());

  it('lets through, challenges and blocks as it is told', () => {
    const statuses = Object.fromEntries([...answers].map(([path, { status }]) => [path, status]));
    expect(statuses).toEqual({
      '/v1/good?x=1': 200,
      '/v1/pay/missing': 401,
      '/v1/pay/forged': 403,
      '/v1/risky': 401,
      '/v1/stolen': 200,
      '/v1/unnamed': 200,
      '/v1/twice': 200,
      '/v1/answered': 200,
      '/v1/let-be': 200,
    });
    expect(answers.get('/v1/pay/missing')?.challenge).toMatch(
      /^Attestation realm="bonafide", challenge="[^"]+", nonce="[A-Za-z0-9_-]{52}"$/,
    );
    const through = ['/v1/good?x=1', '/v1/stolen', '/v1/unnamed', '/v1/twice', '/v1/answered', '/v1/let-be'];
    expect(seen).toEqual(through.map((path) => `POST ${path} a=1`));
    // Who is refused learns nothing of the score.
    for (const { told } of answers.values())
      expect(told.filter((header) => /^x-(risk|attestation|bonafide)/.test(header))).toEqual([]);
  });

  it('asks about the caller as it is, whatever it says in our name', () => {
    expect(decided).toHaveLength(9);
    for (const { facts } of decided) {
      expect(facts.address).toBe('127.0.0.1');
      expect(facts.method).toBe('POST');
      expect(facts.path).toMatch(/^\/v1\//);
      expect(facts.entities.map(({ id }) => id)).not.toContain('admin');
      expect(facts.entities.map(({ id }) => id)).not.toContain('mine');
    }
  });

  it('logs who called and what was answered, or neither where its page says so', () => {
    // Caddy's log holds requests as they came; from 2.8 on it could say more.
    if (name === 'caddy') {
      expect(rows.filter(({ path }) => path.startsWith('/v1/'))).toHaveLength(9);
      for (const one of rows)
        expect(one).toMatchObject({ user_id: '', attestation_status: '', risk_outcome: '', risk_decision_id: '' });
      return;
    }
    expect(row('/v1/good')).toMatchObject({
      user_id: 'alice',
      session_id: 'of-alice',
      device_id: 'install-1',
      attestation_status: 'genuine',
      attestation_code: 'unbound',
      attestation_issuer: 'app',
      risk_outcome: 'allow',
      risk_would: 'allow',
    });
    expect(row('/v1/good')?.attestation_token).toBe('');
    expect(row('/v1/unnamed')).toMatchObject({
      user_id: 'bob',
      session_id: 'of-bob',
      device_id: '',
      attestation_token: expect.stringMatching(/^t_[A-Za-z0-9_-]{22}$/),
    });
    expect(row('/v1/pay/missing')).toMatchObject({
      attestation_status: 'missing',
      risk_outcome: 'challenge',
      status: 401,
    });
    expect(row('/v1/pay/forged')).toMatchObject({
      attestation_status: 'failed',
      attestation_code: 'signature_invalid',
      risk_outcome: 'block',
      status: 403,
    });
    expect(row('/v1/risky')).toMatchObject({ user_id: 'odd', risk_outcome: 'challenge', challenge_result: 'unmet' });
    expect(row('/v1/answered')).toMatchObject({ risk_outcome: 'allow', challenge_result: 'met' });
    expect(row('/v1/let-be')).toMatchObject({ risk_outcome: 'allow', challenge_result: '' });
    expect(row('/v1/stolen')).toMatchObject({ user_id: '', identity_code: 'signature_invalid' });
    const told = rows.map(({ risk_decision_id }) => risk_decision_id).filter((id) => id !== '');
    expect(told).toEqual(decided.map(({ id }) => id));
  });

  it('gives question and log one id of the request, so that the decision log can join them; Caddy the question alone', () => {
    const asked = decided.map(({ requestId }) => requestId);
    expect(new Set(asked).size).toBe(9);
    const logged = rows.filter(({ path }) => path.startsWith('/v1/')).map(({ request_id }) => request_id);
    expect(logged).toEqual(name === 'caddy' ? asked.map(() => '') : asked);
  });

  it('logs no token', () => {
    expect(gateway.log().toString('latin1')).not.toContain('eyJ');
  });

  it('lets nobody through by another spelling of his token or of the path', async () => {
    const before = seen.length;
    const late = `Bearer ${hs256({ exp: seconds() - 30, aud: 'api', sub: 'odd' }, SECRET)}`;
    const spelled = {
      padded: `Authorization: ${user('odd')}=`,
      scheme: `Authorization: JWT ${user('odd').slice(7)}`,
      second: `Authorization: ${user('bob')}\r\nAuthorization: ${user('odd')}`,
      first: `Authorization: ${user('odd')}\r\nAuthorization: ${user('bob')}`,
      late: `Authorization: ${late}`,
    };
    for (const [label, lines] of Object.entries(spelled)) {
      const status = await sendLines(gateway.port, `/v1/${label}`, lines);
      expect([label, [400, 401, 403].includes(status)]).toEqual([label, true]);
    }
    const paths = ['/V1/Pay/a', '/v1%2Fpay%2Fa', '/v1\\pay\\a', '//x/v1/pay/a', '/v1/pay/..%2f..%2fpublic'];
    for (const path of paths) {
      const status = await sendLines(gateway.port, path, 'X-Odd: 1');
      expect([path, [400, 401, 403].includes(status)]).toEqual([path, true]);
    }
    expect(seen.slice(before)).toEqual([]);
  });

  it('lets nobody through whose headers are odd', async () => {
    const before = seen.length;
    const odd = {
      // Sorted, as Caddy sends them on, these stand before what Caddy itself says of the request.
      many: Array.from({ length: 1500 }, (_, i) => `X-C${i}: 1`).join('\r\n'),
      control: 'X-Odd: a\u0001b',
      delete: 'X-Odd: a\u007fb',
      nul: 'User-Agent: App/3\u0000',
      beyond: 'X-Odd: \u00ff',
      folded: 'X-Odd: a\r\n b',
      large: `X-Odd: ${'a'.repeat(12_000)}`,
      larger: `X-Odd: ${'a'.repeat(50_000)}`,
    };
    for (const [label, lines] of Object.entries(odd)) {
      const status = await sendLines(gateway.port, `/v1/pay/${label}`, lines);
      // Some of it gateways refuse themselves.
      expect([label, [400, 401, 403, 431].includes(status)]).toEqual([label, true]);
    }
    expect(seen.slice(before)).toEqual([]);
  });
});

describe.each(Object.keys(ASKING_GATEWAYS))('%s, when Bonafide cannot read the question', (name) => {
  it.each([400, 431])('lets nobody through: %i', async (status) => {
    const unread = createServer((_incoming, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => unread.listen(0, '127.0.0.1', resolve));
    const bonafidePort = (unread.address() as AddressInfo).port;
    const gateway = await startAskingGateway(name, { ...ports, bonafide: bonafidePort }, GATEWAY_KEY);
    onTestFinished(async () => {
      await gateway.stop();
      unread.closeAllConnections();
      unread.close();
    });
    const before = seen.length;
    const answer = await post(gateway.port, '/v1/good');
    expect([name === 'caddy' ? status : 403, before]).toEqual([answer.status, seen.length]);
    if (name === 'caddy') return;
    await until('the request is in the log', () => gateway.log().includes('good'));
    const logged = read(gateway.log()).filter(({ path }) => path === '/v1/good');
    expect(logged.map(({ risk_outcome }) => risk_outcome)).toEqual(['block']);
  });
});

describe('the configurations of HAProxy', () => {
  it('that log alone and that ask log in one form', () => {
    const format = (name: string) =>
      /^ {2}log-format .*$/m.exec(readFileSync(join(PACKAGE_ROOT, 'docs', 'gateways', name), 'utf8'))?.[0];
    expect(format('haproxy.cfg')).toBe(format('haproxy-log.cfg'));
  });
});
