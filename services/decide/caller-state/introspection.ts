import { createHash } from 'node:crypto';
import type { IntrospectionEndpoint } from '../../../schemas/introspection.ts';
import { addressShare } from '../../../shared/address.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import type { Clock } from '../../../shared/clock.ts';
import { OK, type PartHealth } from '../../../shared/health.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Metrics } from '../../../shared/metrics.ts';
import { linesOf } from '../identity/authorization.ts';
import type { OpaqueUser, OpaqueUsers, WhoUser } from '../identity/who.ts';
import { introspect, TokenRefused } from './introspection-client.ts';
import { createPauses } from './pauses.ts';

/**
 * Opaque user tokens by RFC 7662, never on the path of a request: the first request with a token is nobody's, the token
 * is asked about behind its back, and the next request knows.
 */
export interface Introspector extends OpaqueUsers {
  /** Takes over the endpoints of the credentials; answers of before are kept where the endpoint is the same. */
  configure(endpoints: readonly IntrospectionEndpoint[]): void;
  /** Of the authorization servers, as far as they were asked. */
  health(): PartHealth;
  /** Nothing is asked any more. */
  stop(): void;
}

interface Known {
  who: WhoUser | null;
  cnf: unknown;
  untilMs: number;
  /** From then on a use of it asks again, so that a token in use is never unknown in between. */
  refreshMs: number;
}

interface Asked {
  endpoint: IntrospectionEndpoint;
  key: string;
  token: string;
  /** Whose share of the queue it takes: the address, of IPv6 the /64 that one caller has whole. null: it was active before. */
  share: string | null;
  askedMs: number;
}

/** Good and bad ones apart: a flood of made-up tokens must not push out the good. */
const ACTIVE = 50_000;
const INACTIVE = 20_000;
const QUEUE = 1000;
/** Of one address: whoever makes tokens up waits for himself. */
const QUEUE_OF_ADDRESS = 20;
const AT_ONCE = 8;
const REFRESH_FROM = 0.8;
const LONGEST_TOKEN = 4096;
const TOLD_EVERY_MS = 60_000;
/** RFC 6749 appendix A.12, without the space: with other characters servers fail, and nobody has such a token. */
const VISIBLE = /^[\x21-\x7e]+$/;
const NOBODY: readonly OpaqueUser[] = [];
/** Headers that carry credentials of other schemes too: a password must never get to the authorization server. */
const WITH_SCHEME: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization']);
const SCHEME = /^(?:Bearer|DPoP)[ \t]+/i;

