import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAccess } from '../../../shared/access.ts';
import { createHealth } from '../../../shared/health.ts';
import { createHttpApp } from '../../../shared/http.ts';
import { createLogger } from '../../../shared/logger.ts';
import { createMetrics } from '../../../shared/metrics.ts';
import { describeApi } from '../../../shared/openapi.ts';

const access = createAccess({ gatewayKeys: [{ name: 'gw', secret: 'gateway' }], adminToken: 'admin' });
const app = createHttpApp({
  log: createLogger('silent'),
  health: createHealth(['decide']),
  metrics: createMetrics(),
  access,
  tls: null,
  version: 'test',
});
const doc = (access: 'admin' | 'gateway', query?: z.ZodObject) => ({
  config: { api: { summary: 'x', access, ...(query === undefined ? {} : { query }) } },
});
app.get(
  '/api/v1/things',
  doc('admin', z.object({ minutes: z.string().optional(), scope: z.string().optional() })),
  () => '',
);
app.get(
  '/api/v1/counts',
  {
    ...doc('admin'),
    onRequest: async (request) => access.requireAdmin(request.headers),
  },
  () => '',
);
app.post('/v1/events', doc('gateway'), () => '');
afterAll(() => app.close());

const headers = { authorization: 'Bearer admin' };
const problemOf = async (url: string) => {
  const answer = await app.inject({ url, headers });
  return { status: answer.statusCode, ...answer.json<Record<string, unknown>>() };
};

describe('a query parameter that the path does not know', () => {
  it('is a 400 that names each, and what the path knows', async () => {
    expect(await problemOf('/api/v1/things?minuts=5&scope=a&limit=3')).toMatchObject({
      status: 400,
      code: 'bad_request',
      detail: 'The query has what this path does not know: "minuts", "limit". It knows minutes, scope.',
      faults: [{ path: 'minuts' }, { path: 'limit' }],
    });
    expect((await app.inject({ url: '/api/v1/things?minutes=5&scope=a', headers })).statusCode).toBe(200);
  });

  it('is a 400 of admin paths that take none, once the caller may ask at all', async () => {
    expect(await problemOf('/api/v1/counts?scope=a')).toMatchObject({ status: 400, faults: [{ path: 'scope' }] });
    expect((await app.inject('/api/v1/counts?scope=a')).statusCode).toBe(401);
  });

  it('is left alone where gateways, shippers and probes ask', async () => {
    for (const url of ['/livez?t=1', '/metrics?format=prometheus'])
      expect([url, (await app.inject({ url, headers })).statusCode]).toEqual([url, 200]);
    const ready = (query: string) => app.inject(`/readyz?${query}`).then(({ statusCode }) => statusCode);
    expect(await ready('role=decide&_=17')).toBe(await ready('role=decide'));
    expect(await ready('role=nobody')).toBe(400);
    expect((await app.inject({ method: 'POST', url: '/v1/events?token=x' })).statusCode).toBe(200);
    expect((await app.inject('/nowhere?x=1')).statusCode).toBe(404);
  });

  it('has a path under two spellings described once', () => {
    const route = (url: string, alias: object) => ({
      ...({
        url,
        method: 'GET',
        handler: () => '',
        config: { api: { summary: 'x', access: 'admin', ...alias } },
      } as const),
    });
    const described = describeApi([route('/a/:id', {}), route('/a/*', { alias: true })], 'test');
    expect(Object.keys((described as { paths: object }).paths)).toEqual(['/a/{id}']);
  });
});
