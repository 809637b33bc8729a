import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { createRevocationMemory } from '../../services/decide/caller-state/revocations.ts';
import { manualClock } from '../../shared/clock.ts';
import { challengeParts } from './challenge.ts';
import {
  type FakeRisk,
  GATEWAY_KEY,
  GENUINE_CURVE,
  NOW,
  openDecisionApp,
  policyOf,
  snapshotOf,
} from './decision-app.ts';
import { identityOf, keysOf } from './identity.ts';
import { dpop, signer } from './signers.ts';
import { hs256 } from './tokens.ts';

export const SECRET = Buffer.alloc(32, 1);
export const MINUTE = 60_000;
const attester = signer('ES256');
const phone = signer('ES256');
const keys = [{ secret_base64: SECRET.toString('base64') }];
export const parts = challengeParts();
const identity = identityOf(
  {
    issuers: [
      { name: 'app', keys },
      { name: 'login', proves: 'who', keys, audience: 'api' },
      { name: 'wallet', preset: 'oauth_client_attestation', jwks_file: 'a.json', proof: { audience: 'https://api' } },
      {
        name: 'listed',
        header: 'Listed-Token',
        keys,
        binding: { header: ['Authorization', 'Attestation-Nonce'], required: true },
      },
      {
        name: 'strict',
        header: 'Strict-Token',
        jwks_file: 'a.json',
        proof: { nonce_secret_base64: Buffer.alloc(32, 3).toString('base64') },
      },
    ],
  },
  { wallet: keysOf(attester.jwk), strict: keysOf(attester.jwk) },
  { hooks: parts.hooks },
);
export const base = { mode: 'enforce', holdout: 0 } as const;
const usual = policyOf({
  ...base,
  routes: [{ match: { path: '/v1/pay' }, attestation: 'require' }],
  limits: [{ name: 'search', match: { path: '/v1/search' }, by: 'ip', rate: '1/h', burst: 1, outcome: 'challenge' }],
  overrides: [
    {
      entity: { kind: 'ip', id: '192.0.2.77' },
      outcome: 'challenge',
      until: new Date(NOW + 9e10).toISOString(),
      reason: 'x',
    },
  ],
});
/** What a case may change; begun anew by `beginCase`. */
export const world = {
  policy: usual,
  view: snapshotOf([]),
  clock: manualClock(NOW),
  who: { user: '', device: '', ip: '' },
};
export const risks = (...of: FakeRisk[]) => {
  world.view = snapshotOf(of, { curve: GENUINE_CURVE });
};
export const revocations = createRevocationMemory();
const decisions = openDecisionApp({
  policy: () => world.policy,
  snapshot: () => world.view,
  identity: () => identity,
  clock: { now: () => world.clock.now() },
  challenges: parts.challenges,
  revocations,
});

export const { app } = decisions;

/** Callers of one test are nobody's of another: what was met stays met. */
let n = 0;
export const beginCase = () => {
  n++;
  world.who = { user: `user-${n}`, device: `phone-${n}`, ip: `192.0.2.${n}` };
  world.clock = manualClock(NOW + n * 10 * 86_400_000);
  world.policy = usual;
  risks({ kind: 'user', id: world.who.user, score: 35 });
};
export const advance = (ms: number) => world.clock.set(world.clock.now() + ms);
export const seconds = () => Math.floor(world.clock.now() / 1000);

interface Answered {
  outcome: string;
  decision: boolean;
  codes: string[];
  status: string | null;
  result: string | undefined;
  nonce: string;
}
export async function ask(
  headers: Record<string, string> = {},
  more: { user?: string; path?: string; ip?: string } = {},
) {
  const { user = world.who.user, path = '/v1/orders', ip = world.who.ip } = more;
  const answer = await app.inject({
    method: 'POST',
    url: '/access/v1/evaluation',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    payload: {
      subject: user === '' ? { type: 'anonymous', id: 'anonymous' } : { type: 'user', id: user },
      action: { name: 'GET' },
      resource: { type: 'route', id: path },
      context: { ip, host: 'api', scheme: 'https', headers },
    },
  });
  const { decision, context } = answer.json();
  return {
    decision,
    outcome: context.outcome,
    codes: context.reasons.map(({ code }: { code: string }) => code),
    status: context.attestation.status,
    result: context.challenge?.result,
    nonce: context.challenge?.nonce ?? '',
  } satisfies Answered;
}

export const token = (claims: Record<string, unknown> = {}) =>
  hs256({ exp: seconds() + 300, iat: seconds(), jti: randomUUID(), did: world.who.device, ...claims }, SECRET);
export const appToken = (claims: Record<string, unknown> = {}, headers: Record<string, string> = {}) => ({
  'approov-token': token(claims),
  ...headers,
});
export const counted = (result: string) =>
  Number(
    new RegExp(`bonafide_challenges_total\\{result="${result}"\\} (\\d+)`).exec(decisions.metrics.text())?.[1] ?? 0,
  );

/** A challenge, and the nonce that it asks for. */
export async function challenged(headers: Record<string, string> = appToken(), more: Parameters<typeof ask>[1] = {}) {
  const answer = await ask(headers, more);
  expect(answer).toMatchObject({ decision: false, outcome: 'challenge', result: 'unmet' });
  expect(answer.nonce).toMatch(/^[A-Za-z0-9_-]{52}$/);
  return answer.nonce;
}

/** An OAuth client attestation with its proof. */
export function wallet(proof: Record<string, unknown>, claims: Record<string, unknown> = {}) {
  const cnf = { jwk: phone.jwk };
  const of = { sub: 'wallet', exp: seconds() + 3600, iat: seconds(), cnf, ...claims };
  return {
    'oauth-client-attestation': attester.jwt(of, { typ: 'oauth-client-attestation+jwt' }),
    'oauth-client-attestation-pop': phone.jwt(
      { aud: 'https://api', jti: randomUUID(), iat: seconds(), ...proof },
      { typ: 'oauth-client-attestation-pop+jwt' },
    ),
  };
}

/** A token bound to a key, of an issuer whose proofs need a nonce. */
export function strict(proof: Record<string, unknown>) {
  const claims = { exp: seconds() + 300, iat: seconds(), did: world.who.device, cnf: { jkt: phone.thumbprint } };
  return {
    'strict-token': attester.jwt(claims),
    dpop: dpop(phone, { htm: 'GET', htu: 'https://api/v1/orders', iat: seconds(), ...proof }),
  };
}
