import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createCallerState } from '../../services/decide/caller-state/caller-state.ts';
import { createRevocationStore } from '../../services/decide/caller-state/revocation-store.ts';
import { createChallenges } from '../../services/decide/challenge/challenges.ts';
import { createChallengeNonces } from '../../services/decide/challenge/nonce.ts';
import { createDecisionLog } from '../../services/decide/decision-log.ts';
import { createDecisionJoin } from '../../services/ingest/decision-join.ts';
import { systemClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { GATEWAY_KEY, GENUINE_CURVE, openDecisionApp, policyOf, snapshotOf } from '../support/decision-app.ts';
import { openEngine, type TestEngine } from '../support/engine.ts';
import { identityOf } from '../support/identity.ts';
import { QUIET } from '../support/quiet-row.ts';
import { hs256 } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const SECRET = Buffer.alloc(32, 7);
const policy = policyOf({ mode: 'enforce', holdout: 0 });
const log = createLogger('silent');

let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine('challenge_graces');
});
afterAll(() => engine.close());

/** A decision process: its own memory, the table that all share, the key that all have. */
async function startProcess() {
  const { clickhouse } = engine;
  const revocations = createRevocationStore({ clickhouse, clock: systemClock, pseudonymise: (_kind, id) => id });
  const health = createHealth(['decide']);
  const metrics = createMetrics();
  const deps = { clickhouse, revocations, alone: false, clock: systemClock, health, metrics, log };
  const state = createCallerState(deps);
  await state.load();
  const nonces = createChallengeNonces('shared');
  const { firstUse } = state.replay;
  const keys = [{ secret_base64: SECRET.toString('base64') }];
  const hooks = { nonces, firstUse, revoked: () => false };
  const identity = identityOf({ issuers: [{ name: 'app', keys }] }, {}, { hooks });
  const decisionLog = createDecisionLog({ clickhouse, metrics, log });
  const { app } = openDecisionApp({
    policy: () => policy,
    snapshot: () => snapshotOf([{ kind: 'user', id: 'odd', score: 35 }], { curve: GENUINE_CURVE, ageMs: 0 }),
    identity: () => identity,
    clock: systemClock,
    challenges: () => createChallenges({ nonces, graces: state.graces, firstUse, metrics }),
    log: decisionLog,
  });
  state.start();
  let open = true;
  const stop = async () => {
    if (!open) return;
    open = false;
    await app.close();
    await state.stop();
    await decisionLog.stop();
  };
  onTestFinished(stop);
  return {
    stop,
    graces: state.graces,
    part: () => health.report('decide').parts.caller_state?.detail ?? '',
    async ask(did: string, claims: Record<string, unknown> = {}, requestId = '') {
      const seconds = Math.floor(Date.now() / 1000);
      const token = hs256({ exp: seconds + 300, iat: seconds, jti: randomUUID(), did, ...claims }, SECRET);
      const answer = await app.inject({
        method: 'POST',
        url: '/access/v1/evaluation',
        headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
        payload: {
          subject: { type: 'user', id: 'odd' },
          action: { name: 'GET' },
          resource: { type: 'route', id: '/v1/orders' },
          context: { ip: '192.0.2.1', attestation_token: token, 'http.request.id': requestId },
        },
      });
      const { outcome, challenge } = answer.json().context;
      return { outcome, result: challenge?.result, nonce: challenge?.nonce };
    },
  };
}

describe('a challenge that was met', () => {
  it('on one process lifts others on every process, its nonce is used there too, and a restart forgets neither', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const { nonce } = await one.ask('phone');
    // The nonce of one process is known to the other: nothing of it is kept.
    expect(await two.ask('phone', { nonce })).toMatchObject({ outcome: 'allow', result: 'met' });
    await until('the other process hears of it', () => one.graces.size() === 1);
    expect(await one.ask('phone')).toMatchObject({ outcome: 'allow', result: undefined });
    expect(await one.ask('another phone')).toMatchObject({ outcome: 'challenge', result: 'unmet' });
    await one.stop();
    await two.stop();
    const again = await startProcess();
    expect(await again.ask('phone')).toMatchObject({ outcome: 'allow', result: undefined });
    const rows = await engine.clickhouse.rows<Record<string, unknown>>('SELECT * FROM {db}.challenge_graces_v1');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/phone|odd|192\.0\.2|eyJ/);
    expect(JSON.stringify(rows)).not.toContain(nonce);
  });

  it('stays met here while the table is away, is told when it is back, and the process says so', async () => {
    const { clickhouse } = engine;
    const [one, two] = [await startProcess(), await startProcess()];
    const before = two.graces.size();
    await clickhouse.run('RENAME TABLE {db}.challenge_graces_v1 TO {db}.challenge_graces_away');
    const { nonce } = await one.ask('tablet');
    expect((await one.ask('tablet', { nonce })).result).toBe('met');
    expect((await one.ask('tablet')).outcome).toBe('allow');
    await until('it says so', () => one.part().includes('Met challenges cannot be shared'));
    expect(one.part()).not.toContain('Revocations are unknown');
    await clickhouse.run('RENAME TABLE {db}.challenge_graces_away TO {db}.challenge_graces_v1');
    await until('the other hears of it', () => two.graces.size() === before + 1);
    expect((await two.ask('tablet')).outcome).toBe('allow');
    await until('all is well', () => one.part() === '');
  });

  it('elsewhere is known here also while what is met here cannot be told, as on a full disk', async () => {
    const { clickhouse } = engine;
    const one = await startProcess();
    const before = one.graces.size();
    await clickhouse.run("ALTER TABLE {db}.challenge_graces_v1 ADD CONSTRAINT room CHECK caller = 'elsewhere'");
    const { nonce } = await one.ask('pad');
    expect((await one.ask('pad', { nonce })).result).toBe('met');
    await until('it says so', () => one.part().includes('Met challenges cannot be shared'));
    await clickhouse.insert('challenge_graces_v1', ['writer', 'caller', 'met_at'], [['two', 'elsewhere', Date.now()]]);
    await until('it hears of the other', () => one.graces.size() === before + 2);
    await clickhouse.run('ALTER TABLE {db}.challenge_graces_v1 DROP CONSTRAINT room');
    await until('all is well', () => one.part() === '');
  });

  it('and one that was not come into the events by the decision log, too', async () => {
    const process = await startProcess();
    const { nonce } = await process.ask('watch', {}, 'asked');
    await process.ask('watch', { nonce }, 'answered');
    await process.ask('watch', {}, 'let-be');
    await process.stop();
    const join = createDecisionJoin({ clickhouse: engine.clickhouse, clock: systemClock, log });
    const rows = ['asked', 'answered', 'let-be'].map((request_id) => ({
      ...QUIET,
      request_id,
      ip: '192.0.2.1',
      client_address: '192.0.2.1',
      time: Date.now(),
    }));
    await join.join(rows);
    expect(rows.map(({ challenge_result, risk_outcome }) => [challenge_result, risk_outcome])).toEqual([
      ['unmet', 'challenge'],
      ['met', 'allow'],
      ['', 'allow'],
    ]);
  });
});
