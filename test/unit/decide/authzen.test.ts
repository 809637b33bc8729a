import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../../../services/decide/identity/identity.ts';
import { identityId } from '../../../shared/identity.ts';
import { GATEWAY_KEY, openDecisionApp, policyOf, snapshotOf } from '../../support/decision-app.ts';

const AUTH = { authorization: `Bearer ${GATEWAY_KEY}` };
const EVALUATION = {
  subject: { type: 'user', id: 'alice' },
  action: { name: 'GET' },
  resource: { type: 'route', id: '/v1/orders' },
  context: { ip: '203.0.113.9' },
};

const policy = policyOf({ mode: 'enforce', holdout: 0, trust_uncalibrated: true });
const snapshot = snapshotOf([
  { kind: 'ip', id: '198.51.100.1', score: 55 },
  { kind: 'user', id: 'mallory', score: 33 },
]);
const { app, metrics, decider } = openDecisionApp({ policy: () => policy, snapshot: () => snapshot });

interface Sent {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}
type Send = (path: string, headers: Record<string, string>, body: string, method?: string) => Promise<Sent>;

let port = 0;
beforeAll(async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());

// The same table runs over the framework and over the socket, where the hot path answers.
const inject: Send = async (path, headers, body, method = 'POST') => {
  const response = await app.inject({ method: method as 'POST', url: path, headers, payload: body });
  return { status: response.statusCode, headers: response.headers, body: response.body };
};
const socket: Send = (path, headers, body, method = 'POST') =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

const JSON_TYPE = { ...AUTH, 'content-type': 'application/json' };

