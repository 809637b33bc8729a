import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { CADDY, KONG, ORDINARY, otlpOf } from '../unit/formats/ordinary.ts';

const MARK = 'Q7canaryZ9x8w7v6';
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0${MARK}.${MARK}${MARK}`;

/** Lines of every format in which clients put secrets wherever they can, good ones and ones that become dead letters. */
function lines(): string[] {
  const made: string[] = [];
  for (const line of Object.values(ORDINARY).flat()) {
    const now = line.replaceAll('2026-11-24T12:00:00', new Date().toISOString().slice(0, 19));
    made.push(
      now.replaceAll('/v1/orders/12?page=1', `/v1/orders/12?token=${MARK}&password=${MARK}`),
      now.replaceAll('/v1/orders/12', `/v1/reset-password/${MARK}${MARK}`),
      now.replaceAll('Mozilla/5.0 (X11; Linux x86_64)', `app Bearer ${MARK}${MARK}`),
      now.replaceAll('Mozilla/5.0 (X11; Linux x86_64)', JWT).slice(0, -12),
      `${now} Cookie: sid=${MARK}`,
    );
  }
  const headers = { authorization: `Bearer ${MARK}`, cookie: `sid=${MARK}`, 'x-api-key': MARK, 'approov-token': JWT };
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value, value]]));
  made.push(
    JSON.stringify({ ...KONG, started_at: Date.now(), request: { ...KONG.request, headers } }),
    JSON.stringify({ ...CADDY, ts: Date.now() / 1000, request: { ...CADDY.request, headers: lists } }),
    JSON.stringify({ ...KONG, started_at: 'never', request: { ...KONG.request, headers } }),
    JSON.stringify({ ...CADDY, ts: 'never', request: { ...CADDY.request, headers: lists } }),
    JSON.stringify({ log: JSON.stringify({ level: 'info', headers }) }),
  );
  return made;
}

describe('secrets that clients put into requests', () => {
  const folder = temporaryFolder('secrets');
  let under: IngestUnderTest;
  beforeAll(async () => {
    under = await openIngest(folder.path);
  });
  afterAll(async () => {
    await under.close();
    folder.remove();
  });

  it('are in no table, metric or answer once every format was ingested', async () => {
    const answers: string[] = [];
    const post = async (url: string, type: string, authorization: string, payload: string) => {
      const response = await under.app.inject({
        method: 'POST',
        url,
        headers: { authorization, 'content-type': type },
        payload,
      });
      expect([url, response.statusCode < 300, response.statusCode]).toEqual([url, true, response.statusCode]);
      answers.push(response.body);
    };
    const text = lines().join('\n');
    const attributes = { 'http.request.header.x-api-key': MARK, 'http.request.header.cookie': `sid=${MARK}` };
    await post('/v1/events', 'application/x-ndjson', `Bearer ${GATEWAY_KEY}`, text);
    await post('/api/v1/import?file=a.log&fingerprint=1&offset=0', 'text/plain', `Bearer ${ADMIN_TOKEN}`, text);
    await post('/v1/logs', 'application/json', `Bearer ${GATEWAY_KEY}`, JSON.stringify(otlpOf(attributes)));

    const tables = await under.lane.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() OR database = 'bonafide'",
    );
    expect(tables.length).toBeGreaterThan(5);
    let rows = 0;
    for (const { name } of tables.filter((table) => !table.name.includes('_mv'))) {
      const stored = await under.lane.rows<Record<string, unknown>>(`SELECT * FROM {db}.${name}`).catch(() => []);
      rows += stored.length;
      for (const row of stored) if (JSON.stringify(row).includes(MARK)) expect([name, row]).toEqual([name, 'clean']);
    }
    expect(rows).toBeGreaterThan(200);
    expect(under.metrics.text()).not.toContain(MARK);
    expect(answers.join()).not.toContain(MARK);
  });
});
