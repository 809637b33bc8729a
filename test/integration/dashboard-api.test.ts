import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import * as api from '../../schemas/api.ts';
import { genuineCallerHours } from '../../services/dashboard/queries/calibration.ts';
import { createAsk } from '../../services/dashboard/query.ts';
import { SHIPPED_CURVE, toDecibels } from '../../shared/calibration.ts';
import { createLogger } from '../../shared/logger.ts';
import { ADMIN_TOKEN, openDashboard, type TestDashboard } from '../support/dashboard.ts';

/** What no curve of its own makes of a score. */
const shippedDb = (score: number) => toDecibels(SHIPPED_CURVE, score).decibels;

let dashboard: TestDashboard;
const now = Date.now();
const second = Math.floor(now / 1000);

/** Asks, and checks the answer against its published shape. */
async function ask<S extends z.ZodType>(shape: S, path: string): Promise<z.output<S>> {
  return shape.parse(await dashboard.get<unknown>(path));
}

beforeAll(async () => {
  dashboard = await openDashboard({ policy: { mode: 'enforce' } });
  const attacker = { ip: '203.0.113.9', client_address: '203.0.113.9', net: '203.0.113.0/24' } as const;
  await dashboard.insertEvents([
    ...Array.from({ length: 20 }, (_, i) => ({
      ...attacker,
      event_id: `stuff-${String(i).padStart(2, '0')}`,
      time: now - 60_000 + i * 1000,
      method: 'POST',
      path: '/v1/login',
      route: '/v1/login',
      route_class: 'signin' as const,
      status: 401,
      login_subject: `name${i}`,
      user_agent: '<script>alert(1)</script>',
      attack: i < 3 ? 1 : 0,
      risk_outcome: i < 10 ? 'allow' : i < 14 ? 'challenge' : 'block',
    })),
    ...Array.from({ length: 30 }, (_, i) => ({
      time: now - 300_000 + i * 1000,
      // Ten name no installation; beside one a token is nobody of its own.
      device_id: i < 20 ? 'phone-1' : '',
      user_id: 'ann',
      attestation_status: 'genuine',
      attestation_token: 't_of-ann',
      platform: 'android',
    })),
    { time: now - 26 * 3_600_000, late: 1, device_id: 'phone-1' },
  ]);
  await dashboard.insertRisk([
    { step: second - 300, kind: 4, id: '203.0.113.9', score: 12, reasons: [['requests:1m', 20, 12, 12]] },
    {
      step: second - 50,
      kind: 4,
      id: '203.0.113.9',
      score: 60,
      held: 1,
      reasons: [
        ['signin_failures:1m', 20, 3, 35],
        ['requests:1m', 20, 12, 10],
      ],
    },
    { step: second - 50, kind: 5, id: '203.0.113.0/24', score: 28 },
    { step: second - 50, kind: 3, id: 'phone-1', score: 5 },
    { step: second - 40, kind: 3, id: 'phone-1', score: 0 },
  ]);
  await dashboard.clickhouse.insert(
    'snapshot_v1',
    ['step', 'published_at', 'scored_until', 'entities', 'elapsed_ms'],
    [[second - 2, now - 1500, now - 2000, 4, 120]],
  );
  await dashboard.clickhouse.insert(
    'dead_letters_v1',
    ['source', 'partition', 'offset', 'received_at', 'format', 'reason', 'detail', 'sample'],
    [1, 2, 3].map((offset) => [
      'kafka:api.access-log',
      0,
      offset,
      now - offset * 1000,
      'json',
      offset < 3 ? 'malformed' : 'missing_field',
      'no closing brace',
      '{"a":',
    ]),
  );
});
afterAll(() => dashboard.close());

describe('GET /api/v1/overview', () => {
  it('sums requests by what they met, empty buckets included, and never counts one twice', async () => {
    const answer = await ask(api.overviewAnswer, '/api/v1/overview?minutes=10');
    expect(answer.total).toEqual({ requests: 50, challenge: 4, block: 6 });
    expect(answer.genuine).toEqual({ requests: 30, challenge: 0, block: 0 });
    const sum = answer.series.reduce((all, p) => all + p.allow + p.challenge + p.block, 0);
    expect(sum).toBe(50);
    expect(answer.series.length).toBeGreaterThanOrEqual(60);
    expect(answer.policy).toMatchObject({ mode: 'enforce', challenge_db: 30, block_db: 40 });
  });
  it('counts entities over each line by kind, and a faded risk not at all', async () => {
    const { over } = await ask(api.overviewAnswer, '/api/v1/overview');
    expect(over.block).toEqual({ user: 0, session: 0, device: 0, ip: 1, net: 0, client: 0 });
    expect(over.challenge.net).toBe(1);
    expect(over.challenge.device).toBe(0);
  });
  it('says how fresh it is', async () => {
    const { freshness } = await ask(api.overviewAnswer, '/api/v1/overview');
    expect(freshness).toMatchObject({ caught_up: true, lag_messages: 0, dead_letters: 3 });
    expect(freshness.snapshot_age_ms).toBeGreaterThan(1000);
    expect(freshness.rate_per_s).toBeGreaterThan(0);
    expect(freshness.last_event).not.toBeNull();
  });
});

