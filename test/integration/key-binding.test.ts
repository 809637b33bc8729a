import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { manualClock } from '../../shared/clock.ts';
import { canonicalPipeline, type EventInput, insertEvents, openEngine, type TestEngine } from '../support/engine.ts';

// Ten partners call once an hour for a day, each with its key, from its own network; two nights' hours of another's job;
// a partner with two data centres, and an app whose key comes from twenty networks. Then each of some keys is shown elsewhere.
const START = Date.UTC(2026, 8, 1);
const HOUR = 3_600_000;
const HOURS = 24;
const PARTNERS = 10;
const APP_NETWORKS = 20;
const DEEDS = START + HOURS * HOUR + 1_200_000;

const LIKE_ITSELF = { 'network.asn': 64_700, 'user_agent.original': 'job/2' };
const STRANGE = { 'network.asn': 64_999, 'user_agent.original': 'curl/8' };

function call(key: string, from: string, time: number, more: Record<string, unknown>): EventInput {
  return {
    time,
    'client.address': from,
    'url.path': '/v1/rates',
    'http.route': '/v1/rates',
    'api.client': key,
    ...more,
  };
}

function traffic(): EventInput[] {
  const events: EventInput[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const at = START + hour * HOUR;
    for (let n = 0; n < PARTNERS; n++)
      events.push(
        call(`partner-${n}`, `203.0.113.${n}`, at + n * 1000, {
          'network.asn': 64_600 + n,
          'user_agent.original': `bot${'abcdefghij'[n]}/1`,
        }),
      );
    for (const place of [1, 2])
      events.push(
        call('two-places', `198.51.100.${place}`, at, {
          'network.asn': 64_800 + place,
          'user_agent.original': 'two/1',
        }),
      );
    for (let n = 0; n < APP_NETWORKS; n++)
      events.push(
        call('app', `192.0.2.${n}`, at + n * 1000, { 'network.asn': 65_000 + n, 'user_agent.original': 'App/3' }),
      );
  }
  // Two networks so far, as an app's first users may have.
  for (const [hour, asn] of [
    [20, 64_900],
    [21, 64_901],
  ] as const)
    events.push(
      call('phones', '192.0.2.200', START + hour * HOUR, {
        'network.asn': asn,
        'user_agent.original': 'Phone/3',
        'attestation.status': 'genuine',
      }),
    );
  // Tried by hand and by a program within its only hour: each is half of what is known of it.
  const trial = (agent: string) => ({ 'network.asn': 64_750, 'user_agent.original': agent });
  for (const [i, agent] of ['curl/8', 'trial/1'].entries())
    events.push(call('trial', '203.0.113.98', START + 22 * HOUR + i * 1000, trial(agent)));
  events.push(call('trial', '203.0.113.98', DEEDS, trial('trial/1')));
  for (const hour of [2, 3]) events.push(call('job', '203.0.113.99', START + hour * HOUR, LIKE_ITSELF));
  events.push(call('job', '203.0.113.99', DEEDS, LIKE_ITSELF));
  events.push(call('job', '203.0.113.150', DEEDS, STRANGE));
  events.push(call('partner-3', '203.0.113.151', DEEDS, STRANGE));
  events.push(call('two-places', '203.0.113.152', DEEDS, { ...STRANGE, 'user_agent.original': 'two/1' }));
  events.push(call('app', '203.0.113.153', DEEDS, STRANGE));
  events.push(call('phones', '203.0.113.155', DEEDS, STRANGE));
  events.push(call('unheard-of', '203.0.113.154', DEEDS, STRANGE));
  return events.sort((a, b) => a.time - b.time);
}

/** Hundredths of a nat, as the engine keeps them. */
const nats = (part: number, whole: number) => Math.floor(-100 * Math.log(part / whole));

describe('keys in strange hands', () => {
  let engine: TestEngine;
  let odd: Map<string, number>;

  beforeAll(async () => {
    engine = await openEngine('key_binding');
    const { clickhouse } = engine;
    const events = traffic();
    await insertEvents(clickhouse, canonicalPipeline(manualClock(DEEDS + HOUR)), events, 0);
    await createReplayTables(clickhouse);
    await scoreAll(clickhouse, events.length, () => {});
    const rows = await clickhouse.rows<{ ip: string; odd: number }>(
      `SELECT named.id AS ip, toUInt32(sum(strange_key)) AS odd
       FROM {db}.event_evidence_v1 AS evidence INNER JOIN (SELECT entity, any(id) AS id FROM {db}.entity_v1 GROUP BY entity) AS named USING (entity)
       WHERE kind = 4 AND second >= fromUnixTimestamp(${DEEDS / 1000}) GROUP BY ip`,
    );
    odd = new Map(rows.map(({ ip, odd }) => [ip, odd]));
  }, 120_000);
  afterAll(() => engine.close());

  // Ten keys of a day, one of two hours and one of one have one network, and three keys have more; all but that of one hour have one family of software.
  const ONE_NETWORK = nats(3.5, PARTNERS * HOURS + 2 + 1 + 3 + 150);
  const ONE_FAMILY = nats(1.5, (PARTNERS + 2 + APP_NETWORKS) * HOURS + 2 + 2 + 1 + 150);

  it('tells by all keys together what is strange for one that was shown in two hours', () => {
    expect(odd.get('203.0.113.150')).toBe(ONE_NETWORK + ONE_FAMILY);
    expect(odd.get('203.0.113.151')).toBe(ONE_NETWORK + ONE_FAMILY);
  });

  it('has nothing against a key where it always was, however few its hours', () => {
    expect(odd.get('203.0.113.99')).toBe(0);
    expect(odd.get('203.0.113.98')).toBe(0);
  });

  it('tells a third network of a key of two by the keys that have more', () => {
    expect(odd.get('203.0.113.152')).toBe(nats(1.5, 2 * HOURS + 2 + 1 + 150));
  });

  it('has nothing to say of the networks of a key that comes from many, but of its software', () => {
    expect(odd.get('203.0.113.153')).toBe(ONE_FAMILY);
  });

  it('has nothing against a key that an app carries, however young', () => {
    expect(odd.get('203.0.113.155')).toBe(0);
  });

  it('knows nothing of a key that it never saw', () => {
    expect(odd.get('203.0.113.154')).toBe(0);
  });
});
