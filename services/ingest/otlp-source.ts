import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { otlpAnswer, otlpExport } from '../../schemas/api-ingest.ts';
import type { ProblemCode } from '../../schemas/reasons.ts';
import { Problem } from '../../shared/problem.ts';
import { acceptStreams, admitted, type EventsRouteDeps, toJob } from './http-source.ts';

/** Codes of `google.rpc.Status`, as OTLP's errors carry them. */
const STATUS_CODES: Readonly<Partial<Record<ProblemCode, number>>> = {
  bad_request: 3,
  unsupported_media_type: 3,
  payload_too_large: 8,
  too_many_requests: 8,
  unavailable: 14,
  unauthorized: 16,
};
const UNKNOWN = 2;

/**
 * `POST /v1/logs`: log records of OpenTelemetry in OTLP's JSON over HTTP (OTLP 1.x). Answered once they are durable;
 * 429 and 503 with `Retry-After` took nothing, and exporters send again. OTLP has no ids: an export that is sent again
 * after its answer was lost counts again, unless its records carry `event_id`.
 */
export function registerOtlpRoute(app: FastifyInstance, deps: EventsRouteDeps): void {
  app.register(async (scope) => {
    acceptStreams(scope, ['application/json']);
    scope.setErrorHandler((error, _request, reply) => {
      const problem = problemOf(error);
      if (problem === null) throw error;
      return reply
        .code(problem.status)
        .headers(problem.headers)
        .send({ code: STATUS_CODES[problem.code] ?? UNKNOWN, message: problem.message });
    });
    const api = {
      summary: 'OpenTelemetry log records, OTLP in JSON; answered once they are durable',
      access: 'gateway' as const,
      body: otlpExport,
      answer: otlpAnswer,
    };
    scope.post(
      '/v1/logs',
      { config: { api }, onRequest: async (request) => void deps.access.requireGateway(request.headers) },
      (request, reply) => takeLogs(deps, request, reply),
    );
  });
}

async function takeLogs(deps: EventsRouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const gateway = deps.access.requireGateway(request.headers);
  const { deadLettered } = await admitted(deps.writer, { request, reply }, 'log-records', (body) =>
    toJob(deps, body, { source: `http:${gateway}`, key: null }),
  );
  if (deadLettered.length === 0) return reply.send({});
  const reasons = [...new Set(deadLettered.map(({ reason }) => reason))].join(', ');
  // 64-bit integers are text in the JSON of protocol buffers.
  const partialSuccess = { rejectedLogRecords: String(deadLettered.length), errorMessage: reasons };
  return reply.send({ partialSuccess });
}

function problemOf(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 415) {
    return new Problem('unsupported_media_type', 'OTLP is read here in JSON (application/json), not in protobuf.');
  }
  return null;
}
