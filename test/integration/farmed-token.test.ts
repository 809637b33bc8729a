import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSnapshot } from '../../services/decide/snapshot.ts';
import { manualClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { GATEWAY_KEY, NOW, openDecisionApp, policyOf } from '../support/decision-app.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { identityOf, keysOf, SECONDS } from '../support/identity.ts';
import { openScorer } from '../support/scorer.ts';
import { signer } from '../support/signers.ts';
import { hs256 } from '../support/tokens.ts';

/** Tokens of App Check: they name the app, and no installation of it. */
const key = signer('RS256');
/** Others name the installation. */
const SECRET = Buffer.alloc(32, 1);
const keys = [{ secret_base64: SECRET.toString('base64') }];
const identity = identityOf(
  {
    issuers: [
      { name: 'firebase', preset: 'firebase_app_check', audience: 'projects/1' },
      { name: 'app', preset: 'approov', keys },
    ],
  },
  { firebase: keysOf(key.jwk) },
);
const installed = (did: string) => ({ 'Approov-Token': hs256({ exp: SECONDS + 3600, did }, SECRET) });
const tokenOf = (jti: string) =>
  key.jwt(
    {
      iss: 'https://firebaseappcheck.googleapis.com/1',
      aud: ['projects/1'],
      sub: '1:1:android:a',
      exp: SECONDS + 3600,
      jti,
    },
    { typ: 'JWT' },
  );

const MINUTES = 20;
const clock = manualClock(NOW);
let engine: TestEngine;
let snapshot: ReturnType<typeof createSnapshot>;
let app: ReturnType<typeof openDecisionApp>['app'];

interface Answer {
  decision: boolean;
  context: {
    outcome: string;
    risk: number;
    entity: { kind: string; id: string } | null;
    reasons: { code: string; entity: string | null }[];
    attestation: { status: string; code: string; issuer: string };
    caller: { user: string; session?: string; device?: string };
  };
}
/** @param by the `jti` of a token that names no installation, or the headers of another. */
async function ask(by: string | Record<string, string>, user: string, ip: string): Promise<Answer> {
  const headers = typeof by === 'string' ? { 'X-Firebase-AppCheck': tokenOf(by) } : by;
  const answer = await app.inject({
    method: 'POST',
    url: '/access/v1/evaluation',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    payload: {
      subject: { type: 'user', id: user },
      action: { name: 'GET' },
      resource: { type: 'route', id: '/v1/items' },
      context: { ip, user_agent: 'App/3.1', headers },
    },
  });
  return answer.json<Answer>();
}

/** Asks, and logs what was answered, as a gateway does. */
async function call(by: Parameters<typeof ask>[0], user: string, ip: string, atMs: number): Promise<EventInput> {
  clock.set(atMs);
  const { context } = await ask(by, user, ip);
  return {
    time: atMs,
    'client.address': ip,
    'user_agent.original': 'App/3.1',
    'user.id': context.caller.user,
    'session.id': context.caller.session,
    'device.id': context.caller.device,
    'attestation.status': context.attestation.status,
    'attestation.code': context.attestation.code,
    'attestation.issuer': context.attestation.issuer,
  };
}

const phone = (n: number) => ({ jti: `phone-${n}`, user: `user-${n}`, ip: `10.1.${n}.7` });

beforeAll(async () => {
  engine = await openEngine('farmed_token');
  const { clickhouse } = engine;
  snapshot = createSnapshot({
    clickhouse,
    clock,
    health: createHealth(['decide']),
    metrics: createMetrics(),
    log: createLogger('silent'),
  });
  const policy = policyOf({ mode: 'enforce', holdout: 0, max_snapshot_age: '1h' });
  ({ app } = openDecisionApp({ policy: () => policy, snapshot: snapshot.current, identity: () => identity, clock }));
  await snapshot.load();
  const events: EventInput[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    const at = NOW + minute * 60_000;
    // Thirty phones, each with its own token, user and address; some of them move once between home and the mobile network.
    for (let n = 0; n < 30; n++) {
      const { jti, user, ip } = phone(n);
      events.push(
        await call(
          jti,
          user,
          n % 5 === 0 && minute > 10 ? `10.2.${n}.7` : ip,
          at + ((n * 7919 + minute * 104_729) % 55_000),
        ),
      );
    }
    // One token, taken out of one phone and handed around: twelve stolen accounts a minute, each from an address of its own.
    for (let i = 0; i < 12; i++) {
      const n = minute * 12 + i;
      events.push(await call('farmed', `victim-${n}`, `198.51.${n}.7`, at + ((n * 7907) % 59_000)));
      const farmed = installed('farmed-phone');
      events.push(await call(farmed, `loser-${n}`, `198.18.${n}.7`, at + ((n * 7901) % 59_000)));
    }
    for (let n = 0; n < 10; n++) {
      events.push(await call(installed(`own-${n}`), `owner-${n}`, `10.3.${n}.7`, at + ((n * 7883) % 59_000)));
    }
  }
  await insertEvents(clickhouse, canonicalPipeline(manualClock(NOW + 3_600_000)), events, 0);
  const end = NOW + MINUTES * 60_000;
  clock.set(end);
  await openScorer(clickhouse, clock).step(end);
  await snapshot.refresh();
}, 120_000);
afterAll(async () => {
  await app?.close();
  await engine?.close();
});

describe('a token that names its installation', () => {
  it('raises the risk of that installation when it is used from many addresses for many users, and of no other', async () => {
    const { decision, context } = await ask(installed('farmed-phone'), 'loser-next', '203.0.113.8');
    expect(context.attestation.status).toBe('genuine');
    expect(context.entity).toEqual({ kind: 'device', id: 'farmed-phone' });
    expect(context.risk).toBeGreaterThan(30);
    expect([decision, context.outcome]).toEqual([false, 'challenge']);
    expect(context.reasons.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['behaviour.addresses', 'behaviour.users']),
    );
    for (let n = 0; n < 10; n++) {
      const own = await ask(installed(`own-${n}`), `owner-${n}`, `10.3.${n}.7`);
      expect([n, own.decision, own.context.outcome]).toEqual([n, true, 'allow']);
    }
  });
});

describe('a token that names no installation', () => {
  it('raises risk when it is handed around, though each of its users and addresses is new and quiet', async () => {
    const { decision, context } = await ask('farmed', 'victim-next', '203.0.113.7');
    expect(context.attestation.status).toBe('genuine');
    expect(context.entity).toEqual({ kind: 'session', id: context.caller.session });
    expect(context.risk).toBeGreaterThan(30);
    expect([decision, context.outcome]).toEqual([false, 'challenge']);
    const codes = context.reasons.map(({ code }) => code);
    expect(codes).toContain('behaviour.addresses');
    expect(codes).toContain('behaviour.users');
  });

  it('raises none where each phone has its own, and none for who once met the farmed one’s users', async () => {
    for (let n = 0; n < 30; n++) {
      const { jti, user, ip } = phone(n);
      const { decision, context } = await ask(jti, user, ip);
      const ofSession = context.reasons.filter(({ entity }) => entity?.startsWith('session:'));
      expect([n, decision, context.outcome, ofSession]).toEqual([n, true, 'allow', []]);
    }
    // A fresh token of an honest phone of one of the victims.
    const { context } = await ask('phone-of-a-victim', 'victim-3', '10.9.9.7');
    expect(context.outcome).toBe('allow');
  });
});
