import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../../schemas/event.ts';
import { policySchema } from '../../../schemas/policy.ts';
import { REJECT_REASONS } from '../../../schemas/reasons.ts';
import { FORMAT_NAMES } from '../../../services/ingest/formats/registry.ts';
import { createPipeline, type PipelineDeps, type SourceRecord } from '../../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { EVENT_COLUMNS, encodeRow } from '../../../services/ingest/row.ts';
import { manualClock } from '../../../shared/clock.ts';
import { compilePolicy } from '../../../shared/policy.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const policy = compilePolicy(
  policySchema.parse({
    scopes: [
      { name: 'shop', hosts: ['*.shop.example'] },
      { name: 'api', hosts: ['api.example.com'] },
    ],
    clients: [{ match: { api_client: 'key-and-*' }, platform: 'android', can_attest: true }],
  }),
);

function pipeline(changes: Partial<PipelineDeps> = {}) {
  const deps = {
    format: 'auto',
    scopes: () => policy,
    routes: createRouteLearner(),
    clock: manualClock(NOW),
    pseudonymKey: null,
    live: true,
    ...changes,
  };
  return createPipeline(deps);
}

const EVENT = {
  time: '2026-11-24T12:00:00Z',
  'http.request.method': 'GET',
  'url.path': '/v1/orders/12',
  'http.response.status_code': 200,
  'client.address': '203.0.113.9',
};
const record = (bytes: string | Buffer | object, changes: Partial<SourceRecord> = {}): SourceRecord => ({
  source: 'kafka:api.access-log',
  partition: 3,
  offset: 42,
  bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.from(typeof bytes === 'string' ? bytes : JSON.stringify(bytes)),
  ...changes,
});
const TOKEN = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhbGljZSJ9', 'c2lnbmF0dXJlLW9mLWEtdG9rZW4'].join('.');

