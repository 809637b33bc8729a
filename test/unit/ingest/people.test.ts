import { describe, expect, it } from 'vitest';
import { createPipeline } from '../../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { manualClock } from '../../../shared/clock.ts';
import { createPseudonymise } from '../../../shared/pseudonym.ts';
import { leaves, withLeaf } from '../../support/canaries.ts';
import { APISIX, AWS_REST, ECS, KONG, OTLP_ATTRIBUTES, otlpOf, SHIPPED_KEYS, TRAEFIK } from '../formats/ordinary.ts';

const NOW = Date.UTC(2026, 10, 24, 12, 0, 5);
const { ingest } = createPipeline({
  format: 'auto',
  scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
  routes: createRouteLearner(),
  clock: manualClock(NOW),
  pseudonymKey: 'a-key',
  live: true,
});
const stored = (line: string, source = 'kafka:t') =>
  ingest({ source, partition: 0, offset: 1, bytes: Buffer.from(line) });
const EVENT = {
  time: NOW - 5_000,
  'http.request.method': 'GET',
  'url.path': '/v1/orders',
  'http.response.status_code': 200,
  'client.address': '203.0.113.9',
  'user.id': 'Zoë Quill',
  'login.subject': 'zquill@example.com',
  'session.id': 'sess-zq-1',
  'device.id': 'dev-zq-1',
};
const ANY = /zo(ë|%c3%ab|\\u00eb)|quill|-zq-/i;

describe('with a pseudonym key an event', () => {
  it.each([
    '/users/Zo%C3%AB%20Quill/cart',
    '/users/zo%c3%ab%20quill',
    '/users/zquill@example.com.json',
    '/mail/zquill%40example.com',
    '/mail/mailto:zquill@example.com',
    '/devices/dev-zq-1/state',
    '/devices/DEV-ZQ-1',
    '/a/~sess-zq-1;v=1',
    '/b/other.quill%40example.com/x',
  ])('names nobody in the path or the template %s', (path) => {
    const row = stored(JSON.stringify({ ...EVENT, 'url.path': path }));
    expect(JSON.stringify(row)).not.toMatch(ANY);
    expect(JSON.stringify(row)).toContain('p_');
    expect(JSON.stringify(stored(JSON.stringify({ ...EVENT, 'http.route': path })))).not.toMatch(ANY);
  });

  it('names nobody in its query, agent and id, and the same one by the same pseudonym', () => {
    const row = stored(
      JSON.stringify({
        ...EVENT,
        event_id: 'zquill@example.com:17',
        'url.query': 'zquill@example.com&dev-zq-1=1&a.quill%40example.com=2',
        'user_agent.original': 'App/1.0 (dev-zq-1; zquill@example.com)',
      }),
    );
    expect(JSON.stringify(row)).not.toMatch(ANY);
    const device = createPseudonymise('a-key')('device', 'dev-zq-1');
    expect(row).toMatchObject({ row: { device_id: device, user_agent: expect.stringContaining(device) } });
  });

  it('has the class and the route that it has without a key, whatever its client calls itself', () => {
    const pipelineOf = (pseudonymKey: string | null) =>
      createPipeline({
        format: 'auto',
        scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
        routes: createRouteLearner(),
        clock: manualClock(NOW),
        pseudonymKey,
        live: true,
      });
    const [plain, keyed] = [pipelineOf(null), pipelineOf('a-key')];
    const rowOf = (pipeline: typeof plain, event: object) => {
      const bytes = Buffer.from(JSON.stringify(event));
      const ingested = pipeline.ingest({ source: 'kafka:t', partition: 0, offset: 1, bytes });
      if (ingested.kind !== 'event') throw new Error('no event');
      return ingested.row;
    };
    const pseudonymOf = createPseudonymise('a-key');
    for (const [path, user, device] of [
      ['/v1/auth/login', 'zquill', 'login'],
      ['/v1/auth/login', 'zquill', 'auth'],
      ['/users/zquill/cart', 'zquill', 'dev-9'],
      ['/users/zquill/cart', 'bob-the-builder', 'dev-9'],
      ['/users/12345/cart', '12345', 'dev-9'],
      ['/reports/12345.json', '12345', 'dev-9'],
      ['/avatars/zquill.png', 'zquill', 'dev-9'],
      ['/~zquill;v=1/a', 'zquill', 'dev-9'],
      ['/mail/zquill@example.com/12', 'zquill', 'dev-9'],
    ] as const) {
      const event = { ...EVENT, 'http.request.method': 'POST', 'url.path': path, 'user.id': user, 'device.id': device };
      const [a, b] = [rowOf(plain, event), rowOf(keyed, event)];
      expect([path, b.route_class]).toEqual([path, a.route_class]);
      const hidden = a.route.replace(user, pseudonymOf('user', user)).replace(device, pseudonymOf('device', device));
      expect([path, b.route]).toEqual([path, hidden]);
      expect(b.object.split(',').length).toBe(a.object.split(',').length);
    }
  });

  it('keeps what is no name', () => {
    const path = '/users/new-dev-zq-11/sessions';
    expect(stored(JSON.stringify({ ...EVENT, 'url.path': path }))).toMatchObject({ row: { path } });
  });
});

