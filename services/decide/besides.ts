import type { createRefs } from './facts.ts';
import type { IdentityVerdict } from './identity/identity.ts';
import type { BesideRef } from './question.ts';

export const NOBODY_BESIDE: readonly BesideRef[] = [];

/**
 * Users, sessions and clients of a request's credentials that it is not known by: of a second token or API key, and of tokens
 * that are not good and that the API behind may take all the same. Else whoever is refused for what he did would be nobody by another spelling of
 * his token, or behind forged ones.
 * @param known whom the request is known by, as it was said.
 */
export function besidesOf(
  { who, client }: IdentityVerdict,
  known: { readonly user: string; readonly session: string },
  refsOf: ReturnType<typeof createRefs>,
): readonly BesideRef[] {
  const others = who.users.length > 1 ? who.users.slice(1).map((one) => ({ ...one, held: true })) : [];
  const named = [...others, ...who.claimed];
  const clients = client.others ?? [];
  if (named.length === 0 && clients.length === 0) return NOBODY_BESIDE;
  return [
    ...named.flatMap(({ user, session, held }) => [
      ...(user === known.user ? [] : refsOf('user', user).map((ref) => ({ ...ref, held }))),
      ...(session === '' || session === known.session
        ? []
        : refsOf('session', session).map((ref) => ({ ...ref, held }))),
    ]),
    ...clients.flatMap((id) => refsOf('client', id).map((ref) => ({ ...ref, held: true }))),
  ];
}