describe('the way of a record', () => {
  it('makes a row of an event, with everything that ingest adds', () => {
    const event = {
      ...EVENT,
      'server.address': 'API.example.com:443',
      'url.query': 'page=2&token=x',
      'api.client': 'key-and-1',
      'client.address': '::ffff:203.0.113.9',
    };
    expect(pipeline().ingest(record(event))).toMatchObject({
      kind: 'event',
      row: {
        event_id: 'kafka:api.access-log:3:42',
        time: NOW,
        source: 'kafka:api.access-log',
        partition: 3,
        offset: 42,
        scope: 'api',
        host: 'api.example.com',
        platform: 'android',
        method: 'GET',
        path: '/v1/orders/12',
        query: 'page=&token=',
        route: '/v1/orders/{}',
        object: '12',
        route_class: 'read',
        ip: '203.0.113.9',
        net: '203.0.113.0/24',
        attack: 0,
        late: 0,
      },
    });
  });

  it('keeps the id and the route that the event brings', () => {
    const event = { ...EVENT, event_id: 'abc', 'http.route': '/v1/orders/{id}' };
    expect(pipeline().ingest(record(event))).toMatchObject({
      row: { event_id: 'abc', route: '/v1/orders/{id}', object: '12' },
    });
  });

  it('tells two equal lines apart by where they stand', () => {
    const { ingest } = pipeline();
    const ids = [1, 2].map((offset) => {
      const ingested = ingest(record(EVENT, { offset }));
      return ingested.kind === 'event' ? ingested.row.event_id : '';
    });
    expect(new Set(ids).size).toBe(2);
  });

  it('names the client behind as many trusted proxies as were set, and no further', () => {
    const line = {
      nginx: 1,
      msec: '1795521600.250',
      addr: '10.0.0.1',
      forwarded_for: '6.6.6.6, 198.51.100.7, 10.0.0.2',
      method: 'GET',
      target: '/v1/orders',
      status: '200',
    };
    const clientBehind = (trustedHops?: number) => {
      const ingested = pipeline(trustedHops === undefined ? {} : { trustedHops }).ingest(record(line));
      return ingested.kind === 'event' ? [ingested.row.ip, ingested.row.net, ingested.row.client_address] : [];
    };
    expect(clientBehind()).toEqual(['10.0.0.1', '10.0.0.0/24', '10.0.0.1']);
    expect(clientBehind(0)).toEqual(clientBehind());
    expect(clientBehind(1)).toEqual(['10.0.0.2', '10.0.0.0/24', '10.0.0.2']);
    expect(clientBehind(2)).toEqual(['198.51.100.7', '198.51.100.0/24', '198.51.100.7']);
    expect(clientBehind(3)).toEqual(['6.6.6.6', '6.6.6.0/24', '6.6.6.6']);
  });

  it('gives a time without a zone the zone that was set', () => {
    const haproxy =
      '203.0.113.9:5 [24/Nov/2026:14:00:00.250] in~ shop/a 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"';
    expect(pipeline().ingest(record(haproxy))).toMatchObject({ kind: 'dead-letter', reason: 'time_in_future' });
    expect(pipeline({ logZone: '+02:00' }).ingest(record(haproxy))).toMatchObject({ row: { time: NOW + 250 } });
    // A time that names its zone keeps it.
    expect(pipeline({ logZone: '+02:00' }).ingest(record(EVENT))).toMatchObject({ row: { time: NOW } });
  });

  it('skips empty lines', () => {
    for (const line of ['', '\r', '  \t ', '\ufeff'])
      expect(pipeline().ingest(record(line))).toEqual({ kind: 'skipped' });
  });

  it('skips what tells of no request of its own', () => {
    const written = {
      ts: 1795521600.25,
      request: { remote_ip: '203.0.113.9', method: 'GET', uri: '/' },
      duration: 0.012,
    };
    const { ingest } = pipeline();
    const kinds = ['http.log.error', 'http.log.access'].map(
      (logger) => ingest(record({ ...written, logger, status: 502 })).kind,
    );
    expect(kinds).toEqual(['skipped', 'event']);
  });

  it.each([
    ['too_large', Buffer.alloc(MAX_RECORD_BYTES + 1, 0x61)],
    ['not_utf8', Buffer.concat([Buffer.from(JSON.stringify(EVENT).slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff])])],
    ['malformed', '{"time":'],
    ['not_an_object', '[1]'],
    ['partial_line', '2026-11-24T12:00:00.123456789Z stdout P {"time":'],
    ['unknown_format', 'hello'],
    ['unknown_format', '{"ts":1,"request":{"remote_ip":"203.0.113.9"}}'],
    ['missing_field', { time: EVENT.time }],
    ['invalid_field', { ...EVENT, 'user.id': 1 }],
    ['invalid_time', { ...EVENT, time: 'noon' }],
    ['invalid_address', { ...EVENT, 'client.address': 'nobody' }],
    ['time_in_future', { ...EVENT, time: NOW + 61_000 }],
  ] as const)('answers %s with its place, its reason and a sample', (reason, bytes) => {
    expect(pipeline().ingest(record(bytes))).toMatchObject({
      kind: 'dead-letter',
      source: 'kafka:api.access-log',
      partition: 3,
      offset: 42,
      reason,
      detail: expect.stringMatching(/\.$/),
      sample: expect.stringMatching(/./),
    });
  });

  it('accepts a minute ahead of the clock, and marks what is older than the longest window', () => {
    const { ingest } = pipeline();
    expect(ingest(record({ ...EVENT, time: NOW + 60_000 }))).toMatchObject({ row: { late: 0 } });
    expect(ingest(record({ ...EVENT, time: NOW - 86_400_000 }))).toMatchObject({ row: { late: 0 } });
    expect(ingest(record({ ...EVENT, time: NOW - 86_400_001 }))).toMatchObject({ row: { late: 1 } });
  });

  it('takes history as it is: nothing is late or in the future', () => {
    const { ingest } = pipeline({ live: false });
    expect(ingest(record({ ...EVENT, time: NOW + 9e9 }))).toMatchObject({ kind: 'event', row: { late: 0 } });
    expect(ingest(record({ ...EVENT, time: 0 }))).toMatchObject({ kind: 'event', row: { late: 0 } });
  });

  it('reads lines of a gateway whose bytes are no UTF-8, and loses none', () => {
    const line = Buffer.concat([
      Buffer.from('203.0.113.9 - - [24/Nov/2026:12:00:00 +0000] "GET /a'),
      Buffer.from([0xff, 0x00, 0xc3]),
      Buffer.from(' HTTP/1.1" 404 1 "-" "x'),
      Buffer.from([0xfe, 0x1b]),
      Buffer.from('"'),
    ]);
    expect(pipeline().ingest(record(line))).toMatchObject({
      kind: 'event',
      row: { path: '/a\ufffd%00\ufffd', user_agent: 'x\ufffd\ufffd' },
    });
  });

  it('reads a source that changes its format half-way, and one whose first lines are bad', () => {
    const { ingest } = pipeline();
    const lines = [
      '',
      '# log',
      JSON.stringify(EVENT),
      '203.0.113.9 - - [24/Nov/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 1',
    ];
    expect(lines.map((line) => ingest(record(line)).kind)).toEqual(['skipped', 'dead-letter', 'event', 'event']);
  });

  it('reads nothing but the named format', () => {
    const { ingest } = pipeline({ format: 'common' });
    expect(ingest(record(EVENT))).toMatchObject({ kind: 'dead-letter', format: 'common', reason: 'malformed' });
  });

  it('refuses a format that nobody knows with the list of those it knows', () => {
    expect(() => pipeline({ format: 'apachee' })).toThrow(/no format "apachee".*combined/);
  });

  it('lets no secret through, into no column and no dead letter', () => {
    const hidden = [TOKEN, 'hunter2secret'];
    const tainted = `${TOKEN}?password=hunter2secret`;
    const fields = [
      'url.path',
      'url.query',
      'user_agent.original',
      'http.request.id',
      'user.id',
      'session.id',
      'device.id',
    ];
    const more = ['api.client', 'login.subject', 'attestation.token', 'http.route', 'server.address', 'event_id'];
    for (const name of [...fields, ...more, 'app.version', 'geo.country', 'tls.client.ja4', 'risk.decision_id']) {
      const event = {
        ...EVENT,
        [name]: name === 'url.query' ? `token=${TOKEN}&password=hunter2secret&${TOKEN}` : tainted,
      };
      const good = JSON.stringify(pipeline().ingest(record(event)));
      const bad = JSON.stringify(pipeline().ingest(record({ ...event, time: 'never' })));
      for (const secret of hidden) {
        expect(good, name).not.toContain(secret);
        expect(bad, name).not.toContain(secret);
      }
    }
  });

  it('keeps callers apart whose gateway logs tokens for ids', () => {
    const users = ['a', 'b', 'a'].map((subject) => {
      const token = TOKEN.replace('c2ln', `${subject}2ln`);
      const ingested = pipeline().ingest(record({ ...EVENT, 'session.id': token }));
      return ingested.kind === 'event' ? ingested.row.session_id : '';
    });
    expect(users[0]).toMatch(/^h_[\w-]{22}$/);
    expect(users[0]).toBe(users[2]);
    expect(users[0]).not.toBe(users[1]);
  });

  it('hides identities behind pseudonyms when there is a key', () => {
    const event = {
      ...EVENT,
      'user.id': 'alice',
      'session.id': 'alice',
      'device.id': 'alice',
      'login.subject': 'alice',
    };
    const { ingest } = pipeline({ pseudonymKey: 'key' });
    const ingested = ingest(record(event));
    expect(JSON.stringify(ingested)).not.toContain('alice');
    if (ingested.kind === 'event') expect(ingested.row.user_id).toBe(ingested.row.login_subject);
    expect(JSON.stringify(ingest(record({ ...event, time: 'never' })))).not.toContain('alice');
    const path = { ...event, 'url.path': '/users/alice/mail/bob%40example.com/12' };
    const inPath = JSON.stringify(ingest(record(path)));
    expect(inPath).not.toMatch(/alice|bob/);
    expect(inPath).toContain('"object":"p_');
    const line = 'nohost - alice [24/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-"';
    const refused = JSON.stringify(ingest(record(line, { source: 'file:a.log' })));
    expect(refused).toContain('nohost - [redacted:identity] [24/Nov/2026');
  });

  it('marks attacks before query values are dropped', () => {
    const event = { ...EVENT, 'url.query': 'id=1 union select password from users' };
    const ingested = pipeline().ingest(record(event));
    expect(ingested).toMatchObject({ kind: 'event', row: { query: 'id=', attack: 1 } });
  });
});

