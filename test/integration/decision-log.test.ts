import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../services/decide/decide.ts';
import { createDecisionLog } from '../../services/decide/decision-log.ts';
import { factsOfRow } from '../../services/decide/facts.ts';
import { createLimits } from '../../services/decide/limits.ts';
import { createDecisionJoin } from '../../services/ingest/decision-join.ts';
import { manualClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { NOW, policyOf, snapshotOf } from '../support/decision-app.ts';
import { openEngine, type TestEngine } from '../support/engine.ts';
import { QUIET } from '../support/quiet-row.ts';

const facts = {
  id: 'r1',
  method: 'GET',
  path: '/v1/orders',
  host: '',
  scope: 'default',
  address: '192.0.2.1',
  entities: [
    { kind: 'user' as const, id: 'alice' },
    { kind: 'ip' as const, id: '192.0.2.1' },
  ],
  attestation: { status: null, code: 'not_observed' as const, issuer: null },
  identityFault: 'signature_invalid' as const,
  platform: 'android',
  canAttest: null,
  userAgent: '',
  route: '',
  cohort: '',
};
const decision = decide(facts, snapshotOf([]), policyOf(), NOW, createLimits());

let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine('decision_log');
});
afterAll(() => engine.close());

describe('the decision log', () => {
  it('keeps what fits, drops and counts the rest, and wants a request id that can be joined', async () => {
    const metrics = createMetrics();
    const log = createDecisionLog({ clickhouse: engine.clickhouse, metrics, log: createLogger('silent') });
    log.add('', facts, decision, NOW);
    log.add('x'.repeat(257), facts, decision, NOW);
    // Some gateways take over the id that the client sent.
    log.add(`sid=${'5ecre7'.repeat(6)}`, facts, decision, NOW);
    log.add(`eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.${'c2ln'.repeat(11)}`, facts, decision, NOW);
    for (let i = 0; i < 60_010; i++) log.add(`r${i}`, facts, decision, NOW);
    await log.stop();
    const [stored] = await engine.clickhouse.rows<Record<string, unknown>>(
      `SELECT count() AS n, uniqExact(request_id) AS ids, any(user_id) AS user, any(platform) AS platform,
         any(identity_code) AS identity, any(outcome) AS outcome, any(decision_id) AS id,
         countIf(match(request_id, '^r[0-9]+$')) AS plain FROM {db}.decisions_v1`,
    );
    expect(stored).toMatchObject({
      n: 60_000,
      plain: 60_000,
      ids: 60_000,
      user: 'alice',
      platform: 'android',
      identity: 'signature_invalid',
      outcome: 'allow',
    });
    expect(stored?.id).toBe(decision.context.id);
    expect(metrics.text()).toContain('bonafide_decision_log_rows_total{result="dropped"} 10');
    expect(metrics.text()).toContain('bonafide_decision_log_rows_total{result="written"} 60000');
  });

  it('brings what is wrong with a user token into the event, from where a backtest and a page read it', async () => {
    const log = createLogger('silent');
    const join = createDecisionJoin({ clickhouse: engine.clickhouse, clock: manualClock(NOW), log });
    const row = { ...QUIET, request_id: 'r7', ip: '192.0.2.1', client_address: '192.0.2.1', time: NOW };
    const said = { ...row, identity_code: 'expired' };
    const other = { ...row, request_id: 'r-unknown' };
    await join.join([row, said, other]);
    expect([row, said, other].map(({ identity_code }) => identity_code)).toEqual(['signature_invalid', 'expired', '']);
    expect(factsOfRow(row, policyOf()).identityFault).toBe('signature_invalid');
    const refusing = policyOf({ mode: 'enforce', on_failed_identity: 'block' });
    const again = decide(factsOfRow(row, refusing), snapshotOf([]), refusing, NOW, createLimits());
    expect(again.context.outcome).toBe('block');
  });
});
