import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntityRef } from '../../schemas/event.ts';
import { type PolicyInput, policySchema } from '../../schemas/policy.ts';
import { createAttestationHealth } from '../../services/attestation-health/main.ts';
import { WINDOW_S } from '../../services/attestation-health/verdict.ts';
import { createRelaxation, type Relaxation } from '../../services/decide/caller-state/relaxation.ts';
import type { RequestFacts } from '../../services/decide/question.ts';
import { manualClock } from '../../shared/clock.ts';
import { genuineStatusesSql } from '../../shared/genuine-statuses.ts';
import { createLogger } from '../../shared/logger.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

/**
 * Callers of an app on android whose tokens all expire at once, each world a scope: plain ones; who opened the app on a
 * tablet two days ago; whose issuer had another name three days ago; visitors with a session a day, on a device, and on
 * nothing but an address.
 */
const WORLDS = ['plain', 'tablet', 'renamed', 'device', 'address'] as const;
type World = (typeof WORLDS)[number];
const POLICY: PolicyInput = {
  scopes: WORLDS.map((name) => ({ name, hosts: [`${name}.example.com`] })),
  clients: [
    { match: { user_agent: 'App/*' }, platform: 'android' },
    { match: { user_agent: 'Pad/*' }, platform: 'ios' },
  ],
};
const PHONES = 120;
const DAY = 86_400;
const START = Date.UTC(2026, 1, 10, 9) / 1000;
const ONSET = START + 12 * WINDOW_S;
const NOW = (ONSET + WINDOW_S) * 1000;
const phones = Array.from({ length: PHONES }, (_, i) => i);
const today = (world: World, phone: number, at: number) => `${world}-session-${phone}-${Math.floor(at / DAY)}`;

function who(world: World, phone: number, at: number): Record<string, string> {
  if (world === 'device') return { 'session.id': today(world, phone, at), 'device.id': `${world}-device-${phone}` };
  return world === 'address' ? { 'session.id': today(world, phone, at) } : { 'user.id': `${world}-user-${phone}` };
}
const address = (phone: number) => `10.${phone % 100}.${Math.floor(phone / 100)}.7`;
const call = (world: World, phone: number, at: number, more: Record<string, unknown> = {}): EventInput => ({
  time: at * 1000,
  'client.address': address(phone),
  'server.address': `${world}.example.com`,
  'user_agent.original': 'App/3.1',
  ...who(world, phone, at),
  'attestation.status': 'genuine',
  'attestation.issuer': 'app',
  ...more,
});

let engine: TestEngine;
let relaxation: Relaxation;
const policy = compilePolicy(policySchema.parse(POLICY));

beforeAll(async () => {
  engine = await openEngine('attestation_cohorts');
  const pipeline = canonicalPipeline(manualClock((START + DAY) * 1000), POLICY);
  let inserted = 0;
  const insert = async (events: EventInput[]) => {
    await insertEvents(engine.clickhouse, pipeline, events, inserted);
    inserted += events.length;
  };
  const health = createAttestationHealth({
    clickhouse: engine.clickhouse,
    clock: manualClock(START * 1000),
    policy: () => policySchema.parse(POLICY),
    log: createLogger('silent'),
  });
  for (const days of [3, 2])
    for (const world of WORLDS) {
      const before = world === 'renamed' && days === 3 ? { 'attestation.issuer': 'old' } : {};
      await insert(phones.map((i) => call(world, i, START - days * DAY, before)));
    }
  await insert(phones.map((i) => call('tablet', i, START - 2 * DAY + 60, { 'user_agent.original': 'Pad/3.1' })));
  for (let end = START + WINDOW_S; end <= ONSET; end += WINDOW_S) {
    await insert(WORLDS.flatMap((world) => phones.map((i) => call(world, i, end - 200 + (i % 100)))));
    await health.look(end);
  }
  const expired = { 'attestation.status': 'expired', 'attestation.code': 'expired' };
  await insert(
    WORLDS.flatMap((world) =>
      phones.map((i) =>
        call(
          world,
          i,
          ONSET + 100,
          i % 2 === 0 ? expired : { 'attestation.status': 'missing', 'attestation.issuer': undefined },
        ),
      ),
    ),
  );
  await health.look(ONSET + WINDOW_S);
  relaxation = createRelaxation({ clickhouse: engine.clickhouse, clock: manualClock(NOW) });
  await relaxation.poll();
}, 240_000);
afterAll(() => engine.close());

