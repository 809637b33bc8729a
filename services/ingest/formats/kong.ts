import type { Fields, Parsed } from './adapter.ts';
import { setBonafideKeys } from './bonafide-keys.ts';
import { createJsonAdapter } from './json.ts';
import {
  isObject,
  listAt,
  objectAt,
  setGiven,
  setNumber,
  setStatus,
  setText,
  textAt,
  withoutHostPort,
} from './pick.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * What Kong's http-log, file-log, tcp-log and kafka-log write: `kong.log.serialize()`, and the keys of
 * {@link setBonafideKeys} that `custom_fields_by_lua` adds at the top.
 */
export const kong = createJsonAdapter('kong', 'Kong http-log, file-log, kafka-log', {
  fits: (object) => isObject(object.latencies) && object.started_at !== undefined && object.request !== undefined,
  read,
});

const MILLISECOND = 0.001;

function read(object: Fields): Parsed {
  const request = objectAt(object.request);
  const response = objectAt(object.response);
  const headers = objectAt(request.headers);
  const consumer = objectAt(object.consumer);
  const fields: Fields = {};
  setGiven(fields, 'time', object.started_at);
  setGiven(fields, 'client.address', object.client_ip);
  setRequest(fields, textAt(request.method), textAt(request.uri));
  setStatus(fields, response.status);
  const host = textAt(headers.host);
  if (host !== '') fields['server.address'] = withoutHostPort(host);
  setText(fields, 'user_agent.original', textAt(headers['user-agent']));
  setText(fields, 'http.request.id', request.id);
  setNumber(fields, 'http.request.size', request.size);
  setNumber(fields, 'http.response.size', response.size);
  setNumber(fields, 'http.server.request.duration', objectAt(object.latencies).request, MILLISECOND);
  // A consumer is the software that calls, by the id of its credential's owner.
  setText(fields, 'api.client', consumer.username ?? consumer.custom_id ?? consumer.id);
  setBonafideKeys(fields, object);
  const forwarded = listAt(headers['x-forwarded-for']);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}
