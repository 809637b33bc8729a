import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type RouteOptions } from 'fastify';
import { z } from 'zod';
import type { Access } from './access.ts';
import type { Health, Role } from './health.ts';
import { DEEPEST_BODY, membersIn } from './json-members.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import { Problem } from './problem.ts';
import { checkQueryNames } from './query-names.ts';

export interface HttpDeps {
  log: Logger;
  health: Health;
  metrics: Metrics;
  access: Access;
  /** PEM texts; null: plain HTTP. */
  tls: { cert: string; key: string } | null;
  /** Of the product, for `/openapi.json`. */
  version: string;
}

/** Answers a request before the framework sees it, for one exact path; false leaves it to the framework. */
export type HotHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What is answered, without a body, to a request that is no HTTP. */
export interface UnreadableAnswer {
  /** With its phrase. */
  status: string;
  headers: Readonly<Record<string, string>>;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** By path: for callers to whom a 400 says that nobody is there. */
    unreadable: Map<string, UnreadableAnswer>;
    /**
     * Paths that are answered without the framework, for what gateways ask thousands of times a second. The same path
     * is registered as an ordinary route too, over the same code, so that descriptions and tests know one surface.
     */
    hotPaths: Map<string, HotHandler>;
  }
}

/** Gateways keep idle connections for a minute or so; the side that closes first makes the other's next request fail. */
const KEEP_ALIVE_MS = 120_000;
const HEADERS_WITHIN_MS = 20_000;
const REQUEST_WITHIN_MS = 120_000;
/** Gateways ask with all that a client sent, of which Envoy takes 60 KiB: what is not read here is not decided. */
const MAX_HEADER_BYTES = 65_536;
const BODY_LIMIT = 1_048_576;

/**
 * The listener that every role registers its routes on, with what all of them share: problems (RFC 9457), request ids,
 * health, metrics, description. Does not listen.
 */
export function createHttpApp(deps: HttpDeps): FastifyInstance {
  const hotPaths = new Map<string, HotHandler>();
  const unreadable = new Map<string, UnreadableAnswer>();
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: true,
    serverFactory: (handler) => createListener(deps.tls, hotPaths, handler),
    clientErrorHandler: (error, socket) => {
      if (!socket.writable || socket.destroyed) return;
      const packet: unknown = error.rawPacket;
      const start = Buffer.isBuffer(packet) ? packet.toString('latin1', 0, 256) : '';
      const path = START_LINE.exec(start)?.[1];
      // Behind the first packet nothing tells what was asked, so that it may have been any of them.
      const known = path === undefined ? anyOf(unreadable, error.code) : unreadable.get(path);
      socket.end(known === undefined ? clientErrorAnswer(error.code) : bareAnswer(known));
    },
    frameworkErrors: (error, _request, reply) => sendProblem(reply as FastifyReply, problemOf(error)),
  });
  app.decorate('hotPaths', hotPaths);
  app.decorate('unreadable', unreadable);
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cache-control', 'no-store');
    const id = request.headers['x-request-id'];
    if (typeof id === 'string') reply.header('x-request-id', id);
  });
  // A body that is for nothing here is not read: strangers may send one.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw notFound(routes, request.method, request.url);
  });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (membersIn(body, DEEPEST_BODY) < 0) {
      done(new Problem('bad_request', `The body is nested more than ${DEEPEST_BODY} deep.`));
      return;
    }
    void parseJson(request, body, done);
  });
  // Behind `onRequest`, where callers show who they are.
  app.addHook('preValidation', async (request) => checkQueryNames(request.routeOptions.config.api, request.query));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      deps.log.error({ event: 'request_failed', route: request.routeOptions.url, err: error }, 'a request failed here');
    }
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(routes, request.method, request.url)));
  registerOpenRoutes(app, deps, routes);
  return app;
}

function createListener(tls: HttpDeps['tls'], hot: Map<string, HotHandler>, handler: RequestListener): Server {
  const listener: RequestListener = (request, response) => {
    const { url = '' } = request;
    const query = url.indexOf('?');
    const answer = hot.get(query < 0 ? url : url.slice(0, query));
    if (answer === undefined || !answer(request, response)) handler(request, response);
  };
  const options = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Else Node keeps the first of two `Authorization` headers, and says nothing of the other.
    joinDuplicateHeaders: true,
    noDelay: true,
  };
  const server = tls === null ? createServer(options, listener) : createTlsServer({ ...options, ...tls }, listener);
  // Else Node drops what comes after the thousandth without a word, and with many headers of his own a client pushes out
  // those by which his gateway says who and what is asked about. Their bytes have a limit.
  server.maxHeadersCount = 0;
  return server;
}

