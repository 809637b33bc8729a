import { ATTESTATION_STATUSES, canonicalEvent, METHODS, OUTCOMES } from '../../schemas/event.ts';
import type { RejectReason } from '../../schemas/reasons.ts';
import { type NormalAddress, normaliseAddress } from '../../shared/address.ts';
import { cut } from '../../shared/identity.ts';
import type { Fields } from './formats/adapter.ts';
import { parseTime } from './time.ts';

/** A canonical event that was checked: typed, cut to length, absent text `''`, absent numbers as in `EventRow`. */
export interface CheckedEvent {
  eventId: string;
  /** Epoch milliseconds. */
  time: number;
  method: string;
  path: string;
  query: string;
  route: string;
  status: number;
  address: NormalAddress;
  host: string;
  userAgent: string;
  requestId: string;
  requestSize: number;
  responseSize: number;
  duration: number;
  userId: string;
  sessionId: string;
  deviceId: string;
  apiClient: string;
  loginSubject: string;
  appVersion: string;
  geoCountry: string;
  geoLat: number;
  geoLon: number;
  asn: number;
  ja4: string;
  attestationStatus: string;
  attestationCode: string;
  attestationIssuer: string;
  attestationToken: string;
  riskOutcome: string;
  riskWould: string;
  riskDecisionId: string;
  challengeResult: string;
  captchaScore: number;
  wafScore: number;
}

export interface Rejection {
  reason: RejectReason;
  /** A sentence that names the field. */
  detail: string;
}

const REQUIRED = ['time', 'http.request.method', 'url.path', 'http.response.status_code', 'client.address'] as const;

/** Longest text of each field, as `schemas/event.ts` has it; longer text is cut, a record is not lost for it. */
export const TEXT_LIMITS = {
  'http.request.method': 64,
  'url.path': 8192,
  'url.query': 8192,
  'http.route': 1024,
  'server.address': 255,
  'user_agent.original': 2048,
  'http.request.id': 256,
  'user.id': 512,
  'session.id': 512,
  'device.id': 512,
  'api.client': 512,
  'login.subject': 512,
  'app.version': 64,
  'geo.country': 8,
  'tls.client.ja4': 64,
  'attestation.code': 64,
  'attestation.issuer': 256,
  'attestation.token': 256,
  'risk.decision_id': 128,
} as const;
type TextField = keyof typeof TEXT_LIMITS;

const KNOWN_METHODS = new Set<string>(METHODS);
const STATUSES = new Set<unknown>(ATTESTATION_STATUSES);
const OUTCOME_SET = new Set<unknown>(OUTCOMES);
const RESULTS = new Set<unknown>(['met', 'unmet']);

/**
 * Checks canonical fields as the zod schema does, by hand because that is many times faster; a property test shows
 * that both agree. When a field does not fit, the schema itself is asked to name the fault.
 * `null` counts as absent; text over its limit is cut first.
 */
