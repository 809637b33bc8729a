import type { Fields, Parsed } from './adapter.ts';
import { setBonafideKeys } from './bonafide-keys.ts';
import { isConnection, setForwardedClient, setPeer } from './envoy-line.ts';
import { createJsonAdapter } from './json.ts';
import { epochTime } from './log-time.ts';
import { listAt, setGiven, setNumber, setStatus, setText, textAt, withoutHostPort } from './pick.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * Envoy's access log in JSON, by the keys of Envoy Gateway, of Istio and of `docs/gateways/envoy-log.yaml`. Durations
 * are milliseconds. `downstream_remote_address` is the client as Envoy's own trusted hops have it.
 */
export const envoyJson = createJsonAdapter('envoy-json', 'Envoy access log, JSON: Envoy Gateway, Istio', {
  fits: (object) =>
    object.response_code !== undefined && object.start_time !== undefined && object.bytes_sent !== undefined,
  read,
});

const MILLISECOND = 0.001;

function read(object: Fields): Parsed {
  const fields: Fields = {};
  setGiven(fields, 'time', epochTime(object.start_time));
  const list = listAt(object['x-forwarded-for'] ?? object.x_forwarded_for);
  const forwarded = list === undefined ? undefined : setForwardedClient(fields, list);
  setPeer(fields, object.downstream_remote_address);
  const target = textAt(object['x-envoy-origin-path'] ?? object['x-envoy-original-path'] ?? object.path);
  const method = textAt(object.method ?? object[':method']);
  setRequest(fields, method, target === '' ? textAt(object[':path']) : target);
  setStatus(fields, object.response_code);
  if (isConnection(method, textAt(object.protocol), fields['http.response.status_code'])) {
    return { ok: true, fields, skip: true };
  }
  const host = textAt(object[':authority'] ?? object.authority);
  if (host !== '' && host !== '-') fields['server.address'] = withoutHostPort(host);
  setText(fields, 'user_agent.original', object['user-agent'] ?? object.user_agent);
  setText(fields, 'http.request.id', object['x-request-id'] ?? object.request_id);
  setNumber(fields, 'http.request.size', object.bytes_received);
  setNumber(fields, 'http.response.size', object.bytes_sent);
  setNumber(fields, 'http.server.request.duration', object.duration, MILLISECOND);
  setBonafideKeys(fields, object);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}
