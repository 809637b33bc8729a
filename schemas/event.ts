import { z } from 'zod';
import { ATTESTATION_CODES, IDENTITY_CODES } from './reasons.ts';

/** The six kinds of thing whose behaviour is scored. The order is that of `Enum8` in ClickHouse, from 1. */
export const ENTITY_KINDS = ['user', 'session', 'device', 'ip', 'net', 'client'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];
export const entityRef = z.object({ kind: z.enum(ENTITY_KINDS), id: z.string().min(1).max(512) });
export type EntityRef = z.infer<typeof entityRef>;

export const ATTESTATION_STATUSES = ['genuine', 'failed', 'expired', 'missing', 'none'] as const;
export type AttestationStatus = (typeof ATTESTATION_STATUSES)[number];

export const OUTCOMES = ['allow', 'challenge', 'block'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Methods kept as they are; every other one becomes `_OTHER` (OpenTelemetry HTTP semantic conventions). */
export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  '_OTHER',
] as const;
export type Method = (typeof METHODS)[number];

/** Seconds that an event may be ahead of the clock before it is a dead letter (`time_in_future`). */
export const MAX_FUTURE_S = 60;
/** The longest trailing window, in seconds: older events are stored, marked `late`, and score nobody. */
export const LONGEST_WINDOW_S = 86_400;
/** Largest single record in bytes. */
export const MAX_RECORD_BYTES = 1_048_576;

const text = (max: number) => z.string().max(max);
const bytes = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/**
 * The canonical event, version 1: one API access-log record, as Kafka message, NDJSON line or element of
 * `POST /v1/events`. Names are OpenTelemetry HTTP semantic conventions where they exist. Unknown fields are ignored.
 * `time` is the gateway's: RFC 3339 text, or epoch milliseconds as a number. `client.address` is an IP address;
 * IPv4-mapped forms are normalised by ingest. Long strings are cut by ingest before they are judged here.
 */
export const canonicalEvent = z.object({
  time: z.union([z.string().min(1).max(64), z.number().nonnegative()]),
  'http.request.method': text(64),
  'url.path': text(8192),
  'http.response.status_code': z.number().int().min(0).max(999),
  'client.address': z.string().min(2).max(64),
  event_id: z.string().min(1).max(256).optional(),
  'url.query': text(8192).optional(),
  'http.route': text(1024).optional(),
  'server.address': text(255).optional(),
  'user_agent.original': text(2048).optional(),
  'http.request.id': text(256).optional(),
  'http.request.size': bytes.optional(),
  'http.response.size': bytes.optional(),
  'http.server.request.duration': z.number().nonnegative().optional(),
  'user.id': text(512).optional(),
  'session.id': text(512).optional(),
  'device.id': text(512).optional(),
  'api.client': text(512).optional(),
  'login.subject': text(512).optional(),
  'app.version': text(64).optional(),
  'geo.country': text(8).optional(),
  'geo.location.lat': z.number().min(-90).max(90).optional(),
  'geo.location.lon': z.number().min(-180).max(180).optional(),
  'network.asn': z.number().int().nonnegative().max(4_294_967_295).optional(),
  'tls.client.ja4': text(64).optional(),
  'attestation.status': z.enum(ATTESTATION_STATUSES).optional(),
  'attestation.code': z.union([z.enum(ATTESTATION_CODES), text(64)]).optional(),
  'attestation.issuer': text(256).optional(),
  'attestation.token': text(256).optional(),
  'identity.code': z.union([z.enum(IDENTITY_CODES), text(64)]).optional(),
  'risk.outcome': z.enum(OUTCOMES).optional(),
  'risk.would': z.enum(OUTCOMES).optional(),
  'risk.decision_id': text(128).optional(),
  'challenge.result': z.enum(['met', 'unmet']).optional(),
  'captcha.score': z.number().min(0).max(1).optional(),
  'waf.score': z.number().min(0).optional(),
});
export type CanonicalEvent = z.infer<typeof canonicalEvent>;

/** Request-side fields: what a decision may use of its own request (law 4). */
export const RESPONSE_SIDE_FIELDS = [
  'http.response.status_code',
  'http.response.size',
  'http.server.request.duration',
  'risk.outcome',
  'risk.would',
  'risk.decision_id',
  'challenge.result',
] as const;
