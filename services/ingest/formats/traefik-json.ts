import type { Fields, Parsed } from './adapter.ts';
import { createJsonAdapter } from './json.ts';
import {
  listAt,
  setGiven,
  setNumber,
  setStatus,
  setText,
  setUser,
  textAt,
  withoutHostPort,
  withoutPort,
} from './pick.ts';
import { setRequest } from './shipped-keys.ts';

/** Traefik's access log with `format: json`. Headers appear as `request_<Name>` when they are kept. */
export const traefikJson = createJsonAdapter('traefik-json', 'Traefik access log, JSON', {
  fits: (object) =>
    object.DownstreamStatus !== undefined && (object.ClientHost !== undefined || object.ClientAddr !== undefined),
  read,
});

const NANOSECOND = 1e-9;

function read(object: Fields): Parsed {
  const fields: Fields = {};
  setGiven(fields, 'time', object.StartUTC ?? object.StartLocal ?? object.time);
  const { ClientAddr } = object;
  setGiven(
    fields,
    'client.address',
    object.ClientHost ?? (typeof ClientAddr === 'string' ? withoutPort(ClientAddr) : ClientAddr),
  );
  setRequest(fields, textAt(object.RequestMethod), textAt(object.RequestPath));
  setStatus(fields, object.DownstreamStatus);
  const host = textAt(object.RequestHost) || withoutHostPort(textAt(object.RequestAddr));
  setText(fields, 'server.address', host);
  setText(fields, 'user_agent.original', textAt(object['request_User-Agent']));
  setText(fields, 'http.request.id', textAt(object['request_X-Request-Id']));
  setNumber(fields, 'http.request.size', object.RequestContentSize);
  setNumber(fields, 'http.response.size', object.DownstreamContentSize);
  setNumber(fields, 'http.server.request.duration', object.Duration, NANOSECOND);
  setUser(fields, object.ClientUsername);
  const forwarded = listAt(object['request_X-Forwarded-For']);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}