describe.each([
  ['through the framework', inject],
  ['on the hot path', socket],
])('AuthZEN %s', (_name, send) => {
  const ask = async (body: unknown, path = '/access/v1/evaluation') => {
    const { status, body: text } = await send(path, JSON_TYPE, JSON.stringify(body));
    return { status, answer: JSON.parse(text) };
  };

  it('permits a caller without risk and says all that the contract names', async () => {
    const { status, answer } = await ask(EVALUATION);
    expect(status).toBe(200);
    expect(answer.decision).toBe(true);
    expect(Object.keys(answer.context).sort()).toEqual(
      [
        'attestation',
        'calibration',
        'caller',
        'entity',
        'id',
        'mode',
        'outcome',
        'policy',
        'reasons',
        'risk',
        'snapshot_age_ms',
        'ttl_ms',
      ].sort(),
    );
    expect(answer.context.id).toMatch(/-x$/);
    expect(answer.context.ttl_ms).toBeGreaterThan(0);
  });

  it('says who and what it took the caller for, so that the log needs no token, and nothing where nobody is known', async () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlc2lnbmF0dXJl';
    const said = { ip: '192.0.2.1', session: jwt, device: 'd1', api_client: 'key-1' };
    const { answer } = await ask({ ...EVALUATION, subject: { type: 'user', id: 'Zoë' }, context: said });
    expect(answer.context.caller).toEqual({ user: 'Zoë', session: identityId(jwt), device: 'd1', api_client: 'key-1' });
    expect(answer.context.caller.session).toMatch(/^h_/);
    const nobody = await ask({
      ...EVALUATION,
      subject: { type: 'anonymous', id: 'anonymous' },
      context: { ip: '192.0.2.1' },
    });
    expect(nobody.answer.context).not.toHaveProperty('caller');
  });

  it('answers a deny with 200, decision false, outcome and reasons', async () => {
    const { status, answer } = await ask({ ...EVALUATION, context: { ip: '198.51.100.1' } });
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      decision: false,
      context: { outcome: 'block', risk: 55, entity: { kind: 'ip', id: '198.51.100.1' }, ttl_ms: 0 },
    });
    expect(answer.context.reasons[0]).toMatchObject({ code: 'behaviour.requests', entity: 'ip:198.51.100.1' });
    expect(answer.context.id).toMatch(/-i$/);
  });

  it('takes the subject as the user', async () => {
    const { answer } = await ask({ ...EVALUATION, subject: { type: 'user', id: 'mallory' } });
    expect(answer.context).toMatchObject({ outcome: 'challenge', entity: { kind: 'user', id: 'mallory' } });
    const anonymous = await ask({ ...EVALUATION, subject: { type: 'anonymous', id: 'mallory' } });
    expect(anonymous.answer.context.outcome).toBe('allow');
  });

  it('echoes X-Request-ID', async () => {
    const { headers } = await send(
      '/access/v1/evaluation',
      { ...JSON_TYPE, 'x-request-id': 'bfe9eb29-ab87' },
      JSON.stringify(EVALUATION),
    );
    expect(headers['x-request-id']).toBe('bfe9eb29-ab87');
  });

  it('ignores unknown fields and reads a content type with a charset', async () => {
    const { status } = await send(
      '/access/v1/evaluation',
      { ...AUTH, 'content-type': 'application/json; charset=utf-8' },
      JSON.stringify({ ...EVALUATION, extra: 1, context: { ...EVALUATION.context, unknown: [1, { a: null }] } }),
    );
    expect(status).toBe(200);
  });

  it.each([
    ['a wrong content type', { ...AUTH, 'content-type': 'text/plain' }, JSON.stringify(EVALUATION)],
    ['no content type', AUTH, JSON.stringify(EVALUATION)],
    ['broken JSON', JSON_TYPE, '{"subject":'],
    ['an empty body', JSON_TYPE, ''],
    ['an array', JSON_TYPE, '[]'],
    ['null', JSON_TYPE, 'null'],
    ['a text', JSON_TYPE, '"x"'],
    ['no subject', JSON_TYPE, JSON.stringify({ ...EVALUATION, subject: undefined })],
    ['no action', JSON_TYPE, JSON.stringify({ ...EVALUATION, action: undefined })],
    ['no resource', JSON_TYPE, JSON.stringify({ ...EVALUATION, resource: undefined })],
    ['a subject without id', JSON_TYPE, JSON.stringify({ ...EVALUATION, subject: { type: 'user' } })],
    ['a subject without type', JSON_TYPE, JSON.stringify({ ...EVALUATION, subject: { id: 'alice' } })],
    ['a subject that is a text', JSON_TYPE, JSON.stringify({ ...EVALUATION, subject: 'alice' })],
    ['an id that is a number', JSON_TYPE, JSON.stringify({ ...EVALUATION, resource: { type: 'route', id: 1 } })],
    ['an action without name', JSON_TYPE, JSON.stringify({ ...EVALUATION, action: {} })],
    ['a context that is an array', JSON_TYPE, JSON.stringify({ ...EVALUATION, context: [] })],
    [
      'properties that are a text',
      JSON_TYPE,
      JSON.stringify({ ...EVALUATION, action: { name: 'GET', properties: 'x' } }),
    ],
  ])('answers %s with a problem 400', async (_what, headers, body) => {
    for (const path of ['/access/v1/evaluation', '/access/v1/evaluations']) {
      const answer = await send(path, headers, body);
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(JSON.parse(answer.body)).toMatchObject({ status: 400, code: 'bad_request' });
    }
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('answers %s with a problem 405 that names POST', async (method) => {
    const answer = await send('/access/v1/evaluation', AUTH, '', method);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toContain('POST');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'method_not_allowed' });
  });

  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['the key in another scheme', { authorization: `Basic ${GATEWAY_KEY}` }],
    ['the admin token', { authorization: 'Bearer test-admin-token' }],
    ['a wrong own header', { 'x-bonafide-key': 'wrong' }],
  ])('answers %s with 401 and WWW-Authenticate', async (_what, headers) => {
    const answer = await send(
      '/access/v1/evaluation',
      { ...headers, 'content-type': 'application/json' },
      JSON.stringify(EVALUATION),
    );
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  it('takes the key as X-Bonafide-Key beside an Authorization of the client', async () => {
    const headers = {
      'x-bonafide-key': GATEWAY_KEY,
      authorization: 'Bearer eyJ.client.own',
      'content-type': 'application/json',
    };
    expect((await send('/access/v1/evaluation', headers, JSON.stringify(EVALUATION))).status).toBe(200);
  });

  it('says of a packed body that it is packed, not that it is no JSON', async () => {
    const answer = await send('/access/v1/evaluation', { ...JSON_TYPE, 'content-encoding': 'gzip' }, '\u001f');
    expect(answer).toMatchObject({ status: 415 });
    const plain = { ...JSON_TYPE, 'content-encoding': 'identity' };
    expect((await send('/access/v1/evaluation', plain, JSON.stringify(EVALUATION))).status).toBe(200);
  });

  it('refuses a body over 1 MiB', async () => {
    const answer = await send('/access/v1/evaluation', JSON_TYPE, JSON.stringify({ x: 'a'.repeat(1_100_000) }));
    expect(answer.status).toBe(413);
  });

  it.each([
    [{ ip: 17, session: {}, device: [], headers: 'x', attestation_token: 5 }],
    [{ ip: '999.1.1.1', user_agent: '\u0000', host: '::::', headers: { a: { b: 1 }, c: [1, 'x'], __proto__: 1 } }],
    [{ 'attestation.status': 'unheard-of', api_client: '\ud800' }],
  ])('never fails over a hostile context (%j)', async (context) => {
    const { status } = await ask({ ...EVALUATION, context, resource: { type: 'route', id: '\u0000../%zz?%' } });
    expect(status).toBe(200);
  });

  describe('a batch', () => {
    const good = { context: { ip: '203.0.113.9' } };
    const bad = { context: { ip: '198.51.100.1' } };
    const batch = (evaluations: unknown, options?: unknown) =>
      ask({ ...EVALUATION, evaluations, ...(options === undefined ? {} : { options }) }, '/access/v1/evaluations');
    const decisions = (answer: { evaluations: { decision: boolean }[] }) => answer.evaluations.map((e) => e.decision);

    it('answers every item in order, with the defaults of the top level', async () => {
      const { answer } = await batch([good, bad, { subject: { type: 'user', id: 'mallory' } }]);
      expect(decisions(answer)).toEqual([true, false, false]);
    });
    it('stops after the first deny when asked', async () => {
      const { answer } = await batch([good, bad, good], { evaluations_semantic: 'deny_on_first_deny' });
      expect(decisions(answer)).toEqual([true, false]);
    });
    it('stops after the first permit when asked', async () => {
      const { answer } = await batch([bad, good, bad], { evaluations_semantic: 'permit_on_first_permit' });
      expect(decisions(answer)).toEqual([false, true]);
    });
    it('refuses an unknown semantic', async () => {
      expect((await batch([good], { evaluations_semantic: 'coin_toss' })).status).toBe(400);
    });
    it('behaves as one evaluation without items', async () => {
      expect((await batch([])).answer.decision).toBe(true);
      expect((await batch(undefined)).answer.decision).toBe(true);
    });
    it('denies a faulty item and answers the others', async () => {
      const { status, answer } = await batch([good, { subject: { type: 'user' } }, 'x', bad]);
      expect(status).toBe(200);
      expect(decisions(answer)).toEqual([true, false, false, false]);
      expect(answer.evaluations[1].context.error.status).toBe(400);
      expect(answer.evaluations[1].context.error.message).toContain('subject.id');
    });
    it('is answered with a context as deep as anybody needs, and refused with one that is deeper', async () => {
      const ask = (depth: number) => {
        const body = JSON.stringify({ ...EVALUATION, evaluations: [{ context: { more: 0 } }, good] });
        const deep = `${'['.repeat(depth)}"[{"${']'.repeat(depth)}`;
        return send('/access/v1/evaluations', JSON_TYPE, body.replace('"more":0', `"more":${deep}`));
      };
      const { status, body: answer } = await ask(60);
      expect(status).toBe(200);
      expect(decisions(JSON.parse(answer))).toEqual([true, true]);
      expect((await ask(61)).status).toBe(400);
      expect((await ask(20_000)).status).toBe(400);
    });
    it('refuses evaluations that are no array', async () => {
      expect((await batch({})).status).toBe(400);
    });
  });
});