/** `/livez`, `/readyz`, `/metrics`, `/openapi.json`. */
function registerOpenRoutes(app: FastifyInstance, deps: HttpDeps, routes: readonly RouteOptions[]): void {
  const roles = ['ingest', 'score', 'decide', 'dashboard'] as const satisfies readonly Role[];
  const readyQuery = z.object({ role: z.enum(roles).optional() });

  const livez = { config: { api: { summary: 'The process lives', access: 'open' as const } } };
  app.get('/livez', livez, (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));

  const readyz = {
    config: { api: { summary: 'The process can do its callers’ work', access: 'open' as const, query: readyQuery } },
  };
  app.get('/readyz', readyz, (request, reply) => {
    const query = readyQuery.safeParse(request.query);
    if (!query.success) throw new Problem('bad_request', `The role is one of ${roles.join(', ')}.`);
    const report = deps.health.report(query.data.role);
    return reply.code(report.ready ? 200 : 503).send(report);
  });

  const metrics = { config: { api: { summary: 'Prometheus metrics', access: 'gateway' as const } } };
  app.get('/metrics', metrics, (request, reply) => {
    if (!deps.access.isAdmin(request.headers)) deps.access.requireGateway(request.headers);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(deps.metrics.text());
  });

  // Written once: it is large, and anybody may ask for it beside decisions.
  let description: Buffer | undefined;
  const openapi = { config: { api: { summary: 'This description', access: 'open' as const } } };
  app.get('/openapi.json', openapi, (_request, reply) => {
    description ??= Buffer.from(JSON.stringify(describeApi(routes, deps.version)));
    return reply.type('application/json; charset=utf-8').send(description);
  });
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem.body()));
}

/** Turns whatever was thrown into a problem; what is not the caller's fault says nothing of the inside. */
function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new Problem('payload_too_large', 'The body is larger than this path accepts.');
  if (status === 415)
    return new Problem('unsupported_media_type', 'The body has a content type that is not read here.');
  if (status !== undefined && status >= 400 && status < 500) return new Problem('bad_request', error.message);
  return new Problem('internal', 'This request could not be answered; the log of the service says why.');
}

/** A path that exists under another method is 405, all else 404. */
function notFound(routes: readonly RouteOptions[], method: string, url: string): Problem {
  const path = url.split('?', 1)[0] ?? '';
  const allowed = new Set<string>();
  for (const route of routes) {
    if (route.url.includes('*') || !patternOf(route.url).test(path)) continue;
    for (const name of Array.isArray(route.method) ? route.method : [route.method]) allowed.add(name);
  }
  if (allowed.size === 0) return new Problem('not_found', 'There is nothing at this path.');
  return new Problem('method_not_allowed', `This path does not answer ${method}.`, {
    headers: { allow: [...allowed].sort().join(', ') },
  });
}

const patternOf = (url: string) =>
  new RegExp(`^${url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}$`);

const START_LINE = /^[A-Z]+ ([^ ?]{1,200})[ ?]/;
/** Of the parser's faults those that lie in headers: they may come packets later than the line that names the path. */
const IN_HEADERS: ReadonlySet<string> = new Set([
  'HPE_HEADER_OVERFLOW',
  'HPE_INVALID_HEADER_TOKEN',
  'HPE_INVALID_CONTENT_LENGTH',
  'HPE_UNEXPECTED_CONTENT_LENGTH',
  'HPE_INVALID_TRANSFER_ENCODING',
  'HPE_UNEXPECTED_SPACE',
  'HPE_CR_EXPECTED',
  'HPE_LF_EXPECTED',
]);

function anyOf(answers: ReadonlyMap<string, UnreadableAnswer>, code: string): UnreadableAnswer | undefined {
  return IN_HEADERS.has(code) ? answers.values().next().value : undefined;
}

function bareAnswer({ status, headers }: UnreadableAnswer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}Content-Length: 0\r\nConnection: close\r\n\r\n`;
}

/** What the parser refuses never reaches a route; the answer is written by hand. */
function clientErrorAnswer(code: string | undefined): string {
  const tooLarge = code === 'HPE_HEADER_OVERFLOW';
  const timeout = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = tooLarge ? '431 Request Header Fields Too Large' : timeout ? '408 Request Timeout' : '400 Bad Request';
  const body = JSON.stringify({
    ...new Problem('bad_request', 'The request is not HTTP that is read here.').body(),
    status: Number(status.slice(0, 3)),
  });
  return `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}
