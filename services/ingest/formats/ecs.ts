import type { Fields, Parsed } from './adapter.ts';
import { isCanonical } from './canonical.ts';
import { createJsonAdapter } from './json.ts';
import { isObject, setGiven, setNumber, setStatus, setText, valueAt } from './pick.ts';
import { splitTarget } from './request-line.ts';
import { setRequest } from './shipped-keys.ts';

/** Elastic Common Schema 1 to 9, nested or with dotted names, as Beats, Elastic Agent and Logstash write it. */
export const ecs = createJsonAdapter('ecs', 'Elastic Common Schema (Filebeat, Elastic Agent)', {
  fits: (object) =>
    object['@timestamp'] !== undefined &&
    (isObject(object.http) ||
      isObject(object.url) ||
      object['url.path'] !== undefined ||
      object['url.original'] !== undefined ||
      object['http.request.method'] !== undefined ||
      object['http.response.status_code'] !== undefined) &&
    !isCanonical(object),
  read,
});

const NANOSECOND = 1e-9;

function read(object: Fields): Parsed {
  const get = (name: string) => valueAt(object, name);
  const first = (...names: string[]) => {
    for (const name of names) {
      const value = get(name);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  };
  const fields: Fields = {};
  setGiven(fields, 'time', get('@timestamp'));
  setGiven(fields, 'client.address', first('client.ip', 'source.ip', 'client.address', 'source.address'));
  const path = first('url.path');
  const method = first('http.request.method');
  setRequest(fields, typeof method === 'string' ? method : '', '');
  if (typeof path === 'string') {
    fields['url.path'] = path;
    setText(fields, 'url.query', get('url.query'));
  } else {
    const original = first('url.original', 'url.full');
    if (typeof original === 'string' && method !== undefined) splitTarget(original, fields);
  }
  setStatus(fields, get('http.response.status_code'));
  setText(fields, 'server.address', first('url.domain', 'server.domain', 'server.address'));
  setText(fields, 'user_agent.original', get('user_agent.original'));
  setText(fields, 'http.request.id', get('http.request.id'));
  setNumber(fields, 'http.request.size', first('http.request.bytes', 'http.request.body.bytes'));
  setNumber(fields, 'http.response.size', first('http.response.bytes', 'http.response.body.bytes'));
  setNumber(fields, 'http.server.request.duration', get('event.duration'), NANOSECOND);
  const user = fields['http.response.status_code'] === 401 ? 'login.subject' : 'user.id';
  setText(fields, user, first('user.id', 'user.name'));
  setText(fields, 'device.id', get('device.id'));
  setText(fields, 'geo.country', first('client.geo.country_iso_code', 'source.geo.country_iso_code'));
  setNumber(fields, 'network.asn', first('client.as.number', 'source.as.number'));
  return { ok: true, fields };
}
