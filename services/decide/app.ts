import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { challengeState, evaluationRequest, evaluationsRequest } from '../../schemas/decision.ts';
import type { Access } from '../../shared/access.ts';
import type { Logger } from '../../shared/logger.ts';
import { Problem } from '../../shared/problem.ts';
import type { Decider } from './decider.ts';
import { type Answer, guarded, guardedLater, problemAnswer, readBody, writeAnswer } from './gateways/answer.ts';
import { createAuthZen } from './gateways/authzen.ts';
import { createNginxAdapter } from './gateways/nginx.ts';

export interface DecisionRouteDeps {
  decider: Decider;
  access: Access;
  /** `BONAFIDE_TRUSTED_HOPS`. */
  trustedHops: number;
  log: Logger;
}

const BODY_LIMIT = 1_048_576;
const EVALUATION = '/access/v1/evaluation';
const EVALUATIONS = '/access/v1/evaluations';
const NGINX = '/gateway/nginx';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const decisionAnswer = z.object({
  decision: z.boolean(),
  context: z.looseObject({ challenge: challengeState.optional() }),
});
const metadataAnswer = z.object({
  policy_decision_point: z.string(),
  access_evaluation_endpoint: z.string(),
  access_evaluations_endpoint: z.string(),
});

/**
 * The way of a request: AuthZEN and nginx over one decider. The two paths that gateways ask for each of their own
 * requests are answered in front of the framework, by the same functions that stand behind its routes.
 */
export function registerDecisionRoutes(app: FastifyInstance, deps: DecisionRouteDeps): void {
  const { log } = deps;
  const authzen = createAuthZen(deps);
  const nginx = createNginxAdapter(deps);
  const onFault = (error: unknown) => log.error({ event: 'decision_failed', err: error }, 'a decision failed here');
  const tooLarge = problemAnswer(new Problem('payload_too_large', `The body is larger than ${BODY_LIMIT} bytes.`));

  app.hotPaths.set(EVALUATION, (request, response) => {
    if (request.method !== 'POST') return false;
    const evaluate = (body: string) =>
      guarded(() => authzen.evaluation(request.headers, body, request.socket), onFault);
    if (deps.access.gatewayOf(request.headers, request.socket) === null) {
      writeAnswer(request, response, closing(evaluate('')));
      return true;
    }
    readBody(request, BODY_LIMIT, (body) => {
      writeAnswer(request, response, body === null ? closing(tooLarge) : evaluate(body));
    });
    return true;
  });
  app.hotPaths.set(NGINX, (request, response) => {
    writeAnswer(
      request,
      response,
      guarded(() => nginx.answer(request.headers, request.socket), onFault),
    );
    return true;
  });

  // Gateways send on what HTTP forbids, and take a 400 for a question that nobody answers, which some let through.
  app.unreadable.set(NGINX, {
    status: '403 Forbidden',
    headers: { 'X-Risk-Decision': 'block', 'X-Risk-Would': 'block', 'X-Bonafide-Decision-Id': 'unread' },
  });

  app.register(async (scope) => {
    // The body is read as text whatever it calls itself: a wrong content type is a 400 of AuthZEN, not a 415.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
      done(null, body);
    });
    // In front of the body, which of strangers is not read: a megabyte each, and as slowly as they like.
    const answerStrangers =
      (answer: (request: FastifyRequest) => Answer) => async (request: FastifyRequest, reply: FastifyReply) => {
        if (deps.access.gatewayOf(request.headers) === null) await send(reply, closing(answer(request)));
      };
    const onRequest = answerStrangers(({ headers }) => guarded(() => authzen.evaluation(headers, ''), onFault));
    const text = (request: FastifyRequest) => (typeof request.body === 'string' ? request.body : '');

    const evaluation = { summary: 'Decide one request (AuthZEN)', access: 'gateway' as const };
    scope.post(
      EVALUATION,
      { onRequest, config: { api: { ...evaluation, body: evaluationRequest, answer: decisionAnswer } } },
      (request, reply) =>
        send(
          reply,
          guarded(() => authzen.evaluation(request.headers, text(request)), onFault),
        ),
    );
    scope.post(
      EVALUATIONS,
      {
        onRequest,
        config: {
          api: { summary: 'Decide several requests (AuthZEN)', access: 'gateway', body: evaluationsRequest },
        },
      },
      async (request, reply) =>
        send(reply, await guardedLater(() => authzen.evaluations(request.headers, text(request)), onFault)),
    );
    for (const url of [NGINX, `${NGINX}/`])
      scope.route({
        method: METHODS,
        url,
        onRequest: answerStrangers(({ headers }) => nginx.answer(headers)),
        config: { api: { summary: 'Decide one request (nginx auth_request): 200, 401 or 403', access: 'gateway' } },
        handler: (request, reply) =>
          send(
            reply,
            guarded(() => nginx.answer(request.headers), onFault),
          ),
      });
  });

  app.get(
    '/.well-known/authzen-configuration',
    { config: { api: { summary: 'Where AuthZEN is', access: 'open', answer: metadataAnswer } } },
    (request) => {
      const base = `${request.protocol}://${request.host}`;
      return {
        policy_decision_point: base,
        access_evaluation_endpoint: `${base}${EVALUATION}`,
        access_evaluations_endpoint: `${base}${EVALUATIONS}`,
      };
    },
  );
}

/** What of the body is not read yet will not be. */
const closing = (answer: Answer): Answer => ({ ...answer, headers: { ...answer.headers, connection: 'close' } });

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}
