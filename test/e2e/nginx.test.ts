import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { request as requestTls } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDecide } from '../../services/decide/main.ts';
import { openPolicyStore, type PolicyStore } from '../../services/decide/policy-store.ts';
import { createAccess } from '../../shared/access.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createHttpApp } from '../../shared/http.ts';
import { createLifecycle } from '../../shared/lifecycle.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { temporaryFolder } from '../support/process.ts';
import { insertRisk, publishStep } from '../support/risk-rows.ts';
import { dpop, hmacOf, messageSignature, signer } from '../support/signers.ts';
import { hs256 } from '../support/tokens.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const KEY = 'e2e-gateway-key';
const SECRET = Buffer.alloc(32, 7);
const ACCOUNT = Buffer.alloc(32, 9);
// nginx sees the caller's address: every loopback address is one.
const ATTACKER = '127.0.0.66';
const SUSPECT = '127.0.0.33';
const GENUINE = '127.0.0.10';

const folder = temporaryFolder('nginx-decide');
const log = createLogger('silent');
const lifecycle = createLifecycle(log);
let clickhouse: ClickHouse;
let policy: PolicyStore;
let app: FastifyInstance;
let api: Server;
let nginx: Nginx;
let port = 0;
let bonafidePort = 0;
let apiPort = 0;
let connections = 0;
const seenByApi: { url: string; headers: IncomingHttpHeaders }[] = [];

