import { type Adapter, type Fields, type Parsed, share } from './adapter.ts';
import { parseObject } from './json.ts';
import { splitTarget } from './request-line.ts';

/** Keys of `docs/gateways/nginx-log.conf` that carry text, and the canonical field of each. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['addr', 'client.address'],
  ['host', 'server.address'],
  ['request_id', 'http.request.id'],
  ['agent', 'user_agent.original'],
  ['user', 'user.id'],
  ['session', 'session.id'],
  ['device', 'device.id'],
  ['api_client', 'api.client'],
  ['subject', 'login.subject'],
  ['app_version', 'app.version'],
  ['country', 'geo.country'],
  ['attestation', 'attestation.status'],
  ['attestation_code', 'attestation.code'],
  ['attestation_issuer', 'attestation.issuer'],
  ['outcome', 'risk.outcome'],
  ['would', 'risk.would'],
  ['decision', 'risk.decision_id'],
  ['challenge', 'challenge.result'],
]);

/** Keys that carry numbers; nginx writes them as text, and `-` or nothing when it has none. */
const NUMBERS: ReadonlyMap<string, string> = new Map([
  ['request_size', 'http.request.size'],
  ['response_size', 'http.response.size'],
  ['duration', 'http.server.request.duration'],
  ['captcha', 'captcha.score'],
  ['waf', 'waf.score'],
]);

/** The JSON `log_format` that we ship, `docs/gateways/nginx-log.conf` (`escape=json`). */
export const nginxJson: Adapter = {
  name: 'nginx-json',
  description: 'the JSON log_format for nginx of docs/gateways/nginx-log.conf',
  strictUtf8: false,
  detect: (lines) => share(lines, (line) => line.startsWith('{"nginx":')),
  parse,
};

function parse(line: string): Parsed {
  const parsed = parseObject(line);
  if (!parsed.ok) return parsed;
  const raw = parsed.fields;
  const fields: Fields = {};
  for (const [key, value] of Object.entries(raw)) {
    if (value === '' || value === '-') continue;
    const text = TEXTS.get(key);
    if (text !== undefined) fields[text] = value;
    else {
      const number = NUMBERS.get(key);
      if (number !== undefined) fields[number] = toNumber(value);
    }
  }
  // $msec is seconds with three decimals.
  const seconds = toNumber(raw.msec);
  if (seconds !== undefined) fields.time = typeof seconds === 'number' ? Math.round(seconds * 1000) : seconds;
  const status = toNumber(raw.status);
  if (status !== undefined) fields['http.response.status_code'] = status;
  setRequest(fields, raw.method, raw.target);
  setBasicUser(fields, raw.basic_user, status);
  return { ok: true, fields };
}

/** The user of basic authentication; one whom nginx answered 401 is only a claim. */
function setBasicUser(fields: Fields, user: unknown, status: unknown): void {
  if (user === undefined || user === '' || user === '-') return;
  const name = status === 401 ? 'login.subject' : 'user.id';
  fields[name] ??= user;
}

/** nginx leaves method and target empty when it could not read the request. */
function setRequest(fields: Fields, method: unknown, target: unknown): void {
  if (typeof method !== 'string' || typeof target !== 'string' || method === '' || method === '-') {
    fields['http.request.method'] = '_OTHER';
    fields['url.path'] = '';
    return;
  }
  fields['http.request.method'] = method;
  splitTarget(target, fields);
}

/** A number of text stays what it was when it is none, so that validation names it. */
function toNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value === '' || value === '-') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}
