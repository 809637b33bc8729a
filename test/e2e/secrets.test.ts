import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLane } from '../../shared/clickhouse/client.ts';
import { asGo, fieldsOf, found, leaves, MARK, NAMED, OPAQUE, SECRETS, sayings, withLeaf } from '../support/canaries.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { ORDINARY, otlpOf } from '../unit/formats/ordinary.ts';

// A whole process at its most talkative. Secrets come in every field of every format by every way in, and in requests
// to the process itself; then everything that it wrote is read: log, topics, metrics, pages, data folder, tables.
const KEY = 'a-gateway-key-for-tests';
const ADMIN = 'an-admin-token-for-tests';
const TOPIC = `secrets-${process.pid}`;
const kinds = Object.values(SECRETS);

/** Headers that only this install uses for secrets. */
const OWN = ['X-Acme-Ticket', 'X-Acme-Proof', 'X-Acme-Seal', 'X-Acme-Peer', 'X-Acme-Opaque'] as const;
/** Everything that `BONAFIDE_CREDENTIALS` takes, its own secrets marked as well. */
function credentials(): object {
  const secret_base64 = `${MARK}${MARK}`;
  const keys = [{ secret_base64 }];
  const [ticket, proof, seal, peer, opaque] = OWN;
  const endpoint = 'http://127.0.0.1:9/introspect';
  return {
    issuers: [
      {
        name: 'app',
        header: proof,
        keys,
        one_time: true,
        message_keys: keys,
        proof: { nonce_secret_base64: secret_base64 },
      },
      { name: 'pop', preset: 'oauth_client_attestation', keys, proof: { audience: 'api' } },
      { name: 'login', proves: 'who', keys },
    ],
    clients: [
      { id: 'key-1', header: ticket, sha256: 'a'.repeat(64) },
      { id: 'partner-1', hmac: { scheme: 'x-signature', secret_base64, signature_header: seal } },
      { id: 'partner-2', hmac: { scheme: 'rfc9421', secret_base64 } },
    ],
    tls_client_cert_header: peer,
    introspection: [
      { name: 'opaque', endpoint, header: opaque, client_id: 'api', client_secret: `${MARK}-introspection` },
      { name: 'login', endpoint, client_id: 'api', client_secret: `${MARK}-introspection` },
    ],
  };
}

/** One name and one value in each way to say it, for every name and every value, whole, as Go writes it and in a shipper's JSON. */
function named(): string[] {
  return [...NAMED, ...OWN].flatMap((name, n) =>
    OPAQUE.flatMap((value, v) => {
      const objects = sayings(name, value);
      const line = JSON.stringify(objects[(n + v) % objects.length]);
      return [line, asGo(line), JSON.stringify({ log: line })];
    }),
  );
}

/** Every field of every format with a secret in it, each kind in its turn; many of them become dead letters. */
function lines(): string[] {
  const today = (line: string) => line.replaceAll('2026-11-24T12:00:00', new Date().toISOString().slice(0, 19));
  let turn = 0;
  const formats = Object.values(ORDINARY)
    .flat()
    .map(today)
    .flatMap((line) => {
      const fields = line.startsWith('{')
        ? leaves(JSON.parse(line)).map((path) => (secret: string) => withLeaf(line, path, secret))
        : fieldsOf(line).map(({ from, to, bare }) => (secret: string) => {
            const value = line.slice(from, to).includes('/') ? `/x?y=${secret}` : secret;
            return line.slice(0, from) + (bare ? value.replaceAll(' ', '+') : value) + line.slice(to);
          });
      return fields.flatMap((put) =>
        Array.from({ length: 4 }, () => {
          const whole = put(kinds[turn++ % kinds.length] ?? '');
          // A logger that cuts long lines: what was JSON is none any more.
          return turn % 7 === 0 ? whole.slice(0, whole.lastIndexOf(MARK) + MARK.length) : whole;
        }),
      );
    });
  return [...formats, ...named()];
}

