import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../services/bonafide/backtest-replay.ts';
import { createSnapshot } from '../../services/decide/snapshot.ts';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
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
      { name: 'login', proves: 'who', keys },
    ],
  },
  { firebase: keysOf(key.jwk) },
);
const installed = (did: string) => ({ 'Approov-Token': hs256({ exp: SECONDS + 3600, did }, SECRET) });
/** A user token as most servers make it: it names a session of its own. */
const signedIn = (user: string) => ({
  Authorization: `Bearer ${hs256({ exp: SECONDS + 3600, sub: user, sid: `session of ${user}` }, SECRET)}`,
});
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
    id: string;
    outcome: string;
    risk: number;
    entity: { kind: string; id: string } | null;
    reasons: { code: string; entity: string | null }[];
    attestation: { status: string; code: string; issuer: string };
    caller?: { user?: string; session?: string; device?: string; token?: string };
  };
}
/** @param by the `jti` of a token that names no installation, or the headers of another. @param user `''`: a visitor. */
async function ask(by: string | Record<string, string>, user: string, ip: string): Promise<Answer> {
  const headers = typeof by === 'string' ? { 'X-Firebase-AppCheck': tokenOf(by) } : by;
  const answer = await app.inject({
    method: 'POST',
    url: '/access/v1/evaluation',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    payload: {
      subject: user === '' ? { type: 'anonymous', id: 'anonymous' } : { type: 'user', id: user },
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
  const { caller = {} } = context;
  return {
    time: atMs,
    'client.address': ip,
    'user_agent.original': 'App/3.1',
    'user.id': caller.user,
    'session.id': caller.session,
    'device.id': caller.device,
    'attestation.token': caller.token,
    'attestation.status': context.attestation.status,
    'attestation.code': context.attestation.code,
    'attestation.issuer': context.attestation.issuer,
  };
}

const calm = (n: number) => ({ jti: `calm-${n}`, user: `calm-${n}`, ip: `10.4.${n}.7` });
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
      // The same with users whose tokens name a session of their own, and by visitors.
      const known = { ...signedIn(`known-${n}`), 'X-Firebase-AppCheck': tokenOf('farmed-for-known') };
      events.push(await call(known, `known-${n}`, `198.52.${n}.7`, at + ((n * 7879) % 59_000)));
      events.push(await call('farmed-for-visitors', '', `198.53.${n}.7`, at + ((n * 7877) % 59_000)));
    }
    for (let n = 0; n < 10; n++) {
      const { jti, user, ip } = calm(n);
      const headers = { ...signedIn(user), 'X-Firebase-AppCheck': tokenOf(jti) };
      events.push(await call(headers, user, ip, at + ((n * 7873) % 59_000)));
      events.push(await call(`visit-${n}`, '', `10.5.${n}.7`, at + ((n * 7867) % 59_000)));
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
    expect(context.entity).toEqual({ kind: 'session', id: context.caller?.session });
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

describe('a token that names no installation, of callers who are known by something else', () => {
  it('raises risk when it is handed around among users whose tokens name their sessions', async () => {
    const headers = { ...signedIn('known-next'), 'X-Firebase-AppCheck': tokenOf('farmed-for-known') };
    const { decision, context } = await ask(headers, 'known-next', '203.0.113.9');
    expect(context.attestation.status).toBe('genuine');
    expect(context.caller?.session).toBe('session of known-next');
    expect(context.entity).toEqual({ kind: 'session', id: context.caller?.token });
    expect(context.risk).toBeGreaterThan(30);
    expect([decision, context.outcome]).toEqual([false, 'challenge']);
    expect(context.reasons.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['behaviour.addresses', 'behaviour.users']),
    );
    // His phone's own, fresh token: what was done with the farmed one is not held against the user.
    const own = { ...signedIn('known-3'), 'X-Firebase-AppCheck': tokenOf('own-of-known') };
    expect((await ask(own, 'known-3', '10.9.9.8')).context.outcome).toBe('allow');
  });

  it('raises risk when visitors hand it around, each from an address of his own', async () => {
    const { context } = await ask('farmed-for-visitors', '', '203.0.113.10');
    expect(context.attestation.status).toBe('genuine');
    expect(context.caller).toEqual({ token: expect.stringMatching(/^t_/) });
    expect(context.entity).toEqual({ kind: 'session', id: context.caller?.token });
    // Of a token that no user is named beside, the addresses alone speak: that raises risk, and refuses nobody by itself.
    expect(context.risk).toBeGreaterThan(10);
    expect(context.reasons.map(({ code }) => code)).toEqual(['behaviour.addresses']);
    expect((await ask('visit-of-somebody', '', '203.0.113.11')).context.risk).toBe(0);
  });

  it('raises none where each phone has its own', async () => {
    for (let n = 0; n < 10; n++) {
      const { jti, user, ip } = calm(n);
      const known = await ask({ ...signedIn(user), 'X-Firebase-AppCheck': tokenOf(jti) }, user, ip);
      const visitor = await ask(`visit-${n}`, '', `10.5.${n}.7`);
      expect([n, known.context.outcome, visitor.context.outcome]).toEqual([n, 'allow', 'allow']);
    }
  });

  it('is refused for its own risk, and that is held against the token, not against the session beside it', async () => {
    const headers = { ...signedIn('known-next'), 'X-Firebase-AppCheck': tokenOf('farmed-for-known') };
    const { context } = await ask(headers, 'known-next', '203.0.113.9');
    expect(context.id).toMatch(/-t$/);
    const { clickhouse } = engine;
    const at = NOW + MINUTES * 60_000;
    const refused: EventInput = {
      time: at,
      'client.address': '203.0.113.9',
      'user_agent.original': 'App/3.1',
      'user.id': 'known-next',
      'session.id': context.caller?.session,
      'attestation.token': context.caller?.token,
      'attestation.status': 'genuine',
      'risk.outcome': 'challenge',
      'risk.decision_id': context.id,
    };
    await insertEvents(clickhouse, canonicalPipeline(manualClock(NOW + 3_600_000)), [refused], 1_000_000);
    const held = await clickhouse.rows<{ id: string }>(
      `SELECT any(names.id) AS id FROM {db}.entity_1s_v1 AS seconds
       INNER JOIN {db}.entity_v1 AS names ON names.entity = seconds.entity
       WHERE second = fromUnixTimestamp(${at / 1000}) GROUP BY seconds.entity HAVING sum(held_challenge) > 0`,
    );
    expect(held).toEqual([{ id: context.caller?.token }]);
  });
});

describe('a backtest over the same events', () => {
  it('meets the risk of a token beside that of the session that its user names', async () => {
    const { clickhouse } = engine;
    const policy = policyOf({ mode: 'enforce', holdout: 0 });
    await createReplayTables(clickhouse);
    await scoreAll(clickhouse, MINUTES * 90, () => {});
    const answers = new Map<string, { entity: unknown; risk: number }>();
    for await (const page of replay(clickhouse, policy))
      for (const { row, decision } of page) answers.set(`${row.user_id}${row.ip}`, decision.context);
    const last = MINUTES * 12 - 1;
    const known = answers.get(`known-${last}198.52.${last}.7`);
    expect(known).toMatchObject({ entity: { kind: 'session', id: expect.stringMatching(/^t_/) } });
    expect(known?.risk).toBeGreaterThan(30);
    expect(answers.get('calm-310.4.3.7')).toMatchObject({ outcome: 'allow' });
  });
});
