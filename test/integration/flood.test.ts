import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawCounts, rolledUp } from '../../services/dashboard/queries/counts.ts';
import { createFloodGate } from '../../services/ingest/flood.ts';
import { seedFloodGate } from '../../services/ingest/flood-seed.ts';
import { createBlockReader } from '../../services/ingest/read-block.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { EVENT_COLUMNS, encodeRow } from '../../services/ingest/row.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { openEngine, type TestEngine } from '../support/engine.ts';

// One minute of event time with a million addresses that come once each, every second one under a user name of its own; the
// limits are those of an install.
const NEW = 1_000_000;
const BLOCK = 50_000;
const MINUTE = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
const USERS = 200;
const address = (n: number) => `${11 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.7`;

describe('a million new addresses in a minute', () => {
  let engine: TestEngine;
  const metrics = createMetrics();
  const flood = createFloodGate(metrics);
  let grown = 0;

  const read = createBlockReader({
    format: 'canonical',
    live: true,
    scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
    pseudonymKey: null,
    routes: createRouteLearner(),
    flood,
  });

  async function store(first: number, events: readonly Record<string, unknown>[]): Promise<void> {
    const records = events.map((event, i) => ({
      source: 'test',
      partition: 0,
      offset: first + i,
      bytes: Buffer.from(JSON.stringify({ 'url.path': '/v1/items', 'http.response.status_code': 200, ...event })),
    }));
    const { rows, deadLetters } = await read(records, Date.now());
    expect(deadLetters).toEqual([]);
    await engine.clickhouse.insertEncoded('events_raw_v1', EVENT_COLUMNS, rows.map(encodeRow).join('\n'));
  }
  const get = (time: number, ip: string, user?: string) => ({
    time,
    'client.address': ip,
    'http.request.method': 'GET',
    ...(user === undefined ? {} : { 'user.id': user }),
  });
  const people = (time: number) => Array.from({ length: USERS }, (_, n) => get(time, `198.51.100.${n}`, `ada-${n}`));

  beforeAll(async () => {
    engine = await openEngine('flooded');
    await store(0, people(MINUTE - 120_000));
    await store(USERS, people(MINUTE - 60_000));
    const before = process.memoryUsage().arrayBuffers;
    for (let from = 0; from < NEW; from += BLOCK) {
      const events = Array.from({ length: BLOCK }, (_, i) => {
        const n = from + i;
        return get(MINUTE + Math.floor((n * 60_000) / NEW), address(n), n % 2 === 0 ? `claimed-${n}` : undefined);
      });
      await store(2 * USERS + from, events);
    }
    globalThis.gc?.();
    grown = process.memoryUsage().arrayBuffers - before;
    await store(2 * USERS + NEW, people(MINUTE + 59_999));
  }, 550_000);
  afterAll(() => engine.close());

  it('makes rows for the budget of new addresses, networks and claimed names, and for everybody who was known', async () => {
    const kinds = await engine.clickhouse.rows<{ kind: number; n: number }>(
      'SELECT kind, uniqExact(entity) AS n FROM {db}.entity_v1 GROUP BY kind ORDER BY kind',
    );
    const of = (kind: number) => kinds.find((row) => row.kind === kind)?.n ?? 0;
    // A filter takes a stranger for somebody known now and then.
    for (const kind of [1, 4, 5]) expect([kind, of(kind) > 90_000, of(kind) < 110_000]).toEqual([kind, true, true]);
    const known = await engine.clickhouse.rows<{ n: number }>(
      `SELECT countIf(ip LIKE '198.51.100.%' AND user_id LIKE 'ada-%') AS n FROM {db}.events_raw_v1 WHERE offset >= ${2 * USERS + NEW}`,
    );
    expect(known[0]?.n).toBe(USERS);
  });

  it('stores every event with its address, and rolls each that is scored up once', async () => {
    const params = { from: Math.floor(MINUTE / 1000) - 3600 };
    const [raw] = await engine.clickhouse.checked(rawCounts.row, rawCounts.sql, { params });
    const [rolled] = await engine.clickhouse.checked(rolledUp.row, rolledUp.sql, { params });
    expect(raw?.events).toBe(NEW + 3 * USERS);
    expect(raw?.scored).toBeGreaterThan(90_000);
    expect(raw?.scored).toBeLessThan(110_000);
    expect(rolled?.rolled_up).toBe(raw?.scored);
    const [stored] = await engine.clickhouse.rows<{ addresses: number }>(
      'SELECT uniqExact(client_address) AS addresses FROM {db}.events_raw_v1',
    );
    expect(stored).toEqual({ addresses: NEW + USERS });
  });

  it('takes no more memory than its filters', () => {
    expect(grown).toBeLessThan(3 * 14 * 2 ** 20 + 32 * 2 ** 20);
  });

  it('knows after a restart who was known before', async () => {
    const told: string[] = [];
    await seedFloodGate(engine.clickhouse, {
      know: (kind, ids) => told.push(...ids.map((id) => `${kind}:${id}`)),
    });
    expect(told.filter((name) => name.startsWith('user:ada-'))).toHaveLength(USERS);
    expect(told.filter((name) => name.startsWith('ip:198.51.100.'))).toHaveLength(USERS);
    // Who came once is not.
    expect(told.filter((name) => name.startsWith('user:claimed-'))).toEqual([]);
  });
});
