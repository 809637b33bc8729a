import type { Credentials, Issuer } from '../../../schemas/credentials.ts';
import type { PolicyView } from '../../../shared/policy.ts';
import { createReplayMemory, type ReplayMemory } from '../caller-state/replay.ts';
import type { RawRequest } from '../facts.ts';
import type { HeaderView } from './headers.ts';
import type { TokenKey } from './token.ts';
import { createWhatVerifier } from './what.ts';
import { createWhoVerifier } from './who.ts';

/**
 * Puts what was verified in the place of what was claimed. What an authenticated gateway says stands where no
 * credentials say otherwise.
 */
export interface Identity {
  /** Changes `raw` in place: it is made for this one request. @param token the gateway's `attestation_token`, or null. */
  identify(raw: RawRequest, headers: HeaderView, token: string | null, policy: PolicyView, now: number): void;
}

/** No credentials: the gateway's word stands. */
export const TRUSTING: Identity = { identify() {} };

/**
 * @param keysOf keys of an issuer, read with the credentials.
 * @param replay single-use tokens that were used: outlives the credentials, which are read again when they change.
 */
export function createIdentity(
  credentials: Credentials,
  keysOf: (issuer: Issuer) => readonly TokenKey[],
  replay: ReplayMemory = createReplayMemory(),
): Identity {
  const withKeys = credentials.issuers.map((issuer) => ({ issuer, keys: keysOf(issuer) }));
  const whatIssuers = withKeys.filter(({ issuer }) => issuer.proves === 'what');
  const what = createWhatVerifier(whatIssuers, replay);
  const who = createWhoVerifier(
    withKeys.filter(({ issuer }) => issuer.proves === 'who'),
    credentials.clients,
  );

  return {
    identify(raw, headers, token, policy, now) {
      const { user, session, tokenId, issuedAtS, apiClient } = who.verify(headers, now);
      if (user !== '') raw.user = user;
      // A token's own id stands for its session where nobody knows a better one.
      raw.session = session || raw.session || tokenId;
      raw.tokenId = tokenId;
      raw.issuedAtS = issuedAtS;
      if (apiClient !== '') raw.apiClient = apiClient;
      if (whatIssuers.length === 0) return;
      const { canAttest } = policy.platformOf({
        api_client: raw.apiClient,
        user_agent: raw.userAgent,
        host: raw.host,
      });
      const result = what.verify(headers, token, canAttest, now);
      // The gateway may have verified a token that it does not pass on.
      const observed = result.attestation.code !== 'no_token' && result.attestation.code !== 'not_observed';
      if (!observed && raw.attestation.status !== null) return;
      raw.attestation = result.attestation;
      if (raw.device === '') raw.device = result.device;
    },
  };
}
