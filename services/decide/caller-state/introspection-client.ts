import { z } from 'zod';
import type { IntrospectionEndpoint } from '../../../schemas/introspection.ts';
import { CLOCK_SKEW_S } from '../identity/claims.ts';
import { type WhoUser, whoOf } from '../identity/who.ts';

/** What an authorization server says of a token; `null` user: it is good for nobody here. */
export interface Introspected {
  who: WhoUser | null;
  /** `cnf`: the key whose holder alone may use the token (RFC 8705 section 3.2, RFC 9449 section 6.2). */
  cnf: unknown;
  /** Epoch ms from which the token is over; null: it does not say. */
  expiresMs: number | null;
}

/** The server does not take this very token; nothing is wrong with the server. */
export class TokenRefused extends Error {}

/** RFC 7662 answers an odd token with `active: false`, some servers with one of these. */
const OF_THE_TOKEN: ReadonlySet<number> = new Set([400, 413, 414, 422, 431]);
const WITHIN_MS = 3000;
const MOST_BYTES = 65_536;

const answer = z.looseObject({
  active: z.boolean(),
  exp: z.number().optional(),
  nbf: z.number().optional(),
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  cnf: z.unknown().optional(),
});

/**
 * Asks about one token (RFC 7662 section 2).
 * @throws TokenRefused; else when there is no answer that can be read. The message holds neither token nor secret.
 */
export async function introspect(endpoint: IntrospectionEndpoint, token: string, nowMs: number): Promise<Introspected> {
  const credentials = `${encodeURIComponent(endpoint.client_id)}:${encodeURIComponent(endpoint.client_secret)}`;
  const response = await fetch(endpoint.endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    // A redirect would carry the token to somebody whom nobody named.
    redirect: 'error',
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    const why = `it answers ${response.status}`;
    throw OF_THE_TOKEN.has(response.status) ? new TokenRefused(why) : new Error(why);
  }
  let json: unknown;
  try {
    json = JSON.parse(await textOf(response));
  } catch {
    throw new Error('its answer is not JSON of at most 64 KiB');
  }
  const parsed = answer.safeParse(json);
  if (!parsed.success) throw new Error('its answer has no member active');
  const { active, exp, nbf, iss, aud, cnf } = parsed.data;
  const seconds = nowMs / 1000;
  const fits =
    active &&
    (exp === undefined || seconds < exp) &&
    (nbf === undefined || nbf <= seconds + CLOCK_SKEW_S) &&
    (endpoint.issuer === null || iss === endpoint.issuer) &&
    (endpoint.audience === null || [aud].flat().includes(endpoint.audience));
  return { who: fits ? whoOf(parsed.data) : null, cnf, expiresMs: exp === undefined ? null : exp * 1000 };
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
