import { createHash, randomInt } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { eventsAccepted } from '../../schemas/api-ingest.ts';
import { canonicalEvent } from '../../schemas/event.ts';
import type { Access } from '../../shared/access.ts';
import { faultOf } from '../../shared/clickhouse/client.ts';
import { isDiskFull } from '../../shared/clickhouse/room.ts';
import type { Clock } from '../../shared/clock.ts';
import { Problem } from '../../shared/problem.ts';
import type { BodyKey, BodyKeys } from './body-keys.ts';
import {
  type BodyRecord,
  MAX_BODY_RECORDS,
  readBody,
  refuseTooLarge,
  saidLength,
  tooBusy,
  tooMany,
} from './http-body.ts';
import type { BlockReader } from './read-block.ts';
import { mapInSlices } from './slices.ts';
import type { WriteJob, WriteOutcome, Writer } from './writer.ts';

export interface EventsRouteDeps {
  access: Access;
  clock: Clock;
  read: BlockReader;
  writer: Writer;
}

interface KeyedRouteDeps extends EventsRouteDeps {
  bodyKeys: BodyKeys;
}

const RETRY_AFTER_S = '1';
/** Callers give up after half a minute or so; what is told before that is not sent twice. */
const WAITS_MS = 10_000;
const JSON_ARRAY = 'application/json';
const LINES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** Takes the body as it comes: records are cut from the stream, not from a string of 32 MiB. */
export function acceptStreams(app: FastifyInstance, types: string[]): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(types, (_request, _payload, done) => done(null));
}

/** `POST /v1/events`: records of a gateway; answered once they are durable. */
export function registerEventsRoute(app: FastifyInstance, deps: KeyedRouteDeps): void {
  app.register(async (scope) => {
    acceptStreams(scope, [JSON_ARRAY, ...LINES]);
    const api = {
      summary: 'Events as a JSON array or one a line; answered once they are durable',
      access: 'gateway' as const,
      body: z.array(canonicalEvent),
      answer: eventsAccepted,
      status: 202,
    };
    scope.post(
      '/v1/events',
      { config: { api }, onRequest: async (request) => void deps.access.requireGateway(request.headers) },
      (request, reply) => takeEvents(deps, request, reply),
    );
  });
}

async function takeEvents(deps: KeyedRouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const source = `http:${deps.access.requireGateway(request.headers)}`;
  const key = keyOf(request, source);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  const form = type === JSON_ARRAY ? 'array' : 'lines';
  const outcome = await admitted(deps.writer, { request, reply }, form, async (body) => {
    const job = await toJob(deps, body, { source, key });
    // Behind all that refuses a body: one of which nothing can be taken must not use the key up.
    if (key !== null) await orAway(deps.bodyKeys.keep(key, body.records, job.judgedAt));
    return job;
  });
  return reply.code(202).send({
    accepted: outcome.accepted,
    duplicates: outcome.duplicates,
    dead_lettered: await mapInSlices(outcome.deadLettered, ({ offset, reason }) => ({ line: offset, reason })),
  });
}

function keyOf(request: FastifyRequest, source: string): BodyKey | null {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return null;
  const parsed = idempotencyKey.safeParse(given);
  if (!parsed.success) throw new Problem('bad_request', 'An Idempotency-Key is 1 to 200 printable ASCII characters.');
  return { source, hidden: createHash('sha256').update(parsed.data).digest('base64url').slice(0, 22) };
}

/** A body that was read, and its share of the room. */
export interface AdmittedBody {
  records: readonly BodyRecord[];
  bytes: number;
  /** Told of the events where records bring several. @throws Problem `too_many_requests` when there is no room for them. */
  room(events: number): void;
}

/** @throws Problem `payload_too_large` when its records hold more events than a body may, and as its `room` does. */
export async function toJob(
  { clock, read }: EventsRouteDeps,
  { records, bytes, room }: AdmittedBody,
  { source, key }: { source: string; key: BodyKey | null },
): Promise<WriteJob> {
  const judgedAt = clock.now();
  // Each request is a place of its own: what comes again by HTTP is known by its id, never by its place.
  const partition = randomInt(0, 2 ** 32);
  const placed = await mapInSlices(records, ({ line, bytes }) => ({ source, partition, offset: line, bytes }));
  const block = await read(placed, judgedAt, (events) => {
    if (events > MAX_BODY_RECORDS) throw tooMany();
    room(events);
  });
  if (key !== null) {
    for (const row of block.rows) {
      const place = `${source}:${partition}:${row.offset}`;
      // A line that holds several events has their number behind its place.
      const isPlace = row.event_id === place || row.event_id.startsWith(`${place}:`);
      if (isPlace) row.event_id = `${source}:${key.hidden}:${row.offset}${row.event_id.slice(place.length)}`;
    }
  }
  return { kind: 'http', block, bytes, judgedAt, recognise: 'ids' };
}

/**
 * Reads a body, makes a job of it and writes it; its bytes and events count from the first one until it is durable, so
 * that memory stays bounded however many callers come at once.
 * @throws Problem `payload_too_large` or `too_many_requests` before a byte of it is read, or as soon as it brings more than fits.
 */
export async function admitted(
  writer: Writer,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  form: 'array' | 'lines' | 'log-records',
  toJob: (body: AdmittedBody) => Promise<WriteJob>,
): Promise<WriteOutcome> {
  refuseTooLarge(request.raw);
  const admission = writer.admit(saidLength(request.raw));
  if (admission === null) {
    request.raw.resume();
    throw tooBusy();
  }
  let patience: Patience | undefined;
  try {
    const { records, bytes } = await readBody(request.raw, form, admission.holds);
    const room = (events: number) => {
      if (!admission.holds(bytes, events)) throw tooBusy();
    };
    const job = await toJob({ records, bytes, room });
    patience = patienceOf(reply);
    const storing = orAway(writer.write(job, patience.signal));
    // From here on the queue counts it.
    admission.leave();
    return await storing;
  } finally {
    admission.leave();
    patience?.end();
  }
}

interface Patience {
  signal: AbortSignal;
  end(): void;
}

/**
 * How long a body waits behind others: until its caller is gone, who sends it again, so that it would count twice; and
 * no longer than callers wait who are not gone.
 */
function patienceOf(reply: FastifyReply): Patience {
  const controller = new AbortController();
  const giveUp = () => controller.abort(notTaken('ClickHouse does not take what waits'));
  const timer = setTimeout(giveUp, WAITS_MS);
  reply.raw.once('close', giveUp);
  if (reply.raw.destroyed) giveUp();
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      reply.raw.off('close', giveUp);
    },
  };
}

/** Waits for the tables, or says that the data is away: nothing was taken then. */
async function orAway<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const full =
      isDiskFull(error) ||
      (error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT'].includes(String(error.code)));
    if (!full && faultOf(error) !== 'retry') throw error;
    throw notTaken(full ? 'The disk is full' : 'ClickHouse does not answer');
  }
}

const notTaken = (cause: string) =>
  new Problem('unavailable', `${cause}; nothing of this body was taken. Send it again.`, {
    headers: { 'retry-after': RETRY_AFTER_S },
  });
