import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { importAnswer, importQuery } from '../../schemas/api-ingest.ts';
import type { Access } from '../../shared/access.ts';
import type { Clock } from '../../shared/clock.ts';
import { Problem } from '../../shared/problem.ts';
import { FORMAT_NAMES } from './formats/registry.ts';
import { acceptStreams, admitted } from './http-source.ts';
import type { BlockReader } from './read-block.ts';
import type { Writer } from './writer.ts';

export interface ImportRouteDeps {
  access: Access;
  clock: Clock;
  /** A reader of history: nothing in it is late or in the future. */
  readerOf(format: string): BlockReader;
  writer: Writer;
  /** Days that events are kept; absent: no event is told to be too old. */
  retentionDays?: number;
}

const DAY_MS = 86_400_000;

/**
 * `POST /api/v1/import`: a stretch of whole lines of a file, counted in its own time. A line's place is the file and its
 * byte offset: the same stretch again counts duplicates, for as long as the rows are kept.
 */
export function registerImportRoute(app: FastifyInstance, deps: ImportRouteDeps): void {
  app.register(async (scope) => {
    acceptStreams(scope, ['text/plain', 'application/octet-stream']);
    const api = {
      summary: 'A stretch of a log file, for `bonafide import`',
      access: 'admin' as const,
      query: importQuery,
      answer: importAnswer,
    };
    scope.post(
      '/api/v1/import',
      { config: { api }, onRequest: async (request) => deps.access.requireAdmin(request.headers) },
      (request, reply) => takeStretch(deps, request, reply),
    );
  });
}

async function takeStretch(deps: ImportRouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const asked = importQuery.safeParse(request.query);
  if (!asked.success) {
    request.raw.resume();
    const faults = asked.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw new Problem('bad_request', 'The query does not say which stretch of which file this is.', { faults });
  }
  const { file, fingerprint, offset, format } = asked.data;
  if (!FORMAT_NAMES.includes(format)) {
    request.raw.resume();
    throw new Problem('bad_request', `There is no format "${format}". Choose one of: ${FORMAT_NAMES.join(', ')}.`);
  }
  const judgedAt = deps.clock.now();
  const keptSince = judgedAt - (deps.retentionDays ?? Number.POSITIVE_INFINITY) * DAY_MS;
  let tooOld = 0;
  const outcome = await admitted(deps.writer, { request, reply }, 'lines', async ({ records, bytes, room }) => {
    const placed = records.map((record) => ({
      source: `file:${file}`,
      partition: fingerprint,
      offset: offset + record.offset,
      bytes: record.bytes,
    }));
    const block = await deps.readerOf(format)(placed, judgedAt, room);
    tooOld = block.rows.filter(({ time }) => time < keptSince).length;
    return { kind: 'file', block, bytes, judgedAt, recognise: 'places' };
  });
  const reasons: Record<string, number> = {};
  for (const { reason } of outcome.deadLettered) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reply.send({
    accepted: outcome.accepted,
    duplicates: outcome.duplicates,
    dead_lettered: outcome.deadLettered.length,
    reasons,
    too_old: tooOld,
  });
}
