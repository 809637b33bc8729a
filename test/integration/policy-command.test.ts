import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError } from '../../services/bonafide/command.ts';
import { dataFolder } from '../../services/bonafide/data-folder.ts';
import { run } from '../../services/bonafide/policy.ts';
import { writeRunning } from '../../services/bonafide/running.ts';
import { registerPolicyRoutes } from '../../services/decide/policy-routes.ts';
import { openPolicyStore, type PolicyStore } from '../../services/decide/policy-store.ts';
import { createAccess } from '../../shared/access.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createHttpApp } from '../../shared/http.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { ADMIN_TOKEN } from '../support/decision-app.ts';
import { temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder('policy-command');
const dataDir = join(folder.path, 'data');
const closers: (() => Promise<unknown> | undefined)[] = [];
let store: PolicyStore;

beforeAll(async () => {
  const log = createLogger('silent');
  const clickhouse = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'bonafide');
  closers.push(() => clickhouse.close());
  await migrate(clickhouse, { retentionDays: 30, ttl: false });
  const health = createHealth(['decide']);
  store = await openPolicyStore({ clickhouse, clock: systemClock, health, log }, null);
  const access = createAccess({ gatewayKeys: [], adminToken: ADMIN_TOKEN });
  const app = createHttpApp({ log, health, metrics: createMetrics(), access, tls: null, version: '0.0.0' });
  registerPolicyRoutes(app, { store, authenticateAdmin: (request) => access.requireAdmin(request.headers) });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => app.close());
  mkdirSync(dataDir);
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  writeRunning(dataFolder(dataDir).running, { url, adminToken: ADMIN_TOKEN });
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  folder.remove();
});

/** Runs the command as a terminal would, without a process. */
async function policy(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const sink = (take: (text: string) => void) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        take(chunk.toString());
        done();
      },
    });
  const io = {
    env: { BONAFIDE_DATA_DIR: dataDir },
    stdin: Readable.from([]),
    stdout: sink((text) => {
      stdout += text;
    }),
    stderr: sink((text) => {
      stderr += text;
    }),
    signal: new AbortController().signal,
  };
  try {
    return { code: await run(args, io), stdout, stderr };
  } catch (error) {
    if (error instanceof CommandError) return { code: error.exitCode, stdout, stderr: stderr + error.message };
    throw error;
  }
}
function file(content: string): string {
  const path = join(folder.path, `p${Math.random()}.yaml`);
  writeFileSync(path, content);
  return path;
}

describe('bonafide policy', () => {
  it('checks a file without anything that runs, and names every fault', async () => {
    expect(await policy('check', file('mode: enforce'))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('good'),
    });
    const { code, stderr } = await policy('check', file('mode: loud\nholdout: 3\nrutes: []'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/mode: /);
    expect(stderr).toMatch(/holdout: /);
    expect(stderr).toMatch(/rutes/);
    expect((await policy('check', '/nowhere.yaml')).code).toBe(2);
    expect((await policy('check', file('a: [b'))).code).toBe(1);
  });

  it('applies, shows, lists and rolls back', async () => {
    const applied = await policy('apply', file('mode: enforce'), '--reason', 'go live', '--by', 'ada');
    expect(applied).toMatchObject({ code: 0, stdout: 'Version 2 is in force.\n' });
    expect(store.current().policy.mode).toBe('enforce');
    expect((await policy('show')).stdout).toMatch(
      /^# Version 2, applied .* by ada: go live\nversion: 2\nmode: enforce\n/,
    );
    expect((await policy('show', '1')).stdout).toContain('mode: shadow');
    expect((await policy('rollback', '--reason', 'too strict')).code).toBe(0);
    expect(store.current()).toMatchObject({ version: 3, policy: { mode: 'shadow' } });
    expect((await policy('versions')).stdout.split('\n')).toHaveLength(4);
    expect((await policy('rollback', '77')).stderr).toContain('no version 77');
  });

  it('applies nothing that has faults', async () => {
    const { code, stderr } = await policy('apply', file('holdout: 0.05\nmode: loud'));
    expect(code).toBe(1);
    expect(stderr).toContain('nothing was changed');
    expect(stderr).toContain('line 2, mode: ');
  });

  it.each([[[]], [['paint']], [['show', 'x']], [['check']]])('says what %j lacks, with exit code 2', async (args) => {
    expect((await policy(...args)).code).toBe(2);
  });
});
