import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

// Twelve installations do the same every hour for a day and a half; in the hour after it each of some does one odd thing.
// Midnight, so that a period of learning begins right before the deeds.
const START = Date.UTC(2026, 8, 1);
const HOUR = 3_600_000;
const QUIET_HOURS = 36;
const CALLERS = 12;
const AGENT = 'Shop/3.1 (Android 16)';

/** Caller-hours that the profile in force knows. */
const KNOWN = CALLERS * QUIET_HOURS;
/** Hundredths of a nat, as the engine keeps them: what nobody of `whole` caller-hours showed. */
const never = (whole: number) => Math.floor(100 * Math.log((whole + 1) / 0.5));

function visit(user: number, time: number, more: Record<string, unknown> = {}): EventInput {
  return {
    time,
    'client.address': `203.0.113.${user}`,
    'url.path': `/v1/orders/${100_000 * (user + 1)}`,
    'http.route': '/v1/orders/{id}',
    'user.id': `user-${user}`,
    'device.id': `device-${user}`,
    'user_agent.original': AGENT,
    'network.asn': 64_500,
    'geo.country': 'NL',
    'geo.location.lat': 52,
    'geo.location.lon': 5,
    'waf.score': 0,
    'captcha.score': 0.9,
    'attestation.status': 'genuine',
    ...more,
  };
}

/** Two orders of its own, 37 apart, and home. */
function hourly(user: number, hour: number): EventInput[] {
  const at = START + hour * HOUR + user * 20_000;
  return [
    visit(user, at, { 'url.path': '/v1/home', 'http.route': '/v1/home' }),
    visit(user, at + 5000),
    visit(user, at + 9000, { 'url.path': `/v1/orders/${100_000 * (user + 1) + 37}` }),
  ];
}

const DEEDS = START + QUIET_HOURS * HOUR + 1_200_000;
const NOON = START + 12 * HOUR;
const help = { 'url.path': '/v1/help', 'http.route': '/v1/help', 'waf.score': undefined };
const admin = { 'url.path': '/v1/admin/refunds', 'http.route': '/v1/admin/refunds' };

const server = { 'network.asn': 64_777, 'user_agent.original': 'curl/8', 'attestation.status': 'none' };
const script = (user: number, at: number) => [
  visit(user, at, server),
  visit(user, at + 5000, { ...server, 'url.path': '/v1/home', 'http.route': '/v1/home' }),
];

function traffic(): EventInput[] {
  const events: EventInput[] = [];
  for (let hour = 0; hour < QUIET_HOURS; hour++)
    for (let user = 0; user < CALLERS; user++) {
      events.push(...hourly(user, hour));
      // One of them has done this since the first morning, once in a while.
      if (user === 8 && hour % 3 === 0) events.push(visit(user, START + hour * HOUR + 400_000, admin));
    }
  // A script of one of the users, from a server and the wrong way round, every three hours; and another's first one.
  for (let hour = 0; hour < QUIET_HOURS; hour += 3) events.push(...script(12, START + hour * HOUR + 400_000));
  events.push(...script(12, DEEDS), ...script(13, DEEDS));
  const orders = (user: number, n: number, id: (i: number) => number) => {
    for (let i = 0; i < n; i++)
      events.push(visit(user, DEEDS + user * 1000 + i * 10_000, { 'url.path': `/v1/orders/${id(i)}` }));
  };
  orders(0, 64, () => 100_000); // too many, all its own
  orders(1, 3, (i) => 100_000 * (i + 4)); // three others' orders
  orders(2, 3, (i) => 100_000 * 3 + 37 + i); // its own order and its two neighbours
  events.push(
    visit(3, DEEDS, {
      'network.asn': 64_999,
      'user_agent.original': 'curl/8',
      'device.id': 'other',
      'geo.country': 'BR',
    }),
  );
  events.push(visit(4, DEEDS), visit(4, DEEDS + 600_000, { 'geo.location.lat': 35, 'geo.location.lon': 139 }));
  events.push(visit(5, DEEDS, { 'waf.score': 15 }));
  events.push(visit(7, DEEDS, { 'captcha.score': 0.1 }));
  // A known route, by a method that nobody uses on it.
  events.push(visit(6, DEEDS + 4000, { 'http.request.method': 'DELETE' }));
  // A device of which its token reports something, and one that says so without a token that verified.
  events.push(visit(11, DEEDS, { 'attestation.code': 'hooked' }));
  events.push(visit(6, DEEDS + 3000, { 'attestation.status': 'missing', 'attestation.code': 'hooked' }));
  // One of three requests whose place nobody knows.
  const nowhere = { 'geo.location.lat': undefined, 'geo.location.lon': undefined };
  events.push(visit(6, DEEDS), visit(6, DEEDS + 1000, nowhere), visit(6, DEEDS + 2000));
  events.push(visit(8, DEEDS, admin), visit(9, DEEDS, admin));
  // Software that came into the network on the second day, and again.
  events.push(visit(7, START + 30 * HOUR + 500_000, { ...help, 'user_agent.original': 'curl/8' }));
  events.push(visit(10, DEEDS, { 'user_agent.original': 'curl/8' }));
  // Who comes at noon of the first day, and who comes on the second.
  events.push(visit(20, NOON, help), visit(20, NOON + 60_000, help));
  events.push(visit(21, DEEDS, help), visit(21, DEEDS + 60_000, help), visit(21, DEEDS + HOUR, help));
  return events.sort((a, b) => a.time - b.time);
}

