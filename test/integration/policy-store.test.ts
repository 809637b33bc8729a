import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerPolicyRoutes } from '../../services/decide/policy-routes.ts';
import { openPolicyStore } from '../../services/decide/policy-store.ts';
import { createAccess } from '../../shared/access.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createHttpApp } from '../../shared/http.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { ADMIN_TOKEN, NOW } from '../support/decision-app.ts';
import { temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder('policy');
const log = createLogger('silent');
const clock = manualClock(NOW);
let clickhouse: ClickHouse;

beforeAll(async () => {
  clickhouse = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'bonafide');
  await migrate(clickhouse, { retentionDays: 30, ttl: false });
});
beforeEach(async () => {
  await clickhouse.run('TRUNCATE TABLE {db}.policy_v1');
  clock.set(clock.now() + 1000);
});
afterAll(async () => {
  await clickhouse.close();
  folder.remove();
});

const open = (file: string | null = null) =>
  openPolicyStore({ clickhouse, clock, health: createHealth(['decide']), log }, file);
let files = 0;
function policyFile(content: string): string {
  const path = join(folder.path, `policy-${files++}.yaml`);
  writeFileSync(path, content);
  return path;
}

describe('the policy store', () => {
  it('starts with the defaults as version 1, in shadow', async () => {
    const store = await open();
    expect(store.inForce()).toMatchObject({ version: 1, appliedBy: 'bonafide', policy: { mode: 'shadow' } });
    expect(store.current().version).toBe(1);
  });

  it('applies a file that differs from every stored version, once; then the stored version wins', async () => {
    const first = policyFile('mode: enforce');
    expect((await open(first)).inForce()).toMatchObject({ version: 1, policy: { mode: 'enforce' } });
    const second = policyFile('mode: enforce\nholdout: 0.1');
    expect((await open(second)).inForce()).toMatchObject({ version: 2, policy: { holdout: 0.1 } });
    // The first file again: its content is a stored version, so that an old file on disk undoes nothing.
    expect((await open(first)).inForce().version).toBe(2);
    expect((await open(policyFile('{ "holdout": 0.1, "version": 77, "mode": "enforce" }'))).inForce().version).toBe(2);
    expect((await open()).inForce().version).toBe(2);
  });

  it('refuses a faulty file with every fault', async () => {
    await expect(open(policyFile('mode: loud\nholdout: 9'))).rejects.toMatchObject({ code: 'invalid_policy' });
    await expect(open(policyFile('mode: [enforce'))).rejects.toMatchObject({ code: 'invalid_policy' });
  });

  it('grows by one with each change, keeps who, when and why, and rolls back as a new version', async () => {
    const store = await open();
    await store.apply({ mode: 'enforce' }, 'ada', 'go live');
    clock.set(clock.now() + 5000);
    const back = await store.rollback(undefined, 'bob', 'too strict');
    expect(back).toMatchObject({ version: 3, appliedBy: 'bob', policy: { mode: 'shadow', version: 3 } });
    expect(await store.versions()).toMatchObject([
      { version: 3, appliedBy: 'bob', reason: 'too strict', appliedMs: clock.now() },
      { version: 2, appliedBy: 'ada', reason: 'go live', policy: { mode: 'enforce' } },
      { version: 1 },
    ]);
    await expect(store.rollback(9, 'bob', 'x')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('goes back past its own rollbacks, and never forward again to what was taken back', async () => {
    const store = await open();
    await store.apply({ holdout: 0.1 }, 'ada', 'more holdout');
    await store.apply({ holdout: 0.1, mode: 'enforce' }, 'ada', 'go live');
    expect(await store.rollback(undefined, 'bob', 'too strict')).toMatchObject({ version: 4, restores: 2 });
    expect(await store.rollback(undefined, 'bob', 'further')).toMatchObject({ version: 5, restores: 1 });
    await expect(store.rollback(undefined, 'bob', 'too far')).rejects.toMatchObject({ code: 'not_found' });
    await store.apply({ holdout: 0.2 }, 'ada', 'again');
    const back = await store.rollback(undefined, 'bob', 'no');
    expect(back).toMatchObject({ version: 7, restores: 5, policy: { mode: 'shadow' } });
  });

  it('reaches every other process at its next look', async () => {
    const here = await open();
    const there = await open();
    await here.apply({ mode: 'enforce' }, 'ada', 'go live');
    expect(there.current().policy.mode).toBe('shadow');
    expect(await there.poll()).toBe(true);
    expect(there.current().policy.mode).toBe('enforce');
    expect(await there.poll()).toBe(false);
  });

  it('tells a change that was made from another version', async () => {
    const store = await open();
    await store.apply({ mode: 'enforce' }, 'ada', 'x', 1);
    await expect(store.apply({ holdout: 0 }, 'bob', 'y', 1)).rejects.toMatchObject({ code: 'conflict' });
    expect((await store.apply({ mode: 'enforce' }, 'bob', 'the same')).version).toBe(2);
  });
});

describe('the policy over HTTP', () => {
  it('is shown, applied and rolled back by admins alone, and faults are named', async () => {
    const store = await open();
    const access = createAccess({ gatewayKeys: [{ name: 'gw', secret: 'gateway' }], adminToken: ADMIN_TOKEN });
    const app = createHttpApp({
      log,
      health: createHealth(['decide']),
      metrics: createMetrics(),
      access,
      tls: null,
      version: '0.0.0',
    });
    registerPolicyRoutes(app, { store, authenticateAdmin: (request) => access.requireAdmin(request.headers) });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const post = async (url: string, payload: object) => {
      const { statusCode, body } = await app.inject({ method: 'POST', url, headers, payload });
      return { status: statusCode, answer: JSON.parse(body) };
    };
    try {
      for (const authorization of ['', 'Bearer gateway']) {
        expect((await app.inject({ url: '/api/v1/policy', headers: { authorization } })).statusCode).toBe(401);
      }
      const applied = await post('/api/v1/policy', { policy: { mode: 'enforce' }, reason: 'go live', by: 'ada' });
      expect(applied).toMatchObject({ status: 200, answer: { version: 2, applied_by: 'ada' } });
      const faulty = await post('/api/v1/policy', { policy: { mode: 'loud', holdout: 2 }, reason: 'x' });
      expect(faulty.status).toBe(422);
      expect(faulty.answer.faults.map(({ path }: { path: string }) => path)).toEqual(['mode', 'holdout']);
      expect((await post('/api/v1/policy', { policy: {} })).status).toBe(400);
      expect((await post('/api/v1/policy', { policy: {}, reason: 'x', based_on: 1 })).status).toBe(409);
      expect((await post('/api/v1/policy/rollback', { version: 1 })).answer).toMatchObject({ version: 3 });
      const list = JSON.parse((await app.inject({ url: '/api/v1/policy/versions', headers })).body);
      expect(list.versions.map(({ version }: { version: number }) => version)).toEqual([3, 2, 1]);
    } finally {
      await app.close();
    }
  });
});
