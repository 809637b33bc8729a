import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bridge, startBridge } from '../support/clickhouse-bridge.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { hs256 } from '../support/tokens.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const KEY = 'circle-gateway-key-0123456789';
const ADMIN = 'circle-admin-token-0123456789';
const SECRET = Buffer.from('circle-secret-of-the-issuers-012');
const API_KEY = 'circle-api-key-of-the-android-app';
const GENUINE = '127.0.0.10';
const OTHER = '127.0.0.20';
const ATTACKER = '127.0.0.66';
const topic = `circle-${process.pid}`;
const { brokers } = sharedBroker();
const folder = temporaryFolder('circle');

const seconds = () => Math.floor(Date.now() / 1000);
const ATTESTED = hs256({ exp: seconds() + 3600, did: 'install-1' }, SECRET);
const SIGNED_IN = hs256({ exp: seconds() + 3600, sub: 'alice', sid: 'session-1' }, SECRET);
const HOOKED = hs256({ exp: seconds() + 3600, did: 'install-2', threats: ['proxy', 'frida'] }, SECRET);
/** Names no installation. */
const JTI = 'canary-jti-of-an-unnamed-token';
const UNNAMED = hs256({ exp: seconds() + 3600, jti: JTI }, SECRET);
const FORGED = hs256({ exp: seconds() + 3600, did: 'install-9' }, 'somebody else');
/** What must be found nowhere; each is sent, most of them in places where a careless log would keep them. */
const CANARIES = {
  attested: ATTESTED,
  signedIn: SIGNED_IN,
  hooked: HOOKED,
  unnamed: UNNAMED,
  jti: JTI,
  forged: FORGED,
  apiKey: API_KEY,
  gatewayKey: KEY,
  admin: ADMIN,
  issuerSecret: SECRET.toString('base64'),
  cookie: 'canary-cookie-7f3a9c21',
  basic: Buffer.from('admin:canary-password-51').toString('base64'),
  header: 'canary-other-header-9d2e',
  query: 'canary-query-token-3b8f',
  password: 'canary-password-in-query-44',
  dead: hs256({ sub: 'canary-in-a-broken-line' }, SECRET),
  hmacSecret: Buffer.from('canary-hmac-secret-of-a-partner-1').toString('base64'),
  hmacSignature: Buffer.from('canary-hmac-signature-of-one-call').toString('base64'),
  dpop: hs256({ jti: 'canary-dpop', htm: 'GET', htu: 'https://api.example.com/v1/others' }, SECRET),
  pop: hs256({ jti: 'canary-pop', aud: 'api' }, SECRET),
  clientAttestation: hs256({ sub: 'canary-client-attestation', exp: seconds() + 3600 }, SECRET),
  opaque: 'canary-opaque-token-5d1c7e',
  introspection: 'canary-introspection-secret-8a',
  certificate: Buffer.from('canary-client-certificate-of-a-caller').toString('base64'),
  ticket: 'canary-ticket-of-an-own-header-61',
};

let bridge: Bridge;
let api: Server;
/** Knows opaque tokens; what it was asked. */
let introspector: Server;
const introspected: string[] = [];
let nginx: Nginx;
let serve: RunningCommand;
let url = '';
let nginxPort = 0;
let shipping = true;
let shipped: Promise<void>;

