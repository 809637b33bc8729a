import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Bridge, startBridge } from '../support/clickhouse-bridge.ts';
import { composeService } from '../support/compose.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { type RunningCommand, runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const ROLES = ['ingest', 'score', 'decide', 'dashboard'] as const;
type RoleName = (typeof ROLES)[number];
const KEY = 'roles-gateway-key-0123456789';
const ADMIN = 'roles-admin-token-0123456789';
const ATTACKER = '203.0.113.77';
const folder = temporaryFolder('roles');

let bridge: Bridge;
let topic = '';
const running = new Map<RoleName, RunningCommand>();
const urls = new Map<RoleName, string>();

/** A service of docker-compose.yml, as it stands there; only where things lie is this machine's. */
function asComposed(name: string, port: number): { command: string[]; environment: Record<string, string> } {
  const { brokers } = sharedBroker();
  const exported = { GATEWAY_KEY: KEY, BONAFIDE_ADMIN_TOKEN: ADMIN };
  const places = { 'http://clickhouse:8123': bridge.url, 'kafka:9092': brokers };
  const { command, environment } = composeService(name, exported, places);
  const here = { BONAFIDE_PORT: String(port), BONAFIDE_DATA_DIR: join(folder.path, name) };
  return { command, environment: { ...environment, ...here } };
}
const at = (role: RoleName, path: string) => `${urls.get(role)}${path}`;
const json = async (response: Response): Promise<unknown> => response.json();

beforeAll(async () => {
  bridge = await startBridge(join(folder.path, 'clickhouse'));
  const migrate = asComposed('migrate', 0);
  expect((await runCommand(migrate.command, migrate.environment)).code).toBe(0);
  for (const role of ROLES) {
    const port = await freePort();
    const { command, environment } = asComposed(role, port);
    if (role === 'ingest') {
      topic = environment.KAFKA_TOPIC ?? '';
      await createTopic(sharedBroker().brokers, topic, 2);
    }
    urls.set(role, `http://127.0.0.1:${port}`);
    running.set(role, startCommand(command, environment));
  }
  for (const role of ROLES) await running.get(role)?.waitFor(`Bonafide ${role} listens on`);
});

afterAll(async () => {
  const ended = await Promise.all(
    [...running].map(async ([role, command]) => {
      const code = await command.stop();
      return { role, code, told: code === 0 ? '' : command.stderr().slice(-2_000) };
    }),
  );
  await bridge.close();
  folder.remove();
  expect(ended).toEqual(ROLES.map((role) => ({ role, code: 0, told: '' })));
});

describe('every role of docker-compose.yml as its own process, over Kafka and a ClickHouse server', () => {
  it('migrates as often as it is asked to', async () => {
    const { command, environment } = asComposed('migrate', 0);
    expect((await runCommand(command, environment)).code).toBe(0);
  });

  it('says when it is ready', async () => {
    for (const role of ROLES) {
      await until(`${role} is ready`, async () => (await fetch(at(role, '/readyz'))).status === 200);
      expect((await fetch(at(role, '/livez'))).status).toBe(200);
    }
  });

  it('answers its own rows of the HTTP surface only', async () => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const admin = { authorization: `Bearer ${ADMIN}` };
    const status = async (role: RoleName, path: string, init: RequestInit) =>
      (await fetch(at(role, path), init)).status;
    for (const role of ROLES) {
      const isIngest = role === 'ingest';
      expect([role, await status(role, '/v1/events', { method: 'POST', headers, body: '[]' })]).toEqual([
        role,
        isIngest ? 202 : 404,
      ]);
      expect([role, await status(role, '/gateway/nginx', { headers })]).toEqual([role, role === 'decide' ? 200 : 404]);
      expect([role, await status(role, '/api/v1/counts', { headers: admin })]).toEqual([
        role,
        role === 'dashboard' ? 200 : 404,
      ]);
      expect([role, await status(role, '/metrics', { headers: admin })]).toEqual([role, 200]);
    }
  });

  it('reads the topic that the shipper writes to', async () => {
    const producer = kafkaOf(sharedBroker().brokers).producer();
    await producer.connect();
    const line = `192.0.2.9 - - [${new Date().toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1/$2/$3:$4')} +0000] "GET /v1/home HTTP/1.1" 200 5 "-" "x"`;
    await producer.send({ topic, messages: [{ value: line }] });
    await producer.disconnect();
    await until('it is counted', async () => {
      const counts = await fetch(at('dashboard', '/api/v1/counts'), { headers: { authorization: `Bearer ${ADMIN}` } });
      return z.object({ events: z.number() }).parse(await json(counts)).events === 1;
    });
  });

  it('carries a record from ingest over score to the answer of decide', async () => {
    const events = Array.from({ length: 120 }, (_, i) => ({
      time: Date.now() - 3_000 + i * 20,
      'http.request.method': 'POST',
      'url.path': '/v1/auth/login',
      'http.response.status_code': 401,
      'client.address': ATTACKER,
      'login.subject': `account-${i}@mail.example`,
    }));
    const sent = await fetch(at('ingest', '/v1/events'), {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    expect([sent.status, await json(sent)]).toMatchObject([202, { accepted: 120, duplicates: 0, dead_lettered: [] }]);
    const counts = await fetch(at('dashboard', '/api/v1/counts'), { headers: { authorization: `Bearer ${ADMIN}` } });
    expect(await json(counts)).toMatchObject({ events: 121, scored: 121, rolled_up: 121 });

    const answer = z.object({ decision: z.boolean(), context: z.object({ outcome: z.string(), risk: z.number() }) });
    const decided = await until(
      'decide knows of the attacker',
      async () => {
        const asked = await fetch(at('decide', '/access/v1/evaluation'), {
          method: 'POST',
          headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            subject: { type: 'anonymous', id: 'anonymous' },
            action: { name: 'POST' },
            resource: { type: 'route', id: '/v1/auth/login' },
            context: { ip: ATTACKER },
          }),
        });
        const parsed = answer.parse(await json(asked));
        return parsed.context.outcome === 'allow' ? null : parsed;
      },
      { timeoutMs: 60_000, everyMs: 250 },
    );
    // Shadow is the default: it says what enforcing would answer, and lets pass.
    expect(decided).toMatchObject({ decision: true });
    expect(decided.context.risk).toBeGreaterThan(30);
  });

  it('goes on deciding while ClickHouse is away', async () => {
    const { url } = bridge;
    await bridge.close();
    const asked = await fetch(at('decide', '/gateway/nginx'), {
      headers: {
        'x-bonafide-key': KEY,
        'x-original-uri': '/v1/home',
        'x-original-method': 'GET',
        'x-real-ip': '192.0.2.1',
      },
    });
    expect(asked.status).toBe(200);
    expect((await fetch(at('decide', '/readyz'))).status).toBe(200);
    await until('ingest says that it is stopped', async () => (await fetch(at('ingest', '/readyz'))).status === 503);
    bridge = await startBridge(join(folder.path, 'clickhouse'), Number(new URL(url).port));
    await until('ingest is ready again', async () => (await fetch(at('ingest', '/readyz'))).status === 200, {
      timeoutMs: 60_000,
    });
  });
});
