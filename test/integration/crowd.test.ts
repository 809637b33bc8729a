import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

// Counts at an address are divided by the heads behind it. Who may name users as he likes must not make heads of names.
const DAY = 86_400_000;
const START = 1_795_478_400_000;
/** Everything happens on the third day: an install of a day knows who is new. */
const TODAY = START + 2 * DAY;
const MADE_UP = '192.0.2.1';
const NAMELESS = '192.0.2.2';
const UNCHECKED = '192.0.2.3';
const AMONG_OTHERS = '192.0.2.4';
const OFFICE = '198.51.100.7';
const LAUNCH = '198.51.100.8';
const AT_THE_DOOR = '198.51.100.9';
const GUESSING = '192.0.2.5';
const NAMES = 500;
const CLERKS = 40;
const VISITS = 15;

/** A script that asks for another order five times a second, as somebody else each time. */
function script(address: string, status: number, name: (i: number) => Record<string, string>): EventInput[] {
  return Array.from({ length: NAMES }, (_, i) => ({
    time: TODAY + 3_600_000 + i * 200,
    'client.address': address,
    'url.path': `/v1/orders/${7000 + i}`,
    'http.response.status_code': status,
    'user_agent.original': 'python-requests/2.32',
    ...name(i),
  }));
}

/** Clerks of an office, each with some requests on a day. */
function office(address: string, day: number): EventInput[] {
  return Array.from({ length: CLERKS * VISITS }, (_, i) => ({
    time: START + day * DAY + 1_800_000 + i * 100,
    'client.address': address,
    'url.path': i % 3 === 0 ? '/v1/items' : '/v1/basket',
    'user.id': `clerk-${i % CLERKS}-of-${address}`,
    'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0',
  }));
}

/** The same clerks on a host that does nothing but sign people in, three times a day each. */
function atTheDoor(day: number): EventInput[] {
  return Array.from({ length: CLERKS * 3 }, (_, i) => ({
    time: START + day * DAY + 1_800_000 + i * 100,
    'client.address': AT_THE_DOOR,
    ...signIn,
    'user.id': `clerk-${i % CLERKS}-at-the-door`,
    'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0',
  }));
}
const signIn = { 'http.request.method': 'POST', 'url.path': '/v1/login', 'http.response.status_code': 200 };

const events = [
  ...script(MADE_UP, 401, (i) => ({ 'user.id': `made-up-${i}` })),
  ...script(NAMELESS, 401, () => ({})),
  ...script(UNCHECKED, 200, (i) => ({ 'user.id': `nobody-${i}` })),
  ...script(AMONG_OTHERS, 401, (i) => ({ 'user.id': `imposter-${i}` })),
  ...[0, 1, 2].flatMap((day) => [...office(OFFICE, day), ...office(AMONG_OTHERS, day)]),
  ...[0, 1, 2].flatMap(atTheDoor),
  // Of 500 accounts that are tried from one address one in fifty opens, each of somebody who is known here.
  ...Array.from({ length: NAMES }, (_, i) => ({
    time: TODAY + 3_600_000 + i * 200,
    'client.address': GUESSING,
    ...signIn,
    'http.response.status_code': i % 50 === 0 ? 200 : 401,
    'user.id': i % 50 === 0 ? `clerk-${i / 50}-at-the-door` : undefined,
    'login.subject': `somebody-${i}`,
    'user_agent.original': 'python-requests/2.32',
  })),
  // Fifty phones that are all new, each with a genuine token.
  ...Array.from({ length: 50 * 6 }, (_, i) => ({
    time: TODAY + 7_200_000 + i * 100,
    'client.address': LAUNCH,
    'user.id': `visitor-${i % 50}`,
    'device.id': `phone-${i % 50}`,
    'attestation.status': 'genuine',
    'user_agent.original': 'Shop/3.1 (Android 16)',
  })),
].sort((a, b) => a.time - b.time);

describe('the crowd behind an address', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openEngine('crowds');
    await insertEvents(engine.clickhouse, canonicalPipeline(manualClock(TODAY + DAY)), events, 0);
    await createReplayTables(engine.clickhouse);
    await scoreAll(engine.clickhouse, events.length, () => {});
  }, 300_000);
  afterAll(() => engine.close());

  const term = createRiskQuery().termNames.indexOf('requests:1m') + 1;
  const ip = `sipHash64('default', toUInt8(4), {address:String})`;
  /** By how many heads the newest count of a minute's requests was divided. */
  async function heads(address: string): Promise<number> {
    const [row] = await engine.clickhouse.rows<{ byHead: number; requests: number }>(
      `WITH (SELECT max(step) FROM {db}.backtest_terms WHERE entity = ${ip}) AS newest
       SELECT value[indexOf(term, ${term})] AS byHead, (SELECT sum(requests) FROM {db}.entity_1s_v1
           WHERE entity = ${ip} AND toUInt32(second) >= newest - 60 AND toUInt32(second) < newest) AS requests
       FROM {db}.backtest_terms WHERE entity = ${ip} AND step = newest`,
      { params: { address } },
    );
    return ((row?.requests ?? 0) / (row?.byHead ?? 0)) ** (1 / 0.8);
  }
  async function score(address: string): Promise<number> {
    const [row] = await engine.clickhouse.rows<{ newest: number }>(
      `SELECT argMax(score, step) AS newest FROM {db}.backtest_risk WHERE kind = 4 AND entity = ${ip}`,
      { params: { address } },
    );
    return row?.newest ?? 0;
  }

  it('is not made by naming users who are refused: 500 made-up ones relieve no more than none', async () => {
    expect(await heads(MADE_UP)).toBeCloseTo(1, 1);
    expect(await score(MADE_UP)).toBeGreaterThanOrEqual(await score(NAMELESS));
    expect(await score(NAMELESS)).toBeGreaterThan(10);
  });

  it('is not made by naming users whom nobody checks, as long as they are new', async () => {
    expect(await heads(UNCHECKED)).toBeCloseTo(1, 1);
  });

  it('is that of the people who are there: an office, and newcomers with genuine tokens', async () => {
    expect(await heads(OFFICE)).toBeCloseTo(1 + CLERKS, 0);
    expect(await heads(LAUNCH)).toBeGreaterThan(1 + 20);
  });

  it('is that of an office on a host where people only sign in, and not that of who guesses passwords there', async () => {
    expect(await heads(AT_THE_DOOR)).toBeCloseTo(1 + CLERKS, 0);
    expect(await heads(GUESSING)).toBeLessThan(1 + NAMES / 50 / 3 + 1);
  });

  it('has no more heads by made-up names among people than a third of what those ask for', async () => {
    const asked = CLERKS * VISITS;
    expect(await heads(AMONG_OTHERS)).toBeLessThan(1 + asked / 3 + 1);
    expect(asked / 3).toBeLessThan(NAMES / 2);
  });
});
