import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eraseAnswer } from '../../schemas/api-ingest.ts';
import { readCounts } from '../../services/dashboard/counts.ts';
import { createAsk } from '../../services/dashboard/query.ts';
import { createErase } from '../../services/ingest/erase.ts';
import { systemClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { ADMIN_TOKEN, GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { openScorer } from '../support/scorer.ts';
import { until } from '../support/until.ts';

const ALICE = 'alice@example.com';
const folder = temporaryFolder('erase');
let under: IngestUnderTest;
let stopScorer: () => Promise<void>;

const event = (user: string, n: number, more: Record<string, unknown> = {}) => ({
  time: Date.now() - 5_000 + n,
  'http.request.method': 'POST',
  'url.path': '/v1/auth/login',
  'http.response.status_code': 401,
  'client.address': '192.0.2.7',
  'user.id': user,
  'login.subject': user,
  'attestation.status': 'genuine',
  ...more,
});

async function post(records: unknown[]): Promise<void> {
  const answer = await under.app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    payload: JSON.stringify(records),
  });
  expect(answer.statusCode).toBe(202);
}

const erase = (body: object, token = ADMIN_TOKEN) =>
  under.app.inject({
    method: 'POST',
    url: '/api/v1/erase',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: JSON.stringify(body),
  });