beforeAll(async () => {
  bridge = await startBridge(join(folder.path, 'clickhouse'));
  await createTopic(brokers, topic, 2);
  const keys = [{ secret_base64: SECRET.toString('base64') }];
  const credentials = join(folder.path, 'credentials.json');
  const issuers = [
    { name: 'app', keys, signals: { claim: 'threats' } },
    { name: 'login', proves: 'who', keys },
  ];
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const clients = [
    { id: 'key-and-1', sha256: sha256(API_KEY) },
    { id: 'partner-7', hmac: { scheme: 'x-signature', secret_base64: CANARIES.hmacSecret } },
    { id: 'partner-8', header: 'X-Partner-Ticket', sha256: sha256(CANARIES.ticket) },
  ];
  introspector = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (bytes: Buffer) => {
      body += bytes.toString();
    });
    incoming.on('end', () => {
      introspected.push(`${incoming.headers.authorization} ${body}`);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ active: true, sub: 'opaque-user' }));
    });
  });
  await new Promise<void>((resolve) => introspector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(introspector.address() as AddressInfo).port}/introspect`;
  const introspection = [{ name: 'opaque', endpoint, client_id: 'api', client_secret: CANARIES.introspection }];
  const tls_client_cert_header = 'X-Client-Cert';
  writeFileSync(credentials, JSON.stringify({ issuers, clients, introspection, tls_client_cert_header }));
  chmodSync(credentials, 0o600);
  const policy = join(folder.path, 'policy.json');
  const settings = {
    mode: 'enforce',
    trust_uncalibrated: true,
    holdout: 0,
    clients: [{ match: { api_client: 'key-and-*' }, platform: 'android', issuer: 'app' }],
  };
  writeFileSync(policy, JSON.stringify(settings));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  serve = startCommand(['serve'], {
    CLICKHOUSE_URL: bridge.url,
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: topic,
    KAFKA_GROUP: topic,
    BONAFIDE_PORT: String(port),
    BONAFIDE_DATA_DIR: join(folder.path, 'data'),
    BONAFIDE_GATEWAY_KEYS: `edge:${KEY}`,
    BONAFIDE_ADMIN_TOKEN: ADMIN,
    BONAFIDE_CREDENTIALS: credentials,
    BONAFIDE_POLICY: policy,
    BONAFIDE_DECISION_LOG: 'true',
    LOG_LEVEL: 'trace',
  });
  await serve.waitFor('Bonafide listens on');
  api = createServer((incoming, response) => {
    response.writeHead(incoming.url?.startsWith('/v1/auth/') === true ? 401 : 200).end('api');
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  nginxPort = await freePort();
  const apiPort = (api.address() as AddressInfo).port;
  nginx = await startNginx({ port: nginxPort, bonafidePort: port, apiPort, gatewayKey: KEY });
  shipped = ship();
});

afterAll(async () => {
  shipping = false;
  await shipped;
  await nginx?.stop();
  api?.closeAllConnections();
  api?.close();
  introspector?.closeAllConnections();
  introspector?.close();
  await serve?.stop();
  await bridge?.close();
  folder.remove();
});

/** What a log shipper does: each line of nginx's log becomes a message. */
async function ship(): Promise<void> {
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  let sent = 0;
  while (shipping) {
    const lines = nginx.log().slice(sent);
    if (lines.length > 0) {
      const messages = lines.map((line, i) => ({ partition: (sent + i) % 2, value: JSON.stringify(line) }));
      await producer.send({ topic, messages });
      sent += lines.length;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await producer.disconnect();
}

function call(path: string, from: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: nginxPort, path, method, localAddress: from, headers };
    const sent = request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const everywhere = {
  'approov-token': ATTESTED,
  authorization: `Bearer ${SIGNED_IN}`,
  'x-api-key': API_KEY,
  cookie: `session=${CANARIES.cookie}; theme=dark`,
  'proxy-authorization': `Basic ${CANARIES.basic}`,
  'x-secret': CANARIES.header,
  referer: `https://shop.example.com/?access_token=${CANARIES.query}`,
};

