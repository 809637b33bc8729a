import type { Fields } from './adapter.ts';

const TOKEN = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const PROTOCOL = / HTTP\/\d(?:\.\d)?$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]{0,15}:\/\/[^/?#]*/;

/**
 * `GET /a?b=c HTTP/1.1` → method, path and query. A request that is no such thing (`-`, bytes of a TLS handshake)
 * is still an event: method `_OTHER` and an empty path. The target may hold blanks, as some clients send them.
 */
export function splitRequest(request: string, fields: Fields): void {
  const blank = request.indexOf(' ');
  const method = blank < 0 ? '' : request.slice(0, blank);
  if (!TOKEN.test(method)) {
    fields['http.request.method'] = '_OTHER';
    fields['url.path'] = '';
    return;
  }
  const protocol = PROTOCOL.exec(request.length > 9 ? request.slice(-9) : request);
  const end = protocol === null ? request.length : request.length - protocol[0].length;
  fields['http.request.method'] = method;
  splitTarget(end <= blank ? '' : request.slice(blank + 1, end), fields);
}

/** Path and query of a request target in any of its forms: origin, absolute, authority (`CONNECT`), asterisk. */
export function splitTarget(target: string, fields: Fields): void {
  let rest = target;
  if (rest.charCodeAt(0) !== 0x2f /* / */ && rest !== '*') {
    const absolute = ABSOLUTE.exec(rest);
    if (absolute !== null) rest = rest.slice(absolute[0].length) || '/';
    else if (/^[^/?]*:\d{1,5}$/.test(rest)) rest = '';
    if (rest.charCodeAt(0) === 0x3f) rest = `/${rest}`;
  }
  const hash = rest.indexOf('#');
  if (hash >= 0) rest = rest.slice(0, hash);
  const question = rest.indexOf('?');
  fields['url.path'] = question < 0 ? rest : rest.slice(0, question);
  if (question >= 0 && question + 1 < rest.length) fields['url.query'] = rest.slice(question + 1);
}
