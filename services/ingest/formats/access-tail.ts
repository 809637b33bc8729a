import type { Fields } from './adapter.ts';

const [QUOTE, BLANK, EQUALS, BACKSLASH] = [0x22, 0x20, 0x3d, 0x5c];

/**
 * Where the last quoted field of a line ends; -1 when its end was cut off.
 *
 * It is the first quote that no backslash escapes and that a blank or the end follows. Old loggers escape no quotes: where
 * text with a quote in the middle of a word follows (`say "hi" there"`), the field goes on, unless no other end is found.
 */
export function lastClosingQuote(line: string, from: number): number {
  let first = -1;
  let at = line.indexOf('"', from);
  while (at >= 0) {
    let next = at + 1;
    if ((next === line.length || line.charCodeAt(next) === BLANK) && !isEscaped(line, at, from)) {
      // One more quoted field: the line is of another shape.
      if (next === line.length || line.charCodeAt(next + 1) === QUOTE) return at;
      next = endOfTail(line, next);
      if (next === line.length) return at;
      if (first < 0) first = at;
    }
    at = line.indexOf('"', next);
  }
  return first;
}

/** Up to where words and quoted values (`0.1 rt=0.1 urt="0.1"`) stand behind a field: the end, or a quote that is neither's. */
function endOfTail(line: string, from: number): number {
  let at = from;
  for (let opening = line.indexOf('"', at); opening >= 0; opening = line.indexOf('"', at)) {
    const before = line.charCodeAt(opening - 1);
    if (before !== BLANK && before !== EQUALS) return opening;
    const closing = unescapedQuote(line, opening + 1);
    at = closing + 1;
    if (closing < 0 || (at < line.length && line.charCodeAt(at) !== BLANK)) return opening;
  }
  return line.length;
}

function unescapedQuote(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at >= 0 && isEscaped(line, at, from)) at = line.indexOf('"', at + 1);
  return at;
}

export function isEscaped(line: string, quote: number, from: number): boolean {
  let backslashes = 0;
  for (let i = quote - 1; i >= from && line.charCodeAt(i) === BACKSLASH; i--) backslashes++;
  return backslashes % 2 === 1;
}

/** `$request_time` under the name that nginx's documentation gives it; at the very beginning no client can write it. */
const REQUEST_TIME = /^ (?:rt|request_time)="?(\d{1,7}\.\d{3})"?(?: |$)/;
/**
 * ingress-nginx: `$request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr
 * $upstream_response_length $upstream_response_time $upstream_status $req_id`. Upstreams are lists when a request was tried
 * again, and clients may name its id: then there are more words, and which is the id nobody can tell.
 */
const INGRESS_NGINX =
  /^ (\d{1,15}) (\d{1,7}\.\d{3}) \[[^\]\s]{0,256}\] \[[^\]\s]{0,256}\] (?:\S{1,64} \S{1,32} \S{1,32} \S{1,16} ([^\s"\\]{1,256})$)?/;
const MAX_TAIL = 1_024;

/**
 * What stands behind the last field, where its shape says what it is. Bare numbers are left out: `%I %O` of Apache's
 * combinedio looks like `%T %D`.
 */
export function readTail(line: string, from: number, fields: Fields): void {
  const tail = line.slice(from, from + MAX_TAIL);
  const named = REQUEST_TIME.exec(tail);
  if (named !== null) fields['http.server.request.duration'] = Number(named[1]);
  const ingress = INGRESS_NGINX.exec(tail);
  if (ingress === null) return;
  fields['http.request.size'] = Number(ingress[1]);
  fields['http.server.request.duration'] = Number(ingress[2]);
  const id = ingress[3];
  if (id !== undefined && id !== '-') fields['http.request.id'] = id;
}