async function sql(query: string): Promise<string> {
  const answer = await fetch(`${bridge.url}/?query=${encodeURIComponent(query)}`);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
}
const row = async (path: string): Promise<Record<string, unknown> | null> => {
  const text = await sql(`SELECT * FROM bonafide.events_raw_v1 WHERE path = '${path}' LIMIT 1 FORMAT JSONEachRow`);
  return text.trim() === '' ? null : (JSON.parse(text) as Record<string, unknown>);
};
const admin = (path: string) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${ADMIN}` } });

describe('a request goes round: client, nginx, decision, nginx log, Kafka, ingest, risk, decision', () => {
  it('and its event says who and what it was found to be, and what it met, without any token', async () => {
    expect(
      await call(`/v1/orders/1?access_token=${CANARIES.query}&password=${CANARIES.password}`, GENUINE, everywhere),
    ).toBe(200);
    const event = await until('the event is stored', () => row('/v1/orders/1'));
    expect(event).toMatchObject({
      user_id: 'alice',
      session_id: 'session-1',
      device_id: 'install-1',
      api_client: 'key-and-1',
      platform: 'android',
      attestation_status: 'genuine',
      attestation_issuer: 'app',
      risk_outcome: 'allow',
      risk_would: 'allow',
    });
    const logged = nginx.log().find(({ target }) => target?.startsWith('/v1/orders/1') === true);
    expect(event.risk_decision_id).toBe(logged?.decision);
    expect(logged?.decision).toMatch(/^d/);
  });

  it('and a forged token and a missing one are told apart in the events', async () => {
    await call('/v1/forged', OTHER, { 'x-api-key': API_KEY, 'approov-token': FORGED });
    await call('/v1/missing', OTHER, { 'x-api-key': API_KEY });
    expect(await until('stored', () => row('/v1/forged'))).toMatchObject({
      attestation_status: 'failed',
      attestation_code: 'signature_invalid',
      risk_outcome: 'challenge',
    });
    expect(await until('stored', () => row('/v1/missing'))).toMatchObject({
      attestation_status: 'missing',
      user_id: '',
    });
  });

  it('and a token that names no installation is known by itself, beside the session of its user', async () => {
    const token = { 'approov-token': UNNAMED, 'x-api-key': API_KEY };
    await call('/v1/unnamed/user', GENUINE, { ...token, authorization: `Bearer ${SIGNED_IN}` });
    await call('/v1/unnamed/visitor', OTHER, token);
    const ofUser = await until('stored', () => row('/v1/unnamed/user'));
    const ofVisitor = await until('stored', () => row('/v1/unnamed/visitor'));
    const name = expect.stringMatching(/^t_[A-Za-z0-9_-]{22}$/);
    expect(ofUser).toMatchObject({ session_id: 'session-1', device_id: '', attestation_token: name });
    expect(ofVisitor).toMatchObject({ user_id: '', session_id: '', attestation_token: ofUser.attestation_token });
  });

  it('and the worst that a verified token reports of its device is in the event', async () => {
    await call('/v1/hooked', OTHER, { 'x-api-key': API_KEY, 'approov-token': HOOKED });
    expect(await until('stored', () => row('/v1/hooked'))).toMatchObject({
      device_id: 'install-2',
      attestation_status: 'genuine',
      attestation_code: 'hooked',
      risk_outcome: 'allow',
    });
  });

  it('and who guesses passwords is refused by the risk of what the log said', async () => {
    for (let i = 0; i < 150; i++) await call(`/v1/auth/login?subject=${i}`, ATTACKER, {}, 'POST');
    await until('the attacker is refused', async () => (await call('/v1/after', ATTACKER)) === 403, {
      timeoutMs: 90_000,
      everyMs: 500,
    });
    // The same network as the attacker's: a genuine caller may be challenged there, never blocked.
    expect(await call('/v1/after', GENUINE, everywhere)).not.toBe(403);
    const event = await until('its event', async () => {
      const text = await sql(
        `SELECT risk_outcome, risk_decision_id FROM bonafide.events_raw_v1 WHERE path = '/v1/after' AND risk_outcome = 'block' LIMIT 1 FORMAT JSONEachRow`,
      );
      return text.trim() === '' ? null : text;
    });
    expect(event).toMatch(/-i"/);
  });
});

describe('a caller with every other kind of credential', () => {
  it('is answered, and its event is stored', async () => {
    const proofs = {
      authorization: `Bearer ${CANARIES.opaque}`,
      dpop: CANARIES.dpop,
      'oauth-client-attestation': CANARIES.clientAttestation,
      'oauth-client-attestation-pop': CANARIES.pop,
      'x-client-cert': `:${CANARIES.certificate}:`,
      'x-partner-ticket': CANARIES.ticket,
    };
    const signed = {
      'x-key-id': 'partner-7',
      'x-timestamp': String(seconds()),
      'x-signature': CANARIES.hmacSignature,
      authorization: `Digest username="bob", realm="api", response="${CANARIES.header}"`,
    };
    const query = `ticket=${CANARIES.ticket}&x_signature=${CANARIES.hmacSignature}&page=2`;
    await call(`/v1/others/1?${query}`, OTHER, proofs);
    await call(`/v1/others/2;jsessionid=${CANARIES.cookie}?dpop=${CANARIES.dpop}`, OTHER, signed);
    await call(`/v1/others/3?user%5Bpassword%5D=${CANARIES.password}&%74oken=${CANARIES.query}`, OTHER, proofs);
    expect(await until('stored', () => row('/v1/others/3'))).not.toBeNull();
    await until('the opaque token was asked about', () => introspected.length > 0);
    expect(introspected[0]).toContain(CANARIES.opaque);
  });
});

describe('a gateway whose log cannot say what was decided', () => {
  it('gets it from the decision log by request id, and nothing for an id that is not its own', async () => {
    const ask = (id: string, ip: string, token = ATTESTED) =>
      fetch(`${url}/gateway/nginx`, {
        headers: {
          'x-bonafide-key': KEY,
          'x-original-uri': '/v1/joined',
          'x-original-method': 'GET',
          'x-real-ip': ip,
          'x-request-id': id,
          'approov-token': token,
          authorization: `Bearer ${SIGNED_IN}`,
        },
      });
    await ask('request-3', '192.0.2.1', UNNAMED);
    await ask('request-1', '192.0.2.1');
    await ask('request-2', '192.0.2.1');
    await ask('twice', '192.0.2.1');
    await ask('twice', '192.0.2.1');
    // They are written in batches: an event must not come between the two.
    const twice = "SELECT count() FROM bonafide.decisions_v1 WHERE request_id = 'twice'";
    await until('both are in the table', async () => (await sql(twice)).trim() === '2');
    const line = (id: string, ip: string) => ({
      time: Date.now(),
      'http.request.method': 'GET',
      'url.path': `/v1/joined/${id}/${ip}`,
      'http.response.status_code': 200,
      'client.address': ip,
      'http.request.id': id,
    });
    const sent = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify([
        line('request-1', '192.0.2.1'),
        line('request-2', '198.51.100.9'),
        line('request-3', '192.0.2.1'),
        line('twice', '192.0.2.1'),
      ]),
    });
    expect(sent.status).toBe(202);
    expect(await row('/v1/joined/request-1/192.0.2.1')).toMatchObject({
      user_id: 'alice',
      session_id: 'session-1',
      device_id: 'install-1',
      attestation_status: 'genuine',
      risk_outcome: 'allow',
    });
    expect(await row('/v1/joined/request-3/192.0.2.1')).toMatchObject({
      device_id: '',
      attestation_token: expect.stringMatching(/^t_/),
    });
    for (const path of ['/v1/joined/request-2/198.51.100.9', '/v1/joined/twice/192.0.2.1']) {
      expect(await row(path)).toMatchObject({ user_id: '', attestation_status: '', risk_decision_id: '' });
    }
  });
});

describe('no secret is kept anywhere', () => {
  it('not in tables, topics, logs, metrics, pages or files', async () => {
    // A line that cannot be read, with a token in it.
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    const broken = `{"nginx":1,"authorization":"Bearer ${CANARIES.dead}","x-partner-ticket":"a\\"${CANARIES.ticket}","x-client-cert":["${CANARIES.certificate}"],"x-signature":"${CANARIES.hmacSignature}","headers":[["dpop","${CANARIES.dpop}"]],"token":"${CANARIES.opaque}","uri":"/a?x=1\\u0026token=${CANARIES.query}","cookie":"a=\\"b\\"; session=${CANARIES.cookie}`;
    await producer.send({ topic: topic, messages: [{ value: broken }] });
    await producer.disconnect();
    await until(
      'it is a dead letter',
      async () => Number(await sql('SELECT count() FROM bonafide.dead_letters_v1')) > 0,
    );

    const places = new Map<string, string>();
    const tables = (
      await sql("SELECT name FROM system.tables WHERE database = 'bonafide' AND engine NOT LIKE '%View' FORMAT TSV")
    )
      .trim()
      .split('\n');
    expect(tables).toEqual(
      expect.arrayContaining(['events_raw_v1', 'dead_letters_v1', 'decisions_v1', 'token_uses_v1']),
    );
    for (const table of tables)
      places.set(`table ${table}`, await sql(`SELECT * FROM bonafide.${table} FORMAT JSONEachRow`));
    expect(places.get('table decisions_v1')).toContain('alice');
    places.set('topic of dead letters', await messagesOf(`${topic}.dead-letter`));
    places.set('topic, but for the broken line', (await messagesOf(topic)).replace(broken, ''));
    places.set('stdout', serve.stdout().replace(/^ {2}curl.*$/gm, ''));
    places.set('stderr', serve.stderr());
    places.set('nginx errors', nginx.errors());
    for (const path of [
      '/metrics',
      '/readyz',
      '/openapi.json',
      '/',
      '/api/v1/overview',
      '/api/v1/entities',
      '/api/v1/entities/ip/127.0.0.10',
      '/api/v1/entities/ip/127.0.0.66',
      '/api/v1/events?limit=1000',
      '/api/v1/health',
      '/api/v1/attestation',
      '/api/v1/revocations',
      '/api/v1/dead-letters',
      '/api/v1/policy',
      '/api/v1/policy/versions',
    ]) {
      const answer = await admin(path);
      expect([path, answer.status]).toEqual([path, 200]);
      places.set(path, await answer.text());
    }
    expect(places.get('/api/v1/events?limit=1000')).toContain('alice');
    // Keys lie in one file of mode 0600, and in `running.json` for the commands of this machine.
    const data = join(folder.path, 'data');
    for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
      const path = join(data, name);
      if (!statSync(path).isFile() || name === 'keys.json' || name === 'running.json') continue;
      places.set(`file ${name}`, readFileSync(path, 'latin1'));
    }
    const found: string[] = [];
    for (const [place, text] of places) {
      for (const [name, canary] of Object.entries(CANARIES)) {
        const signature = canary.includes('.') ? (canary.split('.').at(-1) ?? canary) : canary;
        if (text.includes(canary) || text.includes(signature)) found.push(`${name} in ${place}`);
      }
    }
    expect(found).toEqual([]);
  });
});

async function messagesOf(name: string): Promise<string> {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(name);
  await admin.disconnect();
  const wanted = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const consumer = kafkaOf(brokers).consumer({ groupId: `${name}-scan` });
  await consumer.connect();
  await consumer.subscribe({ topics: [name], fromBeginning: true });
  const seen: string[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen.push(`${message.key} ${JSON.stringify(message.headers)} ${message.value}`);
    },
  });
  await until('all messages are read', () => seen.length >= wanted);
  await consumer.disconnect();
  return seen.join('\n');
}