export function createIntrospector(deps: { clock: Clock; metrics: Metrics; log: Logger }): Introspector {
  const { clock, log } = deps;
  const results = deps.metrics.counter('bonafide_introspections_total', 'User tokens that were asked about, by result');
  const active = createBoundedCache<Known>(ACTIVE);
  const inactive = createBoundedCache<Known>(INACTIVE);
  let endpoints: readonly IntrospectionEndpoint[] = [];
  /** Tokens that were active a moment ago go first: no flood of made-up ones makes their users unknown. */
  let again: Asked[] = [];
  let queue: Asked[] = [];
  const inFlight = new Set<string>();
  const ofShare = new Map<string, number>();
  const pauses = createPauses();
  /** By endpoint: those that answered, or of which it was told that they do not. */
  const answering = new Set<string>();
  /** By endpoint: of which failure it was told, and when. */
  const toldOf = new Map<string, { sinceMs: number | undefined; atMs: number }>();
  let running = 0;
  let stopped = false;

  function ask(asked: Asked): void {
    const { key, share, endpoint, askedMs } = asked;
    if (stopped || inFlight.has(key)) return;
    const waiting = share === null ? 0 : (ofShare.get(share) ?? 0);
    const line = share === null ? again : queue;
    if (line.length >= QUEUE || waiting >= QUEUE_OF_ADDRESS) {
      results.add(1, { result: 'dropped' });
      return;
    }
    if (!pauses.admits(endpoint.name, share, askedMs)) return;
    inFlight.add(key);
    if (share !== null) ofShare.set(share, waiting + 1);
    line.push(asked);
    while (running < AT_ONCE && again.length + queue.length > 0) {
      running++;
      void work();
    }
  }

  function done({ key, share }: Asked): void {
    inFlight.delete(key);
    if (share === null) return;
    const left = (ofShare.get(share) ?? 1) - 1;
    if (left <= 0) ofShare.delete(share);
    else ofShare.set(share, left);
  }

  async function work(): Promise<void> {
    const next = () => again.shift() ?? queue.shift();
    for (let asked = next(); asked !== undefined && !stopped; asked = next()) {
      await learn(asked);
      done(asked);
    }
    running--;
  }

  /** Do the credentials still name this server? They may have been read again since it was asked. */
  const isNamed = ({ name, endpoint: url }: IntrospectionEndpoint): boolean =>
    endpoints.some((one) => one.name === name && one.endpoint === url);

  async function learn({ endpoint, key, token, share, askedMs }: Asked): Promise<void> {
    const { name, cache_s, negative_cache_s } = endpoint;
    // While it waited the server may have failed, or been taken out of the credentials.
    if (!isNamed(endpoint) || pauses.pausedSince(name, share, askedMs)) return;
    try {
      const { who, cnf, expiresMs } = await introspect(endpoint, token, clock.now());
      const now = clock.now();
      const lifeMs = (who === null ? negative_cache_s : cache_s) * 1000;
      const untilMs = Math.min(
        now + lifeMs,
        who === null ? Number.POSITIVE_INFINITY : (expiresMs ?? Number.POSITIVE_INFINITY),
      );
      const known = { who, cnf, untilMs, refreshMs: now + (untilMs - now) * REFRESH_FROM };
      (who === null ? inactive : active).set(key, known);
      // What was active until now must not go on being believed.
      if (who === null) active.set(key, { who: null, cnf: undefined, untilMs: 0, refreshMs: 0 });
      pauses.answered(name, share);
      answering.add(name);
      results.add(1, { result: who === null ? 'inactive' : 'active' });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const tell = () =>
        log.error({ event: 'introspection_failed', endpoint: name, why }, 'user tokens cannot be asked about');
      if (error instanceof TokenRefused) {
        // Whoever makes such tokens up must not keep the server from being asked about others.
        const refreshMs = clock.now() + negative_cache_s * 1000;
        const known = active.get(key);
        if (known === undefined) inactive.set(key, { who: null, cnf: undefined, untilMs: refreshMs, refreshMs });
        else known.refreshMs = refreshMs;
        results.add(1, { result: 'failed' });
        // One that refuses all is not set up as it should be.
        if (!answering.has(name)) tell();
        answering.add(name);
        return;
      }
      results.add(1, { result: 'failed' });
      // Nobody will ask it again, whose answer would end the failure.
      if (!isNamed(endpoint)) return;
      const now = clock.now();
      pauses.failed(name, share, now);
      const sinceMs = pauses.failing().get(name);
      const before = toldOf.get(name);
      // Between tokens that make it fail it may answer others, many times a second.
      if (before !== undefined && (before.sinceMs === sinceMs || now - before.atMs < TOLD_EVERY_MS)) return;
      toldOf.set(name, { sinceMs, atMs: now });
      tell();
    }
  }

  return {
    configure(next) {
      endpoints = next;
      pauses.keep(next.map(({ name }) => name));
    },
    find(headers, address, now) {
      if (endpoints.length === 0) return NOBODY;
      let found: OpaqueUser[] | null = null;
      let share: string | undefined;
      const answered = new Set<string>();
      for (const endpoint of endpoints) {
        for (const token of opaqueTokens(headers(endpoint.header), endpoint.header)) {
          if (answered.has(`${endpoint.header} ${token}`)) continue;
          const { endpoint: url, client_id, audience, issuer } = endpoint;
          // The answer is that of this endpoint to this question.
          const key = createHash('sha256')
            .update(`${url}\0${client_id}\0${audience}\0${issuer}\0${token}`)
            .digest('base64url');
          const good = active.get(key);
          const known = good !== undefined && now < good.untilMs ? good : inactive.get(key);
          share ??= addressShare(address);
          if (known === undefined || now >= known.untilMs) {
            ask({ endpoint, key, token, share, askedMs: now });
            found ??= [];
            found.push({ who: null, token, cnf: undefined });
            continue;
          }
          if (now >= known.refreshMs)
            ask({ endpoint, key, token, share: known.who === null ? share : null, askedMs: now });
          if (known.who === null) continue;
          found ??= [];
          found.push({ who: known.who, token, cnf: known.cnf });
          answered.add(`${endpoint.header} ${token}`);
        }
      }
      return found ?? NOBODY;
    },
    health() {
      const told = [...pauses.failing()].map(([name, sinceMs]) => {
        const seconds = Math.max(0, Math.round((clock.now() - sinceMs) / 1000));
        return `${name} fails for ${seconds} s: users of opaque tokens that are new may be nobody meanwhile.`;
      });
      return told.length === 0 ? OK : { state: 'degraded', detail: told.join(' ') };
    },
    stop() {
      stopped = true;
      again = [];
      queue = [];
    },
  };
}

const NONE: readonly string[] = [];
/** Of one header: whoever sends more asks no more. */
const MOST_TOKENS = 4;

/** The tokens of a header that nobody here can verify. */
function opaqueTokens(value: string | null, header: string): readonly string[] {
  if (value === null) return NONE;
  const withScheme = WITH_SCHEME.has(header);
  const lines = withScheme ? linesOf(value).filter((line) => SCHEME.test(line)) : [value];
  const tokens = lines.slice(0, MOST_TOKENS).map((line) => line.replace(SCHEME, '').trim());
  return tokens.filter((token) => token.length <= LONGEST_TOKEN && VISIBLE.test(token) && !isJose(token));
}

/** A JWT, signed or encrypted, in whatever way its header is spaced: its first part is a JSON object. */
function isJose(token: string): boolean {
  const dot = token.indexOf('.');
  if (dot < 0 || !token.includes('.', dot + 1)) return false;
  return Buffer.from(token.slice(0, dot), 'base64url').toString('latin1').trimStart().startsWith('{');
}