/** Tables in which a text stands anywhere, whatever the column. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await under.lane.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${under.lane.database}' AND engine LIKE '%MergeTree' ORDER BY name`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await under.lane.rows<{ n: number }>(
      `SELECT countIf(position(toJSONString(tuple(*)), '${text}') > 0) AS n FROM {db}.${name}`,
    );
    if ((row?.n ?? 0) > 0) found.push(name);
  }
  return found;
}

beforeAll(async () => {
  under = await openIngest(folder.path);
  const scorer = openScorer(under.lane, systemClock);
  scorer.start();
  stopScorer = () => scorer.stop();
});
afterAll(async () => {
  await stopScorer();
  await under.close();
  folder.remove();
});

const b64 = (text: string) => Buffer.from(text).toString('base64');

describe('erasing a person', () => {
  it('removes her from every table and every snapshot, shows it, keeps everybody else, and says who asked', async () => {
    const own = {
      'device.id': 'device-of-alice',
      'session.id': 'session-of-alice',
      'attestation.token': 'token-of-alice',
    };
    const shared = { 'device.id': 'device-of-two' };
    await post([
      ...Array.from({ length: 40 }, (_, n) => event(ALICE, n, own)),
      ...Array.from({ length: 5 }, (_, n) => event(ALICE, n, shared)),
      ...Array.from({ length: 30 }, (_, n) => event('malice@example.com', n, shared)),
      { broken: true, 'user.id': ALICE },
      { broken: true, 'user.id': 'malice@example.com' },
    ]);
    const decided = ['request_id', 'time', 'user_id'];
    await under.lane.insert('decisions_v1', decided, [
      ['q1', Date.now(), ALICE],
      ['q2', Date.now(), 'malice@example.com'],
    ]);
    const hour = Math.floor(Date.now() / 1000) + 3600;
    for (const [scope, end] of [
      ['ended', 1],
      ['lifted', hour],
      ['lifted', 1],
      ['held', hour],
    ])
      await under.lane.insert(
        'revocations_v1',
        ['scope', 'kind', 'id', 'until', 'reason'],
        [[scope, 'device', 'device-of-alice', end, 'lost']],
      );
    await until('she has a risk', async () => (await tablesWith(ALICE)).includes('risk_current_v1'));
    expect(await tablesWith(ALICE)).toEqual(
      expect.arrayContaining(['dead_letters_v1', 'entity_v1', 'events_raw_v1', 'risk_current_v1', 'risk_step_v1']),
    );

    expect((await erase({ entity: { kind: 'user', id: ALICE } }, 'wrong')).statusCode).toBe(401);
    expect((await erase({ entity: { kind: 'planet', id: ALICE } })).statusCode).toBe(400);
    const body = { entity: { kind: 'user', id: ALICE }, linked: true, by: 'dpo', reason: 'request 4711' };
    const answer = eraseAnswer.parse((await erase(body)).json());
    expect(answer.snapshot).toBe('clear');
    expect(answer.tables.filter(({ left }) => left > 0)).toEqual([]);
    expect(answer.tables).toEqual(
      expect.arrayContaining([
        { table: 'events_raw_v1', removed: 45, left: 0 },
        { table: 'dead_letters_v1', removed: 1, left: 0 },
      ]),
    );
    expect(answer.entities).toEqual([
      { kind: 'user', count: 1 },
      { kind: 'session', count: 2 },
      { kind: 'device', count: 1 },
    ]);
    for (const name of ['"alice@example.com', 'session-of-alice', 'token-of-alice'])
      expect([name, await tablesWith(name)]).toEqual([name, []]);
    // What keeps a stolen device out does so until its end, and what was lifted stays lifted.
    expect(await tablesWith('device-of-alice')).toEqual(['revocations_v1']);
    expect(await under.lane.rows('SELECT toString(scope) AS scope FROM {db}.revocations_v1')).toEqual([
      { scope: 'held' },
    ]);
    expect(await under.lane.rows('SELECT request_id FROM {db}.decisions_v1')).toEqual([{ request_id: 'q2' }]);
    const [units] = await under.lane.rows<{ n: number }>('SELECT uniqExact(unit) AS n FROM {db}.attestation_1h_v2');
    expect(units?.n).toBe(1);

    const [others] = await under.lane.rows<{ n: number }>(
      "SELECT count() AS n FROM {db}.events_raw_v1 WHERE user_id = 'malice@example.com'",
    );
    expect(others?.n).toBe(30);
    expect(await tablesWith('malice@example.com')).toContain('dead_letters_v1');
    const [record] = await under.lane.rows<Record<string, unknown>>('SELECT * FROM {db}.erasures_v1');
    const hash = createHash('sha256').update(`user:${ALICE}`).digest('hex');
    expect(record).toMatchObject({ erased_by: 'dpo', reason: 'request 4711', kind: 'user', id_sha256: hash });
    // Names as URLs, JSON and nginx escape them, and nobody who is called alike.
    const written = (text: string) => ['http:shop', 7, written.next++, Date.now(), '', 'malformed', '', text];
    written.next = 1;
    const columns = ['source', 'partition', 'offset', 'received_at', 'format', 'reason', 'detail', 'sample'];
    const hers = [
      'a=alice%40example.com',
      '{"a":"alice\\u0040example.com"}',
      'to=%2Falice%2540Example.com&',
      'x\\nalice\\x40example\\x2ecom',
      'a=%61%4Cic%65@example.com',
      'to=%2F%2561lice%2540example%2Ecom',
      '{"a":"\\u0061lice@example.com"}',
      '{#22alice#40example.com#22}',
      `{"data":"${Buffer.from('{"user":"alice@example.com","path":"/a/b"}').toString('base64').slice(0, -3)}`,
      `{"data":"${Buffer.from('{"user":"ööö","login":"alice@example.com"}').toString('base64url')}"}`,
      ...['/', 'a/', '/a/', '/in/'].map((before) => `POST ${before}${b64('{"user":"alice@example.com","n":1}')}`),
      `{"outer":"${b64(`{"inner":"${b64('{"user":"alice@example.com","n":1}')}"}`)}"}`,
      `/in/${b64(`{"a":"${b64(`xx/${b64('{"user":"alice@example.com","n":1}')}`)}"}`)}`,
      ...['1', '12', '123'].map((n) => `{"data":"${b64(`GET /orders/${n}?user=alice@example.com`)}"}`),
    ];
    const theirs = [
      'malice%40example.com',
      'a=%6dalice%40example.com',
      '#6dalice@example.com',
      'to alice@example.community',
      'alice-example.com',
      `/in/${b64('{"user":"malice@example.com","n":1}')}`,
      ...['1', '12', '123'].map((n) => `{"data":"${b64(`GET /orders/${n}?user=malice@example.com`)}"}`),
      `{"outer":"${b64(`{"inner":"${b64('{"user":"malice@example.com"}')}"}`)}"}`,
    ];
    await under.lane.insert('dead_letters_v1', columns, [...hers, ...theirs].map(written));
    await post([
      event('bob@example.com', 1, { 'url.path': '/mail/alice%40example.com' }),
      event('bob@example.com', 2, { 'url.path': '/mail/malice@example.com' }),
    ]);
    const escaped = eraseAnswer.parse((await erase({ entity: { kind: 'user', id: ALICE } })).json());
    expect(escaped.tables).toContainEqual({ table: 'dead_letters_v1', removed: hers.length, left: 0 });
    expect(escaped.named_by_others).toBe(1);
    expect(await under.lane.rows("SELECT path FROM {db}.events_raw_v1 WHERE path LIKE '/mail/a%'")).toEqual([
      { path: '/mail/alice%40example.com' },
    ]);
    expect(
      await under.lane.rows(
        "SELECT sample FROM {db}.dead_letters_v1 WHERE source = 'http:shop' AND partition = 7 ORDER BY offset",
      ),
    ).toEqual(theirs.map((sample) => ({ sample })));
    // As JSON writes backslashes and quotes, in JSON too.
    const odd = ['CORP\\erin', 'eve"lyn'];
    const samples = odd.map((name) => JSON.stringify({ user: name }));
    const inJson = samples.map((sample) => JSON.stringify({ log: sample }));
    written.next = 100;
    await under.lane.insert('dead_letters_v1', columns, [...samples, ...inJson].map(written));
    for (const id of odd) {
      const { tables } = eraseAnswer.parse((await erase({ entity: { kind: 'user', id } })).json());
      expect(tables).toContainEqual({ table: 'dead_letters_v1', removed: 2, left: 0 });
    }
    // Somebody who is not there leaves nothing behind either.
    const again = eraseAnswer.parse((await erase({ entity: { kind: 'user', id: ALICE } })).json());
    // What is counted is what was there of her, not the rows by which decision processes are made to forget.
    expect(again.tables.every(({ removed, left }) => removed === 0 && left === 0)).toBe(true);
    expect(await tablesWith('"alice@example.com')).toEqual([]);
  });
});

describe('counts of the tables', () => {
  const counts = () => readCounts(createAsk(under.lane, createLogger('silent')), systemClock, () => 0);

  it('agree after somebody was erased who shared an address with others, and after the address was', async () => {
    const address = { 'client.address': '192.0.2.88' };
    const before = await counts();
    expect(before.scored).toBe(before.rolled_up);
    await post([
      ...Array.from({ length: 7 }, (_, n) => event('carol', n, { ...address, 'device.id': 'device-of-carol' })),
      ...Array.from({ length: 4 }, (_, n) => event('dave', n, address)),
      // Neither counts in the roll-up of the address.
      event('carol', 8, { ...address, 'risk.outcome': 'block' }),
      event('carol', 8, { ...address, time: Date.now() - 26 * 3_600_000 }),
    ]);
    expect(await counts()).toMatchObject({ scored: before.scored + 11, rolled_up: before.rolled_up + 11 });
    await erase({ entity: { kind: 'user', id: 'carol' }, linked: true });
    expect(await counts()).toMatchObject({ scored: before.scored + 4, rolled_up: before.rolled_up + 4 });
    await erase({ entity: { kind: 'ip', id: '192.0.2.88' } });
    expect(await counts()).toMatchObject({ scored: before.scored, rolled_up: before.rolled_up });
  });

  it('agree after an erasure that failed half-way and was asked for again', async () => {
    const address = { 'client.address': '192.0.2.89' };
    const before = await counts();
    await post([
      ...Array.from({ length: 5 }, (_, n) => event('erin', n, address)),
      ...Array.from({ length: 2 }, (_, n) => event('frank', n, address)),
    ]);
    let fails = true;
    const lane = {
      ...under.lane,
      run: async (sql: string, options = {}) => {
        if (fails && sql.startsWith('ALTER TABLE {db}.events_raw_v1 DELETE')) throw new Error('the disk is full');
        await under.lane.run(sql, options);
      },
    };
    const again = createErase({
      clickhouse: lane,
      clock: systemClock,
      pseudonymKey: null,
      log: createLogger('silent'),
    });
    const erin = { entity: { kind: 'user', id: 'erin' }, linked: true, by: 'ops', reason: '' } as const;
    await expect(again(erin)).rejects.toThrow('the disk is full');
    fails = false;
    await again(erin);
    expect(await counts()).toMatchObject({ scored: before.scored + 2, rolled_up: before.rolled_up + 2 });
  });
});

describe('erasing somebody whose name became a part of routes', () => {
  it('leaves no template that was learnt of her alone, and those that others ask for', async () => {
    const shown = { 'http.request.method': 'GET', 'http.response.status_code': 200, 'login.subject': undefined };
    const get = (user: string, path: string) => event(user, 1, { ...shown, 'url.path': path });
    await post([
      get('carol', '/members/carol'),
      get('carol', '/members/carol/orders'),
      get('dora', '/members/dora/carol'),
      get('dora', '/carol/shop'),
      get('carol', '/carol/shop'),
      // So many that the position is one of ids; she came often enough to be kept.
      ...Array.from({ length: 60 }, () => get('carol', '/fans/carol')),
      ...Array.from({ length: 60 }, () => get('dora', '/fans/dora')),
      ...Array.from({ length: 101 }, (_, n) =>
        get('dora', `/fans/${['a', 'b', 'c', 'd'][n % 4]}${'x'.repeat(1 + (n >> 2))}`),
      ),
    ]);
    const templates = async () =>
      (
        await under.lane.rows<{ template: string }>(
          "SELECT DISTINCT template FROM {db}.routes_v1 WHERE match(template, 'carol|dora') ORDER BY template",
        )
      ).map(({ template }) => template);
    await until('routes are stored', async () => (await templates()).some((each) => each.startsWith('/fans/{')));
    expect(await templates()).toEqual(expect.arrayContaining(['/members/carol', '/members/carol/orders']));
    const answer = eraseAnswer.parse((await erase({ entity: { kind: 'user', id: 'carol' } })).json());
    expect(answer.tables).toContainEqual({ table: 'routes_v1', removed: expect.any(Number), left: 0 });
    expect(await templates()).toEqual([
      '/carol',
      '/carol/shop',
      '/fans/dora',
      '/fans/{dora}',
      '/members/dora',
      '/members/dora/carol',
    ]);
  });
});
