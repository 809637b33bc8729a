import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

// Three days of a shop with an app that attests and a page for browsers, which cannot. On the third day there are a campaign of
// many who each do next to nothing, a flash sale, and an app release.
const HOUR = 3_600_000;
const START = 1_795_478_400_000;
const TODAY = START + 48 * HOUR;
const CAMPAIGN = TODAY + 10 * HOUR;
const SALE = TODAY + 14 * HOUR;
const RELEASE = TODAY + 18 * HOUR;
const PHONES = 60;
const BROWSERS = 40;
const BOTS = 150;
const NEW_PHONES = 140;
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/139.0';
const AGENTS = [WINDOWS, 'Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0', 'Mozilla/5.0 (Macintosh) Safari/18.5'];
/** Half of the score at which the line of the default budget lies once peers are learnt: what is no campaign stays under it. */
const QUIET = 10;

const read = (path: string) => ({ 'url.path': path, 'http.route': path.replace(/\d+$/, '{id}') });
const phone = (n: number, time: number, path: string, more: Record<string, unknown> = {}): EventInput => ({
  time,
  'client.address': `100.${64 + (n % 60)}.${Math.floor(n / 60)}.7`,
  'user.id': `user-${n}`,
  'device.id': `phone-${n}`,
  'user_agent.original': 'Shop/3.1 (Android 16)',
  'attestation.status': 'genuine',
  ...read(path),
  ...more,
});
const browser = (n: number, time: number, path: string, more: Record<string, unknown> = {}): EventInput => ({
  time,
  'client.address': `81.${n}.3.9`,
  'user_agent.original': AGENTS[n % AGENTS.length] ?? WINDOWS,
  'attestation.status': 'none',
  ...read(path),
  ...more,
});
const signIn = (status: number, subject: string) => ({
  'http.request.method': 'POST',
  'url.path': '/v1/login',
  'http.route': '/v1/login',
  'http.response.status_code': status,
  'login.subject': subject,
});

/** What everybody does on any day: the phones every other hour, browsers three times, with a sign-in of which some fail. */
function usualDay(day: number): EventInput[] {
  const events: EventInput[] = [];
  for (let hour = 0; hour < 24; hour += 2)
    for (let n = 0; n < PHONES; n++) {
      const at = START + (day * 24 + hour) * HOUR + n * 40_000;
      events.push(phone(n, at, '/v1/home'), phone(n, at + 900, '/v1/items/7'), phone(n, at + 20_000, '/v1/basket'));
    }
  for (let hour = 7; hour < 24; hour += 6)
    for (let n = 0; n < BROWSERS; n++) {
      const at = START + (day * 24 + hour) * HOUR + n * 60_000;
      const status = (n + hour) % 9 === 0 ? 401 : 200;
      events.push(browser(n, at, '/v1/home'), browser(n, at + 9000, '', signIn(status, `customer-${n}`)));
      events.push(browser(n, at + 30_000, '/v1/items/7'), browser(n, at + 70_000, '/v1/basket'));
    }
  return events;
}

function events(): EventInput[] {
  const all = [0, 1, 2].flatMap(usualDay);
  // Two guesses each, minutes apart, of browsers as many customers have, from as many networks.
  for (let bot = 0; bot < BOTS; bot++)
    for (const guess of [0, 1])
      all.push({
        time: CAMPAIGN + bot * 6000 + guess * 400_000,
        'client.address': `45.${bot}.7.9`,
        'user_agent.original': WINDOWS,
        'attestation.status': 'none',
        ...signIn(401, `stolen-${bot * 2 + guess}`),
      });
  // Everybody comes for one thing within minutes: those who are known, and more who never came before, with the app; a few by the page.
  for (let n = 0; n < PHONES + NEW_PHONES; n++)
    all.push(phone(n, SALE + n * 2000, '/v1/items/1'), phone(n, SALE + n * 2000 + 5000, '/v1/basket'));
  for (let n = 0; n < BROWSERS + 3; n++)
    all.push(browser(n, SALE + n * 8000, '/v1/items/1'), browser(n, SALE + n * 8000 + 9000, '/v1/basket'));
  // The new version asks for more, at once, and now and then before its token is there.
  for (let n = 0; n < PHONES; n++)
    for (const [i, path] of ['/v2/home', '/v2/offers', '/v2/items/7'].entries())
      all.push(
        phone(n, RELEASE + n * 30_000 + i * 400, path, {
          'user_agent.original': 'Shop/4.0 (Android 16)',
          ...(i === 0 && n % 10 === 0 ? { 'attestation.status': 'missing' } : {}),
        }),
      );
  return all.sort((a, b) => a.time - b.time);
}

describe('what many callers do together', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openEngine('campaigns');
    const all = events();
    await insertEvents(engine.clickhouse, canonicalPipeline(manualClock(TODAY + 24 * HOUR)), all, 0);
    await createReplayTables(engine.clickhouse);
    await scoreAll(engine.clickhouse, all.length, () => {});
  }, 300_000);
  afterAll(() => engine.close());

  /** The loudest score of each entity of a kind (4: address, 7: cohort) within an hour, the loudest first, with the features that made it. */
  const loudest = (kind: number, from: number, ids = '') =>
    engine.clickhouse.rows<{ id: string; score: number; features: string[] }>(
      `SELECT any(named.id) AS id, max(risk.score) AS score, argMax(arrayMap(x -> splitByChar(':', x.1)[1], risk.reasons), risk.score) AS features
       FROM {db}.backtest_risk AS risk INNER JOIN (SELECT entity, any(id) AS id FROM {db}.entity_v1 GROUP BY entity) AS named USING (entity)
       WHERE kind = ${kind} AND step >= ${from / 1000} AND step < ${(from + HOUR) / 1000} AND startsWith(named.id, {ids:String})
       GROUP BY entity ORDER BY score DESC`,
      { params: { ids } },
    );

  it('is loud where many newcomers fail alike, though each of them is quiet', async () => {
    const [cohort, ...others] = await loudest(7, CAMPAIGN);
    expect(cohort?.id).toBe('Mozilla/ (Windows NT ; Win; x) Chrome/ POST /v1/login');
    expect(cohort?.score).toBeGreaterThan(3 * QUIET);
    expect(cohort?.features).toEqual(expect.arrayContaining(['newcomers', 'newcomer_failures', 'newcomer_share']));
    expect(others).toEqual([]);
    const bots = await loudest(4, CAMPAIGN, '45.');
    expect(bots).toHaveLength(BOTS);
    expect(bots[0]?.score).toBeLessThan(QUIET);
  });

  it('is over when they are: who signs in hours later by the same browser meets nothing of it', async () => {
    const later = await loudest(7, CAMPAIGN + 3 * HOUR);
    expect(later.map(({ id }) => id)).toContain('Mozilla/ (Windows NT ; Win; x) Chrome/ POST /v1/login');
    expect(later[0]?.score).toBeLessThan(QUIET);
  });

  it.each([
    ['a flash sale, with twice as many new phones as were known', SALE],
    ['an app release, on routes that nobody knew', RELEASE],
  ])('is no campaign in %s', async (_, at) => {
    const cohorts = await loudest(7, at);
    expect(cohorts.length).toBeGreaterThan(0);
    expect(cohorts[0]?.score).toBeLessThan(QUIET);
  });
});
