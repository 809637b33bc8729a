import type { Fields, Parsed } from './adapter.ts';
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

/** What APISIX's kafka-logger, http-logger and file-logger write by default; a batch is a JSON array of it. */
export const apisix = createJsonAdapter('apisix', 'APISIX kafka-logger, http-logger, file-logger', {
  fits: (object) => isObject(object.request) && isObject(object.response) && object.start_time !== undefined,
  read,
});

const MILLISECOND = 0.001;

function read(object: Fields): Parsed {
  const request = objectAt(object.request);
  const response = objectAt(object.response);
  const headers = objectAt(request.headers);
  const fields: Fields = {};
  setGiven(fields, 'time', object.start_time);
  setGiven(fields, 'client.address', object.client_ip);
  setRequest(fields, textAt(request.method), textAt(request.uri));
  setStatus(fields, response.status);
  const host = textAt(headers.host);
  if (host !== '') fields['server.address'] = withoutHostPort(host);
  setText(fields, 'user_agent.original', textAt(headers['user-agent']));
  setText(fields, 'http.request.id', textAt(headers['x-request-id']));
  setNumber(fields, 'http.request.size', request.size);
  setNumber(fields, 'http.response.size', response.size);
  setNumber(fields, 'http.server.request.duration', object.latency, MILLISECOND);
  setText(fields, 'api.client', objectAt(object.consumer).username);
  const forwarded = listAt(headers['x-forwarded-for']);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}