beforeAll(async () => {
  const target = { kind: 'embedded', path: join(folder.path, 'clickhouse') } as const;
  clickhouse = openLane(target, 'bonafide');
  await migrate(clickhouse, { retentionDays: 30, ttl: false });
  const step = Math.floor(Date.now() / 1000);
  await insertRisk(clickhouse, step, [
    { kind: 'ip', id: ATTACKER, score: 62 },
    // With what a missing token adds, over the challenge line of the shipped curve and under its block line.
    { kind: 'ip', id: SUSPECT, score: 18 },
  ]);
  await publishStep(clickhouse, step);

  const credentialsFile = join(folder.path, 'credentials.yaml');
  const issuer = {
    name: 'app',
    preset: 'approov',
    keys: [{ secret_base64: SECRET.toString('base64') }],
    message_keys: [{ kid: 'm1', secret_base64: ACCOUNT.toString('base64') }],
  };
  const partner = { scheme: 'rfc9421', secret_base64: ACCOUNT.toString('base64') };
  const clients = [{ id: 'partner-7', hmac: partner }];
  writeFileSync(
    credentialsFile,
    JSON.stringify({ issuers: [issuer], clients, tls_client_cert_header: 'X-Bonafide-Client-Cert' }),
  );
  chmodSync(credentialsFile, 0o600);

  const health = createHealth(['decide']);
  const metrics = createMetrics();
  const access = createAccess({ gatewayKeys: [{ name: 'nginx', secret: KEY }], adminToken: null });
  policy = await openPolicyStore({ clickhouse, clock: systemClock, health, log }, null);
  await policy.apply(
    {
      mode: 'enforce',
      holdout: 0,
      trust_uncalibrated: true,
      max_snapshot_age: '1h',
      routes: [{ match: { path: '/v1/auth/*' }, attestation: 'require' }],
      clients: [{ match: { user_agent: 'App/*' }, platform: 'app' }],
    },
    'test',
    'enforce',
  );
  app = createHttpApp({ log, health, metrics, access, tls: null, version: '0.0.0' });
  app.server.on('connection', () => connections++);
  await startDecide(app, {
    clickhouse,
    policy,
    access,
    clock: systemClock,
    health,
    metrics,
    lifecycle,
    log,
    trustedHops: 0,
    credentialsFile,
    pseudonymKey: null,
    hashKey: 'test',
    routeOf: (_method, _host, path) => path,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  bonafidePort = (app.server.address() as AddressInfo).port;

  api = createServer((incoming, response) => {
    seenByApi.push({ url: incoming.url ?? '', headers: incoming.headers });
    const status = incoming.url?.startsWith('/v1/own-403') === true ? 403 : 200;
    response.writeHead(status, { 'content-type': 'text/plain' });
    response.end(`api ${status}`);
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  apiPort = (api.address() as AddressInfo).port;
  port = await freePort();
  nginx = await startNginx({ port, bonafidePort, apiPort, gatewayKey: KEY });
});

afterAll(async () => {
  await nginx?.stop();
  await app?.close();
  api?.closeAllConnections();
  api?.close();
  await lifecycle.close();
  await clickhouse?.close();
  folder.remove();
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(
  path: string,
  options: {
    from?: string;
    headers?: Record<string, string>;
    method?: string;
    body?: string;
    agent?: Agent;
    port?: number;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: options.port ?? port,
        path,
        method: options.method ?? 'GET',
        localAddress: options.from ?? GENUINE,
        headers: { 'user-agent': 'App/1.2', ...options.headers },
        ...(options.agent === undefined ? {} : { agent: options.agent }),
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

const token = (claims: Record<string, unknown> = {}, secret: Buffer = SECRET) =>
  hs256({ exp: Math.floor(Date.now() / 1000) + 300, ...claims }, secret);

describe('nginx asks Bonafide', () => {
  it('and a genuine caller reaches the API, which is told the decision', async () => {
    const answer = await ask('/v1/orders/1?page=2', {
      headers: { 'approov-token': token(), 'x-risk-decision': 'forged' },
    });
    expect(answer).toMatchObject({ status: 200, body: 'api 200' });
    const seen = seenByApi.at(-1);
    expect(seen?.url).toBe('/v1/orders/1?page=2');
    expect(seen?.headers).toMatchObject({ 'x-risk-decision': 'allow', 'x-attestation-status': 'genuine' });
    expect(seen?.headers['x-bonafide-decision-id']).toMatch(/-x$/);
  });

  it('and an attacker gets 403 and never reaches the API', async () => {
    const before = seenByApi.length;
    const answer = await ask('/v1/orders/1', { from: ATTACKER });
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-bonafide-decision-id']).toMatch(/-i$/);
    expect(seenByApi.length).toBe(before);
  });

  it('and an attacker is not let through by headers that take long to look at', async () => {
    const names = Array.from({ length: 1_600 }, (_, n) => `a${n.toString(36)}`);
    const covered = names.slice(0, 500).map((name) => `"x";key="${name}"`);
    const headers = {
      'signature-input': `s=("@method" "@path" ${covered.join(' ')});created=${Math.floor(Date.now() / 1000)};keyid="partner-7"`,
      signature: 's=:AAAA:',
      x: names.join(','),
    };
    for (let time = 0; time < 5; time++)
      expect((await ask('/v1/orders/1', { from: ATTACKER, headers })).status).toBe(403);
  });

  it('and headers that HTTP forbids are refused, and no 500', async () => {
    const status = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress: GENUINE }, () => {
        socket.write('GET /v1/orders/1 HTTP/1.1\r\nHost: x\r\nX-Odd: a\u0001b\r\nConnection: close\r\n\r\n');
      });
      socket.setEncoding('latin1').once('data', (text: string) => resolve(text.slice(0, 12)));
      socket.on('error', reject);
    });
    expect(status).toBe('HTTP/1.1 403');
  });

  it('and an attacker is not let through by a signature over what every object has', async () => {
    for (const name of ['constructor', '__proto__']) {
      const created = Math.floor(Date.now() / 1000);
      const headers = {
        'signature-input': `s=("@method" "@path" "${name}");created=${created};keyid="partner-7"`,
        signature: 's=:AAAA:',
      };
      expect((await ask('/v1/orders/1', { from: ATTACKER, headers })).status).toBe(403);
    }
  });

  it('and a suspect gets 401 with WWW-Authenticate, once', async () => {
    const answer = await ask('/v1/orders/1', { from: SUSPECT });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Attestation realm="bonafide", challenge="[^"]+-i", nonce="[A-Za-z0-9_-]{52}"$/,
    );
  });

  it('and a genuine phone behind the attacker’s address is challenged, not blocked', async () => {
    expect((await ask('/v1/orders/1', { from: ATTACKER, headers: { 'approov-token': token() } })).status).toBe(401);
  });

  it('and whoever answers a challenge with a token that is bound to its nonce is let be', async () => {
    const own = { 'approov-token': token({ did: 'answering' }) };
    const asked = await ask('/v1/asked', { from: ATTACKER, headers: own });
    expect(asked.status).toBe(401);
    const nonce = /nonce="([^"]+)"/.exec(asked.headers['www-authenticate'] ?? '')?.[1] ?? '';
    const authorization = 'Bearer the-clients-own';
    const pay = createHash('sha256').update(`${authorization}${nonce}`).digest('base64');
    const answer = { 'approov-token': token({ did: 'answering', pay }), authorization, 'attestation-nonce': nonce };
    // Neither another installation behind the address, nor one who read the nonce there, nor whoever shows no token.
    const others = { ...answer, 'approov-token': token({ did: 'another', pay }) };
    expect((await ask('/v1/others', { from: ATTACKER, headers: others })).status).toBe(401);
    expect((await ask('/v1/answered', { from: ATTACKER, headers: answer })).status).toBe(200);
    expect(seenByApi.at(-1)).toMatchObject({ url: '/v1/answered', headers: { 'x-risk-decision': 'allow' } });
    expect((await ask('/v1/let-be', { from: ATTACKER, headers: own })).status).toBe(200);
    expect((await ask('/v1/others', { from: ATTACKER, headers: others })).status).toBe(401);
    expect((await ask('/v1/others', { from: ATTACKER })).status).toBe(403);
    const logged = await until('it is logged', () => {
      const lines = nginx.log();
      return lines.some(({ target }) => target === '/v1/let-be') ? lines : undefined;
    });
    const result = (target: string) => logged.find((line) => line.target === target)?.challenge;
    expect(['/v1/asked', '/v1/answered', '/v1/let-be'].map(result)).toEqual(['unmet', 'met', '']);
  });

  it('and a forged token is blocked where the route requires attestation', async () => {
    const forged = token({}, Buffer.alloc(32, 8));
    expect((await ask('/v1/auth/login', { method: 'POST', headers: { 'approov-token': forged } })).status).toBe(403);
    expect((await ask('/v1/auth/login', { method: 'POST' })).status).toBe(401);
    expect((await ask('/v1/auth/login', { method: 'POST', headers: { 'approov-token': token() } })).status).toBe(200);
  });

  it('and a token that is bound to a client certificate needs the connection that shows it', async () => {
    const certificate = (name: string) => {
      const [key, cert] = [join(folder.path, `${name}.key`), join(folder.path, `${name}.pem`)];
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
      execFileSync('openssl', [...made, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
      const pem = readFileSync(cert, 'utf8');
      const thumbprint = createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
      return { key: readFileSync(key, 'utf8'), cert: pem, thumbprint };
    };
    const [phone, thief] = [certificate('phone'), certificate('thief')];
    certificate('server');
    const tlsPort = await freePort();
    const tls = await startNginx({
      port: tlsPort,
      bonafidePort,
      apiPort,
      gatewayKey: KEY,
      change: (config) =>
        config.replace(
          `listen 127.0.0.1:${tlsPort};`,
          `listen 127.0.0.1:${tlsPort} ssl;
           ssl_certificate ${join(folder.path, 'server.pem')}; ssl_certificate_key ${join(folder.path, 'server.key')};
           ssl_verify_client optional_no_ca;`,
        ),
    });
    const bound = token({ cnf: { 'x5t#S256': phone.thumbprint } });
    const login = (by: { key?: string; cert?: string }, headers: Record<string, string> = {}) =>
      new Promise<number>((resolve, reject) => {
        const sent = requestTls(
          {
            ...{ host: '127.0.0.1', port: tlsPort, path: '/v1/auth/login', method: 'POST', localAddress: GENUINE },
            ...{ key: by.key, cert: by.cert, rejectUnauthorized: false, agent: false },
            headers: { 'user-agent': 'App/1.2', 'approov-token': bound, ...headers },
          },
          (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)),
        );
        sent.on('error', reject);
        sent.end();
      });
    try {
      expect(await login(phone)).toBe(200);
      expect(seenByApi.at(-1)?.headers['x-attestation-status']).toBe('genuine');
      // Stolen with the token: the certificate is public, the key is not.
      const forged = { 'x-bonafide-client-cert': encodeURIComponent(phone.cert) };
      expect(await login(thief, forged)).toBe(403);
      expect(await login({}, forged)).toBe(403);
      const plain = await ask('/v1/auth/login', { method: 'POST', headers: { 'approov-token': bound, ...forged } });
      expect(plain.status).toBe(403);
    } finally {
      await tls.stop();
    }
  });

  describe('about signed requests', () => {
    const phone = signer('ES256');
    const ipk = createPublicKey(phone.privateKey).export({ type: 'spki', format: 'der' }).toString('base64url');
    const seconds = () => Math.floor(Date.now() / 1000);
    const body = '{"amount":1}';
    const ofBody = {
      'content-length': String(body.length),
      'content-type': 'application/json',
      'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
    };
    const here = () => `127.0.0.1:${port}`;

    /** As the SDK does by default: everything that says what the request is, the length and digest of its body too. */
    const signed = (of: string, path: string, names: readonly string[] = ['install', 'account']) => {
      const headers = { 'approov-token': of, authorization: 'Bearer the-clients-own', ...ofBody };
      const lines = [
        ['"@method"', 'POST'],
        ['"@target-uri"', `http://${here()}${path}`],
        ...Object.entries(headers).map(([name, value]) => [`"${name}"`, value] as const),
      ] as const;
      const times = `;created=${seconds()};expires=${seconds() + 15}`;
      const parts = names.map((name) =>
        name === 'install'
          ? messageSignature(name, lines, `;alg="ecdsa-p256-sha256"${times}`, phone.sign)
          : messageSignature(name, lines, `;alg="hmac-sha256"${times}`, (base) => hmacOf(ACCOUNT, base)),
      );
      return {
        ...headers,
        'signature-input': parts.map((part) => part['signature-input']).join(', '),
        signature: parts.map((part) => part.signature).join(', '),
      };
    };
    const post = async (path: string, headers: Record<string, string>, text = body) => {
      await ask(path, { method: 'POST', headers, body: text });
      const {
        attestation = '',
        attestation_code: code = '',
        api_client: client = '',
      } = await until('it is logged', () => nginx.log().find((line) => line.target === path));
      return { attestation, code, client };
    };

    it('with a body, by one label or both, as the SDK signs them', async () => {
      const both = token({ ipk, mskid: 'm1' });
      const genuine = { attestation: 'genuine', code: 'ok' };
      expect(await post('/v1/pay/1?dry=1', signed(both, '/v1/pay/1?dry=1'))).toMatchObject(genuine);
      expect(await post('/v1/pay/2', signed(both, '/v1/pay/2', ['install']))).toMatchObject(genuine);
      expect(await post('/v1/pay/3', signed(both, '/v1/pay/3', ['account']))).toMatchObject(genuine);
      // An account key that is not known here says nothing beside the installation's.
      expect(await post('/v1/pay/4', signed(token({ ipk, mskid: 'm9' }), '/v1/pay/4'))).toMatchObject(genuine);
    });

    it('and refuses what is not what was signed', async () => {
      const both = token({ ipk, mskid: 'm1' });
      const wrong = { attestation: 'failed', code: 'signature_invalid' };
      expect(await post('/v1/pay/5', signed(both, '/v1/pay/6'))).toMatchObject(wrong);
      const longer = { ...signed(both, '/v1/pay/7'), 'content-length': String(body.length + 1) };
      expect(await post('/v1/pay/7', longer, `${body} `)).toMatchObject(wrong);
      // The client's word for the length is overwritten by its length.
      const claimed = { ...longer, 'x-original-content-length': String(body.length) };
      expect(
        await post('/v1/pay/8', { ...claimed, ...signatureOf(signed(both, '/v1/pay/8')) }, `${body} `),
      ).toMatchObject(wrong);
    });
    const signatureOf = ({ signature, ...headers }: ReturnType<typeof signed>) => ({
      signature,
      'signature-input': headers['signature-input'],
    });

    it('on a port that is not the scheme’s own: DPoP and RFC 9421 name it', async () => {
      const proof = (htu: string) => dpop(phone, { htm: 'POST', htu, iat: seconds() });
      const bound = () => ({ 'approov-token': token({ cnf: { jkt: phone.thumbprint } }) });
      const at = (path: string) => `http://${here()}${path}`;
      expect(await post('/v1/port/1', { ...bound(), dpop: proof(at('/v1/port/1')) })).toMatchObject({ code: 'ok' });
      const elsewhere = proof('http://127.0.0.1/v1/port/2');
      expect(await post('/v1/port/2', { ...bound(), dpop: elsewhere })).toMatchObject({ code: 'bound_elsewhere' });
      const lines = [
        ['"@method"', 'POST'],
        ['"@path"', '/v1/port/3'],
        ['"@authority"', here()],
        ['"host"', here()],
        ['"content-length"', String(body.length)],
      ] as const;
      const parameters = `;created=${seconds()};keyid="partner-7"`;
      const headers = messageSignature('sig1', lines, parameters, (base) => hmacOf(ACCOUNT, base));
      expect(await post('/v1/port/3', headers)).toMatchObject({ client: 'partner-7' });
    });
  });

  it('and the client’s own Authorization and body pass untouched', async () => {
    const answer = await ask('/v1/orders', {
      method: 'POST',
      body: 'x'.repeat(100_000),
      headers: { authorization: 'Bearer the-clients-own', 'x-original-uri': '/elsewhere', 'x-real-ip': ATTACKER },
    });
    expect(answer.status).toBe(200);
    expect(seenByApi.at(-1)?.headers.authorization).toBe('Bearer the-clients-own');
  });

  it('and the API’s own 403 passes as it is', async () => {
    expect(await ask('/v1/own-403')).toMatchObject({ status: 403, body: 'api 403' });
  });

  it('and the access log shows what the caller met', async () => {
    await ask('/v1/logged', { from: ATTACKER });
    const entry = await until('the log has the request', () =>
      nginx.log().find((line) => line.target === '/v1/logged'),
    );
    expect(entry).toMatchObject({ outcome: 'block', would: 'block', status: '403', addr: ATTACKER });
    expect(entry.decision).toMatch(/-i$/);
  });

  it('over kept-alive connections, whatever it is answered', async () => {
    await ask('/v1/warm');
    const before = connections;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 150; i++) {
      await ask(`/v1/orders/${i}`, { from: i % 3 === 0 ? ATTACKER : i % 3 === 1 ? SUSPECT : GENUINE });
    }
    agent.destroy();
    expect(connections - before).toBeLessThanOrEqual(2);
    // A pool as wide as the callers, and no wider.
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let i = 0; i < 20; i++) await ask('/v1/wide');
      }),
    );
    expect(connections - before).toBeLessThanOrEqual(30);
  });

  it('and in shadow mode everybody passes while the log says what enforcing would have answered', async () => {
    await policy.apply({ mode: 'shadow', trust_uncalibrated: true, max_snapshot_age: '1h' }, 'test', 'shadow');
    try {
      expect((await ask('/v1/shadow', { from: ATTACKER })).status).toBe(200);
      const entry = await until('the log has the request', () =>
        nginx.log().find((line) => line.target === '/v1/shadow'),
      );
      expect(entry).toMatchObject({ outcome: 'allow', would: 'block' });
    } finally {
      await policy.rollback(undefined, 'test', 'back');
    }
    expect((await ask('/v1/shadow', { from: ATTACKER })).status).toBe(403);
  });
});

