import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { sessionAnswer, signInRequest } from '../../schemas/api.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ApiDoc } from '../../shared/openapi.ts';
import { Problem } from '../../shared/problem.ts';
import { createAttempts } from './attempts.ts';
import { createSessionStore } from './session-store.ts';

export interface SignInDeps {
  clock: Clock;
  /** `BONAFIDE_ADMIN_TOKEN`, or the one that the embedded runtime made; null: nobody can sign in by token. */
  adminToken: string | null;
  /** The listener speaks TLS: cookies are `Secure`. */
  secure: boolean;
}

/** Who may see the dashboards and use `/api/v1`. */
export interface SignIn {
  /**
   * A link for the operator's terminal. Its code is burnt when the page posts it, not by opening the link, and lies
   * behind `#`, which no browser sends and no access log keeps.
   * @param base address of the listener, such as `http://127.0.0.1:8080`
   */
  link(base: string): string;
  /** Admin token, or a session; the use of a session starts its idle time anew. */
  isAdmin(request: FastifyRequest): boolean;
  /** Does what opened this long-lived connection still hold? Does not touch the session. */
  stillAdmin(request: FastifyRequest): boolean;
  /** @throws Problem `unauthorized`, or `forbidden` when another site's page makes the browser change something. */
  requireAdmin(request: FastifyRequest): void;
  /** `GET`, `POST` and `DELETE /api/v1/session`. */
  register(app: FastifyInstance): void;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Only our own pages' scripts can set it: browsers ask before they let another origin do so, and we never agree. */
const OWN_HEADER = 'x-bonafide-request';

const SESSION_DOC = {
  read: { summary: 'Is this browser signed in, and until when', access: 'open', answer: sessionAnswer },
  open: { summary: 'Sign in by a one-time code or the admin token', access: 'open', body: signInRequest, status: 204 },
  close: { summary: 'Sign out', access: 'open', status: 204 },
} as const satisfies Record<string, ApiDoc>;

export function createSignIn(deps: SignInDeps): SignIn {
  const store = createSessionStore(deps.clock);
  const attempts = createAttempts(deps.clock);
  const cookieName = deps.secure ? '__Host-bonafide_session' : 'bonafide_session';
  const adminDigest = deps.adminToken === null ? null : digest(deps.adminToken);
  const isToken = (text: string) => adminDigest !== null && timingSafeEqual(digest(text), adminDigest);

  function bearer(request: FastifyRequest): string | undefined {
    return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  }

  function secretOf(request: FastifyRequest): string | undefined {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const at = part.indexOf('=');
      if (at > 0 && part.slice(0, at).trim() === cookieName) return part.slice(at + 1).trim();
    }
    return undefined;
  }

  function viaSession(request: FastifyRequest): boolean {
    const secret = secretOf(request);
    return secret !== undefined && store.touch(secret) !== undefined;
  }

  function viaToken(request: FastifyRequest): boolean {
    const token = bearer(request);
    return token !== undefined && isToken(token);
  }

  function setCookie(reply: FastifyReply, value: string, maxAgeS: number): void {
    const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${deps.secure ? '; Secure' : ''}`;
    reply.header('set-cookie', `${cookieName}=${value}; ${flags}`);
  }

  function requireOwnPage(request: FastifyRequest): void {
    if (SAFE_METHODS.has(request.method) || fromOwnPage(request)) return;
    throw new Problem('forbidden', 'This change did not come from a page of this dashboard; nothing was changed.');
  }

  return {
    link: (base) => `${base.replace(/\/$/, '')}/sign-in#${store.issueCode()}`,
    isAdmin: (request) => viaToken(request) || viaSession(request),
    stillAdmin(request) {
      const secret = secretOf(request);
      return viaToken(request) || (secret !== undefined && store.alive(secret));
    },
    requireAdmin(request) {
      // A token in a header is never sent by a browser on its own, so it needs no further proof.
      if (viaToken(request)) return;
      if (!viaSession(request)) {
        throw new Problem('unauthorized', 'Sign in, or send the admin token as Authorization: Bearer.', {
          headers: { 'www-authenticate': 'Bearer realm="bonafide"' },
        });
      }
      requireOwnPage(request);
    },
    register(app) {
      app.get(
        '/api/v1/session',
        { config: { api: SESSION_DOC.read } },
        (request, reply): z.infer<typeof sessionAnswer> => {
          const secret = secretOf(request);
          const end = secret === undefined ? undefined : store.touch(secret);
          reply.header('cache-control', 'no-store');
          return { signed_in: end !== undefined, expires_at: end === undefined ? null : new Date(end).toISOString() };
        },
      );

      app.post('/api/v1/session', { bodyLimit: 16_384, config: { api: SESSION_DOC.open } }, (request, reply) => {
        requireOwnPage(request);
        const asked = signInRequest.safeParse(request.body);
        // A link of the operator's terminal cannot be guessed, and is the way in while somebody else tries tokens.
        const isCode = asked.success && 'code' in asked.data;
        const wait = isCode ? 0 : attempts.wait(request.ip);
        if (wait > 0) {
          throw new Problem('too_many_requests', `Too many failed sign-ins. Try again in ${wait} s.`, {
            headers: { 'retry-after': String(wait) },
          });
        }
        if (!asked.success) throw new Problem('bad_request', 'Send {"code": …} of a sign-in link, or {"token": …}.');
        const right = 'code' in asked.data ? store.redeemCode(asked.data.code) : isToken(asked.data.token);
        if (!right) {
          attempts.failed(request.ip);
          throw new Problem(
            'unauthorized',
            'code' in asked.data
              ? 'This sign-in link was used already or is older than ten minutes. Paste the admin token instead.'
              : 'This is not the admin token.',
          );
        }
        setCookie(reply, store.open(), 24 * 3600);
        return reply.code(204).send();
      });

      app.delete('/api/v1/session', { config: { api: SESSION_DOC.close } }, (request, reply) => {
        requireOwnPage(request);
        const secret = secretOf(request);
        if (secret !== undefined) store.close(secret);
        setCookie(reply, '', 0);
        return reply.code(204).send();
      });
    },
  };
}

/** Same origin by what the browser says of itself; where it says nothing, by a header that only a script can set. */
function fromOwnPage(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const { origin, host } = request.headers;
  if (origin === undefined) return request.headers[OWN_HEADER] !== undefined;
  try {
    return new URL(origin).host === host;
  } catch {
    return false; // `null`: a sandboxed page
  }
}
