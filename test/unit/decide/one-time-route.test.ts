import { afterAll, describe, expect, it } from 'vitest';
import { GATEWAY_KEY, openDecisionApp, policyOf } from '../../support/decision-app.ts';
import { identityOf, SECONDS } from '../../support/identity.ts';
import { hs256 } from '../../support/tokens.ts';

const SECRET = Buffer.alloc(32, 1);
const identity = identityOf({
  issuers: [
    { name: 'app', keys: [{ secret_base64: SECRET.toString('base64') }] },
    { name: 'login', proves: 'who', keys: [{ secret_base64: SECRET.toString('base64') }], audience: 'api' },
  ],
});
const policy = policyOf({
  mode: 'enforce',
  holdout: 0,
  attestation: 'require',
  routes: [
    { match: { method: 'POST', path: '/v1/checkout', api_client: 'partner' }, attestation: 'off' },
    { match: { method: 'POST', path: '/v1/checkout' }, one_time: true },
  ],
});
const { app } = openDecisionApp({ policy: () => policy, identity: () => identity });
afterAll(() => app.close());

let made = 0;
const fresh = () => hs256({ exp: SECONDS + 300, did: 'install-1', jti: `t${++made}` }, SECRET);

/** The attestation code of the answer, by each way in. */
const ADAPTERS: Readonly<Record<string, (method: string, path: string, headers: object) => Promise<unknown>>> = {
  async authzen(method, path, headers) {
    const answer = await app.inject({
      method: 'POST',
      url: '/access/v1/evaluation',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      payload: {
        subject: { type: 'anonymous', id: 'anonymous' },
        action: { name: method },
        resource: { type: 'route', id: path },
        context: { ip: '192.0.2.1', headers },
      },
    });
    return answer.json<{ context: { attestation: { code: string } } }>().context.attestation.code;
  },
  async nginx(method, path, headers) {
    const question = { 'x-bonafide-key': GATEWAY_KEY, 'x-original-method': method, 'x-original-uri': path };
    const answer = await app.inject({ url: '/gateway/nginx', headers: { ...question, ...headers } });
    return answer.headers['x-attestation-code'];
  },
};

describe.each(Object.entries(ADAPTERS))('a route that wants each attestation token once, asked by %s', (_name, ask) => {
  it('takes a token once, and other routes take it as often as it lives', async () => {
    const headers = { 'approov-token': fresh() };
    expect(await ask('GET', '/v1/cart', headers)).toBe('unbound');
    expect(await ask('GET', '/v1/cart', headers)).toBe('unbound');
    expect(await ask('POST', '/v1/checkout', headers)).toBe('unbound');
    expect(await ask('POST', '/v1/checkout?again=1', headers)).toBe('replayed');
    expect(await ask('GET', '/v1/cart', headers)).toBe('unbound');
    expect(await ask('POST', '/v1/checkout', { 'approov-token': fresh() })).toBe('unbound');
  });

  it('asks it of attestation tokens, not of the user’s', async () => {
    const authorization = `Bearer ${hs256({ exp: SECONDS + 300, aud: 'api', sub: 'alice' }, SECRET)}`;
    for (let i = 0; i < 3; i++) {
      expect(await ask('POST', '/v1/checkout', { authorization, 'approov-token': fresh() })).toBe('unbound');
    }
  });
});
