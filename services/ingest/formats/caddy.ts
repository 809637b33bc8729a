import type { Fields, Parsed } from './adapter.ts';
import { setBonafideKeys } from './bonafide-keys.ts';
import { createJsonAdapter } from './json.ts';
import { createTimeReader } from './log-time.ts';
import {
  isObject,
  listAt,
  objectAt,
  setGiven,
  setNumber,
  setStatus,
  setText,
  setUser,
  textAt,
  withoutHostPort,
} from './pick.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * Caddy's access log in JSON, from 2.4 on: `ts`, `request`, `status`, `size`, `duration` (seconds).
 * `client_ip` (2.7 and newer) is what Caddy's own trusted proxies made of the peer, `remote_ip` the peer itself. A bare `log` writes
 * what loggers beside the access log say of the same request, too.
 */
export const caddy = createJsonAdapter('caddy', 'Caddy access log, JSON', {
  fits: (object) => isObject(object.request) && object.ts !== undefined && object.duration !== undefined,
  read,
});

function read(object: Fields): Parsed {
  const request = objectAt(object.request);
  const headers = objectAt(request.headers);
  const fields: Fields = {};
  setGiven(fields, 'time', timeOf(object.ts));
  // Before 2.5 the peer stood with its port under another name.
  setGiven(fields, 'client.address', request.client_ip ?? request.remote_ip ?? request.remote_addr);
  setRequest(fields, textAt(request.method), textAt(request.uri));
  setStatus(fields, object.status);
  const host = textAt(request.host);
  if (host !== '') fields['server.address'] = withoutHostPort(host);
  setText(fields, 'user_agent.original', textAt(headers['User-Agent']));
  setText(fields, 'http.request.id', textAt(object.uuid));
  setNumber(fields, 'http.request.size', object.bytes_read);
  setNumber(fields, 'http.response.size', object.size);
  setNumber(fields, 'http.server.request.duration', secondsOf(object.duration));
  setBonafideKeys(fields, object);
  if (fields['user.id'] === undefined) setUser(fields, object.user_id);
  const forwarded = listAt(headers['X-Forwarded-For']);
  return {
    ok: true,
    fields,
    ...(forwarded === undefined ? {} : { forwarded }),
    ...(isWall(object.ts) ? { zoneless: true } : {}),
    ...(isAccess(object) ? {} : { skip: true }),
  };
}

/** `http.log.error` and, at level debug, `http.handlers.reverse_proxy` tell of a request that `http.log.access` tells of as well. */
function isAccess({ logger, err_id, size }: Fields): boolean {
  if (typeof logger !== 'string') return err_id === undefined || size !== undefined;
  return !logger.startsWith('http.') || logger.startsWith('http.log.access');
}

const WALL = /^(\d{4})[/-](\d\d)[/-](\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d):?(\d\d)|Z)?$/;

/** A time that names no zone. */
const isWall = (ts: unknown) =>
  typeof ts === 'string' && ts.length <= 40 && WALL.test(ts) && !/(?:Z|[+-]\d\d:?\d\d)$/.test(ts);

/**
 * Every `time_format` of Caddy: `unix_seconds_float`, `unix_milli_float`, `unix_nano`, `iso8601`, `rfc3339`,
 * `rfc3339_nano`, `wall`, `wall_milli`, `wall_nano`, `common_log`. A wall time names no zone.
 */
function timeOf(ts: unknown): unknown {
  if (typeof ts === 'number') {
    // Seconds, milliseconds or nanoseconds: no time of this century is like one of another unit.
    if (ts < 1e11) return Math.round(ts * 1000);
    return ts < 1e14 ? Math.round(ts) : Math.round(ts / 1e6);
  }
  if (typeof ts !== 'string') return ts;
  const match = ts.length > 40 ? null : WALL.exec(ts);
  if (match !== null) {
    const [, year, month, day, clock, hours, minutes] = match;
    return `${year}-${month}-${day}T${clock}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`;
  }
  return commonTime(ts) ?? ts;
}

/**
 * Every `duration_format` of Caddy that says what it is: seconds, or Go's text (`1.5ms`, `2m3.5s`). Seconds have nanoseconds
 * behind the point, so that a whole number but 0 is a count of nanoseconds (`nano`) or milliseconds (`ms`): nothing says
 * of which, and a guess is wrong by a factor of a million, so it is left out.
 */
function secondsOf(duration: unknown): unknown {
  if (typeof duration === 'number') return Number.isInteger(duration) && duration !== 0 ? undefined : duration;
  if (typeof duration !== 'string' || duration.length > 40) return duration;
  let seconds = 0;
  let at = 0;
  for (const { 0: part, 1: number, 2: unit = 's', index } of duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    if (index !== at) return undefined;
    seconds += Number(number) * (UNITS[unit] ?? 1);
    at += part.length;
  }
  return at === duration.length && at > 0 ? seconds : undefined;
}
const UNITS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
const commonTime = createTimeReader();
