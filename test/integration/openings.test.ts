import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../services/bonafide/backtest-replay.ts';
import type { SnapshotView } from '../../services/decide/question.ts';
import { createSnapshot, type Snapshot } from '../../services/decide/snapshot.ts';
import { calibrationStart, periodsOf } from '../../services/score/calibrate.ts';
import { openingsSql } from '../../services/score/opening.ts';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { MOST_OPENING_DB, OPENING_DB_PER_NAT } from '../../shared/opening.ts';
import { policyOf } from '../support/decision-app.ts';
import { canonicalPipeline, type EventInput, insertEvents } from '../support/engine.ts';
import { temporaryFolder } from '../support/process.ts';
import { openScorer, stepHourly } from '../support/scorer.ts';
import { random } from '../support/traffic.ts';

// Eight hours of an app and of a web page, and strangers among them. Live, hour after hour, in one database; as a backtest in another.
const HOUR = 3_600_000;
const START = Date.UTC(2026, 4, 4, 0);
const HOURS = 8;
const POLICY = {
  clients: [
    { match: { user_agent: 'App/*' }, platform: 'app', issuer: 'app' },
    { match: { user_agent: 'Mozilla/*' }, platform: 'web' },
    { match: { user_agent: 'Tool*' }, platform: 'web' },
  ],
};

interface Visit extends EventInput {
  time: number;
  'url.path': string;
  'client.address': string;
  'user_agent.original': string;
  'attestation.status': string;
}

/** Visits begin at home, or where a link leads; what follows later is asked on any route. */
function traffic(): Visit[] {
  const next = random(11);
  const events: Visit[] = [];
  const visit = (at: number, address: string, agent: string, attestation: string, first: string) => {
    const ask = (time: number, path: string) =>
      events.push({
        time,
        'client.address': address,
        'http.request.method': 'GET',
        'url.path': path,
        'user_agent.original': agent,
        'attestation.status': attestation,
      });
    ask(at, first);
    // At once, just within, just after and long after the beginning; the last one after a pause: another visit.
    ask(at, '/v1/banners');
    ask(at + 2999, '/v1/within');
    ask(at + 3000, '/v1/after');
    if (next() < 0.5) ask(at + 60_000, '/v1/orders');
    if (next() < 0.3) ask(at + 60_000 + 1_800_000, '/v1/home');
  };
  for (let hour = 0; hour < HOURS; hour++) {
    const of = START + hour * HOUR;
    for (let i = 0; i < 60; i++) {
      const first = next() < 0.8 ? '/v1/home' : next() < 0.9 ? '/v1/news' : '/v1/orders';
      visit(of + i * 20_000 + 500, `10.0.${i}.1`, 'App/3.1 (Android 16)', next() < 0.9 ? 'genuine' : 'missing', first);
    }
    for (let i = 0; i < 40; i++)
      visit(
        of + i * 30_000 + 700,
        `10.1.${i}.1`,
        i % 9 === 0 ? 'Mozilla/5.0 (X11)' : 'Mozilla/5.0',
        'none',
        next() < 0.7 ? '/v1/home' : '/v1/news',
      );
    // Strangers: a page as others, one that begins where nobody does, one with a tool, and the same with a genuine app.
    const late = of + 3_300_000;
    visit(late, `192.0.2.${hour}`, 'Mozilla/5.0', 'none', '/v1/home');
    visit(late + 10_000, `192.0.3.${hour}`, 'Mozilla/5.0', 'none', `/v1/admin-${'abcdefgh'[hour]}`);
    visit(late + 20_000, `192.0.4.${hour}`, 'Tool', 'none', '/v1/login');
    visit(late + 30_000, `192.0.5.${hour}`, 'App/3.1 (Android 16)', 'genuine', `/v1/never-${'abcdefgh'[hour]}`);
  }
  return events.sort((a, b) => a.time - b.time);
}

const platformOf = (agent: string) => (agent.startsWith('App/') ? 'app' : 'web');
const shownBy = (event: Visit): [string, string][] => [
  ['route', `GET ${event['url.path']}`],
  ['software', event['user_agent.original'].replace(/[0-9.]+/g, '')],
];