/** What became of a record that cannot be read, with somebody in each place where its format names one. */
describe('with a pseudonym key a dead letter names nobody', () => {
  const nginx = { nginx: 1, ...SHIPPED_KEYS, user: '', session: '', device: '', subject: '', basic_user: '' };
  const otlp = otlpOf({ ...OTLP_ATTRIBUTES, 'user.id': 'x', 'session.id': 'x', 'device.id': 'x', 'enduser.id': 'x' });
  const broken: [string, string, RegExp][] = [
    ['nginx', JSON.stringify({ ...nginx, msec: 'never' }), /user|session|device|subject/],
    ['Kong', JSON.stringify({ ...KONG, started_at: 'never' }), /consumer|authenticated_entity/],
    ['APISIX', JSON.stringify({ ...APISIX, start_time: 'never' }), /consumer/],
    [
      'Traefik',
      JSON.stringify({ ...TRAEFIK, StartUTC: 'never', time: 'never', StartLocal: 'never' }),
      /ClientUsername/,
    ],
    ['AWS', JSON.stringify({ ...AWS_REST, requestTimeEpoch: 'never' }), /principalId/],
    ['ECS', JSON.stringify({ ...ECS, '@timestamp': 'never' }), /^user\.name/],
    ['OTLP', JSON.stringify(otlp).replaceAll('203.0.113.9', 'nowhere'), /attributes\.\d+\.value/],
    [
      'canonical',
      JSON.stringify({ ...EVENT, time: 'never', 'user.name': 'x', user_id: 'x' }),
      /user|session|device|subject/,
    ],
  ];
  it.each(broken)('of %s', (_name, line, where) => {
    const places = leaves(JSON.parse(line)).filter((path) => where.test(path.join('.')));
    expect(places.length).toBeGreaterThan(0);
    for (const path of places) {
      if (path.includes('attributes') && !isPerson(line, path)) continue;
      for (const whole of [withLeaf(line, path, 'quill-zq'), withLeaf(line, path, 'quill"zq')]) {
        const letter = JSON.stringify(stored(whole));
        expect(letter).toContain('"kind":"dead-letter"');
        if (/quill|zq/.test(letter.replaceAll('dev-zq-1', ''))) expect([path.join('.'), letter]).toEqual(['nobody']);
      }
    }
  });

  it('in paths, mail addresses, lines of text and other places that repeat a name', () => {
    for (const line of [
      '{"method":"GET","path":"/users/quill/cart"',
      '{"uri":"\\/users\\/quill\\/cart"',
      '{"a":"write to quill@example.com","b":"quill%40example.com","c":"quill\\u0040example.com"}',
      '{"username":"quill","referer":"https://shop.example/p/quill?x=quill"}',
      'nohost - quill [never] "GET /a/quill HTTP/1.1" 200 1 "-" "-"',
      'nohost - quill [24/Nov/2026:12:00:00 +0000] "GET /quill HTTP/1.1" 200 1 "-" "-"',
      JSON.stringify({ ...EVENT, time: 'never', 'url.path': '/u/Zo%C3%AB%20Quill/x', note: 'zquill@example.com' }),
    ]) {
      const letter = JSON.stringify(stored(line, 'file:a.log'));
      expect(letter).toContain('"kind":"dead-letter"');
      expect(letter).toContain('[redacted:identity]');
      expect(letter).not.toMatch(ANY);
    }
  });
});

/** Does the attribute whose value stands there name somebody? */
function isPerson(line: string, path: readonly (string | number)[]): boolean {
  const at = path.indexOf('attributes');
  const attribute = path
    .slice(0, at + 2)
    .reduce<unknown>((value, key) => Reflect.get(Object(value), key), JSON.parse(line));
  return (
    /user|session|device/.test(String(Reflect.get(Object(attribute), 'key'))) &&
    !/agent/.test(String(Reflect.get(Object(attribute), 'key')))
  );
}