describe('secrets in every field of every format', () => {
  const folder = temporaryFolder('secrets-process');
  const keys = temporaryFolder('secrets-credentials');
  const { brokers } = sharedBroker();
  const all = lines();
  let service: RunningCommand;
  let url = '';
  const answers: { what: string; text: string }[] = [];

  beforeAll(async () => {
    const file = join(keys.path, 'credentials.json');
    writeFileSync(file, JSON.stringify(credentials()), { mode: 0o600 });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await createTopic(brokers, TOPIC, 1);
    await createTopic(brokers, `${TOPIC}.dead-letter`, 1);
    service = startCommand(['serve'], {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC: TOPIC,
      KAFKA_GROUP: TOPIC,
      BONAFIDE_DATA_DIR: folder.path,
      BONAFIDE_PORT: String(port),
      BONAFIDE_GATEWAY_KEYS: `gateway:${KEY}`,
      BONAFIDE_ADMIN_TOKEN: ADMIN,
      BONAFIDE_CREDENTIALS: file,
      BONAFIDE_DECISION_LOG: 'true',
      LOG_LEVEL: 'trace',
    });
    await service.waitFor('listens on', 120_000);
  }, 200_000);
  afterAll(async () => {
    service.kill('SIGKILL');
    await service.exited;
    folder.remove();
    keys.remove();
  });

  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${url}${path}`, init);
    answers.push({ what: `${init.method ?? 'GET'} ${path}`, text: await response.clone().text() });
    return response;
  }
  const admin = { authorization: `Bearer ${ADMIN}` };
  const count = async () => {
    const response = await fetch(`${url}/api/v1/counts`, { headers: admin });
    const { events, dead_letters } = (await response.json()) as { events: number; dead_letters: number };
    return { events, dead_letters };
  };

  it('are in no log, topic, metric, page, file or table of a process that took them by every way in', async () => {
    const producer = kafkaOf(brokers).producer();
    await producer.connect();
    for (let from = 0; from < all.length; from += 500)
      await producer.send({ topic: TOPIC, messages: all.slice(from, from + 500).map((value) => ({ value })) });
    await producer.disconnect();

    // The other ways in; what is in their own headers and addresses is a secret of the caller's too.
    const gateway = { authorization: `Bearer ${KEY}`, cookie: `sid=${MARK}`, 'approov-token': kinds[0] ?? '' };
    const text = all.join('\n');
    const post = (path: string, type: string, headers: Record<string, string>, body: string) =>
      ask(path, { method: 'POST', headers: { ...headers, 'content-type': type }, body });
    const taken = await post(`/v1/events?token=${MARK}`, 'application/x-ndjson', gateway, text);
    expect(taken.status).toBe(202);
    const attributes = { 'http.request.header.x-api-key': MARK, 'http.request.header.cookie': `sid=${MARK}` };
    expect((await post('/v1/logs', 'application/json', gateway, JSON.stringify(otlpOf(attributes)))).status).toBe(200);
    const place = `file=${TOPIC}.log&fingerprint=7&offset=0`;
    expect((await post(`/api/v1/import?${place}`, 'text/plain', admin, text)).status).toBeLessThan(300);
    // Refused at the door, or asked about: bodies, headers, addresses.
    const wrong = { authorization: `Bearer ${MARK}${MARK}`, cookie: `session=${MARK}` };
    await post('/v1/events', 'application/json', wrong, text);
    await post('/v1/events', 'application/json', gateway, `{"password":"${MARK}"`);
    await ask(`/nowhere/reset-password/${MARK}${MARK}?api_key=${MARK}`, { headers: wrong });
    await ask(`/api/v1/entities/user/${encodeURIComponent(kinds[0] ?? '')}`, { headers: admin });
    for (const secret of kinds) {
      const question = {
        subject: { type: 'user', id: secret },
        action: { name: 'GET' },
        resource: { type: 'route', id: `/v1/orders?y=${secret}` },
        context: { ip: '203.0.113.9', session: secret, device: secret, user_agent: secret, attestation_token: secret },
      };
      const headers = { authorization: secret, cookie: secret, 'x-api-key': secret };
      await post(
        '/access/v1/evaluation',
        'application/json',
        gateway,
        JSON.stringify({ ...question, context: { ...question.context, headers } }),
      );
      await ask('/gateway/nginx', {
        headers: {
          'x-bonafide-key': KEY,
          authorization: secret,
          cookie: secret,
          'x-original-uri': `/v1/orders?y=${secret}`,
          'x-real-ip': '203.0.113.9',
          'user-agent': secret,
        },
      });
    }
    // Credentials of every kind that is configured, none of which verifies; one is asked about where nobody answers.
    for (const own of [...OWN, 'OAuth-Client-Attestation', 'OAuth-Client-Attestation-PoP', 'DPoP', 'Signature']) {
      for (const value of [MARK, kinds[0] ?? '', `Bearer ${MARK}-opaque`]) {
        const headers = {
          [own]: value,
          authorization: `Bearer ${MARK}${MARK}`,
          'x-key-id': 'partner-1',
          'x-timestamp': '1',
        };
        await ask('/gateway/nginx', { headers: { 'x-bonafide-key': KEY, 'x-original-uri': '/v1/a', ...headers } });
      }
    }
    await until(
      'all of Kafka is stored',
      async () => {
        const metrics = await (await fetch(`${url}/metrics`, { headers: admin })).text();
        const of = (result: string) =>
          Number(new RegExp(`source="kafka",result="${result}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
        return of('accepted') + of('duplicate') + of('dead_letter') + of('skipped') >= all.length;
      },
      { timeoutMs: 300_000 },
    );
    const counts = await count();
    expect(counts.events).toBeGreaterThan(all.length);
    expect(counts.dead_letters).toBeGreaterThan(100);

    // Pages and answers: everything that the description names and that needs no more than an address.
    await ask('/metrics', { headers: admin });
    await ask('/', { headers: admin });
    await ask('/readyz');
    const description = (await (await fetch(`${url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const readable = Object.entries(description.paths).filter(
      ([path, methods]) => 'get' in methods && !/[{*]|stream|live/.test(path),
    );
    expect(readable.length).toBeGreaterThan(10);
    for (const [path] of readable) await ask(path, { headers: { ...admin, 'x-api-key': KEY } });
    for (const path of ['/api/v1/dead-letters?limit=500', '/api/v1/events?limit=500', '/api/v1/entities?limit=500'])
      await ask(path, { headers: admin });
    for (const { what, text: body } of answers) if (found(body)) expect([what, around(body)]).toEqual([what, 'clean']);

    const letters = await topicOf(`${TOPIC}.dead-letter`);
    expect(letters.length).toBeGreaterThan(100);
    expect(letters.filter((letter) => letter.includes('[redacted:')).length).toBeGreaterThan(50);
    for (const letter of letters) if (found(letter)) expect(letter).toBe('clean');

    await service.stop();
    for (const [stream, written] of Object.entries({ stdout: service.stdout(), stderr: service.stderr() }))
      if (found(written)) expect([stream, around(written)]).toEqual([stream, 'clean']);
    expect(service.stderr().length).toBeGreaterThan(100);

    for (const file of filesBelow(folder.path)) {
      const written = readFileSync(file, 'latin1');
      if (found(written)) expect([file, around(written)]).toEqual([file, 'clean']);
    }
    const lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'bonafide');
    try {
      const tables = await lane.rows<{ name: string }>(
        `SELECT name FROM system.tables WHERE database = 'bonafide' AND engine LIKE '%MergeTree'`,
      );
      expect(tables.length).toBeGreaterThan(15);
      for (const { name } of tables) {
        const [dirty] = await lane.rows<{ n: number; row: string }>(
          `SELECT count() AS n, any(text) AS row FROM (SELECT toJSONString(tuple(*)) AS text FROM {db}.${name})
           WHERE positionCaseInsensitive(text, '${MARK}') > 0 OR position(text, 'Q7CANARYZ9X8W7V6') > 0`,
        );
        expect([name, dirty?.n, dirty?.row ?? '']).toEqual([name, 0, '']);
      }
    } finally {
      await lane.close();
    }
  }, 900_000);

  /** Keys, values and headers of a topic, each message as one text. */
  async function topicOf(topic: string): Promise<string[]> {
    const admin = kafkaOf(brokers).admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const end = ends.reduce((sum, { offset }) => sum + Number(offset), 0);
    const consumer = kafkaOf(brokers).consumer({ groupId: `${topic}-look` });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const seen: string[] = [];
    await consumer.run({
      eachMessage: async ({ message: { key, value, headers } }) => {
        const named = Object.entries(headers ?? {}).map(([name, each]) => `${name}=${String(each)}`);
        seen.push([String(key), String(value), ...named].join('\n'));
      },
    });
    await until('the topic was read', () => seen.length >= end, { timeoutMs: 120_000 });
    await consumer.disconnect();
    return seen;
  }
});

/** Where it stands, for the failure. */
const around = (text: string) => {
  const at = text.search(new RegExp(MARK, 'i'));
  return text.slice(Math.max(0, at - 200), at + 100);
};

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
