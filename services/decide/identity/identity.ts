import type { ClientCredential } from '../../../schemas/credential-clients.ts';
import type { Credentials, Issuer } from '../../../schemas/credentials.ts';
import type { PolicyView } from '../../../shared/policy.ts';
import type { RawRequest } from '../facts.ts';
import { createBudget, type VerificationBudget } from './budget.ts';
import { type ClientResult, createClientVerifier } from './clients.ts';
import type { HeaderView } from './headers.ts';
import { fixedKeys, type KeySet } from './key-set.ts';
import { createLocalHooks } from './replay.ts';
import type { IdentityHooks, IdentityRequest, Uses } from './request.ts';
import { policySignals } from './signals.ts';
import { createTokenVerifier } from './token-verifier.ts';
import { createWhatVerifier, type WhatResult } from './what.ts';
import { createWhoVerifier, type OpaqueUsers, type WhoResult } from './who.ts';

/** Everything that was found out about a caller. Tokens are named by hash, `jti` and `exp`, and hold no text of theirs. */
export interface IdentityVerdict {
  /** null: no attestation issuer is in the credentials. */
  readonly what: WhatResult | null;
  readonly who: WhoResult;
  readonly client: ClientResult;
}

/**
 * Puts what was verified in the place of what was claimed. What an authenticated gateway says stands where no
 * credentials say otherwise.
 */
export interface Identity {
  /**
   * Changes `raw` in place: it is made for this one request.
   * @param token the gateway's `attestation_token`, or null.
   * @param uses what earlier questions about the same request have used up.
   * @returns null without credentials.
   */
  identify(
    raw: RawRequest,
    headers: HeaderView,
    token: string | null,
    policy: PolicyView,
    now: number,
    uses?: Uses,
  ): IdentityVerdict | null;
}

/** No credentials: the gateway's word stands. */
export const TRUSTING: Identity = { identify: () => null };

/** Keys, by the entry that names them; read with the credentials. */
export interface IdentityKeys {
  ofIssuer(issuer: Issuer): KeySet;
  ofClient(client: ClientCredential): KeySet;
}

export interface IdentityDeps {
  hooks?: IdentityHooks;
  budget?: VerificationBudget;
  /** Absent: tokens that are no JWTs are nobody's. */
  opaque?: OpaqueUsers;
}

export function createIdentity(credentials: Credentials, keys: IdentityKeys, deps: IdentityDeps = {}): Identity {
  const hooks = deps.hooks ?? createLocalHooks();
  const budget = deps.budget ?? createBudget();
  const verifiers = credentials.issuers.map((issuer) => createTokenVerifier(issuer, keys.ofIssuer(issuer)));
  const whatVerifiers = verifiers.filter(({ issuer }) => issuer.proves === 'what');
  const what = createWhatVerifier(whatVerifiers);
  const who = createWhoVerifier(
    verifiers.filter(({ issuer }) => issuer.proves === 'who'),
    deps.opaque,
  );
  const clients = createClientVerifier(credentials.clients, keys.ofClient);
  const certificateHeader = credentials.tls_client_cert_header;

  return {
    identify(raw, headers, token, policy, now, uses) {
      const request: IdentityRequest = {
        raw,
        headers,
        now,
        hooks,
        budget,
        certificateHeader,
        dpop: undefined,
        signatures: undefined,
        components: undefined,
        uses,
      };
      const user = who.verify(request);
      if (user.user !== '') raw.user = user.user;
      if (user.session !== '') raw.session = user.session;
      const client = clients.verify(request);
      if (client.id !== '') raw.apiClient = client.id;
      // What a gateway found that verifies users itself stands, too, where no user was verified here.
      raw.identityFault = user.fault ?? client.fault ?? (user.user === '' ? raw.identityFault : null);
      if (whatVerifiers.length === 0) return { what: null, who: user, client };

      request.oneTime = policy.oneTime?.(raw) === true;
      const { canAttest } = policy.platformOf({
        api_client: raw.apiClient,
        user_agent: raw.userAgent,
        host: raw.host,
      });
      const found = what.verify(request, token, canAttest);
      const { attestation, device, apiClient, integrity } = found;
      // The gateway may have verified a token that it does not pass on.
      const observed = attestation.code !== 'no_token' && attestation.code !== 'not_observed';
      if (observed || raw.attestation.status === null) {
        raw.attestation = attestation;
        // What was said of another token is not of this one.
        raw.token = '';
        if (device !== '') raw.device = device;
        if (client.id === '' && apiClient !== '') raw.apiClient = apiClient;
        raw.signals = policySignals(integrity);
      }
      return { what: found, who: user, client };
    },
  };
}

/** Keys that stand in the credentials themselves, as a test or a bench has them. */
export function onlyKeys(keys: Parameters<typeof fixedKeys>[0]): IdentityKeys {
  const set = fixedKeys(keys);
  return { ofIssuer: () => set, ofClient: () => set };
}
