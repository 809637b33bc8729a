import { createHash } from 'node:crypto';
import type { IntrospectionEndpoint } from '../../../schemas/introspection.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Metrics } from '../../../shared/metrics.ts';
import type { HeaderView } from '../identity/headers.ts';
import type { WhoUser } from '../identity/who.ts';
import { introspect } from './introspection-client.ts';

/**
 * Opaque user tokens by RFC 7662, never on the path of a request: the first request with a token is nobody's, the token
 * is asked about behind its back, and the next request knows.
 */
export interface Introspector {
  /** Takes over the endpoints of the credentials; answers of before are kept where the endpoint is the same. */
  configure(endpoints: readonly IntrospectionEndpoint[]): void;
  /** Whose token the request carries, as far as it is known by now. @param address whose share of the queue it takes. */
  find(headers: HeaderView, address: string, now: number): WhoUser | null;
  /** Nothing is asked any more. */
  stop(): void;
}

interface Known {
  who: WhoUser | null;
  untilMs: number;
  /** From then on a use of it asks again, so that a token in use is never unknown in between. */
  refreshMs: number;
}

interface Asked {
  endpoint: IntrospectionEndpoint;
  key: string;
  token: string;
  address: string;
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
const PAUSE_MS = { first: 1000, longest: 30_000 };
/** Three parts, the first of which begins as `{"` does: a JWT, which `issuers` verify. */
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

export function createIntrospector(deps: { clock: Clock; metrics: Metrics; log: Logger }): Introspector {
  const { clock, log } = deps;
  const results = deps.metrics.counter('bonafide_introspections_total', 'User tokens that were asked about, by result');
  const active = createBoundedCache<Known>(ACTIVE);
  const inactive = createBoundedCache<Known>(INACTIVE);
  let endpoints: readonly IntrospectionEndpoint[] = [];
  let queue: Asked[] = [];
  const inFlight = new Set<string>();
  const ofAddress = new Map<string, number>();
  /** By endpoint: how long it is left alone after a failure. */
  const pauses = new Map<string, { untilMs: number; ms: number }>();
  let running = 0;
  let stopped = false;

  function ask(asked: Asked, now: number): void {
    const { key, address, endpoint } = asked;
    if (stopped || inFlight.has(key)) return;
    if (now < (pauses.get(endpoint.name)?.untilMs ?? 0)) return;
    const waiting = ofAddress.get(address) ?? 0;
    if (queue.length >= QUEUE || waiting >= QUEUE_OF_ADDRESS) {
      results.add(1, { result: 'dropped' });
      return;
    }
    inFlight.add(key);
    ofAddress.set(address, waiting + 1);
    queue.push(asked);
    while (running < AT_ONCE && queue.length > 0) {
      running++;
      void work();
    }
  }

  function done({ key, address }: Asked): void {
    inFlight.delete(key);
    const left = (ofAddress.get(address) ?? 1) - 1;
    if (left <= 0) ofAddress.delete(address);
    else ofAddress.set(address, left);
  }

  async function work(): Promise<void> {
    for (let asked = queue.shift(); asked !== undefined && !stopped; asked = queue.shift()) {
      await learn(asked);
      done(asked);
    }
    running--;
  }

  async function learn({ endpoint, key, token }: Asked): Promise<void> {
    const { name, cache_s, negative_cache_s } = endpoint;
    if (clock.now() < (pauses.get(name)?.untilMs ?? 0)) return;
    try {
      const { who, expiresMs } = await introspect(endpoint, token, clock.now());
      const now = clock.now();
      const lifeMs = (who === null ? negative_cache_s : cache_s) * 1000;
      const untilMs = Math.min(
        now + lifeMs,
        who === null ? Number.POSITIVE_INFINITY : (expiresMs ?? Number.POSITIVE_INFINITY),
      );
      const known = { who, untilMs, refreshMs: now + (untilMs - now) * REFRESH_FROM };
      (who === null ? inactive : active).set(key, known);
      // What was active until now must not go on being believed.
      if (who === null) active.set(key, { who: null, untilMs: 0, refreshMs: 0 });
      pauses.delete(name);
      results.add(1, { result: who === null ? 'inactive' : 'active' });
    } catch (error) {
      const before = pauses.get(name);
      const ms = Math.min(PAUSE_MS.longest, before === undefined ? PAUSE_MS.first : before.ms * 2);
      pauses.set(name, { untilMs: clock.now() + ms, ms });
      results.add(1, { result: 'failed' });
      if (before === undefined) {
        const why = error instanceof Error ? error.message : String(error);
        log.error({ event: 'introspection_failed', endpoint: name, why }, 'user tokens cannot be asked about');
      }
    }
  }

  return {
    configure(next) {
      endpoints = next;
    },
    find(headers, address, now) {
      for (const endpoint of endpoints) {
        const value = headers(endpoint.header);
        if (value === null) continue;
        const token = value.replace(/^(?:Bearer|DPoP) +/i, '').trim();
        if (token === '' || token.length > LONGEST_TOKEN || JWT.test(token)) continue;
        const { endpoint: url, client_id, audience, issuer } = endpoint;
        // The answer is that of this endpoint to this question.
        const key = createHash('sha256')
          .update(`${url}\0${client_id}\0${audience}\0${issuer}\0${token}`)
          .digest('base64url');
        const found = active.get(key);
        const known = found !== undefined && now < found.untilMs ? found : inactive.get(key);
        if (known === undefined || now >= known.untilMs) {
          ask({ endpoint, key, token, address }, now);
          continue;
        }
        if (now >= known.refreshMs) ask({ endpoint, key, token, address }, now);
        if (known.who !== null) return known.who;
      }
      return null;
    },
    stop() {
      stopped = true;
      queue = [];
    },
  };
}
