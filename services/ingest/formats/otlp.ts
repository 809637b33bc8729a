import type { Fields, Parsed } from './adapter.ts';
import { fault } from './adapter.ts';
import { createJsonAdapter } from './json.ts';
import { plainObject, plainValue } from './otlp-value.ts';
import { isObject, listAt, setDegrees, setGiven, setNumber, setStatus, setText, textAt } from './pick.ts';
import { splitTarget } from './request-line.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * One log record of OpenTelemetry in OTLP's JSON, its attributes with the names of the HTTP semantic conventions (the
 * stable ones, and those before 1.20). Records with another content are carriers: `carriers.ts`.
 */
export const otlp = createJsonAdapter('otlp', 'OpenTelemetry logs, OTLP in JSON', {
  fits: (object) => {
    const record = recordOf(object);
    return record !== null && isHttp(plainObject(record.attributes));
  },
  read(object) {
    const record = recordOf(object);
    return record === null
      ? fault('malformed', 'logRecords', -1, 'The object is not one log record of OpenTelemetry.')
      : readRecord(record);
  },
});

/** The one record of an export; null when there is none. More than one are taken apart before. */
export function recordOf(object: Fields): Fields | null {
  const record = first(first(first(object.resourceLogs)?.scopeLogs)?.logRecords);
  return record ?? null;
}

function first(list: unknown): Fields | undefined {
  return Array.isArray(list) && isObject(list[0]) ? list[0] : undefined;
}

const isHttp = (attributes: Fields): boolean =>
  attributes['http.request.method'] !== undefined ||
  attributes['http.response.status_code'] !== undefined ||
  attributes['http.method'] !== undefined;

/** Epoch milliseconds of a record; undefined when it has no time. */
export function timeOf(record: Fields): number | undefined {
  return millisecondsOf(record.timeUnixNano) ?? millisecondsOf(record.observedTimeUnixNano);
}

/** Nanoseconds as text, as OTLP has them, or as a number; 0 means unknown. */
function millisecondsOf(nanoseconds: unknown): number | undefined {
  const text = typeof nanoseconds === 'number' ? nanoseconds.toFixed(0) : nanoseconds;
  if (typeof text !== 'string' || !/^\d{13,20}$/.test(text)) return undefined;
  return Number(text.slice(0, -6));
}

/** What a record says besides its attributes: a text, or an object. */
export const bodyOf = (record: Fields): unknown => plainValue(record.body);

/** Canonical fields that an attribute of the same name sets; exporters of strings alone write numbers as text. */
const TEXTS = [
  'http.route',
  'http.request.id',
  'user.id',
  'session.id',
  'device.id',
  'api.client',
  'login.subject',
  'app.version',
  'geo.country',
  'tls.client.ja4',
  'attestation.status',
  'attestation.code',
  'attestation.issuer',
  'attestation.token',
  'identity.code',
  'risk.outcome',
  'risk.would',
  'risk.decision_id',
  'challenge.result',
  'event_id',
] as const;
const NUMBERS = ['http.server.request.duration', 'network.asn', 'captcha.score', 'waf.score'] as const;
const DEGREES = ['geo.location.lat', 'geo.location.lon'] as const;

function readRecord(record: Fields): Parsed {
  const a = plainObject(record.attributes);
  const fields: Fields = {};
  setGiven(fields, 'time', timeOf(record));
  const known = a['client.address'] ?? a['http.client_ip'];
  setGiven(fields, 'client.address', known ?? a['network.peer.address'] ?? a['net.sock.peer.addr'] ?? a['net.peer.ip']);
  const method = textAt(a['http.request.method_original'] ?? a['http.request.method'] ?? a['http.method']);
  setRequest(fields, method, '');
  if (typeof a['url.path'] === 'string') {
    fields['url.path'] = a['url.path'];
    setText(fields, 'url.query', a['url.query']);
  } else splitTarget(textAt(a['http.target'] ?? a['url.full'] ?? a['http.url']), fields);
  setStatus(fields, a['http.response.status_code'] ?? a['http.status_code']);
  setText(fields, 'server.address', a['server.address'] ?? a['http.host'] ?? a['net.host.name']);
  setText(fields, 'user_agent.original', a['user_agent.original'] ?? a['http.user_agent']);
  setNumber(fields, 'http.request.size', a['http.request.size'] ?? a['http.request.body.size']);
  setNumber(fields, 'http.response.size', a['http.response.size'] ?? a['http.response.body.size']);
  for (const name of TEXTS) if (a[name] !== undefined) setText(fields, name, a[name]);
  for (const name of NUMBERS) setNumber(fields, name, a[name]);
  for (const name of DEGREES) setDegrees(fields, name, a[name]);
  // `client.address` is the client already; only a bare peer may be a proxy.
  const forwarded = known === undefined ? listAt(a['http.request.header.x-forwarded-for']) : undefined;
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}
