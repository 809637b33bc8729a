import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { createUnaddressed } from '../../../services/decide/unaddressed.ts';
import { manualClock } from '../../../shared/clock.ts';
import { GATEWAY_KEY, NOW, openDecisionApp } from '../../support/decision-app.ts';

const clock = manualClock(NOW);
const lines: Record<string, unknown>[] = [];
const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
const { app, metrics } = openDecisionApp({
  clock,
  unaddressed: (of) => createUnaddressed({ clock, metrics: of, log }),
});
afterAll(() => app.close());

const authzen = (context: object) =>
  app.inject({
    method: 'POST',
    url: '/access/v1/evaluation',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    payload: JSON.stringify({
      subject: { type: 'user', id: 'alice' },
      action: { name: 'GET' },
      resource: { type: 'route', id: '/v1/orders' },
      context,
    }),
  });
const nginx = (headers: Record<string, string>) =>
  app.inject({ url: '/gateway/nginx', headers: { 'x-bonafide-key': GATEWAY_KEY, 'x-original-uri': '/', ...headers } });
const counted = (adapter: string) =>
  new RegExp(`_without_address_total\\{adapter="${adapter}",gateway="test"\\} (\\d+)`).exec(metrics.text())?.[1];

describe('a gateway that does not tell the address of its client', () => {
  it('is answered and counted, by either adapter, also when what it tells is no address', async () => {
    expect((await authzen({ ip: '192.0.2.7' })).statusCode).toBe(200);
    expect((await nginx({ 'x-real-ip': '192.0.2.7' })).statusCode).toBe(200);
    expect([counted('authzen'), counted('nginx'), lines.length]).toEqual([undefined, undefined, 0]);
    expect((await authzen({})).statusCode).toBe(200);
    expect((await authzen({ ip: 'localhost' })).statusCode).toBe(200);
    expect((await nginx({})).statusCode).toBe(200);
    expect([counted('authzen'), counted('nginx')]).toEqual(['2', '1']);
  });

  it('is warned of once a minute, with how many requests that were', async () => {
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 40, event: 'decision_without_address', gateway: 'test', requests: 1 });
    expect(lines[0]?.msg).toMatch(/"test" asks without the IP address of its client \(context\.ip\)/);
    clock.set(NOW + 59_000);
    await nginx({});
    expect(lines).toHaveLength(1);
    clock.set(NOW + 61_000);
    await nginx({});
    expect(lines[1]).toMatchObject({ adapter: 'nginx', requests: 4 });
    expect(lines).toHaveLength(2);
  });
});
