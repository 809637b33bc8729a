import type { Fields, Parsed } from './adapter.ts';
import { setBonafideKeys } from './bonafide-keys.ts';
import { createJsonAdapter } from './json.ts';
import { createTimeReader, epochTime } from './log-time.ts';
import { listAt, setGiven, setNumber, setStatus, setText, setUser, textAt, withoutHostPort } from './pick.ts';
import { splitRequest } from './request-line.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * A JSON `log_format` of one's own whose keys are the names of nginx's variables, as most such logs have them, or those
 * of ingress-nginx's documentation (`method`, `path`, `vhost`, `x_forwarded_for`).
 */
export const nginxVariables = createJsonAdapter(
  'nginx-variables',
  'nginx access log, JSON by the names of its variables ($remote_addr, $request_uri …)',
  { fits, read },
);

const TIMES = ['msec', 'time_iso8601', 'time_local', '@timestamp', 'timestamp', 'time'] as const;
const TARGETS = ['request_uri', 'uri', 'document_uri', 'path'] as const;
const REQUESTS = ['request', 'request_method', ...TARGETS] as const;

function fits(object: Fields): boolean {
  return (
    object.remote_addr !== undefined &&
    object.status !== undefined &&
    TIMES.some((name) => object[name] !== undefined) &&
    REQUESTS.some((name) => object[name] !== undefined)
  );
}

const readTime = createTimeReader();

function read(object: Fields): Parsed {
  const fields: Fields = {};
  const first = (...names: string[]) => names.map((name) => object[name]).find((value) => isSaid(value));
  setGiven(fields, 'time', timeOf(first(...TIMES)));
  setGiven(fields, 'client.address', object.remote_addr);
  setTarget(fields, object);
  setStatus(fields, object.status);
  const host = textAt(first('host', 'http_host', 'vhost', 'server_name'));
  if (host !== '' && host !== '_') fields['server.address'] = withoutHostPort(host);
  setText(fields, 'http.request.id', first('request_id', 'req_id', 'http_x_request_id'));
  setText(fields, 'user_agent.original', object.http_user_agent);
  setNumber(fields, 'http.request.size', object.request_length);
  setNumber(fields, 'http.response.size', first('bytes_sent', 'body_bytes_sent'));
  setNumber(fields, 'http.server.request.duration', object.request_time);
  // `$http_ssl_ja4` is a header that the client writes, unless a module took the name.
  setText(fields, 'tls.client.ja4', object.ssl_ja4);
  setText(fields, 'geo.country', first('geoip2_data_country_code', 'geoip_country_code'));
  setBonafideKeys(fields, object);
  // The user of basic authentication, unless one was verified otherwise.
  if (fields['user.id'] === undefined) setUser(fields, object.remote_user);
  const forwarded = forwardedOf(object);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== '' && value !== '-';

function timeOf(value: unknown): unknown {
  const local = typeof value === 'string' ? readTime(value) : null;
  return local ?? epochTime(value);
}

/**
 * `$request_uri` and `$request` are the target as it came; `$uri` is what nginx made of it, decoded and rewritten, and
 * has no query. `$request_method` is empty where the request could not be read.
 */
function setTarget(fields: Fields, object: Fields): void {
  const method = object.request_method ?? object.method;
  const isTold = method !== undefined && TARGETS.some((name) => object[name] !== undefined);
  // What the log was never told to write is missing; it must not pass for a request that nginx could not read.
  if (!isTold && object.request === undefined) return;
  const target = textAt(object.request_uri);
  const hasLine = object.request !== undefined && target === '';
  if (method === undefined || (hasLine && textAt(method) !== '')) splitRequest(textAt(object.request), fields);
  else setRequest(fields, textAt(method), target === '' && !hasLine ? uriOf(object) : target);
}

function uriOf(object: Fields): string {
  const path = textAt(object.uri ?? object.document_uri ?? object.path);
  const query = textAt(object.args ?? object.query_string ?? object.request_query);
  return query === '' || query === '-' ? path : `${path}?${query}`;
}

/** `$proxy_add_x_forwarded_for`, which ingress-nginx calls `x_forwarded_for`, has the peer behind the list that came in. */
function forwardedOf(object: Fields): string | undefined {
  const came = listAt(object.http_x_forwarded_for);
  if (came !== undefined) return came;
  const list = listAt(object.proxy_add_x_forwarded_for ?? object.x_forwarded_for);
  if (list === undefined) return undefined;
  const comma = list.lastIndexOf(',');
  if (list.slice(comma + 1).trim() !== object.remote_addr) return list;
  return comma < 0 ? undefined : list.slice(0, comma);
}
