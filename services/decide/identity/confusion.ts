import type { Issuer } from '../../../schemas/credentials.ts';

/** An attestation issuer and a user-token issuer whose tokens pass for each other's. */
export interface Confusable {
  what: string;
  who: string;
}

/** Claims that tokens of any kind have. */
const COMMON = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

/**
 * Cross-JWT confusion (RFC 8725 section 2.8): where one key set signs both, and nothing that is checked tells the two apart, any
 * signed-in user's token is an attestation of a genuine app.
 */
export function confusable(issuers: readonly Issuer[]): Confusable[] {
  const found: Confusable[] = [];
  for (const what of issuers.filter(({ proves }) => proves === 'what'))
    for (const who of issuers.filter(({ proves }) => proves === 'who'))
      if (shareKeys(what, who) && !toldApart(what, who)) found.push({ what: what.name, who: who.name });
  return found;
}

function shareKeys(a: Issuer, b: Issuer): boolean {
  const same = (x: string | undefined, y: string | undefined) => x !== undefined && x === y;
  const secrets = new Set(a.keys.map(({ secret_base64 }) => secret_base64));
  return (
    same(a.jwks_uri, b.jwks_uri) ||
    same(a.jwks_file, b.jwks_file) ||
    b.keys.some(({ secret_base64 }) => secrets.has(secret_base64))
  );
}

function toldApart(what: Issuer, who: Issuer): boolean {
  const disjoint = (a: readonly string[], b: readonly string[]) => !a.some((one) => b.includes(one));
  const plain = what.type === null || what.type.toLowerCase() === 'jwt';
  return (
    disjoint(what.algorithms, who.algorithms) ||
    (!plain && what.type?.toLowerCase() !== who.type?.toLowerCase()) ||
    (what.audience !== null && who.audience !== null && disjoint(what.audience, who.audience)) ||
    (what.issuer !== null && who.issuer !== null && !what.issuer.endsWith('*') && what.issuer !== who.issuer) ||
    what.required_claims.some((claim) => !COMMON.has(claim))
  );
}