/** By hand: surprises in force from a start on, in hundredths of a nat, by `platform shows value`; value `''`: all others. */
function surprisesAt(events: readonly Visit[], start: number): Map<string, number> {
  const units = new Map<string, Map<string, Set<string>>>();
  const genuine = new Map<string, Map<string, Set<string>>>();
  for (const [i, event] of events.entries()) {
    if (event.time >= start * 1000) continue;
    const goesOn = events.some(
      (other, j) =>
        j !== i &&
        other['client.address'] === event['client.address'] &&
        other.time <= event.time - 3000 &&
        other.time >= event.time - 1_800_000,
    );
    if (goesOn) continue;
    const unit = `${event['client.address']} ${Math.floor(event.time / HOUR)}`;
    for (const [shows, value] of shownBy(event))
      for (const of of event['attestation.status'] === 'genuine' ? [units, genuine] : [units]) {
        const key = `${platformOf(event['user_agent.original'])} ${shows}`;
        const values = of.get(key) ?? new Map<string, Set<string>>();
        of.set(key, values);
        for (const name of ['', value]) values.set(name, (values.get(name) ?? new Set()).add(unit));
      }
  }
  const surprises = new Map<string, number>();
  for (const [key, all] of units) {
    const enough = genuine.get(key);
    const values = (enough?.get('')?.size ?? 0) >= 100 && enough !== undefined ? enough : all;
    const whole = values.get('')?.size ?? 0;
    const counts = [...values].filter(([name]) => name !== '').map(([, seen]) => seen.size);
    const of = (most: number) => {
      const tail = counts.filter((count) => count <= most).reduce((sum, count) => sum + count, 0);
      return Math.min(800, Math.floor(100 * Math.log(Math.max(1, (whole + 1) / (tail + 0.5)))));
    };
    surprises.set(`${key} `, of(1));
    for (const [name, seen] of values) if (name !== '' && seen.size > 1) surprises.set(`${key} ${name}`, of(seen.size));
  }
  return surprises;
}

interface Stored {
  at: number;
  name: string;
  surprise: number;
}
const storedIn = (clickhouse: ClickHouse) =>
  clickhouse.rows<Stored>(
    `SELECT toUInt32(valid_from) AS at, concat(platform, ' ', shows, ' ', value) AS name, surprise
     FROM {db}.opening_v1 FINAL WHERE shows != '' ORDER BY ALL`,
  );
const callerHoursIn = (clickhouse: ClickHouse) =>
  clickhouse.rows<{ at: number; caller: string; score: number; bare: number }>(
    `SELECT toUInt32(hour) AS at, toString(caller) AS caller, round(max(score), 6) AS score, round(max(bare), 6) AS bare
     FROM {db}.caller_hour_v1 WHERE hour < fromUnixTimestamp(${START / 1000 + (HOURS - 1) * 3600}) GROUP BY ALL ORDER BY ALL`,
  );

