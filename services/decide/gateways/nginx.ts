import type { IncomingHttpHeaders } from 'node:http';
import type { Decision } from '../../../schemas/decision.ts';
import type { Access } from '../../../shared/access.ts';
import { identityId } from '../../../shared/identity.ts';
import { type Decider, emptyRequest } from '../decider.ts';
import { NOT_OBSERVED, type RawRequest } from '../facts.ts';
import { type HeaderView, incomingHeaders } from '../identity/headers.ts';
import type { Answer } from './answer.ts';
import { queryOf } from './target.ts';

/** nginx `auth_request`: 200, 401, 403 and nothing else, no body, everything that is told stands in headers. */
export interface NginxAdapter {
  /** @param connection the socket, on the hot path. */
  answer(headers: IncomingHttpHeaders, connection?: object): Answer;
}

export interface NginxDeps {
  decider: Decider;
  access: Access;
  /** Proxies between the client and nginx whose entries in `X-Forwarded-For` are skipped. */
  trustedHops: number;
}

export function createNginxAdapter({ decider, access, trustedHops }: NginxDeps): NginxAdapter {
  return {
    answer(headers, connection) {
      const gateway = access.gatewayOf(headers, connection);
      if (gateway === null) {
        // nginx hands this on to the client; its error log shows a 401 of the subrequest.
        return { status: 401, headers: { 'www-authenticate': 'Bearer realm="bonafide"' }, body: '' };
      }
      const raw = requestOf(decider.nextId(), headers, trustedHops);
      raw.gateway = gateway;
      // What was verified stands in `raw` afterwards, in the place of what was said.
      return answerOf(decider.answer('nginx', raw, originalHeaders(headers), null), raw);
    },
  };
}

/** The client's own headers: of those that the question has itself, what nginx says that the client sent. */
function originalHeaders(headers: IncomingHttpHeaders): HeaderView {
  const sent = incomingHeaders(headers);
  return (name) => sent(ORIGINAL[name] ?? name);
}
const ORIGINAL: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  'content-length': 'x-original-content-length',
  host: 'x-original-host',
});

const one = (value: string | string[] | undefined): string =>
  value === undefined ? '' : typeof value === 'string' ? value : (value[0] ?? '');

const BEYOND_ASCII = /[\x80-\xff]/;
/** Node reads bytes of headers as Latin-1; logs and ingest take them for UTF-8. */
const utf8 = (text: string) => (BEYOND_ASCII.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text);

/** Reads the headers that the configuration in docs/gateways sets, and no other profile's. */
function requestOf(id: string, headers: IncomingHttpHeaders, trustedHops: number): RawRequest {
  const raw = emptyRequest(id, NOT_OBSERVED);
  const uri = one(headers['x-original-uri']);
  const query = uri.search(/[?#]/);
  raw.path = query < 0 ? uri : uri.slice(0, query);
  raw.query = queryOf(uri);
  raw.scheme = one(headers['x-original-scheme']) || one(headers['x-forwarded-proto']);
  raw.method = one(headers['x-original-method']);
  raw.host = one(headers['x-original-host']) || (headers.host ?? '');
  raw.address = clientAddress(headers, trustedHops);
  raw.userAgent = utf8(headers['user-agent'] ?? '').slice(0, 2048);
  raw.user = one(headers['x-bonafide-user']);
  raw.session = one(headers['x-bonafide-session']);
  raw.device = one(headers['x-bonafide-device']);
  raw.apiClient = one(headers['x-bonafide-client']);
  raw.requestId = one(headers['x-request-id']);
  return raw;
}

/**
 * `X-Real-IP`, or the right-most entry of `X-Forwarded-For`. With trusted hops before nginx `X-Real-IP` is the nearest
 * of them, so the list decides: each hop skips one entry from the right.
 */
export function clientAddress(headers: IncomingHttpHeaders, trustedHops: number): string {
  const real = one(headers['x-real-ip']).trim();
  const forwarded = one(headers['x-forwarded-for']);
  if (forwarded === '' || (trustedHops === 0 && real !== '')) return real;
  const entries = forwarded.split(',');
  return (entries[Math.max(0, entries.length - 1 - trustedHops)] ?? '').trim();
}

/**
 * An id for the gateway's log, in the form that ingest gives it again: an id that is itself a token has become its hash.
 * Bytes of UTF-8, which nginx writes into its log as they are.
 */
const idHeader = (id: string) => Buffer.from(identityId(id), 'utf8').toString('latin1');

function answerOf({ decision, context }: Decision, raw: RawRequest): Answer {
  const { attestation, outcome, challenge } = context;
  const met = decision ? 'allow' : outcome;
  const headers: Record<string, string> = {
    'x-risk-decision': met,
    'x-risk-would': outcome,
    'x-risk-score': context.risk.toFixed(2),
    'x-risk-reasons': context.reasons.map(({ code }) => code).join(','),
    'x-attestation-status': attestation.status ?? '',
    'x-bonafide-decision-id': context.id,
  };
  if (attestation.status !== null) headers['x-attestation-code'] = attestation.code;
  if (attestation.issuer !== null) headers['x-attestation-issuer'] = attestation.issuer;
  if (raw.token !== '') headers['x-attestation-token-id'] = idHeader(raw.token);
  if (raw.identityFault !== null) headers['x-identity-code'] = raw.identityFault;
  if (challenge !== undefined) headers['x-bonafide-challenge'] = challenge.result;
  if (raw.user !== '') headers['x-bonafide-user'] = idHeader(raw.user);
  if (raw.session !== '') headers['x-bonafide-session'] = idHeader(raw.session);
  if (raw.device !== '') headers['x-bonafide-device'] = idHeader(raw.device);
  if (raw.apiClient !== '') headers['x-bonafide-client'] = idHeader(raw.apiClient);
  if (met === 'allow') return { status: 200, headers, body: '' };
  if (met === 'block') return { status: 403, headers, body: '' };
  // The only header of ours that nginx copies to the client by itself.
  const nonce = challenge?.result === 'unmet' ? `, nonce="${challenge.nonce}"` : '';
  headers['www-authenticate'] = `Attestation realm="bonafide", challenge="${context.id}"${nonce}`;
  return { status: 401, headers, body: '' };
}
