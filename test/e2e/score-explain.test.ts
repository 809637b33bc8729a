import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { scoreExplainAnswer } from '../../schemas/api-explain.ts';
import { type RunningCommand, runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const runningFile = z.object({ url: z.string(), adminToken: z.string() });
const keysFile = z.object({ gatewayKey: z.object({ secret: z.string() }) });
const STUFFER = '203.0.113.66';

describe('score-explain', () => {
  const folder = temporaryFolder('score-explain');
  const env = { BONAFIDE_DATA_DIR: join(folder.path, 'data'), BONAFIDE_PORT: '0', LOG_LEVEL: 'warn' };
  const explain = (...args: string[]) => runCommand(['score-explain', ...args], env);
  let service: RunningCommand;
  let url = '';
  let adminToken = '';

  beforeAll(async () => {
    service = startCommand(['serve'], env);
    await service.waitFor('listens on', 120_000);
    const file = (name: string) => JSON.parse(readFileSync(join(env.BONAFIDE_DATA_DIR, name), 'utf8')) as unknown;
    ({ url, adminToken } = runningFile.parse(file('running.json')));
    const key = keysFile.parse(file('keys.json')).gatewayKey.secret;
    const now = Date.now();
    // An install's age counts from the hour of its first event; without an older one nobody is a newcomer in an hour's first minutes.
    const older = {
      time: now - 7_200_000,
      'http.request.method': 'GET',
      'url.path': '/v1/items',
      'http.response.status_code': 200,
      'client.address': '192.0.2.9',
    };
    const events = Array.from({ length: 120 }, (_, n) => ({
      time: now - 60_000 + n * 500,
      'http.request.method': 'POST',
      'url.path': '/v1/login',
      'http.response.status_code': 401,
      'client.address': STUFFER,
      'login.subject': `name-${n}`,
      'user_agent.original': 'python-requests/2.32',
    }));
    const sent = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify([older, ...events]),
    });
    expect([sent.status, await sent.json()]).toEqual([202, { accepted: 121, duplicates: 0, dead_lettered: [] }]);
    await until('its risk is published', async () => {
      const answer = await fetch(`${url}/api/v1/entities?kind=ip`, {
        headers: { authorization: `Bearer ${adminToken}` },
      });
      return (await answer.text()).includes(STUFFER);
    });
  });
  afterAll(async () => {
    await service?.stop();
    folder.remove();
  });

  it('prints counts, tails, heights, parts, curve, lines and reasons of an address', async () => {
    const { code, stdout, stderr } = await explain(`ip:${STUFFER}`);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      new RegExp(`^ip:${STUFFER} in scope \\S+ at \\S+Z, first seen .*\\n[\\d.]+ dB, over the block line`),
    );
    expect(stdout).toMatch(/\n {2}signin_failed +\d+ +\d+ +120 +120 +120\n/);
    expect(stdout).toMatch(/\n {2}distinct_subjects +\. +\. +120 +120 +120\n/);
    expect(stdout).toMatch(/\n {2}signin_subjects:10m \* +119 +4 +Lomax shape 5 /);
    expect(stdout).toMatch(/as shipped: no ip hours before/);
    expect(stdout).toMatch(/\n {2}whole scope +shipped +0 /);
    expect(stdout).toMatch(/\n {2}default +30\.00 +40\.00\n/);
    expect(stdout).toContain('Address 203.0.113.66: sign-in was tried for 119 different accounts in 10 minutes');
  });

  it('answers the same as JSON, to the second that is asked, in any zone', async () => {
    const second = new Date(Math.floor(Date.now() / 1000) * 1000 - 20_000).toISOString();
    const inZone = second.replace('.000Z', '+00:00');
    const { code, stdout } = await explain(`ip:${STUFFER}`, '--at', inZone, '--json');
    const answer = scoreExplainAnswer.parse(JSON.parse(stdout));
    expect([code, answer.step]).toEqual([0, second]);
    const parts = answer.features.reduce((sum, { part_db }) => sum + part_db, 0);
    expect(parts).toBeCloseTo(answer.score, 4);
    const query = new URLSearchParams({ entity: `ip:${STUFFER}`, at: second });
    const http = await fetch(`${url}/api/v1/score-explain?${query}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    expect(scoreExplainAnswer.parse(await http.json()).score).toBe(answer.score);
    expect((await fetch(`${url}/api/v1/score-explain?${query}`)).status).toBe(401);
  });

  it('explains a cohort too', async () => {
    const { code, stdout } = await explain('cohort:python-requests/ POST /v1/login');
    expect(code).toBe(0);
    expect(stdout).toMatch(/newcomer_failures:10m \*/);
  });

  it('says with exit code 1 what it does not know: a stranger, another scope, a time without data', async () => {
    expect(await explain('ip:198.51.100.99')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'ip:198.51.100.99: No event carried this entity, or it is older than what is kept.\n',
    });
    const elsewhere = await explain(`ip:${STUFFER}`, '--scope', 'nowhere');
    expect([elsewhere.code, elsewhere.stderr]).toEqual([1, expect.stringContaining('in scope nowhere')]);
    const before = await explain(`ip:${STUFFER}`, '--at', new Date(Date.now() - 7_200_000).toISOString());
    expect(before.code).toBe(1);
    expect(before.stderr).toMatch(/nothing of it counts in scope \S+ in the 24 hours before .*It was first seen/);
    const idle = await runCommand(['score-explain', 'ip:192.0.2.1'], { BONAFIDE_DATA_DIR: join(folder.path, 'other') });
    expect([idle.code, idle.stderr]).toEqual([1, expect.stringContaining('No Bonafide runs on the data folder')]);
  });

  it('names wrong usage with exit code 2', async () => {
    for (const args of [[], ['ip:1.2.3.4', 'more'], ['ip:1.2.3.4', '--when', 'now']]) {
      expect((await explain(...args)).code).toBe(2);
    }
    for (const entity of ['203.0.113.66', 'ip:', 'phone:1']) {
      const { code, stderr } = await explain(entity);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`"${entity}" is no entity`)]);
    }
    for (const time of ['yesterday', '2026-11-28', '2026-11-28T06:40:00', '2026-02-30T00:00:00Z']) {
      const { code, stderr } = await explain(`ip:${STUFFER}`, '--at', time);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`"${time}" is no time`)]);
    }
    const ahead = await explain(`ip:${STUFFER}`, '--at', '2999-01-01T00:00:00Z');
    expect([ahead.code, ahead.stderr]).toEqual([2, expect.stringContaining('is still to come')]);
    const { code, stdout } = await explain('--help');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Usage: bonafide score-explain KIND:ID/)]);
  });
});
