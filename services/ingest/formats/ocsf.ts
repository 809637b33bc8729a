import type { Fields, Parsed } from './adapter.ts';
import { createJsonAdapter } from './json.ts';
import { listAt, numberOf, objectAt, setGiven, setNumber, setStatus, setText, textAt } from './pick.ts';
import { splitTarget } from './request-line.ts';
import { setRequest } from './shipped-keys.ts';

/** OCSF HTTP Activity, class 4002, versions 1.0 to 1.8. `time` is epoch milliseconds, latencies are milliseconds. */
export const ocsf = createJsonAdapter('ocsf', 'OCSF HTTP Activity (class 4002)', {
  fits: (object) => numberOf(object.class_uid) === 4002 && object.http_request !== undefined,
  read,
});

const MILLISECOND = 0.001;
/** By `activity_id`; 0 is unknown, 99 another one. */
const METHODS = ['', 'CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'TRACE', 'PATCH'];

function read(object: Fields): Parsed {
  const request = objectAt(object.http_request);
  const response = objectAt(object.http_response);
  const source = objectAt(object.src_endpoint);
  const location = objectAt(source.location);
  const url = objectAt(request.url);
  const fields: Fields = {};
  setGiven(fields, 'time', object.time ?? object.time_dt);
  setGiven(fields, 'client.address', source.ip);
  const whole = textAt(request.url) || textAt(url.url_string);
  setRequest(fields, textAt(request.http_method) || methodOf(object), '');
  if (typeof url.path === 'string') fields['url.path'] = url.path;
  else splitTarget(whole, fields);
  setText(fields, 'url.query', url.query_string ?? request.args);
  setStatus(fields, response.code ?? object.status_code);
  setText(fields, 'server.address', url.hostname ?? objectAt(object.dst_endpoint).hostname);
  setText(fields, 'user_agent.original', request.user_agent);
  setText(fields, 'http.request.id', request.uid);
  setNumber(fields, 'http.request.size', request.length ?? request.body_length);
  setNumber(fields, 'http.response.size', response.length ?? response.body_length);
  setNumber(fields, 'http.server.request.duration', object.duration ?? response.latency, MILLISECOND);
  const user = objectAt(objectAt(object.actor).user);
  setText(fields, fields['http.response.status_code'] === 401 ? 'login.subject' : 'user.id', user.uid ?? user.name);
  setText(fields, 'geo.country', location.country);
  setNumber(fields, 'network.asn', objectAt(source.autonomous_system).number);
  const forwarded = listAt(request.x_forwarded_for);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}

/** `http_method` is optional: the activity names the method as well, by itself or as what `type_uid` adds to the class. */
function methodOf({ activity_id, type_uid }: Fields): string {
  return METHODS[numberOf(activity_id ?? numberOf(type_uid) % 100)] ?? '';
}
