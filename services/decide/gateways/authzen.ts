import type { IncomingHttpHeaders } from 'node:http';
import { type EvaluationRequest, evaluationRequest } from '../../../schemas/decision.ts';
import type { Access } from '../../../shared/access.ts';
import { DEEPEST_BODY, membersIn } from '../../../shared/json-members.ts';
import { Problem } from '../../../shared/problem.ts';
import { type Decider, emptyRequest } from '../decider.ts';
import { attestationOf, identityFaultOf, NOT_OBSERVED, type RawRequest } from '../facts.ts';
import { contextHeaders } from '../identity/headers.ts';
import type { Uses } from '../identity/request.ts';
import { signalsOfCause } from '../identity/signals.ts';
import type { Answer } from './answer.ts';
import { callerIds } from './caller-ids.ts';
import { encodeDecision } from './encode.ts';
import { queryOf } from './target.ts';

/** OpenID AuthZEN Authorization API 1.0: the parts of our surface that do not depend on how a request arrived. */
export interface AuthZen {
  /** @throws Problem. @param connection the socket, on the hot path. */
  evaluation(headers: IncomingHttpHeaders, body: string, connection?: object): Answer;
  /** Gives the thread back in between. @throws Problem. */
  evaluations(headers: IncomingHttpHeaders, body: string): Promise<Answer>;
}

const JSON_TYPE = /^application\/(?:json|[\w.+-]+\+json) *(?:;|$)/i;
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
const MAX_EVALUATIONS = 1000;
/** A thousand tokens that were never seen take a third of a second, longer than a gateway waits for its own question. */
const SLICE_MS = 3;

type Fields = Readonly<Record<string, unknown>>;
const NO_FIELDS: Fields = {};

export function createAuthZen({ decider, access }: { decider: Decider; access: Access }): AuthZen {
  function decideOne(gateway: string, evaluation: EvaluationRequest, uses?: Uses) {
    const context = evaluation.context ?? NO_FIELDS;
    const raw = requestOf(decider.nextId(), evaluation, context);
    raw.gateway = gateway;
    const { attestation_token: token } = context;
    // `null` says that the gateway looked and found none; without the field it did not look.
    const given = typeof token === 'string' ? token : token === null ? '' : null;
    const decision = decider.answer('authzen', raw, contextHeaders(context.headers), given, uses);
    // What was verified stands in `raw` afterwards, in the place of what was said.
    const caller = callerIds(raw);
    if (caller !== null) decision.context.caller = caller;
    return decision;
  }

  function readJson(headers: IncomingHttpHeaders, body: string): Fields {
    if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
      throw new Problem('bad_request', 'The body must be JSON, with "Content-Type: application/json".');
    }
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new Problem('unsupported_media_type', `A question is not packed: send it without ${encoding}.`);
    }
    if (membersIn(body, DEEPEST_BODY) < 0) {
      throw new Problem('bad_request', `The body is nested more than ${DEEPEST_BODY} deep.`);
    }
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      throw new Problem('bad_request', body === '' ? 'The body is empty.' : 'The body is not JSON.');
    }
    if (!isFields(value)) throw new Problem('bad_request', 'The body must be a JSON object.');
    return value;
  }

  const good = (body: unknown): Answer => ({ status: 200, headers: JSON_HEADERS, body: JSON.stringify(body) });

  return {
    evaluation(headers, body, connection) {
      const gateway = access.requireGateway(headers, connection);
      const decision = decideOne(gateway, readEvaluation(readJson(headers, body)));
      return { status: 200, headers: JSON_HEADERS, body: encodeDecision(decision) };
    },
    async evaluations(headers, body) {
      const gateway = access.requireGateway(headers);
      const request = readJson(headers, body);
      const { evaluations } = request;
      // No items: the request behaves as a single evaluation.
      if (evaluations === undefined || (Array.isArray(evaluations) && evaluations.length === 0)) {
        return good(decideOne(gateway, readEvaluation(request)));
      }
      if (!Array.isArray(evaluations) || evaluations.length > MAX_EVALUATIONS) {
        throw new Problem('bad_request', `evaluations must be an array of at most ${MAX_EVALUATIONS} items.`);
      }
      const semantic = semanticOf(request);
      const answers: unknown[] = [];
      const batch = createBatch();
      let sliceEnd = performance.now() + SLICE_MS;
      for (const item of evaluations as unknown[]) {
        if (performance.now() > sliceEnd) {
          await new Promise((resolve) => setImmediate(resolve));
          sliceEnd = performance.now() + SLICE_MS;
        }
        const answer = decideItem(gateway, item, request, batch);
        answers.push(answer);
        if (semantic === 'deny_on_first_deny' && !answer.decision) break;
        if (semantic === 'permit_on_first_permit' && answer.decision) break;
      }
      return good({ evaluations: answers });
    },
  };

  /** A faulty item is denied with its fault, the others are answered. */
  function decideItem(
    gateway: string,
    item: unknown,
    defaults: Fields,
    batch: Batch,
  ): { decision: boolean; context: object } {
    try {
      if (!isFields(item)) throw new Problem('bad_request', 'An item of evaluations must be an object.');
      const evaluation = readEvaluation({ ...defaults, ...item });
      return decideOne(gateway, evaluation, batch.usesOf(evaluation.context));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const faults = (error.faults ?? []).map(({ path, message }) => `${path}: ${message}`).join('; ');
      const message = faults === '' ? error.message : `${error.message} ${faults}`;
      return { decision: false, context: { error: { status: error.status, message } } };
    }
  }
}