describe('when Bonafide is away', () => {
  it('requests pass with the configuration as it stands, and get 500 without the fail-open lines', async () => {
    const nobody = await freePort();
    const options = { bonafidePort: nobody, apiPort, gatewayKey: KEY };
    const openPort = await freePort();
    const open = await startNginx({ ...options, port: openPort });
    const closedPort = await freePort();
    const closed = await startNginx({
      ...options,
      port: closedPort,
      change: (config) =>
        config
          .split('\n')
          .filter((line) => !/proxy_intercept_errors on;|error_page 500 502/.test(line))
          .join('\n'),
    });
    try {
      expect(await ask('/v1/away', { port: openPort })).toMatchObject({ status: 200, body: 'api 200' });
      expect((await ask('/v1/away', { port: closedPort })).status).toBe(500);
      const entry = await until('the log has the request', () => open.log().find((line) => line.target === '/v1/away'));
      expect(entry.outcome).toBe('');
    } finally {
      await open.stop();
      await closed.stop();
    }
  });

  it('a wrong gateway key lets nobody through and is no 500', async () => {
    const wrongPort = await freePort();
    const wrong = await startNginx({ port: wrongPort, bonafidePort, apiPort, gatewayKey: 'wrong' });
    try {
      expect((await ask('/v1/orders', { port: wrongPort })).status).toBe(401);
    } finally {
      await wrong.stop();
    }
  });
});
