import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { createSnapshot } from '../../services/decide/snapshot.ts';
import { createScorer } from '../../services/score/main.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { manualClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { GATEWAY_KEY, openDecisionApp, policyOf } from '../support/decision-app.ts';
import type { EventInput } from '../support/engine.ts';
import { openIngest } from '../support/ingest.ts';
import { createTopic, kafkaOf, sharedBroker } from '../support/kafka.ts';
import { runCommand, temporaryFolder } from '../support/process.ts';
import { shopTraffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';

// The same ordered events, once through the real broker, the live scorer and the decision API with the clock in our
// hand, once through `bonafide backtest`. The span crosses a full hour, where what is learnt changes: the last one that is
// over by then, since the engine forgets what a caller did last after two hours of its own clock.
const HOUR = 3_600_000;
const SECONDS = 120;
const BEFORE_MS = 70_000;
const OVER = Date.now() - (SECONDS * 1000 - BEFORE_MS);
const START = OVER - (OVER % HOUR) - BEFORE_MS;
const POLICY = { mode: 'enforce' as const, clients: [{ match: { user_agent: 'Shop/*' }, platform: 'android' }] };

interface Answer {
  event_id: string;
  outcome: string;
  risk: number;
  entity: { kind: string; id: string } | null;
  reasons: string[];
}

describe('live equals backtest, from Kafka to the answer', () => {
  const folder = temporaryFolder('equal');
  const { brokers } = sharedBroker();
  const events = shopTraffic(11, START, SECONDS).map((event, i): EventInput => {
    const full = { 'http.request.method': 'GET', 'url.path': '/v1/items', 'http.response.status_code': 200, ...event };
    return { ...full, event_id: `event-${i}` };
  });
  let live: Answer[];
  let backtest: Answer[];
  afterAll(() => folder.remove());

  beforeAll(async () => {
    backtest = await throughBacktest(folder.path, events);
    live = await throughKafka(folder.path, brokers, events);
  }, 400_000);

  it('gives the same outcome, entity and reasons for every event, and the same risk to 0.01 dB', () => {
    expect(live).toHaveLength(events.length);
    const strip = ({ risk: _, ...rest }: Answer) => rest;
    expect(live.map(strip)).toEqual(backtest.map(strip));
    for (const [i, answer] of live.entries())
      expect(Math.abs(answer.risk - (backtest[i]?.risk ?? -1)), `risk of ${answer.event_id}`).toBeLessThan(0.01);
  });

  it('compared events that were refused as well as events that were not', () => {
    const refused = live.filter((answer) => answer.outcome !== 'allow').length;
    expect(refused).toBeGreaterThan(20);
    expect(live.length - refused).toBeGreaterThan(100);
  });
});

async function throughBacktest(folder: string, events: readonly EventInput[]): Promise<Answer[]> {
  const log = join(folder, 'events.ndjson');
  const policy = join(folder, 'policy.json');
  const out = join(folder, 'decisions.ndjson');
  writeFileSync(log, `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
  writeFileSync(policy, JSON.stringify(POLICY));
  const result = await runCommand(['backtest', log, '--policy', policy, '--out', out]);
  expect(result.code, result.stderr).toBe(0);
  const lines = readFileSync(out, 'utf8').trim().split('\n');
  return lines.map((line) => pick(JSON.parse(line) as Answer));
}

const pick = ({ event_id, outcome, risk, entity, reasons }: Answer): Answer => ({
  event_id,
  outcome,
  risk,
  entity,
  reasons,
});

async function throughKafka(folder: string, brokers: string, events: readonly EventInput[]): Promise<Answer[]> {
  const topic = `equal-${process.pid}`;
  await createTopic(brokers, topic, 1);
  const clock = manualClock(START);
  const policy = policyOf(POLICY);
  const kafka = { brokers: [brokers], topic, group: topic, ssl: null, sasl: null };
  const under = await openIngest(folder, kafka, { clock, scopes: () => policy });
  const lanes: ClickHouse[] = [];
  const lane = () => {
    const opened = openLane({ kind: 'embedded', path: join(folder, 'clickhouse') }, 'bonafide');
    lanes.push(opened);
    return opened;
  };
  const health = createHealth(['decide']);
  const metrics = createMetrics();
  const log = createLogger('silent');
  const scorer = createScorer({ clickhouse: lane(), clock, alpha: () => 0.001, health, metrics, log });
  const snapshot = createSnapshot({ clickhouse: lane(), clock, health, metrics, log });
  await snapshot.load();
  const { app } = openDecisionApp({ policy: () => policy, snapshot: snapshot.current, clock });
  const producer = kafkaOf(brokers).producer();
  await producer.connect();

  const answers: Answer[] = [];
  try {
    let sent = 0;
    for (let second = 0; second < SECONDS; second++) {
      const from = START + second * 1000;
      clock.set(from);
      await scorer.step(from);
      await snapshot.refresh();
      const ofSecond = events.filter((event) => event.time >= from && event.time < from + 1000);
      for (const event of ofSecond) {
        clock.set(event.time);
        answers.push(await ask(app, event));
      }
      // What the gateway answered it logs only then: the events of this second are known from the next one on.
      if (ofSecond.length === 0) continue;
      clock.set(from + 1000);
      await producer.send({ topic, messages: ofSecond.map((event) => ({ value: JSON.stringify(event) })) });
      sent += ofSecond.length;
      // Counted once raw and every roll-up have them.
      const whole = `result="accepted"} ${sent}\n`;
      await until(`${sent} events are stored`, () => under.metrics.text().includes(whole), { everyMs: 10 });
    }
  } finally {
    await producer.disconnect();
    await app.close();
    await under.close();
    await Promise.all(lanes.map((each) => each.close()));
  }
  return answers;
}

async function ask(app: ReturnType<typeof openDecisionApp>['app'], event: EventInput): Promise<Answer> {
  const user = event['user.id'];
  const context = {
    ip: event['client.address'],
    user_agent: event['user_agent.original'],
    ...(event['device.id'] === undefined ? {} : { device: event['device.id'] }),
    'attestation.status': event['attestation.status'],
  };
  const response = await app.inject({
    method: 'POST',
    url: '/access/v1/evaluation',
    headers: { authorization: `Bearer ${GATEWAY_KEY}` },
    payload: {
      subject: user === undefined ? { type: 'anonymous', id: 'anonymous' } : { type: 'user', id: user },
      action: { name: event['http.request.method'] },
      resource: { type: 'route', id: event['url.path'] },
      context,
    },
  });
  expect(response.statusCode, response.body).toBe(200);
  const { context: answer } = response.json<Decision>();
  return pick({
    event_id: String(event.event_id),
    outcome: answer.outcome,
    risk: answer.risk,
    entity: answer.entity,
    reasons: answer.reasons.map((reason) => reason.code),
  });
}
