import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRouteLearner, type RouteLearner } from '../../../services/ingest/route.ts';

const get = (learner: RouteLearner, path: string, status = 200) =>
  learner.learn('GET', 'api.example.com', path, status);

describe('learned routes', () => {
  it.each([
    ['/v1/orders/8731/items', '/v1/orders/{}/items', '8731'],
    ['/v1/orders/12/items', '/v1/orders/{}/items', '12'],
    ['/v1/users/6f9619ff-8b86-d011-b42d-00c04fc964ff', '/v1/users/{}', '6f9619ff-8b86-d011-b42d-00c04fc964ff'],
    ['/blobs/9f86d081884c7d659a2feaa0c55ad015', '/blobs/{}', '9f86d081884c7d659a2feaa0c55ad015'],
    ['/a/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/a/{}', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['/a/dQw4w9WgXcQ7zN3kL0pRtV', '/a/{}', 'dQw4w9WgXcQ7zN3kL0pRtV'],
    ['/mail/bob@example.com', '/mail/{}', 'bob@example.com'],
    ['/mail/bob%40example.com', '/mail/{}', 'bob%40example.com'],
    ['/days/2026-11-24', '/days/{}', '2026-11-24'],
    ['/o/ord-8731', '/o/{}', 'ord-8731'],
    ['/o/cus_9s6XKzkNR', '/o/{}', 'cus_9s6XKzkNR'],
    ['/a/p_abcdefghijklmnopqrstuv', '/a/{}', 'p_abcdefghijklmnopqrstuv'],
    ['/v1/orders/8731.json', '/v1/orders/{}.json', '8731'],
    ['/v1/a/1/b/2', '/v1/a/{}/b/{}', '1,2'],
    ['/v1//orders///7', '/v1/orders/{}', '7'],
    ['/v1/orders/', '/v1/orders/', ''],
    ['/', '/', ''],
    ['/v2/iso-8859-1', '/v2/iso-8859-1', ''],
    ['/talks/logstash-scale11x', '/talks/logstash-scale11x', ''],
    ['/login;jsessionid=AB12', '/login', ''],
    ['/assets/app-3f2a1b.min.js', '/assets/*.js', ''],
    ['/favicon.ico', '/*.ico', ''],
    ['*', '*', ''],
    ['', '', ''],
  ])('%s is %s', (path, route, object) => {
    expect(get(createRouteLearner(), path)).toEqual({ route, object });
  });

  it('takes a position with many literals for an id, and keeps those that carry its traffic', () => {
    const learner = createRouteLearner();
    for (let i = 0; i < 300; i++) {
      get(learner, '/shop/cart');
      get(learner, `/shop/red-shoe-of-${['a', 'b', 'c', 'd', 'e', 'f'][i % 6]}${'x'.repeat(1 + (i % 50))}`);
    }
    expect(get(learner, '/shop/blue-hat')).toEqual({ route: '/shop/{}', object: 'blue-hat' });
    expect(get(learner, '/shop/blue-hat/reviews').route).toBe('/shop/{}/reviews');
    expect(get(learner, '/shop/cart').route).toBe('/shop/cart');
  });

  it('lets a scanner of misses neither rename real routes nor grow it', () => {
    const learner = createRouteLearner();
    for (const path of ['/v1/orders', '/v1/users', '/login']) get(learner, path);
    const learned = learner.changes().length;
    const routes = new Set<string>();
    for (let i = 0; i < 20_000; i++)
      routes.add(get(learner, `/admin${'abcdefghij'[i % 10]}x${i.toString(36)}/y`, 404).route);
    expect(learner.changes()).toEqual([]);
    expect(learned).toBe(4);
    expect(routes.size).toBeLessThan(1_100);
    for (const path of ['/v1/orders', '/v1/users', '/login']) expect(get(learner, path).route).toBe(path);
  });

  it('is bounded under a flood of random paths that all succeed', () => {
    const learner = createRouteLearner();
    const routes = new Set<string>();
    for (let i = 0; i < 100_000; i++) {
      const word = (n: number) => `w${(Math.imul(n, 2_654_435_761) >>> 0).toString(36).replace(/\d/g, 'z')}`;
      routes.add(get(learner, `/${word(i)}/${word(i + 7)}/${word(i + 13)}`).route);
    }
    expect(routes.size).toBeLessThan(5_000);
    expect(learner.changes().length).toBeLessThan(25_000);
  });

  it('is bounded under a flood of hosts', () => {
    const learner = createRouteLearner();
    for (let i = 0; i < 5_000; i++) learner.learn('GET', `h${i}.example`, '/a', 200);
    expect(new Set(learner.changes().map(({ host }) => host)).size).toBeLessThanOrEqual(1_001);
  });

  it('gives the same answers after a restart', () => {
    const before = createRouteLearner();
    const paths: string[] = [];
    for (let i = 0; i < 500; i++)
      paths.push('/blog/about', `/blog/post-${'abcdefghijklmnopqrstuvwxyz'[i % 26]}${'y'.repeat(i % 30)}/x{y|z}`);
    for (const path of paths) get(before, path);
    const stored = before.changes();
    const after = createRouteLearner({ seed: [...stored].reverse() });
    expect(before.changes()).toEqual([]);
    for (const path of [...paths, '/blog/new-one', '/blog/about/x']) {
      expect(get(after, path, 404).route, path).toBe(get(before, path, 404).route);
    }
    expect(after.changes()).toEqual([]);
  });

  it('is deterministic for the same requests in the same order', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c', '1', '22', 'x-y', 'login', '{}', '%7B'))
      .map((s) => `/${s.join('/')}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(path, fc.constantFrom(200, 404))), (requests) => {
        const run = () => {
          const learner = createRouteLearner();
          return requests.map(([path, status]) => get(learner, path, status)).concat(learner.changes() as never);
        };
        expect(run()).toEqual(run());
      }),
    );
  });

  it('never throws, and its templates stay short', () => {
    const learner = createRouteLearner();
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (path) => {
        const { route, object } = get(learner, path);
        expect(route.length).toBeLessThan(1_024);
        expect(object.length).toBeLessThanOrEqual(512);
      }),
    );
  });
});

describe('routes named by an OpenAPI document', () => {
  const openapi = {
    openapi: '3.1.0',
    servers: [{ url: 'https://api.example.com/v1/' }],
    paths: { '/orders/{id}/items': {}, '/orders/mine': {}, '/orders/{id}': {}, '/users/{name}': {} },
  };

  it.each([
    ['/orders/abc/items', '/orders/{}/items', 'abc'],
    ['/v1/orders/abc/items', '/v1/orders/{}/items', 'abc'],
    ['/orders/mine', '/orders/mine', ''],
    ['/users/alice', '/users/{}', 'alice'],
    ['/other/alice', '/other/alice', ''],
  ])('%s is %s', (path, route, object) => {
    expect(get(createRouteLearner({ openapi }), path)).toEqual({ route, object });
  });

  it('refuses a document without paths with a sentence', () => {
    expect(() => createRouteLearner({ openapi: { openapi: '3.1.0' } })).toThrow(/"paths"/);
  });
});