describe('what strangers begin with', () => {
  const folder = temporaryFolder('openings');
  const lane = (database: string) => openLane({ kind: 'embedded', path: folder.path }, database);
  const live = lane('live');
  const back = lane('back');
  const events = traffic();
  const starts = periodsOf(START / 1000, START / 1000 + HOURS * 3600 - 1, START / 1000).map(([start]) => start);
  const last = START + (HOURS - 1) * HOUR;
  const opening = new Map<string, number>();
  const clock = manualClock(START);
  let snapshot: Snapshot;
  let view: SnapshotView;

  beforeAll(async () => {
    for (const each of [live, back]) await migrate(each, { ttl: false, retentionDays: 30 });
    const scorer = openScorer(live, clock);
    const pipeline = canonicalPipeline(clock, POLICY);
    await stepHourly({ clickhouse: live, scorer, clock, pipeline, events, start: START, hours: HOURS });
    const parts = { clock, health: createHealth(['decide']), metrics: createMetrics(), log: createLogger('silent') };
    snapshot = createSnapshot({ clickhouse: live, ...parts });
    await snapshot.load();
    view = snapshot.current();

    await insertEvents(back, canonicalPipeline(clock, POLICY), events, 0);
    await createReplayTables(back);
    await scoreAll(back, events.length, () => {});
    for await (const page of replay(back, policyOf(POLICY)))
      for (const { row, timeMs, decision } of page)
        for (const { code, risk } of decision.context.reasons)
          if (code === 'behaviour.opening') opening.set(`${row.ip} ${row.path} ${timeMs}`, risk);
  }, 600_000);
  afterAll(async () => {
    await live.close();
    await back.close();
    folder.remove();
  });

  it('is learnt of every period alike live and in a backtest, and by hand', async () => {
    // The last visits go on in an hour that is not scored live.
    const stored = (await storedIn(back)).filter(({ at }) => starts.includes(at));
    expect(stored).toEqual(await storedIn(live));
    for (const start of starts.slice(1)) {
      const rows = stored.filter(({ at }) => at === start);
      expect(new Map(rows.map(({ name, surprise }) => [name, surprise]))).toEqual(surprisesAt(events, start));
    }
    const byHand = surprisesAt(events, starts.at(-1) ?? 0);
    // What is asked 3 s after the beginning begins nothing, and what follows a pause does.
    expect(byHand.has('web route GET /v1/within')).toBe(true);
    expect(byHand.has('web route GET /v1/after')).toBe(false);
    // Genuine callers alone describe the app: what others began with there is nobody's.
    expect(byHand.get('app route ')).toBeGreaterThan(300);
    // A first period rests on nothing.
    expect(stored.filter(({ at }) => at === starts[0])).toEqual([]);
  });

  it('holds in the snapshot of a live process from the step on that learnt it', () => {
    const byHand = surprisesAt(events, calibrationStart(last / 1000 + 3000, START / 1000));
    const of = (name: string) => (byHand.get(name) ?? 0) / 100;
    expect(view.openings?.('default', 'web', 'route', 'GET /v1/home')).toBe(of('web route GET /v1/home'));
    expect(view.openings?.('default', 'web', 'route', 'GET /v1/login')).toBe(of('web route GET /v1/login'));
    expect(view.openings?.('default', 'web', 'route', 'GET /v1/nobody')).toBe(of('web route '));
    expect(view.openings?.('default', 'web', 'software', 'Tool')).toBe(of('web software Tool'));
    expect(view.openings?.('elsewhere', 'web', 'software', 'Tool')).toBe(0);
  });

  it('is read again by a live process when a period begins, and says nothing where none of it is known', async () => {
    const home = () => snapshot.current().openings?.('default', 'web', 'route', 'GET /v1/home');
    const next = Math.floor(clock.now() / 1000) + 10;
    const columns = ['valid_from', 'scope', 'platform', 'shows', 'value', 'surprise'];
    clock.set((next + 60) * 1000);
    await live.insert('opening_v1', columns, [[next, 'default', 'web', 'route', 'GET /v1/home', 321]]);
    await snapshot.refresh();
    expect(home()).toBe(3.21);
    await live.insert('opening_v1', columns, [[next + 30, '', '', '', '', 0]]);
    clock.set((next + 90) * 1000);
    await snapshot.refresh();
    expect(home()).toBe(0);
  });

  it('stands in the scores of caller-hours alike live and in a backtest', async () => {
    const ofLive = await callerHoursIn(live);
    expect(ofLive.length).toBeGreaterThan(500);
    expect(ofLive).toEqual(await callerHoursIn(back));
  });

  it('tells the most common apart, however many agents somebody makes up', async () => {
    const hour = (starts.at(-1) ?? 0) + 86_400;
    await back.run(`INSERT INTO {db}.opening_1h_v1 (hour, scope, platform, shows, value, callers, genuine)
      SELECT fromUnixTimestamp(${hour}), 'flooded', '', 'software', if(number = 0, '', concat('made up ', toString(number))), if(number = 0, 9000, if(number <= 5, 1500, 2)), 0 FROM numbers(3000)`);
    await back.run(openingsSql([hour + 3600]));
    const told = await back.rows<{ value: string; surprise: number }>(
      `SELECT value, surprise FROM {db}.opening_v1 FINAL WHERE scope = 'flooded' ORDER BY value`,
    );
    expect(told).toHaveLength(1001);
    expect(told.map(({ value }) => value)).toEqual(
      expect.arrayContaining(['', ...[1, 2, 3, 4, 5].map((n) => `made up ${n}`)]),
    );
    // Those that are left out surprise as what nobody showed, the common ones no more than before.
    expect(told.find(({ value }) => value === 'made up 1')?.surprise).toBe(0);
  });

  it('is what the decision of a stranger adds, and of nobody else', async () => {
    const byHand = surprisesAt(events, calibrationStart(last / 1000 + 3300, START / 1000));
    const of = (route: string, software: string) => {
      const nats = [route, software].map(
        (name) => (byHand.get(`web ${name}`) ?? byHand.get(`web ${name.split(' ')[0]} `) ?? 0) / 100,
      );
      return Math.min(MOST_OPENING_DB, OPENING_DB_PER_NAT * nats.reduce((sum, nat) => sum + nat, 0));
    };
    const odd = `192.0.3.${HOURS - 1} /v1/admin-h ${last + 3_310_000}`;
    const tool = `192.0.4.${HOURS - 1} /v1/login ${last + 3_320_000}`;
    expect(opening.get(odd)).toBeCloseTo(of('route GET /v1/admin-h', 'software Mozilla/'), 9);
    expect(opening.get(tool)).toBeCloseTo(of('route GET /v1/login', 'software Tool'), 9);
    expect(opening.get(odd)).toBeGreaterThan(5);
    // A genuine app begins as it does; and who asked three seconds ago is known.
    expect([...opening.keys()].filter((key) => key.startsWith('192.0.5.') || key.includes('/v1/after'))).toEqual([]);

    // A stranger whose whole hour is its first request: what is calibrated is what was decided.
    const [row] = await back.rows<{ score: number; bare: number }>(
      `SELECT max(score) AS score, max(bare) AS bare FROM {db}.caller_hour_v1
       WHERE hour = fromUnixTimestamp(${last / 1000}) AND caller IN (
         SELECT sipHash64(toString(scope), caller_kind, caller_id) FROM {db}.events_raw_v1 WHERE ip = '192.0.3.${HOURS - 1}')`,
    );
    expect(row?.bare).toBeGreaterThanOrEqual(opening.get(odd) ?? 0);
    // Who shows a genuine token is calibrated without it there, and with what it would have met without one in what cannot attest.
    const [genuine] = await back.rows<{ score: number; bare: number }>(
      `SELECT max(score) AS score, max(bare) AS bare FROM {db}.caller_hour_v1
       WHERE hour = fromUnixTimestamp(${last / 1000}) AND caller IN (
         SELECT sipHash64(toString(scope), caller_kind, caller_id) FROM {db}.events_raw_v1 WHERE ip = '192.0.5.${HOURS - 1}')`,
    );
    expect((genuine?.bare ?? 0) - (genuine?.score ?? 0)).toBeGreaterThan(3);
  });
});
