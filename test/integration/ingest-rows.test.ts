import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventRow } from '../../schemas/event-row.ts';
import { policySchema } from '../../schemas/policy.ts';
import { createPipeline } from '../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { EVENT_COLUMNS, encodeRow } from '../../services/ingest/row.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { compilePolicy } from '../../shared/policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-test-rows-'));
let clickhouse: ClickHouse;
beforeAll(async () => {
  clickhouse = openLane({ kind: 'embedded', path: folder }, 'rows_test');
  await migrate(clickhouse, { ttl: false, retentionDays: 36_500 });
});
afterAll(async () => {
  await clickhouse.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Rows of the real pipeline, made from events that are as odd as the schema lets them be. */
function hostileRows(): EventRow[] {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\0', '\ud800', '"', '\\', "'", '\\x00', '\u2028', '\ufffe', '{}', '[', '\t\n', 'NULL', '😀'),
  );
  const size = fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));
  const event = fc.record(
    {
      time: fc.oneof(fc.nat(999_999_999), fc.constantFrom(0, Date.UTC(2099, 11, 31), '2026-11-24T12:00:00.123456Z')),
      'http.request.method': text,
      'url.path': text,
      'http.response.status_code': fc.nat(999),
      'client.address': fc.oneof(fc.ipV4(), fc.ipV6()),
      'url.query': text,
      'http.route': text,
      'server.address': text,
      'user_agent.original': text,
      'http.request.size': size,
      'http.server.request.duration': fc.constantFrom(0, 0.1, 5e-324, 1e300),
      'user.id': text,
      'session.id': text,
      'api.client': text,
      'geo.location.lat': fc.constantFrom(-90, 0, 12.345678901234567, 90),
      'network.asn': fc.constantFrom(0, 4_294_967_295),
      'captcha.score': fc.constantFrom(0, 0.3, 1),
      'waf.score': fc.constantFrom(0, 5, 1e300),
    },
    { requiredKeys: ['time', 'http.request.method', 'url.path', 'http.response.status_code', 'client.address'] },
  );
  const policy = compilePolicy(policySchema.parse({}));
  const pipeline = createPipeline({
    format: 'canonical',
    scopes: () => policy,
    routes: createRouteLearner(),
    clock: systemClock,
    pseudonymKey: null,
    live: false,
  });
  return fc.sample(event, 500).map((value, offset) => {
    const bytes = Buffer.from(JSON.stringify(value));
    const ingested = pipeline.ingest({ source: 'file:odd', partition: 0, offset, bytes });
    if (ingested.kind !== 'event') throw new Error(`no event: ${JSON.stringify(ingested)}`);
    return ingested.row;
  });
}

describe('rows in ClickHouse', () => {
  it('are what the pipeline made, whatever was in the record', async () => {
    const rows = hostileRows();
    await clickhouse.insertEncoded('events_raw_v1', EVENT_COLUMNS, rows.map(encodeRow).join('\n'), 'odd');
    const stored = await clickhouse.rows<Record<string, unknown>>(
      `SELECT toString(offset) AS at, toString(toUnixTimestamp64Milli(time)) AS ms, event_id, host, method, path, query, route,
         object, user_agent, user_id, session_id, api_client, toString(request_size) AS size, ip, isFinite(duration) AS finite
       FROM {db}.events_raw_v1 ORDER BY offset`,
    );
    expect(stored).toHaveLength(rows.length);
    for (const [i, row] of rows.entries()) {
      const { event_id, host, method, path, query, route, object, user_agent, user_id, session_id, api_client, ip } =
        row;
      const texts = {
        event_id,
        host,
        method,
        path,
        query,
        route,
        object,
        user_agent,
        user_id,
        session_id,
        api_client,
        ip,
      };
      expect(stored[i]).toMatchObject({ ...texts, at: String(row.offset), size: String(row.request_size), finite: 1 });
      expect(Number(stored[i]?.ms)).toBe(row.time);
    }
  });

  it('are taken from a block that an older version left behind, which lacks the columns added since', async () => {
    const [row] = hostileRows();
    if (row === undefined) throw new Error('no row');
    const older = JSON.parse(encodeRow({ ...row, offset: 900_000 })) as unknown[];
    await clickhouse.insertEncoded('events_raw_v1', EVENT_COLUMNS, JSON.stringify(older.slice(0, -1)), 'older');
    const [stored] = await clickhouse.rows<Record<string, unknown>>(
      'SELECT method, late, identity_code FROM {db}.events_raw_v1 WHERE offset = 900000',
    );
    expect(stored).toEqual({ method: row.method, late: row.late, identity_code: '' });
  });
});
