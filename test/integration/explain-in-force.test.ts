import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Derivation, ExplainedKind } from '../../schemas/api-explain.ts';
import { policySchema } from '../../schemas/policy.ts';
import { createExplainer, type Explain } from '../../services/score/explain.ts';
import { markHistory } from '../../services/score/history.ts';
import type { Scorer } from '../../services/score/main.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';
import { traffic } from '../support/learnt.ts';
import { openScorer } from '../support/scorer.ts';

// A day that is learnt after the scorer began makes the install older than it was. The scorer stays in its own period and
// learns it anew; what is explained has to be what it published, in that period and in the second in which the next begins.
const HOUR = 3600;
// Not one of the hours at which an older install learns.
const PERIOD = Date.UTC(2026, 4, 12, 15) / 1000;
const NEXT = Date.UTC(2026, 4, 12, 18) / 1000;
const FROM = PERIOD - 26 * HOUR;
const past = traffic(31, FROM, PERIOD);
const live = traffic(32, PERIOD, PERIOD + HOUR);
const ENTITIES = ['ip:192.0.2.66', 'ip:198.51.100.7', 'device:device-20', 'net:192.0.2.0/24'] as const;

let engine: TestEngine;
const lanes: ClickHouse[] = [];
beforeAll(async () => {
  engine = await openEngine('explain_in_force');
}, 120_000);
afterAll(async () => {
  for (const lane of lanes) await lane.close();
  await engine.close();
});

interface World {
  lane: ClickHouse;
  clock: ReturnType<typeof manualClock>;
  scorer: Scorer;
  explain: Explain;
}

async function open(database: string): Promise<World> {
  const lane = openLane({ kind: 'embedded', path: engine.path }, database);
  lanes.push(lane);
  await migrate(lane, { ttl: false, retentionDays: 30 });
  const clock = manualClock((PERIOD + HOUR / 2) * 1000);
  const policy = policySchema.parse({});
  const pseudonymise = createPseudonymise(null);
  const explain = createExplainer({ clickhouse: lane, clock, policyAt: async () => policy, pseudonymise });
  return { lane, clock, scorer: openScorer(lane, clock), explain };
}

async function stepAt({ clock, scorer }: World, second: number): Promise<void> {
  clock.set(second * 1000);
  expect(await scorer.step(clock.now())).toBe(second);
}

const iso = (second: number) => new Date(second * 1000).toISOString();

/** What is explained of a step, compared with what was published in it. */
async function explainedAt({ explain }: World, at: number): Promise<Derivation[]> {
  const found: Derivation[] = [];
  for (const entity of ENTITIES) {
    const kind = entity.slice(0, entity.indexOf(':')) as ExplainedKind;
    const answer = await explain({ kind, id: entity.slice(kind.length + 1), scope: '', at });
    if (answer === null || answer.published === null || answer.published.step !== iso(at)) continue;
    expect(answer.score, `${entity} at ${at}`).toBeCloseTo(answer.published.score, 3);
    found.push(answer);
  }
  expect(found.length).toBeGreaterThan(1);
  return found;
}

const hoursOf = (answers: readonly Derivation[]) => Math.max(...answers.map(({ reference }) => reference.entity_hours));
const periodsOf = (answers: readonly Derivation[]) => [...new Set(answers.map(({ reference }) => reference.period))];

describe.each(['an upgrade', 'an import'])('after %s', (what) => {
  let world: World;
  const now = PERIOD + HOUR / 2;

  beforeAll(async () => {
    world = await open(what === 'an upgrade' ? 'explain_upgrade' : 'explain_import');
    const { lane, clock } = world;
    const pipeline = canonicalPipeline(clock);
    if (what === 'an upgrade') {
      await insertEvents(lane, pipeline, past, 0);
      await lane.insert('method_v1', ['since', 'method', 'topics'], [[FROM, 'of before', 'of before']]);
    }
    await insertEvents(lane, pipeline, live, past.length);
    await stepAt(world, now);
    if (what === 'an import') {
      await insertEvents(lane, pipeline, past, 0);
      await markHistory(lane, PERIOD);
      await stepAt(world, now + 1);
    }
  }, 300_000);

  it('is what was published while nothing is learnt', async () => {
    const answers = await explainedAt(world, what === 'an import' ? now + 1 : now);
    expect(periodsOf(answers)).toEqual([iso(PERIOD)]);
    expect(hoursOf(answers)).toBe(0);
  });

  it('is what was published once the same period is learnt anew', async () => {
    expect(await world.scorer.learnHistory()).toBeGreaterThan(24);
    await stepAt(world, now + 10);
    const answers = await explainedAt(world, now + 10);
    expect(periodsOf(answers)).toEqual([iso(PERIOD)]);
    expect(hoursOf(answers)).toBeGreaterThan(100);
  }, 300_000);

  it('is what was published by a scorer that starts again', async () => {
    world.scorer = openScorer(world.lane, world.clock);
    await stepAt(world, now + 20);
    expect(periodsOf(await explainedAt(world, now + 20))).toEqual([iso(PERIOD)]);
  }, 300_000);

  it('is what was published at the end of a period, and in the second in which the next begins', async () => {
    const { lane, clock } = world;
    await stepAt(world, NEXT - 60);
    clock.set(NEXT * 1000);
    const login = { 'client.address': '192.0.2.66', 'http.request.method': 'POST', 'url.path': '/v1/auth/login' };
    const guesses = Array.from({ length: 59 }, (_, i) => ({
      ...login,
      time: (NEXT - 60 + i) * 1000,
      'http.response.status_code': 401,
      'login.subject': `late-${i}`,
    }));
    await insertEvents(lane, canonicalPipeline(clock), guesses, past.length + live.length);
    await stepAt(world, NEXT - 1);
    expect(periodsOf(await explainedAt(world, NEXT - 1))).toEqual([iso(PERIOD)]);
    await stepAt(world, NEXT);
    expect(periodsOf(await explainedAt(world, NEXT))).toEqual([iso(NEXT)]);
    expect(periodsOf(await explainedAt(world, NEXT - 1))).toEqual([iso(PERIOD)]);
  }, 300_000);

  it('is learnt again where what is stored speaks of other terms, or is not there', async () => {
    await world.lane.run(
      `INSERT INTO {db}.reference_v1 (valid_from, kind, learnt, proven, terms, low, high)
       SELECT valid_from, kind, learnt, proven, arrayReverse(terms), low, high FROM {db}.reference_v1 FINAL
       WHERE valid_from = fromUnixTimestamp(${NEXT})`,
    );
    const again = await explainedAt(world, NEXT);
    expect(periodsOf(again)).toEqual([iso(NEXT)]);
    expect(hoursOf(again)).toBeGreaterThan(100);
    await world.lane.run('TRUNCATE TABLE {db}.reference_v1');
    expect(await explainedAt(world, NEXT)).toEqual(again);
  }, 300_000);
});
