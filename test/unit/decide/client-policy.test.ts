import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../../schemas/event.ts';
import type { PolicyInput } from '../../../schemas/policy.ts';
import { decide } from '../../../services/decide/decide.ts';
import { emptyRequest } from '../../../services/decide/decider.ts';
import { createFacts, factsOfRow } from '../../../services/decide/facts.ts';
import { createLimits } from '../../../services/decide/limits.ts';
import type { RequestFacts } from '../../../services/decide/question.ts';
import type { CompiledPolicy } from '../../../shared/policy.ts';
import { GENUINE_CURVE, NOW, policyOf, snapshotOf } from '../../support/decision-app.ts';
import { attest, TABLE } from '../../support/joining-table.ts';
import { QUIET } from '../../support/quiet-row.ts';

interface Request {
  status: ReturnType<typeof attest>['status'];
  client?: string;
  path?: string;
  score?: number;
}

/** The same request as a gateway asks about it, and as its log tells it to the backtest. */
const FACTS: Readonly<Record<string, (request: Request, policy: CompiledPolicy) => RequestFacts>> = {
  'a live decision': ({ status, client = 'key-1', path = '/v1/orders' }, policy) =>
    createFacts(
      (_kind, id) => id,
      (_method, _host, of) => of,
    )(
      {
        ...emptyRequest('r', attest(status)),
        method: 'GET',
        path,
        host: 'api.example.com',
        address: '203.0.113.9',
        user: 'alice',
        apiClient: client,
      },
      policy,
    ),
  'a backtest': ({ status, client = 'key-1', path = '/v1/orders' }, policy) => {
    const { code } = attest(status);
    return factsOfRow(
      {
        ...QUIET,
        path,
        host: 'api.example.com',
        user_id: 'alice',
        api_client: client,
        attestation_status: status ?? '',
        attestation_code: status === null ? '' : code,
      },
      policy,
    );
  },
};

describe.each(Object.entries(FACTS))('the policy of a client, in %s', (_name, factsOf) => {
  const answer = (input: PolicyInput, request: Request) => {
    const policy = policyOf({ mode: 'enforce', holdout: 0, ...input });
    const { score = 0 } = request;
    const snapshot = snapshotOf(score > 0 ? [{ kind: 'user', id: 'alice', score }] : [], { curve: GENUINE_CURVE });
    return decide(factsOf(request, policy), snapshot, policy, NOW, createLimits()).context.outcome;
  };
  const client = (more: object): PolicyInput['clients'] => [{ match: { api_client: 'key-*' }, ...more }];

  it.each(TABLE)('%s, %s: every cell is the client’s, whatever the top level says', (attestation, status, ...cells) => {
    for (const top of ['require', 'observe', 'off'] as const) {
      const policy = { attestation: top, clients: client({ attestation }) };
      const at = (score: number) => answer(policy, { status, score });
      expect([top, at(0), at(35), at(45)]).toEqual([top, ...cells]);
    }
  });

  it.each(TABLE)('%s, %s: every cell is the route’s where it says something', (attestation, status, ...cells) => {
    for (const own of ['require', 'observe', 'off'] as const) {
      const policy = { routes: [{ match: { path: '/v1/*' }, attestation }], clients: client({ attestation: own }) };
      const at = (score: number) => answer(policy, { status, score });
      expect([own, at(0), at(35), at(45)]).toEqual([own, ...cells]);
    }
  });

  it.each(OUTCOMES)('says what follows of each status (%s), and leaves other clients alone', (outcome) => {
    const policy: PolicyInput = {
      clients: client({
        attestation: 'require',
        on_failed_attestation: outcome,
        on_missing_attestation: outcome,
        on_no_attestation: outcome,
      }),
    };
    for (const status of ['failed', 'missing', 'none', null] as const) {
      expect([status, answer(policy, { status })]).toEqual([status, outcome]);
      const other = answer(policy, { status, client: 'other-1' });
      expect([status, other]).toEqual([status, status === 'failed' ? 'challenge' : 'allow']);
    }
  });

  it('off: a bad token of a partner that cannot attest is not held against it', () => {
    const policy = { clients: client({ can_attest: false, attestation: 'off' }) };
    expect(answer(policy, { status: 'failed' })).toBe('allow');
    expect(answer({ clients: client({ can_attest: false }) }, { status: 'failed' })).toBe('challenge');
  });

  it('cannot take back what a route asks for; a route that names the client can', () => {
    const pay = { match: { path: '/v1/pay/*' }, attestation: 'require' as const };
    const partner = { match: { path: '/v1/pay/*', api_client: 'key-1' }, attestation: 'off' as const };
    const clients = client({ attestation: 'off', on_failed_attestation: 'allow' });
    const paying = { status: 'missing', path: '/v1/pay/1' } as const;
    expect(answer({ clients, routes: [pay] }, paying)).toBe('challenge');
    expect(answer({ clients, routes: [partner, pay] }, paying)).toBe('allow');
    expect(answer({ clients, routes: [partner, pay] }, { ...paying, client: 'key-2' })).toBe('challenge');
    expect(answer({ clients, routes: [partner, pay] }, { ...paying, client: '' })).toBe('challenge');
    // Each setting for itself: the route asks, the client says what follows, unless the route says that too.
    expect(answer({ clients, routes: [pay] }, { ...paying, status: 'failed' })).toBe('allow');
    const strict = { ...pay, on_failed_attestation: 'block' as const };
    expect(answer({ clients, routes: [strict] }, { ...paying, status: 'failed' })).toBe('block');
  });

  it('of the first entry that matches, and of none, is told apart on one path', () => {
    const clients: PolicyInput['clients'] = [
      { match: { api_client: 'key-1' }, attestation: 'require' },
      { match: { api_client: 'key-2' }, attestation: 'require', on_missing_attestation: 'block' },
      { match: { api_client: 'key-3' } },
    ];
    // One compiled policy: what was remembered of one client is not told of another.
    const policy = policyOf({ mode: 'enforce', holdout: 0, clients });
    const of = (name: string) =>
      decide(factsOf({ status: 'missing', client: name }, policy), snapshotOf([]), policy, NOW, createLimits()).context
        .outcome;
    expect(['key-1', 'key-2', 'key-3', '', 'key-1'].map(of)).toEqual([
      'challenge',
      'block',
      'allow',
      'allow',
      'challenge',
    ]);
  });
});
