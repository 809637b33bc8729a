import type { Fields, Parsed } from './adapter.ts';
import { setBonafideKeys } from './bonafide-keys.ts';
import { listAt, numberOf, setGiven, setNumber, setStatus, setText, setUser, textAt, withoutHostPort } from './pick.ts';
import { splitTarget } from './request-line.ts';

/**
 * The keys of the JSON logs that `docs/gateways` has for gateways whose log is a template: nginx, APISIX, HAProxy.
 * `msec` is seconds with three decimals, `duration` seconds, `duration_ms` milliseconds; numbers may be text; `target` is the request target with its query.
 */
export function readShippedKeys(object: Fields): Parsed {
  const fields: Fields = {};
  const seconds = numberOf(object.msec);
  setGiven(fields, 'time', Number.isFinite(seconds) && object.msec !== '' ? Math.round(seconds * 1000) : object.msec);
  setGiven(fields, 'client.address', object.addr);
  setRequest(fields, textAt(object.method), textAt(object.target));
  setStatus(fields, object.status);
  const host = textAt(object.host);
  if (host !== '' && host !== '-') fields['server.address'] = withoutHostPort(host);
  setText(fields, 'http.request.id', object.request_id);
  setText(fields, 'user_agent.original', object.agent);
  setNumber(fields, 'http.request.size', object.request_size);
  setNumber(fields, 'http.response.size', object.response_size);
  setNumber(fields, 'http.server.request.duration', object.duration);
  setNumber(fields, 'http.server.request.duration', object.duration_ms, 0.001);
  setBonafideKeys(fields, object);
  // The user of basic authentication, unless one was verified otherwise.
  if (fields['user.id'] === undefined) setUser(fields, object.basic_user);
  const forwarded = listAt(object.forwarded_for);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}

/** A gateway leaves method and target empty when it could not read the request. */
export function setRequest(fields: Fields, method: string, target: string): void {
  if (method === '' || method === '-' || method === '<BADREQ>') {
    fields['http.request.method'] = '_OTHER';
    fields['url.path'] = '';
    return;
  }
  fields['http.request.method'] = method;
  if (target === '-') fields['url.path'] = '';
  else splitTarget(target, fields);
}
