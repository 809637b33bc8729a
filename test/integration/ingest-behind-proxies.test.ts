import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';
import { OTLP_ATTRIBUTES, otlpOf, SHIPPED_KEYS } from '../unit/formats/ordinary.ts';

// One trusted proxy before the gateway: the peer that the log names is the proxy, the entry before it the client.
const CLIENT = '198.51.100.7';
const PEER = '203.0.113.9';
const FORGED = '6.6.6.6';

describe('a client behind one trusted proxy, by each way in', () => {
  const folder = temporaryFolder('behind-proxies');
  let under: IngestUnderTest;

  beforeAll(async () => {
    under = await openIngest(folder.path, null, { trustedHops: 1, logZone: 'Etc/GMT-14' });
  });
  afterAll(async () => {
    await under.close();
    folder.remove();
  });

  const line = (path: string, ageMs = 0) =>
    JSON.stringify({
      nginx: 1,
      ...SHIPPED_KEYS,
      addr: PEER,
      target: path,
      msec: String((Date.now() - ageMs) / 1000),
      forwarded_for: `${FORGED}, ${CLIENT}`,
    });
  const post = async (url: string, token: string, payload: string, type: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    return (await under.app.inject({ method: 'POST', url, headers, payload })).statusCode;
  };
  const clientOf = async (path: string) => {
    const rows = await under.lane.rows<{ ip: string; client_address: string }>(
      `SELECT ip, client_address FROM {db}.events_raw_v1 WHERE path = '${path}'`,
    );
    return rows.flatMap(({ ip, client_address }) => [ip, client_address]);
  };

  it('is named by POST /v1/events', async () => {
    expect(await post('/v1/events', GATEWAY_KEY, line('/by/http'), 'application/x-ndjson')).toBe(202);
    expect(await clientOf('/by/http')).toEqual([CLIENT, CLIENT]);
  });

  it('is named by POST /v1/logs', async () => {
    const record = otlpOf(
      {
        ...OTLP_ATTRIBUTES,
        'url.path': '/by/otlp',
        'network.peer.address': PEER,
        'http.request.header.x-forwarded-for': `${FORGED}, ${CLIENT}`,
      },
      { timeUnixNano: `${Date.now()}000000` },
    );
    expect(await post('/v1/logs', GATEWAY_KEY, JSON.stringify(record), 'application/json')).toBe(200);
    expect(await clientOf('/by/otlp')).toEqual([CLIENT, CLIENT]);
  });

  it('is named by an import', async () => {
    const query = new URLSearchParams({ file: 'old.log', format: 'auto', fingerprint: '7', offset: '0' });
    const old = line('/by/import', 3 * 86_400_000);
    expect(await post(`/api/v1/import?${query}`, ADMIN_TOKEN, `${old}\n`, 'text/plain')).toBe(200);
    expect(await clientOf('/by/import')).toEqual([CLIENT, CLIENT]);
  });

  it('is named by a followed file', async () => {
    const path = join(folder.path, 'access.log');
    writeFileSync(path, `${line('/by/file')}\n`);
    under.ingest.follow({ path, follow: true, format: 'auto' }).start();
    await until('the line is stored', async () => (await clientOf('/by/file')).length > 0);
    expect(await clientOf('/by/file')).toEqual([CLIENT, CLIENT]);
  });

  it('and times without a zone are of the zone that was set', async () => {
    // A gateway 14 hours ahead of UTC: read as UTC its lines would be in the future.
    const local = new Date(Date.now() + 14 * 3_600_000).toISOString();
    const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T([\d:.]+)Z$/.exec(local) ?? [];
    const name = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')[Number(month) - 1];
    const haproxy = `203.0.113.9:5 [${day}/${name}/${year}:${clock}] http-in~ static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /by/zone HTTP/1.1"`;
    expect(await post('/v1/events', GATEWAY_KEY, haproxy, 'application/x-ndjson')).toBe(202);
    const [row] = await under.lane.rows<{ age: number }>(
      `SELECT abs(dateDiff('second', time, now64(3))) AS age FROM {db}.events_raw_v1 WHERE path = '/by/zone'`,
    );
    expect(row?.age).toBeLessThan(60);
  });
});
