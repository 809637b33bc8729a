import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type LiveTick, resendRequest } from '../../schemas/api.ts';
import { ENTITY_KINDS, entityRef } from '../../schemas/event.ts';
import type { Policy } from '../../schemas/policy.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Health } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import { Problem } from '../../shared/problem.ts';
import { readCounts } from './counts.ts';
import { createCurveReader, remembered } from './curves.ts';
import { type Resend, readDeadLetters } from './dead-letters.ts';
import { readEntities, readEntity } from './entities.ts';
import { readEvents } from './events.ts';
import { createFreshness, type IngestStatus } from './freshness.ts';
import { readHealth } from './health.ts';
import { linesOf } from './lines.ts';
import { createLive } from './live.ts';
import { countOver, readOverview } from './overview.ts';
import { lastMinute } from './queries/overview.ts';
import { createAsk } from './query.ts';
import type { SignIn } from './sign-in.ts';
import { registerPages } from './static.ts';

export interface DashboardDeps {
  /** A lane of its own: a slow page must not wait in front of an insert. */
  clickhouse: ClickHouse;
  clock: Clock;
  log: Logger;
  health: Health;
  signIn: SignIn;
  /** The policy in force. */
  policy: () => Policy;
  /** What ingest knows of itself; null when it runs in another process. */
  ingest: (() => IngestStatus) | null;
  /** Sends dead letters again; null when this process cannot. */
  resend: Resend | null;
}

const DAY_MINUTES = 1440;
const scope = z.string().max(64).default('');
const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);
const minutes = z.coerce
  .number()
  .int()
  .min(1)
  .max(7 * DAY_MINUTES);
const moment = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
    if (Number.isFinite(ms)) return Math.max(0, ms);
    context.addIssue({ code: 'custom', message: 'a time such as 2026-01-31T12:00:00Z, or epoch milliseconds' });
    return z.NEVER;
  });
const entity = z
  .string()
  .max(600)
  .transform((text, context) => {
    const at = text.indexOf(':');
    const parsed = entityRef.safeParse({ kind: text.slice(0, at), id: text.slice(at + 1) });
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: `kind:id, the kind one of ${ENTITY_KINDS.join(', ')}` });
    return z.NEVER;
  });

const overviewQuery = z.object({ minutes: minutes.default(60) });
const entitiesQuery = z.object({ scope, kind: z.enum(ENTITY_KINDS).optional(), limit: limit(500, 50) });
const entityParams = z.object({ kind: z.enum(ENTITY_KINDS), '*': z.string().min(1).max(512) });
const entityQuery = z.object({ scope, minutes: minutes.default(60) });
const eventsQuery = z.object({
  entity: entity.optional(),
  scope,
  from: moment.default(0),
  to: moment.default(9_999_999_999_999),
  limit: limit(1000, 100),
  cursor: z.string().max(1024).optional(),
});
const deadLettersQuery = z.object({
  reason: z.string().max(64).default(''),
  limit: limit(500, 50),
  cursor: z.string().max(2048).optional(),
});

/** @throws Problem `bad_request` that names every fault. */
function read<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('bad_request', `The ${what} cannot be read.`, {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}

/** The pages at `/` and their JSON below `/api/v1`. Returns what ends the live streams before the listener closes. */
export function registerDashboardRoutes(app: FastifyInstance, deps: DashboardDeps): { close(): void } {
  const { clock, policy, signIn } = deps;
  const ask = createAsk(deps.clickhouse, deps.log);
  const curves = createCurveReader(ask, clock);
  const freshness = remembered(clock, 900, createFreshness({ ask, clock, ingest: deps.ingest }));
  // Counting every entity at risk is the dearest number of the header; it need not be asked each second.
  const over = remembered(clock, 2000, () => countOver(ask, curves, linesOf(policy())));

  async function readTick(): Promise<LiveTick> {
    const now = clock.now();
    const [minute, overNow, fresh] = await Promise.all([
      ask(lastMinute, { from: now - 60_000, to: now + 60_000 }),
      over(),
      freshness(),
    ]);
    return {
      time: new Date(now).toISOString(),
      policy: linesOf(policy()),
      requests_1m: minute[0]?.requests ?? 0,
      refused_1m: minute[0]?.refused ?? 0,
      over: overNow,
      freshness: fresh,
    };
  }
  const live = createLive({ read: readTick, allowed: signIn.stillAdmin });

  signIn.register(app);
  registerPages(app, signIn);

  app.register(async (api) => {
    api.addHook('onRequest', async (request, reply) => {
      signIn.requireAdmin(request);
      reply.header('cache-control', 'no-store');
      reply.header('x-content-type-options', 'nosniff');
    });
    const query = <S extends z.ZodType>(schema: S, request: FastifyRequest) => read(schema, request.query, 'query');

    api.get('/api/v1/overview', (request) => {
      const asked = query(overviewQuery, request);
      return readOverview({ ask, clock, curves, policy, freshness }, asked.minutes);
    });
    api.get('/api/v1/entities', (request) =>
      readEntities({ ask, clock, curves, policy }, { kind: undefined, ...query(entitiesQuery, request) }),
    );
    // A wildcard, since ids hold slashes (`203.0.113.0/24`) and may be longer than fastify lets a parameter be.
    api.get('/api/v1/entities/:kind/*', (request) => {
      const { kind, '*': id } = read(entityParams, request.params, 'path');
      return readEntity({ ask, clock, curves, policy }, { kind, id, ...query(entityQuery, request) });
    });
    api.get('/api/v1/events', (request) =>
      readEvents(ask, { entity: undefined, cursor: undefined, ...query(eventsQuery, request) }),
    );
    api.get('/api/v1/counts', () => readCounts(ask, clock, () => deps.ingest?.().duplicates ?? 0));
    api.get('/api/v1/dead-letters', (request) =>
      readDeadLetters(ask, { cursor: undefined, ...query(deadLettersQuery, request), canResend: deps.resend !== null }),
    );
    api.post('/api/v1/dead-letters/resend', async (request) => {
      const { places } = read(resendRequest, request.body, 'body');
      if (deps.resend === null)
        throw new Problem('unavailable', 'This process does not ingest; ask the one that does.');
      return deps.resend(places);
    });
    api.get('/api/v1/health', () => readHealth({ ask, clock, curves, policy, freshness, health: deps.health }));
    api.get('/api/v1/live', (request, reply) => live.open(request, reply));
  });

  return { close: () => live.close() };
}
