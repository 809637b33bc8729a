import { writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { hs256 } from '../support/tokens.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const KEY = 'main-job-gateway-key';
const ADMIN = 'main-job-admin-token';
const SECRET = Buffer.alloc(32, 9);
const TOPIC = `main-job-${process.pid}`;
/** An attacker of its own for each try: what the first one did is remembered. */
let attacker = '';
let tries = 0;
const folder = temporaryFolder('main-job');

const { brokers } = sharedBroker();
let bonafide: RunningCommand;
let api: Server;
let nginx: Nginx;
let port: number;
let url: string;
let shipping = true;
let shipped: Promise<void>;
/** Lines of the attacker that Kafka has acknowledged, and when the newest was. */
const reached = { lines: 0, at: 0 };

beforeAll(async () => {
  await createTopic(brokers, TOPIC, 2);
  const [bonafidePort, apiPort] = [await freePort(), await freePort()];
  port = await freePort();
  writeFileSync(
    join(folder.path, 'policy.yaml'),
    'mode: enforce\nclients:\n  - { match: { user_agent: "App/*" }, platform: app }\n',
  );
  const issuer = { name: 'app', keys: [{ secret_base64: SECRET.toString('base64') }] };
  writeFileSync(join(folder.path, 'credentials.json'), JSON.stringify({ issuers: [issuer] }), { mode: 0o600 });
  bonafide = startCommand(['serve'], {
    BONAFIDE_DATA_DIR: join(folder.path, 'data'),
    BONAFIDE_PORT: String(bonafidePort),
    BONAFIDE_POLICY: join(folder.path, 'policy.yaml'),
    BONAFIDE_CREDENTIALS: join(folder.path, 'credentials.json'),
    BONAFIDE_GATEWAY_KEYS: `nginx:${KEY}`,
    BONAFIDE_ADMIN_TOKEN: ADMIN,
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: TOPIC,
  });
  api = createServer((question, answer) => {
    const signIn = question.url === '/v1/auth/login';
    const right = !signIn || question.headers['x-password'] === 'right';
    answer
      .writeHead(right ? 200 : 401, { 'content-type': 'application/json' })
      .end(right ? '{"ok":true}' : '{"wrong":true}');
  }).listen(apiPort, '127.0.0.1');
  url = `http://127.0.0.1:${bonafidePort}`;
  await bonafide.waitFor('/sign-in#');
  nginx = await startNginx({ port, bonafidePort, apiPort, gatewayKey: KEY });
  shipped = ship();
});

afterAll(async () => {
  shipping = false;
  await shipped;
  await nginx?.stop();
  api?.close();
  await bonafide?.stop();
  folder.remove();
});

/** What a log shipper does: each line of nginx's access log becomes a message. */
async function ship(): Promise<void> {
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  let sent = 0;
  while (shipping) {
    const lines = nginx.log().slice(sent);
    if (lines.length > 0) {
      await producer.send({ topic: TOPIC, acks: -1, messages: lines.map((line) => ({ value: JSON.stringify(line) })) });
      sent += lines.length;
      const attacks = lines.filter((line) => line.addr === attacker).length;
      if (attacks > 0) Object.assign(reached, { lines: reached.lines + attacks, at: Date.now() });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await producer.disconnect();
}

/** Rows of the attacker that are durable. */
async function stored(): Promise<number> {
  const answer = await fetch(`${url}/api/v1/events?entity=ip:${attacker}&limit=1000`, {
    headers: { authorization: `Bearer ${ADMIN}` },
  });
  return z.object({ events: z.array(z.unknown()) }).parse(await answer.json()).events.length;
}

type Answer = 'passed' | 'challenge' | 'block';

/** Asks nginx from an address of this machine; what came back, by who answered. */
function ask(from: string, method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const question = request(
      { host: '127.0.0.1', port, localAddress: from, method, path, headers, agent: false },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        answer.on('end', () => {
          if (body.includes('Attestation required')) resolve('challenge');
          else if (body.includes('Request refused')) resolve('block');
          else if (/ok|wrong/.test(body)) resolve('passed');
          else reject(new Error(`${answer.statusCode} ${body}`));
        });
      },
    );
    question.on('error', reject);
    question.end();
  });
}

const attack = () =>
  ask(attacker, 'POST', '/v1/auth/login', { 'user-agent': 'python-requests/2.32', 'x-password': 'guess' });

describe('from an access log to the answer at the gateway', () => {
  // Seconds on a shared machine: a try that met somebody else's burst may be made again.
  it('refuses an attacker within 3 s of its log lines reaching Kafka, and never a genuine user', {
    retry: 2,
  }, async () => {
    attacker = `127.66.${tries++}.6`;
    Object.assign(reached, { lines: 0, at: 0 });
    let stopped = false;
    const genuine: Answer[] = [];
    const user = async (n: number) => {
      const address = `127.${10 + n}.0.${n + 1}`;
      const token = () => hs256({ exp: Math.floor(Date.now() / 1000) + 300, did: `install-${n}` }, SECRET);
      for (let i = 0; !stopped; i++) {
        const headers = { 'user-agent': 'App/4.2', 'approov-token': token(), 'x-password': 'right' };
        const [method, path] = i === 0 ? ['POST', '/v1/auth/login'] : ['GET', `/v1/products/${(i * 7 + n * 13) % 90}`];
        genuine.push(await ask(address, method ?? '', path ?? '', headers));
        await new Promise((resolve) => setTimeout(resolve, 900 + n * 50));
      }
    };
    const users = [0, 1, 2, 3, 4, 5].map(user);
    onTestFinished(async () => {
      stopped = true;
      await Promise.allSettled(users);
    });
    // A service that has run for some seconds: its first blocks and steps are slower than those that follow.
    await until('genuine traffic flows', () => genuine.length > 60);

    for (let i = 0; i < 80; i++) await attack();
    await until('the log lines of the attack have reached Kafka', () => reached.lines >= 80);
    const reachedAt = reached.at;
    const durable = until('its lines are durable', async () => (await stored()) >= 80).then(
      () => Date.now() - reachedAt,
    );
    await until('the attacker is refused', async () => (await attack()) !== 'passed', {
      everyMs: 50,
      timeoutMs: 15_000,
    });
    const tookMs = Date.now() - reachedAt;
    process.stdout.write(
      `main job: durable ${await durable} ms, refused ${tookMs} ms after the last of 80 log lines had reached Kafka\n`,
    );
    expect(tookMs).toBeLessThan(3_000);

    // It stays refused while it goes on, and genuine users stay unharmed beside it.
    const still: Answer[] = [];
    for (let i = 0; i < 40; i++) {
      still.push(await attack());
      await new Promise((resolve) => setTimeout(resolve, 75));
    }
    expect(still.filter((answer) => answer === 'passed')).toEqual([]);
    stopped = true;
    await Promise.all(users);
    expect(genuine.length).toBeGreaterThan(30);
    expect(genuine.filter((answer) => answer !== 'passed')).toEqual([]);
  });

  it('leaves the answers in the log that it learns from', async () => {
    const lines = nginx.log();
    const refused = lines.filter((line) => line.addr === attacker && line.outcome !== 'allow');
    expect(refused.length).toBeGreaterThan(30);
    for (const line of refused) expect(line.decision).not.toBe('');
    expect(lines.filter((line) => line.agent === 'App/4.2' && line.attestation !== 'genuine')).toEqual([]);
  });
});
