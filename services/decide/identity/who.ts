import { createHash, timingSafeEqual } from 'node:crypto';
import type { Credentials, Issuer } from '../../../schemas/credentials.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import type { HeaderView } from './headers.ts';
import { judgeToken, type TokenKey } from './token.ts';

/** Who is calling, as far as it was verified; `''` where nothing was. */
export interface WhoResult extends WhoUser {
  apiClient: string;
}

/** What a verified user token says. */
export interface WhoUser {
  user: string;
  /** `sid`. */
  session: string;
  /** `jti`. */
  tokenId: string;
  /** `iat`, epoch seconds. */
  issuedAtS: number | null;
}

const NOBODY: WhoUser = { user: '', session: '', tokenId: '', issuedAtS: null };

/** Of the claims of a verified user token; null when it names nobody. */
export function whoOf(claims: Readonly<Record<string, unknown>> | null): WhoUser | null {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const user = text(claims?.sub);
  if (user === '') return null;
  const iat = claims?.iat;
  return {
    user,
    session: text(claims?.sid),
    tokenId: text(claims?.jti),
    issuedAtS: typeof iat === 'number' && Number.isFinite(iat) ? iat : null,
  };
}

export interface WhoVerifier {
  verify(headers: HeaderView, now: number): WhoResult;
}

const CACHE_SIZE = 4096;

/** Signed-in users by the tokens of `who` issuers, software by its API keys. */
export function createWhoVerifier(
  issuers: readonly { issuer: Issuer; keys: readonly TokenKey[] }[],
  clients: Credentials['clients'],
): WhoVerifier {
  const apiKeys = new Map<string, Map<string, { id: string; digest: Buffer }>>();
  for (const { id, header, sha256 } of clients) {
    const ofHeader = apiKeys.get(header) ?? new Map<string, { id: string; digest: Buffer }>();
    ofHeader.set(sha256, { id, digest: Buffer.from(sha256, 'hex') });
    apiKeys.set(header, ofHeader);
  }
  const verified = createBoundedCache<{ who: WhoUser; untilMs: number }>(CACHE_SIZE, 4096);

  function apiClientOf(headers: HeaderView): string {
    for (const [header, keys] of apiKeys) {
      const value = headers(header);
      if (value === null) continue;
      const given = createHash('sha256').update(value).digest();
      // The look-up is by digest: its timing tells nothing of a key that hashes to another one.
      const known = keys.get(given.toString('hex'));
      if (known !== undefined && timingSafeEqual(known.digest, given)) return known.id;
    }
    return '';
  }

  function userOf(headers: HeaderView, now: number): WhoUser {
    for (const { issuer, keys } of issuers) {
      const value = headers(issuer.header);
      if (value === null) continue;
      const token = value.replace(/^Bearer +/i, '').trim();
      const key = `${issuer.name}\0${token}`;
      const known = verified.get(key);
      if (known !== undefined && now < known.untilMs) return known.who;
      const { code, claims } = judgeToken(token, issuer, keys, headers(issuer.binding.header.toLowerCase()), now);
      const who = whoOf(claims);
      const exp = claims?.exp;
      if ((code !== 'ok' && code !== 'unbound') || who === null) continue;
      if (code === 'unbound' && typeof exp === 'number') {
        verified.set(key, { who, untilMs: (exp + issuer.leeway_s) * 1000 });
      }
      return who;
    }
    return NOBODY;
  }

  return {
    verify: (headers, now) => ({ ...userOf(headers, now), apiClient: apiClientOf(headers) }),
  };
}