describe('GET /api/v1/entities', () => {
  it('lists the riskiest first, with reasons and the activity of the last hour', async () => {
    const { entities } = await ask(api.entitiesAnswer, '/api/v1/entities');
    expect(entities.map((e) => `${e.kind}:${e.id}`)).toEqual(['ip:203.0.113.9', 'net:203.0.113.0/24']);
    expect(entities[0]).toMatchObject({
      risk_db: shippedDb(60),
      over: 'block',
      held: 'challenge',
      requests_1h: 20,
      refused_1h: 10,
    });
    expect(entities[0]?.reasons[0]?.sentence).toMatch(/20/);
  });
  it('narrows by kind', async () => {
    const { entities } = await ask(api.entitiesAnswer, '/api/v1/entities?kind=net&limit=1');
    expect(entities.map((e) => e.id)).toEqual(['203.0.113.0/24']);
  });
});

describe('GET /api/v1/entities/:kind/:id', () => {
  it('tells the timeline, the evidence and the company that an entity keeps', async () => {
    const answer = await ask(api.entityAnswer, '/api/v1/entities/ip/203.0.113.9?minutes=10');
    expect(answer.evidence).toMatchObject({ requests: 20, refused: 10, login_subjects: 20 });
    expect(answer.evidence.statuses).toEqual([{ value: '401', requests: 20 }]);
    expect(answer.evidence.attacks).toEqual([{ value: 'sql', requests: 3 }]);
    expect(answer.evidence.agents[0]?.value).toBe('<script>alert(1)</script>');
    expect(answer.related).toEqual([
      { kind: 'net', id: '203.0.113.0/24', requests: 20, risk_db: shippedDb(28), over: 'challenge' },
    ]);
    expect(Math.max(...answer.timeline.map((p) => p.risk_db))).toBe(shippedDb(60));
    expect(answer.timeline.at(-1)?.risk_db).toBe(shippedDb(60));
    expect(answer.timeline.reduce((all, p) => all + p.block, 0)).toBe(6);
    expect(answer.first_seen).not.toBeNull();
  });
  it('knows a token that names no installation, and leads to it from whoever showed it', async () => {
    const shown = await ask(api.entityAnswer, '/api/v1/entities/user/ann');
    expect(shown.related).toContainEqual(expect.objectContaining({ kind: 'session', id: 't_of-ann', requests: 10 }));
    const token = await ask(api.entityAnswer, '/api/v1/entities/session/t_of-ann');
    expect(token.evidence.requests).toBe(10);
    expect(token.related).toContainEqual(expect.objectContaining({ kind: 'user', id: 'ann', requests: 10 }));
    expect(token.related.filter(({ kind }) => kind === 'session')).toEqual([]);
  });
  it('takes ids with slashes, as they are and encoded', async () => {
    const plain = await ask(api.entityAnswer, '/api/v1/entities/net/203.0.113.0/24');
    const encoded = await ask(api.entityAnswer, '/api/v1/entities/net/203.0.113.0%2F24');
    expect(plain.entity.id).toBe('203.0.113.0/24');
    expect(encoded.entity.id).toBe('203.0.113.0/24');
  });
  it('takes an id that a browser could not carry in a path from the query', async () => {
    expect((await ask(api.entityAnswer, '/api/v1/entities/device/-?id=phone-1')).entity.id).toBe('phone-1');
    const missing = await dashboard.app.inject({
      url: '/api/v1/entities/user/-?id=..',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect([missing.statusCode, missing.json().code]).toEqual([404, 'not_found']);
  });
  it('shows a faded entity at 0 dB, and says 404 for one that nobody saw', async () => {
    const answer = await ask(api.entityAnswer, '/api/v1/entities/device/phone-1');
    expect(answer.entity.risk_db).toBe(0);
    expect(Math.max(...answer.timeline.map((p) => p.risk_db))).toBe(shippedDb(5));
    const missing = await dashboard.app.inject({
      url: `/api/v1/entities/user/${'x'.repeat(300)}`,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(missing.statusCode).toBe(404);
  });
  it.each(['user/ann', 'session/none', 'client/none'])('answers for every kind: %s', async (path) => {
    const answer = await dashboard.app.inject({
      url: `/api/v1/entities/${path}`,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(answer.statusCode).toBe(path === 'user/ann' ? 200 : 404);
  });
});

describe('GET /api/v1/events', () => {
  it('pages through every event exactly once, newest first', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await ask(api.eventsAnswer, `/api/v1/events?entity=ip:203.0.113.9&limit=7${cursor}`);
      seen.push(...page.events.map((e) => e.event_id));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `stuff-${String(19 - i).padStart(2, '0')}`));
  });
  it('keeps to a span of time, in either form', async () => {
    const from = now - 60_000 + 15_000;
    const { events } = await ask(api.eventsAnswer, `/api/v1/events?from=${new Date(from).toISOString()}`);
    const same = await ask(api.eventsAnswer, `/api/v1/events?from=${from}&to=${now + 1000}`);
    expect(events).toHaveLength(5);
    expect(same.events).toEqual(events);
  });
  it.each(['user:ann', 'session:s', 'device:phone-1', 'net:203.0.113.0/24', 'client:c'])(
    'answers for %s',
    async (entity) => {
      await ask(api.eventsAnswer, `/api/v1/events?entity=${encodeURIComponent(entity)}`);
    },
  );
  it.each([
    'entity=nobody',
    'entity=host:x',
    'limit=0',
    'limit=100000',
    'from=yesterday',
    'cursor=x',
    'entities=ip:192.0.2.7',
    `cursor=${Buffer.from('{"a":1}').toString('base64url')}`,
  ])('answers 400 to %s', async (query) => {
    const answer = await dashboard.app.inject({
      url: `/api/v1/events?${query}`,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(answer.statusCode).toBe(400);
  });
  it('takes an id that tries to be SQL as an id', async () => {
    const { events } = await ask(api.eventsAnswer, `/api/v1/events?entity=${encodeURIComponent("ip:' OR 1=1 --\\")}`);
    expect(events).toEqual([]);
  });
});

describe('GET /api/v1/counts', () => {
  it('finds the same number in the raw table and in the roll-ups, refused and late rows left out', async () => {
    const counts = await ask(api.countsAnswer, '/api/v1/counts');
    expect(counts).toEqual({ events: 51, scored: 40, rolled_up: 40, duplicates: 7, dead_letters: 3 });
  });
});

describe('dead letters', () => {
  it('are listed newest first with their reasons, page by page', async () => {
    const first = await ask(api.deadLettersAnswer, '/api/v1/dead-letters?limit=2');
    expect(first.total).toBe(3);
    expect(first.by_reason).toEqual([
      { reason: 'malformed', count: 2, waiting: 2 },
      { reason: 'missing_field', count: 1, waiting: 1 },
    ]);
    expect(first.dead_letters.map((d) => d.offset)).toEqual([1, 2]);
    const second = await ask(api.deadLettersAnswer, `/api/v1/dead-letters?limit=2&cursor=${first.next}`);
    expect(second.dead_letters.map((d) => d.offset)).toEqual([3]);
    const narrowed = await ask(api.deadLettersAnswer, '/api/v1/dead-letters?reason=missing_field');
    expect(narrowed.dead_letters).toHaveLength(1);
  });
  it('are sent again by their place', async () => {
    const answer = await dashboard.app.inject({
      method: 'POST',
      url: '/api/v1/dead-letters/resend',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      payload: { places: [{ source: 'kafka:api.access-log', partition: 0, offset: 2 }] },
    });
    expect(api.resendAnswer.parse(answer.json()).resent).toBe(1);
    expect(dashboard.resent).toEqual(['kafka:api.access-log/0/2']);
  });
});

describe('GET /api/v1/health', () => {
  it('names every part, what arrived when and from where', async () => {
    const health = await ask(api.healthAnswer, '/api/v1/health');
    expect(health.parts.map((p) => p.part)).toEqual(['clickhouse', 'score', 'policy', 'attestation']);
    expect(health.arrivals.reduce((all, p) => all + p.stored, 0)).toBe(51);
    expect(health.arrivals.reduce((all, p) => all + p.dead_letters, 0)).toBe(3);
    expect(health.sources).toHaveLength(1);
    expect(health.scoring).toEqual({ elapsed_ms: 120, changed: 4 });
  });
});

describe('the way to a genuine calibration', () => {
  it('counts hours of callers that were genuine in another hour and never failed', async () => {
    const hour = Math.floor(second / 3600) * 3600;
    const split = await dashboard.clickhouse.rows<{ caller: number }>(
      `SELECT number AS caller FROM numbers(100) WHERE cityHash64(number, 'split') % 6 != 5 LIMIT 4`,
    );
    const meter = await dashboard.clickhouse.rows<{ caller: number }>(
      `SELECT number AS caller FROM numbers(100) WHERE cityHash64(number, 'split') % 6 = 5 LIMIT 1`,
    );
    const [steady, once, failing, old] = split.map((row) => row.caller);
    const ofMeter = meter[0]?.caller;
    const shown = (caller: number | undefined, hours: number[], failed: number) =>
      hours.map((h) => ['default', caller, hour - h * 3600, 'android', 3, failed]);
    await dashboard.clickhouse.insert(
      'caller_attestation_1h_v1',
      ['scope', 'caller', 'hour', 'platform', 'genuine', 'failed'],
      [
        ...shown(steady, [1, 2, 3, 30], 0),
        ...shown(once, [1], 0),
        ...shown(failing, [1, 2, 3], 1),
        ...shown(old, [1, 200], 0),
        ...shown(ofMeter, [1, 2, 3], 0),
      ],
    );
    const active = (caller: number | undefined, hours: number[]) =>
      hours.map((h) => ['default', hour - h * 3600, caller, 'android', '', 1]);
    await dashboard.clickhouse.insert(
      'caller_hour_v1',
      ['scope', 'hour', 'caller', 'platform', 'net', 'score'],
      [
        ...active(steady, [1, 2, 3, 30]),
        ...active(once, [1]),
        ...active(failing, [1]),
        ...active(old, [1]),
        ...active(ofMeter, [1]),
      ],
    );
    const found = await createAsk(dashboard.clickhouse, createLogger('silent'))(genuineCallerHours, { at: second });
    expect(found).toEqual([{ scope: 'default', units: 4, units_24h: 3 }]);
  });
});

describe('a reason', () => {
  it('names what peers of this install reach, learnt for the period, not what was shipped', async () => {
    await dashboard.clickhouse.insert(
      'reference_v1',
      ['valid_from', 'kind', 'learnt', 'proven', 'terms', 'low', 'high'],
      [[second - 3600, 4, 0.8, 0.8, ['signin_failures:1m'], [4], [11]]],
    );
    const reason = await vi.waitFor(
      async () => {
        const { entities } = await ask(api.entitiesAnswer, '/api/v1/entities?kind=ip');
        const found = entities[0]?.reasons.find(({ sentence }) => sentence.includes('learnt from 400 such hours'));
        if (found === undefined) throw new Error('the scale of before is remembered');
        return found;
      },
      { timeout: 30_000, interval: 250 },
    );
    // Lomax of shape 5 that passes 20 dB at 3 reaches 11 dB there.
    const usual = (3 / (100 ** (1 / 5) - 1)) * (10 ** (11 / 50) - 1);
    expect(reason.usual).toBeCloseTo(usual, 6);
    expect(reason.sentence).toBe(
      `20 failed sign-ins in a minute. 1 in 100 hours of genuine addresses peaks at ${usual.toFixed(1)} attempts in a minute (learnt from 400 such hours, which weigh 80 %).`,
    );
    await dashboard.clickhouse.run('TRUNCATE TABLE {db}.reference_v1');
  });
});

describe('a curve', () => {
  it('reads decibels off the curve in force, and names what it rests on', async () => {
    await dashboard.clickhouse.insert(
      'calibration_v1',
      ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
      [
        [second - 7200, 'default', '', 'genuine', 1200, [0, 100], [0, 50], 1],
        [second + 7200, 'default', '', 'genuine', 9000, [0, 100], [0, 10], 1],
      ],
    );
    const other = await withNewCurve();
    expect(other.entities[0]?.risk_db).toBeCloseTo(30, 9); // held: never below the challenge line
    expect(other.calibration[0]).toMatchObject({
      basis: 'genuine',
      units: 1200,
      needed: { challenge: 999, block: 9999 },
    });
    await dashboard.clickhouse.run('TRUNCATE TABLE {db}.calibration_v1');
  });
});

/**
 * Curves are remembered for five seconds, and an overview that took long for ten times as long: waits until the new curve is
 * read, each time by the overview of another span, which nobody has asked yet.
 */
function withNewCurve() {
  let minutes = 60;
  return vi.waitFor(
    async () => {
      const { entities } = await ask(api.entitiesAnswer, '/api/v1/entities');
      const { calibration } = await ask(api.overviewAnswer, `/api/v1/overview?minutes=${++minutes}`);
      expect(calibration[0]?.basis).toBe('genuine');
      expect(entities[0]?.risk_db).not.toBe(shippedDb(60));
      return { entities, calibration };
    },
    { timeout: 100_000, interval: 250 },
  );
}
