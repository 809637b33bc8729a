import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLane } from '../../shared/clickhouse/client.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { type RunningCommand, runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const KEY = 'rotation-gateway-key-0123456789';
const ADMIN = 'rotation-admin-token-0123456789';
const [OLD, NEW] = ['an-old-pseudonym-key-0123456789', 'a-new-pseudonym-key-01234567890'];
const [formerly, today] = [createPseudonymise(OLD), createPseudonymise(NEW)];
const MALLORY = 'mallory@example.com';
const USERS = [MALLORY, 'alice', 'stopped', 'revoked'] as const;

const folder = temporaryFolder('rotation');
const env: Record<string, string> = {
  BONAFIDE_DATA_DIR: join(folder.path, 'data'),
  BONAFIDE_GATEWAY_KEYS: `edge:${KEY}`,
  BONAFIDE_ADMIN_TOKEN: ADMIN,
  BONAFIDE_POLICY: join(folder.path, 'policy.json'),
};
let serve: RunningCommand;
let url = '';

async function start(keys: Record<string, string>): Promise<void> {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  serve = startCommand(['serve'], { ...env, ...keys, BONAFIDE_PORT: String(port) });
  await serve.waitFor('listens on', 120_000);
}

const post = (path: string, key: string, body: unknown) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** Somebody who walks through the orders of others, each time from another address, and twenty who do not. */
async function events(count: number): Promise<void> {
  const now = Date.now();
  const answer = await post(
    '/v1/events',
    KEY,
    Array.from({ length: count }, (_, n) => [
      {
        time: now - 60_000 + n * 100,
        'http.request.method': 'GET',
        'url.path': `/v1/orders/${9_000 + 7 * n}`,
        'http.response.status_code': n % 3 === 0 ? 200 : 403,
        'client.address': `100.64.${n % 200}.9`,
        'user.id': MALLORY,
        'session.id': 'session-of-mallory',
      },
      {
        time: now - 60_000 + n * 100,
        'http.request.method': 'GET',
        'url.path': `/mail/${n % 10 === 0 ? 'mallory%40example.com' : 'new'}`,
        'http.response.status_code': 200,
        'client.address': '192.0.2.7',
        // Many, so that none of them is as busy as a robot.
        'user.id': n % 20 === 0 ? 'alice' : `reader-${n % 20}`,
      },
    ]).flat(),
  );
  expect(answer.status).toBe(202);
}

async function outcomeOf(user: string): Promise<string> {
  const answer = await post('/access/v1/evaluation', KEY, {
    subject: { type: 'user', id: user },
    action: { name: 'GET' },
    resource: { type: 'route', id: '/v1/orders/1' },
    context: { ip: '198.51.100.200' },
  });
  const { context } = (await answer.json()) as { context: { outcome: string } };
  return context.outcome;
}
const outcomes = () => Promise.all(USERS.map(outcomeOf));

beforeAll(async () => {
  const override = { entity: { kind: 'user', id: 'stopped' }, outcome: 'block', reason: 'test' };
  const policy = {
    mode: 'enforce',
    trust_uncalibrated: true,
    holdout: 0,
    overrides: [{ ...override, until: new Date(Date.now() + 86_400_000).toISOString() }],
  };
  writeFileSync(env.BONAFIDE_POLICY ?? '', JSON.stringify(policy));
  await start({ BONAFIDE_PSEUDONYM_KEY: OLD });
}, 150_000);
afterAll(async () => {
  await serve?.stop();
  folder.remove();
});

describe('a pseudonym key that is replaced', () => {
  it('changes no decision, and what stands under the old key is explained, lifted and erased with the rest', async () => {
    await events(400);
    const revoke = { revocations: [{ kind: 'user', id: 'revoked' }], reason: 'stolen' };
    expect((await post('/api/v1/revocations', ADMIN, revoke)).status).toBe(200);
    await until('mallory is refused', async () => (await outcomeOf(MALLORY)) !== 'allow', {
      timeoutMs: 90_000,
      everyMs: 500,
    });
    await until('the revocation holds', async () => (await outcomeOf('revoked')) === 'block');
    const decided = await outcomes();
    expect(decided).toEqual([expect.stringMatching(/challenge|block/), 'allow', 'block', 'block']);

    await serve.stop();
    await start({ BONAFIDE_PSEUDONYM_KEY: NEW, BONAFIDE_PSEUDONYM_KEY_PREVIOUS: OLD });
    expect(await outcomes()).toEqual(decided);
    const explained = await runCommand(['score-explain', `user:${MALLORY}`], env);
    expect([explained.code, explained.stderr]).toEqual([0, '']);
    expect(explained.stdout).toContain(formerly('user', MALLORY));
    const lift = { revocations: [{ kind: 'user', id: 'revoked' }], reason: 'found' };
    expect(await (await post('/api/v1/revocations/lift', ADMIN, lift)).json()).toMatchObject({ changed: 1 });
    await until('it is lifted', async () => (await outcomeOf('revoked')) === 'allow');

    await events(20);
    const erased = await runCommand(['erase', `user:${MALLORY}`, '--linked', '--reason', 'request 1'], env);
    expect([erased.code, erased.stderr]).toEqual([0, '']);
    expect(erased.stdout).toMatch(/events_raw_v1 +420 removed +0 left/);
    // Her address in the paths of others, which is theirs.
    expect(erased.stdout).toContain('42 requests of others have the name');
    expect(await outcomeOf(MALLORY)).toBe('allow');
    await serve.stop();

    const lane = openLane({ kind: 'embedded', path: join(env.BONAFIDE_DATA_DIR ?? '', 'clickhouse') }, 'bonafide');
    try {
      const tables = await lane.rows<{ name: string }>(
        "SELECT name FROM system.tables WHERE database = 'bonafide' AND engine LIKE '%MergeTree'",
      );
      expect(tables.length).toBeGreaterThan(15);
      const hers = [formerly, today].flatMap((of) => [of('user', MALLORY), of('session', 'session-of-mallory')]);
      for (const { name } of tables) {
        const but = name === 'events_raw_v1' ? "WHERE path NOT LIKE '/mail/%'" : '';
        const [row] = await lane.rows<{ n: number }>(
          `SELECT countIf(multiSearchAny(toJSONString(tuple(*)), {hers:Array(String)})) AS n FROM {db}.${name} ${but}`,
          { params: { hers } },
        );
        expect([name, row?.n]).toEqual([name, 0]);
      }
      const [alice] = await lane.rows<{ forms: number }>(
        'SELECT uniqExact(user_id) AS forms FROM {db}.events_raw_v1 WHERE user_id IN {ids:Array(String)}',
        { params: { ids: [formerly('user', 'alice'), today('user', 'alice')] } },
      );
      expect(alice?.forms).toBe(2);
    } finally {
      await lane.close();
    }
  }, 300_000);
});