const entitiesOf = (world: World, phone: number): EntityRef[] => {
  const ids = who(world, phone, ONSET);
  return [
    { kind: 'user', id: ids['user.id'] ?? '' } as const,
    { kind: 'session', id: ids['session.id'] ?? '' } as const,
    { kind: 'device', id: ids['device.id'] ?? '' } as const,
    { kind: 'ip', id: address(phone) } as const,
  ].filter(({ id }) => id !== '');
};
let asked = NOW + 60_000;
/** Is a request without a token, or with one that expired, relaxed? */
function relaxes(world: World, entities: readonly EntityRef[], issuer: string | null, platform = 'android'): boolean {
  asked += 10_000;
  return relaxation.relaxes(
    {
      id: 'r',
      method: 'GET',
      path: '/v1/items',
      host: `${world}.example.com`,
      scope: world,
      address: '192.0.2.1',
      entities,
      attestation:
        issuer === null
          ? { status: 'missing', code: 'no_token', issuer }
          : { status: 'expired', code: 'expired', issuer },
      platform,
      canAttest: true,
      userAgent: 'App/3.1',
      route: '',
      cohort: '',
    } satisfies RequestFacts,
    policy,
    asked,
  );
}

describe('an outage of the issuer on android', () => {
  it.each(WORLDS)('is told of that cohort and of no other: %s', async (world) => {
    const rows = await engine.clickhouse.rows(
      `SELECT toString(platform) AS platform, toString(issuer) AS issuer, toString(state) AS state, callers, failing
       FROM {db}.attestation_health_v1 WHERE scope = '${world}' ORDER BY at DESC LIMIT 1 BY platform, issuer`,
    );
    expect(rows).toEqual([{ platform: 'android', issuer: 'app', state: 'outage', callers: PHONES, failing: PHONES }]);
  });

  it.each(WORLDS)('relaxes its callers, whatever else they use or used: %s', (world) => {
    const relaxed = (issuer: string | null) =>
      phones.slice(0, 20).filter((i) => relaxes(world, entitiesOf(world, i), issuer));
    expect([relaxed('app').length, relaxed(null).length]).toEqual([20, 20]);
  });

  it('relaxes nobody on another platform or by the former issuer, and no session by itself', () => {
    expect(relaxes('tablet', entitiesOf('tablet', 1), 'app', 'ios')).toBe(false);
    expect(relaxes('renamed', entitiesOf('renamed', 1), 'old')).toBe(false);
    const session: EntityRef = { kind: 'session', id: today('device', 1, ONSET) };
    expect(relaxes('device', [session], null)).toBe(false);
    // A device without a history is not excused by where it is.
    const stranger: EntityRef[] = [session, { kind: 'device', id: 'new' }, { kind: 'ip', id: address(1) }];
    expect(relaxes('device', stranger, null)).toBe(false);
    expect(relaxes('device', [session, { kind: 'ip', id: address(1) }], null)).toBe(true);
  });
});

describe('what genuine callers show', () => {
  it('is counted for the platform and issuer of the hour', async () => {
    const measured = (world: World) =>
      engine.clickhouse.rows(
        `SELECT platform, issuer, caller_hours, genuine, expired, missing FROM (${genuineStatusesSql('1')})
         WHERE scope = '${world}' ORDER BY platform, issuer`,
      );
    const app = { platform: 'android', issuer: 'app' };
    // Hours of three and two days ago and of today, of which the last met the outage.
    expect(await measured('plain')).toEqual([
      { ...app, caller_hours: 4 * PHONES, genuine: 3 * PHONES, expired: PHONES / 2, missing: PHONES / 2 },
    ]);
    expect(await measured('tablet')).toEqual(await measured('plain'));
    expect(await measured('renamed')).toEqual([
      { ...app, caller_hours: 3 * PHONES, genuine: 2 * PHONES, expired: PHONES / 2, missing: PHONES / 2 },
      { ...app, issuer: 'old', caller_hours: PHONES, genuine: PHONES, expired: 0, missing: 0 },
    ]);
  });
});