describe('evidence of single events', () => {
  let engine: TestEngine;
  let sums: Map<string, Record<string, number>>;

  beforeAll(async () => {
    engine = await openEngine('evidence');
    const { clickhouse } = engine;
    const events = traffic();
    await insertEvents(clickhouse, canonicalPipeline(manualClock(DEEDS + HOUR)), events, 0);
    await createReplayTables(clickhouse);
    await scoreAll(clickhouse, events.length, () => {});
    const columns = [
      'volume',
      'owner',
      'own',
      'walk',
      'travel',
      'outside',
      'route',
      'step',
      'network',
      'software',
      'here',
      'integrity',
      'clock',
      'country',
    ];
    const rows = await clickhouse.rows<Record<string, number> & { user: string }>(
      `SELECT named.id AS user, ${columns.map((column) => `toUInt32(sum(${column})) AS ${column}`).join(', ')}
       FROM {db}.event_evidence_v1 AS evidence INNER JOIN (SELECT entity, any(id) AS id FROM {db}.entity_v1 GROUP BY entity) AS named USING (entity)
       WHERE kind = 1 AND second >= fromUnixTimestamp(${DEEDS / 1000}) GROUP BY user`,
    );
    sums = new Map(rows.map((row) => [row.user, row]));
  }, 120_000);
  afterAll(() => engine.close());

  const of = (user: number, column: string) => sums.get(`user-${user}`)?.[column];

  it('tells a volume by its doublings: known ones by the profile, unknown ones by their number', () => {
    // Everybody makes two an hour; nobody made four. From eight on nobody is known to have come near.
    expect(of(0, 'volume')).toBe(never(KNOWN) + 75 + 100 + 125 + 150);
    expect(of(1, 'volume')).toBe(0);
  });

  it("tells others' objects where callers touch their own", () => {
    expect(of(1, 'owner')).toBe(3 * never(KNOWN));
    expect(of(0, 'owner')).toBe(0);
  });

  it('tells steps to neighbouring ids', () => {
    expect(of(2, 'walk')).toBe(2 * never(KNOWN));
    expect(of(1, 'walk')).toBe(0);
  });

  it("tells a network, software and device that a user's own past does not know", () => {
    expect(of(3, 'own')).toBe(3 * never(QUIET_HOURS));
    expect(of(5, 'own')).toBeLessThan(10);
  });

  it('tells software that its network did not know a day ago', () => {
    // Twelve callers in each hour of the first day, and one who came at noon; what was there six hours ago is as new as ever.
    expect(of(10, 'here')).toBe(never(CALLERS * 24 + 1));
    expect(of(5, 'here')).toBe(1);
    // Of a network that nobody came from nothing is known.
    expect(of(3, 'here')).toBe(0);
  });

  it('tells places too far apart to travel', () => {
    expect(of(4, 'travel')).toBe(never(KNOWN));
    expect(of(3, 'travel')).toBe(0);
    expect(of(6, 'travel')).toBe(0);
  });

  it('judges scores from outside by how rare they are', () => {
    expect(of(5, 'outside')).toBe(never(KNOWN));
    expect(of(7, 'outside')).toBe(never(KNOWN));
    expect(of(4, 'outside')).toBeLessThan(10);
  });

  it('tells what a verified token reports of its device by how rare it is, and nothing that no token proves', () => {
    expect(of(11, 'integrity')).toBe(never(KNOWN));
    expect(of(6, 'integrity')).toBe(0);
    expect(of(5, 'integrity')).toBeLessThan(10);
  });

  it('takes a newcomer for one in full when the install is a day old', async () => {
    const rows = await engine.clickhouse.rows<{ user: string; newcomer: number[]; arrived: number[] }>(
      `SELECT named.id AS user, groupArray(newcomer) AS newcomer, groupArray(arrived) AS arrived
       FROM (SELECT * FROM {db}.event_evidence_v1 FINAL WHERE kind = 1 ORDER BY second) AS evidence
       INNER JOIN (SELECT entity, any(id) AS id FROM {db}.entity_v1 GROUP BY entity) AS named USING (entity)
       WHERE user IN ('user-1', 'user-20', 'user-21') GROUP BY user ORDER BY user`,
    );
    expect(new Set(rows[0]?.newcomer)).toEqual(new Set([0]));
    expect(rows.slice(1)).toEqual([
      { user: 'user-20', newcomer: [50, 50], arrived: [50, 0] },
      { user: 'user-21', newcomer: [100, 100, 0], arrived: [100, 0, 0] },
    ]);
  });

  it('forgives networks, software and steps of an earlier day, and no others', () => {
    for (const column of ['network', 'software', 'step']) {
      // In four hours of more than a day before: all that this caller did then.
      expect(of(12, column), column).toBeLessThan(2 * 15);
      expect(of(13, column), column).toBeGreaterThan(500);
    }
  });

  it('tells hours of the day at which few callers are active', () => {
    // The afternoon was seen once and the morning twice: one in three caller-hours was in hours with as few callers as this one.
    expect(of(5, 'clock')).toBeGreaterThan(100);
    expect(of(5, 'clock')).toBeLessThan(120);
  });

  it('tells a country that a user does not come from', () => {
    expect(of(5, 'country')).toBeLessThan(10);
    expect(of(3, 'country')).toBe(never(QUIET_HOURS));
  });

  it('tells a method that nobody uses on a route that all use', () => {
    expect(of(6, 'route')).toBeGreaterThan(300);
    expect(of(5, 'route')).toBeLessThan(150);
  });

  it('forgives a route that is a habit, and no other', () => {
    // In 5 of the hours of more than a day before.
    expect(of(8, 'route')).toBeLessThan(150);
    expect(of(9, 'route')).toBeGreaterThan(300);
  });
});
