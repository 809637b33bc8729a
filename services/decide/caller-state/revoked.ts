import type { EntityRef } from '../../../schemas/event.ts';
import { identityId } from '../../../shared/identity.ts';
import type { IdentityVerdict } from '../identity/identity.ts';
import { installationOf } from '../identity/key-binding.ts';
import type { IdentityHooks } from '../identity/request.ts';
import type { VerifiedToken } from '../identity/verdict.ts';
import type { Revocation, RevocationMemory, RevocationQuestion } from './revocations.ts';

/** The entities of an id that was said: today's, and while a pseudonym key is being replaced the former beside it. */
export type RefsOf = (kind: 'user' | 'session' | 'device', said: string) => readonly EntityRef[];

/** Names of an attestation token: by its issuer and `jti`, and by its issuer and the hash of what was signed. */
function attestationOf({ issuer, jti, hash, claims: { iat } }: VerifiedToken): RevocationQuestion['attestation'] {
  const ids = [`${issuer}/${hash}`, ...(jti === null ? [] : [`${issuer}/${jti}`])].map(identityId);
  return { ids, issuedAtS: typeof iat === 'number' && Number.isFinite(iat) ? iat : null };
}

/**
 * What of a caller was revoked, by everything that it showed: a good token beside a revoked one hides nothing.
 * @param entities of the request, which are those of the first verified user.
 */
export function findRevoked(
  memory: RevocationMemory,
  refsOf: RefsOf,
  scope: string,
  entities: readonly EntityRef[],
  verdict: IdentityVerdict | null,
  now: number,
): Revocation | undefined {
  const [first, ...others] = verdict?.who.users ?? [];
  const token = verdict?.what?.token ?? null;
  const attestation =
    token !== null && (memory.knows('attestation') || memory.knows('device')) ? attestationOf(token) : undefined;
  const found = memory.find(
    {
      scope,
      entities,
      tokenId: identityId(first?.tokenId ?? ''),
      issuedAtS: first?.issuedAtS ?? null,
      ...(attestation === undefined ? {} : { attestation }),
    },
    now,
  );
  if (found !== undefined) return found;
  for (const { user, session, tokenId, issuedAtS } of [...others, ...(verdict?.who.claimed ?? [])]) {
    const own = [...refsOf('user', user), ...(session === '' ? [] : refsOf('session', session))];
    const other = memory.find({ scope, entities: own, tokenId: identityId(tokenId), issuedAtS }, now);
    if (other !== undefined) return other;
  }
  return undefined;
}

/**
 * Was the attestation token, or the installation that it names, taken back? Then the token is no longer good. User
 * tokens are not asked about here: they keep their user, whose revocation the policy decides by `on_revoked`.
 */
export function createRevokedHook(
  memory: RevocationMemory,
  refsOf: RefsOf,
  scopeOf: (host: string) => string,
): IdentityHooks['revoked'] {
  return (token, issuer, { raw, now }) => {
    if (issuer.proves !== 'what') return false;
    const devices = memory.knows('device');
    if (!devices && !memory.knows('attestation')) return false;
    const installation = devices ? installationOf(token.claims, issuer) : '';
    const attestation = attestationOf(token);
    const question: RevocationQuestion = {
      scope: scopeOf(raw.host),
      entities: installation === '' ? [] : refsOf('device', installation),
      tokenId: '',
      issuedAtS: null,
      ...(attestation === undefined ? {} : { attestation }),
    };
    return memory.find(question, now) !== undefined;
  };
}
