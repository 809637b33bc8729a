import { describe, expect, it } from 'vitest';
import type { EntityRef } from '../../../schemas/event.ts';
import { decide } from '../../../services/decide/decide.ts';
import { createLimits } from '../../../services/decide/limits.ts';
import type { RequestFacts } from '../../../services/decide/question.ts';
import {
  createOpenings,
  MOST_OPENING_DB,
  OPENING_DB_PER_NAT,
  type OpeningRow,
  type Openings,
} from '../../../shared/opening.ts';
import { type FakeRisk, GENUINE_CURVE, NOW, policyOf, snapshotOf } from '../../support/decision-app.ts';
import { attest } from '../../support/joining-table.ts';

const row = (shows: string, value: string, surprise: number): OpeningRow => ({
  scope: 'default',
  platform: 'web',
  shows,
  value,
  surprise,
});
/** Of visits on the web 90 % begin at home; what one at most began with surprises by 6 nats, such software by 4. */
const OPENINGS = createOpenings([
  row('route', 'GET /v1/home', 10),
  row('route', 'POST /v1/login', 250),
  row('route', '', 600),
  row('software', 'Mozilla/', 5),
  row('software', '', 400),
]);

const ADDRESS = { kind: 'ip', id: '203.0.113.9' } as const;
const ALICE = { kind: 'user', id: 'alice' } as const;

function ask(
  { openings = OPENINGS, ...request }: Partial<RequestFacts> & { openings?: Openings } = {},
  risks: readonly FakeRisk[] = [],
) {
  const facts: RequestFacts = {
    id: 'r1',
    method: 'POST',
    path: '/v1/login',
    host: 'api.example.com',
    scope: 'default',
    address: ADDRESS.id,
    entities: [ALICE, ADDRESS, { kind: 'net', id: '203.0.113.0/24' }],
    attestation: attest('none'),
    platform: 'web',
    canAttest: false,
    userAgent: 'curl/8.5.0',
    route: 'POST /v1/login',
    cohort: 'curl/ POST /v1/login',
    ...request,
  };
  const view = { ...snapshotOf(risks, { curve: GENUINE_CURVE }), openings };
  return decide(facts, view, policyOf({ mode: 'enforce', holdout: 0 }), NOW, createLimits()).context;
}

const of = (nats: number) => OPENING_DB_PER_NAT * nats;

describe('surprises of openings', () => {
  it('are those of a scope, a platform and what is shown, and of what hardly anybody shows the same', () => {
    expect(OPENINGS('default', 'web', 'route', 'POST /v1/login')).toBe(2.5);
    expect(OPENINGS('default', 'web', 'route', 'DELETE /v1/admin')).toBe(6);
    expect(OPENINGS('default', 'web', 'software', 'curl/')).toBe(4);
  });

  it('are nothing where nothing is known', () => {
    expect(OPENINGS('default', 'android', 'route', 'POST /v1/login')).toBe(0);
    expect(OPENINGS('bank', 'web', 'software', 'curl/')).toBe(0);
    expect(createOpenings([])('default', 'web', 'route', 'POST /v1/login')).toBe(0);
    // A period of which nothing is known says so by a row that shows nothing.
    expect(createOpenings([{ ...row('', '', 0), scope: '', platform: '' }])('', '', 'route', 'GET /')).toBe(0);
  });
});

describe('the first request of a stranger', () => {
  it('adds what its route and its software surprise by', () => {
    expect(ask().risk).toBeCloseTo(of(2.5 + 4), 9);
    expect(ask({ route: 'GET /v1/home', userAgent: 'Mozilla/5.0' }).risk).toBeCloseTo(of(0.1 + 0.05), 9);
  });

  it('adds nothing once the caller is known by any name of its own, however quiet it is', () => {
    expect(ask({}, [{ ...ALICE, score: -0.01 }]).risk).toBe(0);
    expect(ask({ entities: [ALICE, { kind: 'session', id: 's' }] }, [{ ...ALICE, score: 3 }]).risk).toBe(3);
  });

  it('is no first one where its address is the caller and is known; that of others tells nothing of a named one', () => {
    const address: FakeRisk = { ...ADDRESS, score: 1 };
    const entities: EntityRef[] = [ADDRESS, { kind: 'net', id: '203.0.113.0/24' }];
    expect(ask({ entities }).risk).toBeCloseTo(of(6.5), 9);
    expect(ask({ entities }, [address]).risk).toBe(1);
    expect(ask({}, [address]).risk).toBeCloseTo(1 + of(6.5), 9);
    expect(ask({ entities }, [{ kind: 'net', id: '203.0.113.0/24', score: 1 }]).risk).toBeCloseTo(1 + of(6.5), 9);
  });

  it('adds nothing where it proves to be the genuine app', () => {
    expect(ask({ attestation: attest('genuine') }).risk).toBe(0);
    expect(ask({ attestation: attest('expired') }).risk).toBeGreaterThan(of(6.5));
  });

  it('adds 20 dB before calibration at most: by a curve of 1 dB for 1 no line of the default policy', () => {
    const most = createOpenings([row('route', '', 800), row('software', '', 800)]);
    const { risk, outcome } = ask({ openings: most });
    expect([risk, outcome]).toEqual([MOST_OPENING_DB, 'allow']);
  });

  it('says so in words that an analyst can check', () => {
    const [reason] = ask({}, [{ kind: 'net', id: '203.0.113.0/24', score: 30 }]).reasons.filter(
      ({ code }) => code === 'behaviour.opening',
    );
    expect(reason).toMatchObject({ entity: 'user:alice', risk: of(6.5) });
    expect(reason?.evidence).toBe(
      "User alice was not met in the last 24 hours and begins with POST /v1/login: of visits on web 8.2 % begin with it or with what is rarer, 1.8 % with such software (curl/) or with what is rarer. It adds 13.0 dB to the request's score of 43.0 before calibration, once: from the next request on the caller is judged by what it does.",
    );
  });

  it('says nothing where a refusal is held, or where it adds next to nothing', () => {
    const held = ask({}, [{ ...ADDRESS, score: -40, held: 1 }]);
    expect(held.outcome).toBe('challenge');
    expect(held.reasons.map(({ code }) => code)).not.toContain('behaviour.opening');
    const usual = ask({ route: 'GET /v1/home', userAgent: 'Mozilla/5.0' }, [{ ...ADDRESS, score: 31 }]);
    expect(usual.reasons.map(({ code }) => code)).not.toContain('behaviour.opening');
  });
});