/** The requests that a batch asks about. */
interface Batch {
  usesOf(context: Fields | undefined): Uses;
}

/**
 * Items of one context (address, headers, request id) are questions about one request, which shows its token once. An
 * item of another context is another request, and a token that it shows again is used again.
 */
function createBatch(): Batch {
  const byContext = new Map<string, Uses>();
  const seen = new Map<object, Uses>();
  return {
    usesOf(context = NO_FIELDS) {
      let uses = seen.get(context);
      if (uses !== undefined) return uses;
      const text = JSON.stringify(context);
      uses = byContext.get(text) ?? new Map();
      byContext.set(text, uses);
      seen.set(context, uses);
      return uses;
    },
  };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function semanticOf(request: Fields): (typeof SEMANTICS)[number] {
  const { options } = request;
  if (options === undefined) return 'execute_all';
  const asked = isFields(options) ? (options.evaluations_semantic ?? 'execute_all') : null;
  const known = SEMANTICS.find((name) => name === asked);
  if (known !== undefined) return known;
  throw new Problem('bad_request', `options.evaluations_semantic is one of ${SEMANTICS.join(', ')}.`);
}

const isNamed = (value: unknown, name: 'id' | 'name'): boolean =>
  isFields(value) && typeof value[name] === 'string' && value[name] !== '';
const isTyped = (value: unknown): boolean =>
  isNamed(value, 'id') && isFields(value) && typeof value.type === 'string' && value.type !== '';
const mayBeFields = (value: unknown): boolean => value === undefined || isFields(value);
const hasProperties = (value: unknown): boolean => isFields(value) && mayBeFields(value.properties);

/** The quick check of what zod checks; only a request that fails it is given to zod, which names every fault. */
function readEvaluation(request: Fields): EvaluationRequest {
  const { subject, action, resource, context } = request;
  if (
    isTyped(subject) &&
    isNamed(action, 'name') &&
    isTyped(resource) &&
    mayBeFields(context) &&
    hasProperties(subject) &&
    hasProperties(action) &&
    hasProperties(resource)
  ) {
    return request as unknown as EvaluationRequest;
  }
  const parsed = evaluationRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new Problem('bad_request', 'The evaluation request has faults.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}

/** Ids are cut where they become entities, as ingest cuts them. */
function text(context: Fields, short: string, long: string, max = Number.POSITIVE_INFINITY): string {
  const value = context[short] ?? context[long];
  if (typeof value === 'string') return value.length > max ? value.slice(0, max) : value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : '';
}

function requestOf(id: string, { subject, action, resource }: EvaluationRequest, context: Fields): RawRequest {
  const raw = emptyRequest(id, NOT_OBSERVED);
  const query = resource.id.search(/[?#]/);
  raw.path = query < 0 ? resource.id : resource.id.slice(0, query);
  const said = context['url.query'];
  raw.query =
    typeof said === 'string' && said !== '' ? (said.startsWith('?') ? said : `?${said}`) : queryOf(resource.id);
  raw.scheme = text(context, 'scheme', 'url.scheme', 8);
  raw.method = action.name;
  raw.host = text(context, 'host', 'server.address', 255);
  raw.address = text(context, 'ip', 'client.address', 64);
  raw.session = text(context, 'session', 'session.id');
  raw.device = text(context, 'device', 'device.id');
  raw.apiClient = text(context, 'api_client', 'api.client');
  raw.userAgent = text(context, 'user_agent', 'user_agent.original', 2048);
  raw.requestId = text(context, 'request_id', 'http.request.id', 256);
  const isUser = subject.type === 'user' || subject.type === 'identity';
  raw.user = isUser ? subject.id : text(context, 'user.id', 'user.id');
  raw.identityFault = identityFaultOf(text(context, 'identity.code', 'identity.code', 64));
  const status = context['attestation.status'];
  if (typeof status === 'string') {
    const code = text(context, 'attestation.code', 'attestation.code', 64);
    raw.attestation = attestationOf(status, code, text(context, 'attestation.issuer', 'attestation.issuer', 256));
    raw.signals = signalsOfCause(raw.attestation);
    raw.token = text(context, 'attestation.token', 'attestation.token', 256);
  }
  return raw;
}
