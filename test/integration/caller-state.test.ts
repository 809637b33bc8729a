import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCallerState } from '../../services/decide/caller-state/caller-state.ts';
import { createRevocationStore } from '../../services/decide/caller-state/revocation-store.ts';
import { systemClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { openEngine, type TestEngine } from '../support/engine.ts';
import { until } from '../support/until.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine('caller_state');
});
afterAll(() => engine.close());

it('a revocation of another process is heard while uses of tokens cannot be told', async () => {
  const { clickhouse } = engine;
  const deps = { clickhouse, clock: systemClock, pseudonymise: (_kind: string, id: string) => id };
  const [here, elsewhere] = [createRevocationStore(deps), createRevocationStore(deps)];
  const health = createHealth(['decide']);
  const state = createCallerState({
    clickhouse,
    revocations: here,
    alone: false,
    clock: systemClock,
    health,
    metrics: createMetrics(),
    log: createLogger('silent'),
  });
  await state.load();
  await clickhouse.run('RENAME TABLE {db}.token_uses_v1 TO {db}.token_uses_away');
  state.start();
  try {
    const now = systemClock.now();
    state.replay.firstUse('h', now + 600_000, now, { kind: 'issuer', name: 'app' });
    const detail = () => health.report('decide').parts.caller_state?.detail ?? '';
    await until('the use cannot be told', () => detail().includes('cannot be told'));
    await elsewhere.revoke({ revocations: [{ kind: 'user', id: 'alice', scope: '' }], reason: 'test', by: 'test' });
    const question = {
      scope: '',
      entities: [{ kind: 'user' as const, id: 'alice' }],
      tokenId: '',
      issuedAtS: null,
    };
    await until('it is heard', () => here.memory.find(question, systemClock.now()), { timeoutMs: 5000 });
    expect(detail()).not.toMatch(/Revocations are unknown/);
    await clickhouse.run('RENAME TABLE {db}.token_uses_away TO {db}.token_uses_v1');
    await until('the use is told', () => detail() === '');
    expect(await clickhouse.rows('SELECT count() AS n FROM {db}.token_uses_v1')).toEqual([{ n: 1 }]);
  } finally {
    await state.stop();
  }
});
