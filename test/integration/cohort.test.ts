import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COHORT_ID } from '../../services/score/cohort.ts';
import { manualClock } from '../../shared/clock.ts';
import { GATEWAY_KEY, openDecisionApp, snapshotOf } from '../support/decision-app.ts';
import { canonicalPipeline, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

// A decision finds the cohort that the event of its request becomes, whatever an agent is made of.
const AGENTS = [
  'Shop/3.1.4 (Android 16; Pixel 9)',
  'Shop/3.1 token=abcdefgh-0123456789-abcdefgh',
  'Лавка/3.1 (Android 16) 😀',
  'tab\tin it',
  `${'😀long '.repeat(300)}9`,
  '',
];

describe('a cohort', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openEngine('cohorts');
  });
  afterAll(() => engine.close());

  it('has one id in the store and at the decision', async () => {
    const now = Date.now();
    await insertEvents(
      engine.clickhouse,
      canonicalPipeline(manualClock(now)),
      AGENTS.map((agent, i) => ({
        time: now + i,
        'client.address': '203.0.113.1',
        'http.request.method': 'GET',
        'url.path': '/v1/home',
        'http.route': '/v1/home',
        'user_agent.original': agent,
      })),
      0,
    );
    const stored = await engine.clickhouse.rows<{ id: string }>(
      `SELECT ${COHORT_ID} AS id FROM {db}.events_raw_v1 ORDER BY time`,
    );
    const asked: string[] = [];
    const snapshot = snapshotOf([]);
    const { app } = openDecisionApp({
      snapshot: () => ({
        ...snapshot,
        risk(_scope, kind, id) {
          if (kind === 'cohort') asked.push(id);
          return undefined;
        },
      }),
    });
    for (const agent of AGENTS)
      await app.inject({
        url: '/gateway/nginx',
        headers: {
          'x-bonafide-key': GATEWAY_KEY,
          'x-original-uri': '/v1/home',
          'x-original-method': 'GET',
          'x-real-ip': '203.0.113.1',
          // Bytes of UTF-8, as a client sends them.
          'user-agent': Buffer.from(agent, 'utf8').toString('latin1'),
        },
      });
    await app.close();
    expect(stored.map(({ id }) => id)).toEqual(asked);
  });
});
