import { describe, expect, it } from 'vitest';
import { emptyRequest } from '../../../services/decide/decider.ts';
import { createFacts, factsOfRow, NOT_OBSERVED } from '../../../services/decide/facts.ts';
import { clientAddress } from '../../../services/decide/gateways/nginx.ts';
import { callerOf } from '../../../services/decide/request-risk.ts';
import { createPipeline } from '../../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { manualClock } from '../../../shared/clock.ts';
import { createPseudonymise } from '../../../shared/pseudonym.ts';
import { NOW, policyOf } from '../../support/decision-app.ts';

const policy = policyOf({
  scopes: [{ name: 'shop', hosts: ['api.example.com'] }],
  clients: [{ match: { user_agent: 'App/*' }, platform: 'app' }],
});

// The same caller, told by a gateway's question and by its log line, must be the same entities: else nobody who was
// scored is ever found again.
describe.each([null, 'a-pseudonym-key'])('facts with pseudonym key %s', (pseudonymKey) => {
  const pipeline = createPipeline({
    format: 'canonical',
    scopes: () => policy,
    routes: createRouteLearner(),
    clock: manualClock(NOW),
    pseudonymKey,
    live: true,
  });

  it.each([
    ['203.0.113.9', 'alice', 'App/2'],
    ['::ffff:203.0.113.9', 'b\u0000b', 'curl'],
    ['2001:db8:1:2:3:4:5:6', 'Zoë', 'App/3'],
    ['[2001:DB8::1]:443', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlc2lnbmF0dXJl', ''],
  ])('of a live request are those of its event (%s, %s)', (address, user, agent) => {
    const event = {
      time: NOW,
      'http.request.method': 'post',
      'url.path': '/v1/orders/7',
      'http.response.status_code': 200,
      'client.address': address,
      'server.address': 'API.example.com',
      'user.id': user,
      'session.id': 's1',
      'device.id': 'd1',
      'api.client': 'key-1',
      'user_agent.original': agent,
      'attestation.status': 'genuine',
      'attestation.code': 'rooted',
      'identity.code': 'signature_invalid',
    };
    const ingested = pipeline.ingest({
      source: 'test',
      partition: 0,
      offset: 0,
      bytes: Buffer.from(JSON.stringify(event)),
    });
    if (ingested.kind !== 'event') throw new Error(`not an event: ${JSON.stringify(ingested)}`);
    const stored = factsOfRow(ingested.row, policy);
    const raw = {
      ...emptyRequest('r', NOT_OBSERVED),
      method: 'post',
      path: '/v1/orders/7',
      host: 'API.example.com:8443',
      address,
      user,
      session: 's1',
      device: 'd1',
      apiClient: 'key-1',
      userAgent: agent,
      attestation: { status: 'genuine', code: 'rooted', issuer: null } as const,
      signals: ['rooted', 'warning'] as const,
      identityFault: 'signature_invalid' as const,
    };
    const asked: string[] = [];
    const routeOf = (_method: string, host: string) => {
      asked.push(host);
      return ingested.row.route;
    };
    const live = createFacts(createPseudonymise(pseudonymKey), routeOf)(raw, policy);
    expect(asked).toEqual([stored.host]);
    expect(live.entities).toEqual(stored.entities);
    expect(live.entities.map(({ kind }) => kind)).toEqual(['user', 'session', 'device', 'ip', 'net', 'client']);
    expect({ ...live, id: '' }).toEqual({ ...stored, id: '' });
  });
});

describe('facts while a pseudonym key is replaced', () => {
  it('name the identity under both keys, the new one first, and all else once', () => {
    const [now, earlier] = [createPseudonymise('new key'), createPseudonymise('old key')];
    const raw = {
      ...emptyRequest('r', NOT_OBSERVED),
      address: '203.0.113.9',
      user: 'alice',
      device: 'd1',
      apiClient: 'k',
    };
    const { entities } = createFacts(now, () => '', earlier)(raw, policy);
    expect(entities).toEqual([
      { kind: 'user', id: now('user', 'alice') },
      { kind: 'user', id: earlier('user', 'alice') },
      { kind: 'device', id: now('device', 'd1') },
      { kind: 'device', id: earlier('device', 'd1') },
      { kind: 'ip', id: '203.0.113.9' },
      { kind: 'net', id: '203.0.113.0/24' },
      { kind: 'client', id: 'k' },
    ]);
    expect(callerOf(entities)).toBe(`device:${now('device', 'd1')}`);
  });
});

describe('the client address of nginx', () => {
  const forwarded = '198.51.100.1, 203.0.113.9, 10.0.0.2';
  it.each([
    [{ 'x-real-ip': '10.0.0.2', 'x-forwarded-for': forwarded }, 0, '10.0.0.2'],
    [{ 'x-forwarded-for': forwarded }, 0, '10.0.0.2'],
    [{ 'x-real-ip': '10.0.0.2', 'x-forwarded-for': forwarded }, 1, '203.0.113.9'],
    [{ 'x-real-ip': '10.0.0.2', 'x-forwarded-for': forwarded }, 2, '198.51.100.1'],
    [{ 'x-real-ip': '10.0.0.2', 'x-forwarded-for': forwarded }, 9, '198.51.100.1'],
    [{ 'x-real-ip': '10.0.0.2' }, 1, '10.0.0.2'],
    [{}, 0, ''],
  ])('%j with %i trusted hops is %s', (headers, hops, expected) => {
    expect(clientAddress(headers, hops)).toBe(expected);
  });
});