it('a batch holds up nobody else, however long it takes', async () => {
  const slow: Identity = {
    identify() {
      const until = performance.now() + 1;
      while (performance.now() < until);
      return null;
    },
  };
  const busy = openDecisionApp({ policy: () => policy, identity: () => slow }).app;
  let longest = 0;
  let last = performance.now();
  let over = false;
  const watch = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (!over) setImmediate(watch);
  };
  await busy.ready();
  watch();
  const payload = { ...EVALUATION, evaluations: Array.from({ length: 400 }, () => ({})) };
  const reply = await busy.inject({ method: 'POST', url: '/access/v1/evaluations', headers: JSON_TYPE, payload });
  over = true;
  watch();
  expect(reply.json().evaluations).toHaveLength(400);
  expect(longest).toBeLessThan(200);
  await busy.close();
});

describe('the surface around it', () => {
  it('names its endpoints without a key', async () => {
    const { statusCode, body } = await app.inject({
      url: '/.well-known/authzen-configuration',
      headers: { host: 'pdp.example.com' },
    });
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual({
      policy_decision_point: 'http://pdp.example.com',
      access_evaluation_endpoint: 'http://pdp.example.com/access/v1/evaluation',
      access_evaluations_endpoint: 'http://pdp.example.com/access/v1/evaluations',
    });
  });

  it('describes itself, lives, is ready, and counts decisions', async () => {
    const description = JSON.parse((await app.inject('/openapi.json')).body);
    expect(description.openapi).toBe('3.1.0');
    expect(description.paths['/access/v1/evaluation'].post.requestBody).toBeDefined();
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    expect((await app.inject('/readyz?role=cook')).statusCode).toBe(400);
    expect((await app.inject('/metrics')).statusCode).toBe(401);
    decider.flush();
    expect(metrics.text()).toMatch(/bonafide_decisions_total\{adapter="authzen",outcome="block",mode="enforce"\} \d+/);
  });

  it('answers an unknown path with a problem 404', async () => {
    const answer = await app.inject('/nowhere');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('keeps idle connections longer than gateways do', () => {
    expect(app.server.keepAliveTimeout).toBeGreaterThan(75_000);
  });
});
