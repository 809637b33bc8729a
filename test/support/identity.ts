import { type Credentials, credentialsSchema } from '../../schemas/credentials.ts';
import { emptyRequest } from '../../services/decide/decider.ts';
import { NOT_OBSERVED, type RawRequest } from '../../services/decide/facts.ts';
import { contextHeaders } from '../../services/decide/identity/headers.ts';
import {
  createIdentity,
  type Identity,
  type IdentityDeps,
  type IdentityVerdict,
} from '../../services/decide/identity/identity.ts';
import { fixedKeys, type KeySet } from '../../services/decide/identity/key-set.ts';
import { readKeySet, secretKey } from '../../services/decide/identity/keys.ts';
import { NOW, policyOf } from './decision-app.ts';
import type { Jwk } from './signers.ts';

export const SECONDS = NOW / 1000;

/** Fixed keys from JWKs. */
export function keysOf(...jwks: Jwk[]): KeySet {
  const read = readKeySet({ keys: jwks });
  if ('fault' in read) throw new Error(read.fault);
  return fixedKeys(read.keys);
}

/** An identity of credentials written as in the file; shared secrets are read, public keys given by issuer or client. */
export function identityOf(
  input: { issuers?: unknown[]; clients?: unknown[]; tls_client_cert_header?: string },
  keys: Readonly<Record<string, KeySet>> = {},
  deps: IdentityDeps = {},
): Identity {
  const credentials: Credentials = credentialsSchema.parse(input);
  return createIdentity(
    credentials,
    {
      ofIssuer: ({ name, keys: secrets }) =>
        keys[name] ??
        fixedKeys(
          secrets.map(({ kid, secret_base64 }) => secretKey(kid ?? null, Buffer.from(secret_base64, 'base64'))),
        ),
      ofClient: ({ id }) => keys[id] ?? fixedKeys([]),
    },
    deps,
  );
}

export interface Call {
  headers?: Record<string, string | string[]>;
  token?: string | null;
  raw?: Partial<RawRequest>;
  now?: number;
}

export const clientsPolicy = policyOf({
  clients: [
    { match: { user_agent: 'App/*' }, platform: 'app' },
    { match: { user_agent: 'Browser/*' }, can_attest: false },
  ],
});

/** One request: what the gateway said of it after what was verified has taken its place, and the verdict. */
export function identify(
  identity: Identity,
  { headers = {}, token = null, raw = {}, now = NOW }: Call,
): { raw: RawRequest; verdict: IdentityVerdict | null } {
  const request: RawRequest = {
    ...emptyRequest('r', NOT_OBSERVED),
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: '/v1/orders',
    address: '192.0.2.7',
    ...raw,
  };
  return { verdict: identity.identify(request, contextHeaders(headers), token, clientsPolicy, now), raw: request };
}
