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

/**
 * Traefik's access log with `format: json`. Headers appear as `request_<Name>` and `downstream_<Name>` when they are kept. What
 * was decided is read from the answer's alone: a client can write headers of a request.
 */
export const traefikJson = createJsonAdapter('traefik-json', 'Traefik access log, JSON', {
  fits: (object) =>
    object.DownstreamStatus !== undefined && (object.ClientHost !== undefined || object.ClientAddr !== undefined),
  read,
});

const NANOSECOND = 1e-9;
/** Headers of Bonafide's answer, which Traefik relays when it refuses, and an application may add when it answers. */
const ANSWERED = [
  ['X-Risk-Decision', 'risk.outcome'],
  ['X-Risk-Would', 'risk.would'],
  ['X-Bonafide-Decision-Id', 'risk.decision_id'],
  ['X-Attestation-Status', 'attestation.status'],
  ['X-Attestation-Code', 'attestation.code'],
  ['X-Attestation-Issuer', 'attestation.issuer'],
  ['X-Attestation-Token-Id', 'attestation.token'],
  ['X-Bonafide-User', 'user.id'],
  ['X-Bonafide-Session', 'session.id'],
  ['X-Bonafide-Device', 'device.id'],
  ['X-Bonafide-Client', 'api.client'],
] as const;

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
  for (const [header, name] of ANSWERED) setText(fields, name, textAt(object[`downstream_${header}`]));
  if (fields['user.id'] === undefined) setUser(fields, object.ClientUsername);
  const forwarded = listAt(object['request_X-Forwarded-For']);
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}