export function checkEvent(f: Fields): CheckedEvent | Rejection {
  let bad = false;
  const text = (name: TextField): string => {
    const value = f[name];
    if (value === undefined || value === null) return '';
    if (typeof value !== 'string') {
      bad = true;
      return '';
    }
    return value.length > TEXT_LIMITS[name] ? cut(value, TEXT_LIMITS[name]) : value;
  };
  const number = (name: string, min: number, max: number, absent: number): number => {
    const value = f[name];
    if (value === undefined || value === null) return absent;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    bad = true;
    return absent;
  };
  const integer = (name: string, max: number, absent: number): number => {
    const value = number(name, 0, max, absent);
    if (!Number.isInteger(value)) bad = true;
    return value;
  };
  const member = (name: string, known: ReadonlySet<unknown>): string => {
    const value = f[name];
    if (value === undefined || value === null) return '';
    if (typeof value === 'string' && known.has(value)) return value;
    bad = true;
    return '';
  };

  for (const name of REQUIRED) {
    if (f[name] === undefined || f[name] === null) {
      return { reason: 'missing_field', detail: `The field ${name} is required and is absent.` };
    }
  }
  const addressText = f['client.address'];
  const eventId = f['event_id'];
  if (typeof addressText !== 'string') bad = true;
  if (eventId !== undefined && eventId !== null) {
    if (typeof eventId !== 'string' || eventId.length === 0 || eventId.length > 256) bad = true;
  }

  const event: Omit<CheckedEvent, 'time' | 'address'> & { time: number; address: NormalAddress | null } = {
    eventId: typeof eventId === 'string' ? eventId : '',
    time: 0,
    method: normaliseMethod(text('http.request.method')),
    path: text('url.path'),
    query: text('url.query'),
    route: text('http.route'),
    status: integer('http.response.status_code', 999, 0),
    address: null,
    host: text('server.address'),
    userAgent: text('user_agent.original'),
    requestId: text('http.request.id'),
    requestSize: integer('http.request.size', Number.MAX_SAFE_INTEGER, 0),
    responseSize: integer('http.response.size', Number.MAX_SAFE_INTEGER, 0),
    duration: number('http.server.request.duration', 0, Number.MAX_VALUE, 0),
    userId: text('user.id'),
    sessionId: text('session.id'),
    deviceId: text('device.id'),
    apiClient: text('api.client'),
    loginSubject: text('login.subject'),
    appVersion: text('app.version'),
    geoCountry: text('geo.country'),
    geoLat: number('geo.location.lat', -90, 90, 0),
    geoLon: number('geo.location.lon', -180, 180, 0),
    asn: integer('network.asn', 4_294_967_295, 0),
    ja4: text('tls.client.ja4'),
    attestationStatus: member('attestation.status', STATUSES),
    attestationCode: text('attestation.code'),
    attestationIssuer: text('attestation.issuer'),
    attestationToken: text('attestation.token'),
    riskOutcome: member('risk.outcome', OUTCOME_SET),
    riskWould: member('risk.would', OUTCOME_SET),
    riskDecisionId: text('risk.decision_id'),
    challengeResult: member('challenge.result', RESULTS),
    captchaScore: number('captcha.score', 0, 1, -1),
    wafScore: number('waf.score', 0, Number.MAX_VALUE, -1),
  };
  const rawTime = f['time'];
  const time = parseTime(rawTime);
  if (bad || time === null) return nameFault(f);
  const address = typeof addressText === 'string' ? normaliseAddress(addressText) : null;
  if (address === null) {
    return { reason: 'invalid_address', detail: 'The field client.address is no IP address.' };
  }
  event.time = time;
  event.address = address;
  return event as CheckedEvent;
}

export function isRejection(checked: CheckedEvent | Rejection): checked is Rejection {
  return 'reason' in checked;
}

/** Upper case; methods outside the list of OpenTelemetry become `_OTHER`. */
export function normaliseMethod(method: string): string {
  if (KNOWN_METHODS.has(method)) return method;
  const upper = method.toUpperCase();
  return KNOWN_METHODS.has(upper) ? upper : '_OTHER';
}

/** The slow way: zod says which field is wrong. */
function nameFault(f: Fields): Rejection {
  if (parseTime(f['time']) === null) {
    return {
      reason: 'invalid_time',
      detail: 'The field time is neither RFC 3339 nor epoch milliseconds of 1970 to 2099.',
    };
  }
  const result = canonicalEvent.safeParse(prepare(f));
  const issue = result.error?.issues[0];
  const name = issue === undefined ? 'a field' : issue.path.join('.');
  return {
    reason: name === 'client.address' ? 'invalid_address' : 'invalid_field',
    detail: `The field ${name} does not fit: ${issue?.message ?? 'wrong type or range'}.`,
  };
}

/** What the schema is asked about: absent for null, and text cut to its limit. */
export function prepare(f: Fields): Fields {
  const prepared: Fields = {};
  for (const [name, value] of Object.entries(f)) {
    if (value === null) continue;
    const limit = TEXT_LIMITS[name as TextField];
    prepared[name] = limit !== undefined && typeof value === 'string' ? cut(value, limit) : value;
  }
  return prepared;
}