describe('any bytes', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\0', '\ud800', '"', '\\x22', "' or 1=1--"),
  );
  const event = fc.record({
    time: fc.oneof(fc.constant(EVENT.time), fc.double(), text),
    'http.request.method': text,
    'url.path': text,
    'url.query': text,
    'http.response.status_code': fc.oneof(fc.constant(200), fc.double()),
    'client.address': fc.oneof(fc.ipV4(), fc.ipV6(), text),
    'user_agent.original': text,
    'server.address': text,
    'user.id': text,
    event_id: text,
    'waf.score': fc.double(),
  });
  const line = fc
    .tuple(text, text, text)
    .map(
      ([path, agent, end]) =>
        `203.0.113.9 - - [24/Nov/2026:12:00:00 +0000] "GET /${path} HTTP/1.1" 200 1 "-" "${agent}"${end}`,
    );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 4_000 }).map((array) => Buffer.from(array)),
    event.map((value) => Buffer.from(JSON.stringify(value))),
    line.map((value) => Buffer.from(value, 'latin1')),
    line.map((value) => Buffer.from(value)),
    text.map((value) => Buffer.from(value)),
  );

  it('become an event that can be stored, a dead letter with a reason of the list, or nothing, and never throw', () => {
    const pipelines = FORMAT_NAMES.map((format) => pipeline({ format, pseudonymKey: 'key' }));
    fc.assert(
      fc.property(bytes, fc.nat(pipelines.length - 1), (bytes, which) => {
        const ingested = pipelines[which]?.ingest(record(bytes));
        if (ingested?.kind === 'dead-letter') {
          expect(REJECT_REASONS).toContain(ingested.reason);
          expect(Buffer.byteLength(ingested.sample)).toBeLessThanOrEqual(2_048);
          expect(ingested.detail).not.toBe('');
        }
        if (ingested?.kind !== 'event') return;
        const encoded = encodeRow(ingested.row);
        expect(encoded).not.toMatch(/\n|\\ud[89a-f]|null/i);
        expect(JSON.parse(encoded)).toHaveLength(EVENT_COLUMNS.length);
        for (const column of EVENT_COLUMNS) {
          const value = ingested.row[column];
          if (typeof value === 'number') expect(Number.isFinite(value), column).toBe(true);
          else expect(value, column).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('rows', () => {
  it('are written as the columns are named, each once', () => {
    const ingested = pipeline().ingest(record(EVENT));
    if (ingested.kind !== 'event') throw new Error('no event');
    expect([...EVENT_COLUMNS].sort()).toEqual(Object.keys(ingested.row).sort());
    const values = JSON.parse(encodeRow(ingested.row)) as unknown[];
    expect(values).toEqual(EVENT_COLUMNS.map((column) => ingested.row[column]));
  });
});
