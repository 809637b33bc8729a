import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  countsAnswer,
  deadLettersAnswer,
  entitiesAnswer,
  entityAnswer,
  eventsAnswer,
  healthAnswer,
  type LiveTick,
  liveTick,
  overviewAnswer,
  resendAnswer,
  resendRequest,
} from '../../schemas/api.ts';
import { attestationAnswer } from '../../schemas/api-attestation.ts';
import { type Derivation, EXPLAINED_KINDS, type ExplainedKind, scoreExplainAnswer } from '../../schemas/api-explain.ts';
import { ENTITY_KINDS, entityRef } from '../../schemas/event.ts';
import type { Policy } from '../../schemas/policy.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Health } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import type { ApiDoc } from '../../shared/openapi.ts';
import { Problem } from '../../shared/problem.ts';
import { createAttestation } from './attestation.ts';
import { readCounts } from './counts.ts';
import { createCurveReader, remembered } from './curves.ts';
import { type Resend, readDeadLetters } from './dead-letters.ts';
import { readEntities, readEntity } from './entities.ts';
import { readEvents } from './events.ts';
import { explainScore } from './explain.ts';
import { createFreshness, type IngestStatus } from './freshness.ts';
import { readHealth } from './health.ts';
import { linesOf } from './lines.ts';
import { createLive } from './live.ts';
import { countOver, createOverview } from './overview.ts';
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
  /** How the risk of an entity at a second (of the epoch) comes about; null for one that no event carried. */
  explain(asked: { kind: ExplainedKind; id: string; scope: string; at: number }): Promise<Derivation | null>;
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

const explained = z
  .string()
  .max(4200)
  .transform((text, context) => {
    const at = text.indexOf(':');
    const kind = EXPLAINED_KINDS.find((name) => name === text.slice(0, at));
    const id = text.slice(at + 1);
    if (kind !== undefined && id !== '') return { kind, id };
    context.addIssue({ code: 'custom', message: `kind:id, the kind one of ${EXPLAINED_KINDS.join(', ')}` });
    return z.NEVER;
  });

const overviewQuery = z.object({ minutes: minutes.default(60) });
const attestationQuery = z.object({ minutes: minutes.default(DAY_MINUTES) });
const entitiesQuery = z.object({ scope, kind: z.enum(ENTITY_KINDS).optional(), limit: limit(500, 50) });
const entityParams = z
  .object({ kind: z.enum(ENTITY_KINDS), id: z.string().optional(), '*': z.string().optional() })
  .transform(({ kind, id, '*': rest }) => ({ kind, id: id ?? rest }))
  .pipe(z.object({ kind: z.enum(ENTITY_KINDS), id: z.string().min(1).max(512) }));
const entityQuery = z.object({
  scope,
  minutes: minutes.default(60),
  /** In the place of the path's: a browser takes `.` and `..` there for steps. */
  id: z.string().min(1).max(512).optional(),
});
const eventsQuery = z.object({
  entity: entity.optional(),
  scope,
  from: moment.default(0),
  to: moment.default(9_999_999_999_999),
  limit: limit(1000, 100),
  cursor: z.string().max(1024).optional(),
});
const explainQuery = z.object({ entity: explained, scope, at: moment.optional() });
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

    const doc = (summary: string, more: Partial<ApiDoc>) => ({
      config: { api: { summary, access: 'admin' as const, ...more } },
    });

    const overviewDoc = doc('Requests by what they met, who is over a line, how fresh it is', {
      query: overviewQuery,
      answer: overviewAnswer,
    });
    const overview = createOverview({ ask, clock, curves, policy, freshness });
    api.get('/api/v1/overview', overviewDoc, (request) => overview(query(overviewQuery, request).minutes));

    const entitiesDoc = doc('The riskiest entities now, with reasons', {
      query: entitiesQuery,
      answer: entitiesAnswer,
    });
    api.get('/api/v1/entities', entitiesDoc, (request) =>
      readEntities({ ask, clock, curves, policy }, { kind: undefined, ...query(entitiesQuery, request) }),
    );

    const entityDoc = doc('One entity: risk over time, evidence, company', {
      query: entityQuery,
      answer: entityAnswer,
    });
    const oneEntity = (request: FastifyRequest) => {
      const { kind, id } = read(entityParams, request.params, 'path');
      const { id: named = id, ...asked } = query(entityQuery, request);
      return readEntity({ ask, clock, curves, policy }, { kind, id: named, ...asked });
    };
    api.get('/api/v1/entities/:kind/:id', entityDoc, oneEntity);
    // Ids hold slashes (`203.0.113.0/24`): those that are not encoded arrive here.
    const alias = { config: { api: { ...entityDoc.config.api, alias: true as const } } };
    api.get('/api/v1/entities/:kind/*', alias, oneEntity);

    const eventsDoc = doc('Raw events, newest first', { query: eventsQuery, answer: eventsAnswer });
    api.get('/api/v1/events', eventsDoc, (request) =>
      readEvents(ask, { entity: undefined, cursor: undefined, ...query(eventsQuery, request) }),
    );

    const explainDoc = doc('How the risk of an entity came about, from raw counts to decibels', {
      query: explainQuery,
      answer: scoreExplainAnswer,
    });
    api.get('/api/v1/score-explain', explainDoc, (request) => {
      const asked = query(explainQuery, request);
      return explainScore(deps, { ...asked.entity, scope: asked.scope, atMs: asked.at ?? clock.now() });
    });

    const countsDoc = doc('Raw rows, rows that feed features, and the roll-ups’ sum of them', { answer: countsAnswer });
    api.get('/api/v1/counts', countsDoc, () => readCounts(ask, clock, () => deps.ingest?.().duplicates ?? 0));

    const deadLettersDoc = doc('What was refused and why', { query: deadLettersQuery, answer: deadLettersAnswer });
    api.get('/api/v1/dead-letters', deadLettersDoc, (request) => {
      const canResend = deps.resend !== null;
      return readDeadLetters(ask, { cursor: undefined, ...query(deadLettersQuery, request), canResend });
    });

    const resendDoc = doc('Send dead letters again', { body: resendRequest, answer: resendAnswer });
    api.post('/api/v1/dead-letters/resend', resendDoc, async (request) => {
      const { places } = read(resendRequest, request.body, 'body');
      if (deps.resend === null)
        throw new Problem('unavailable', 'This process does not ingest; ask the one that does.');
      return deps.resend(places);
    });

    const attestationDoc = doc('Does attestation work, what genuine callers show, which API keys have leaked', {
      query: attestationQuery,
      answer: attestationAnswer,
    });
    const attestation = createAttestation({ ask, clock, policy });
    api.get('/api/v1/attestation', attestationDoc, (request) => attestation(query(attestationQuery, request).minutes));

    const healthDoc = doc('Parts, arrivals, sources, calibration', { answer: healthAnswer });
    api.get('/api/v1/health', healthDoc, () =>
      readHealth({ ask, clock, curves, policy, freshness, health: deps.health }),
    );

    const liveDoc = doc('Server-sent events: the numbers of the header, once a second', { answer: liveTick });
    api.get('/api/v1/live', liveDoc, (request, reply) => live.open(request, reply));
  });

  return { close: () => live.close() };
}
