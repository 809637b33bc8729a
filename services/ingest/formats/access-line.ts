import { normaliseAddress } from '../../../shared/address.ts';
import { isEscaped, lastClosingQuote, readTail } from './access-tail.ts';
import { type Fields, fault, type Parsed } from './adapter.ts';
import { createTimeReader } from './log-time.ts';
import { splitRequest } from './request-line.ts';
import { traefikTail } from './traefik-tail.ts';
import { undoEscapes } from './unescape.ts';

/**
 * The grammar that Apache's `common`, `combined`, `vhost_combined` and nginx's `combined` share:
 * `[vhost[:port] ]address ident user [time] "request" status size[ "referrer" "agent"[ "extra"]][ tail]`. In the place of
 * the address may stand `X-Forwarded-For`, as servers behind a proxy log it: a list, of which the last entry is what the proxy saw.
 * Read by hand, left to right: it is several times faster than one pattern, and a fault knows its part.
 */
export interface LineShape {
  /** Does the virtual host come first? */
  vhost: boolean;
  /** Quoted fields after the size: none (common), referrer and agent, or one more. */
  quoted: 0 | 2 | 3;
  /** The logger escapes no quotes: the last field is everything up to the last quote. */
  bareQuotes?: boolean;
}

const TIME_LENGTH = 28; // [10/Oct/2000:13:55:36 -0700]

export function createLineParser(shape: LineShape): (line: string) => Parsed {
  const readTime = createTimeReader();

  return (line) => {
    const fields: Fields = {};
    let at = 0;
    if (shape.vhost) {
      const end = line.indexOf(' ');
      if (end <= 0) return fault('malformed', 'vhost', 0, 'The line does not begin with a virtual host.');
      if (line.charCodeAt(end - 1) === COMMA) return fault('malformed', 'vhost', 0, 'The line begins with a list.');
      const host = stripPort(line.slice(0, end));
      if (host !== '-') fields['server.address'] = host;
      at = end + 1;
    }
    const addressEnd = endOfList(line, at);
    if (addressEnd <= at) return fault('malformed', 'address', at, 'There is no client address.');
    const list = line.slice(at, addressEnd);
    const comma = list.lastIndexOf(',');
    const address = comma < 0 ? list : list.slice(comma + 1).trimStart();
    fields['client.address'] = address;
    // Where a host comes first, an address follows it; elsewhere none stands in the place of the ident.
    if (shape.vhost ? normaliseAddress(address) === null : hasAddressNext(line, addressEnd)) {
      return fault('malformed', 'address', at, 'There is no client address in its place.');
    }

    const opening = findTime(line, addressEnd);
    if (opening < 0) {
      return fault('malformed', 'time', addressEnd, 'There is no time of the form [10/Oct/2000:13:55:36 -0700].');
    }
    const time = readTime(line.slice(opening + 1, opening + TIME_LENGTH - 1));
    if (time === null) return fault('invalid_time', 'time', opening + 1, 'This date and time do not exist.');
    fields.time = time;

    const start = opening + TIME_LENGTH + 1;
    if (line.charCodeAt(start - 1) !== 0x20 || line.charCodeAt(start) !== 0x22) {
      return fault('malformed', 'request', start - 1, 'After the time there is no quoted request.');
    }
    const numbers = findNumbers(line, start + 1);
    if (numbers === null) {
      return fault(
        'malformed',
        'request',
        start,
        'The request has no closing quote with a status and a size behind it.',
      );
    }
    splitRequest(undoEscapes(line.slice(start + 1, numbers.requestEnd)), fields);
    fields['http.response.status_code'] = numbers.status;
    if (numbers.size >= 0) fields['http.response.size'] = numbers.size;

    if (shape.bareQuotes !== true && traefikTail(line) !== null) {
      return fault('malformed', 'end', -1, 'The line ends as only Traefik ends it.');
    }
    setUser(fields, line.slice(addressEnd + 1, opening), numbers.status);
    const read = readQuoted(line, numbers.end, shape, fields);
    return comma < 0 || !read.ok ? read : { ...read, forwarded: list.slice(0, comma) };
  };
}

const COMMA = 0x2c;

/** Where the first field ends that is no entry before another: at a blank that no comma precedes. */
function endOfList(line: string, from: number): number {
  let end = line.indexOf(' ', from);
  while (end > from && line.charCodeAt(end - 1) === COMMA) end = line.indexOf(' ', end + 1);
  return end;
}

/** A host name in front pushes the address one place on. */
function hasAddressNext(line: string, addressEnd: number): boolean {
  if (line.charCodeAt(addressEnd + 1) === 0x2d /* - */) return false;
  const end = line.indexOf(' ', addressEnd + 1);
  return end > 0 && end - addressEnd <= 64 && normaliseAddress(line.slice(addressEnd + 1, end)) !== null;
}

/** Ident and user stand before the time; a user name may hold blanks and brackets, so the time is found by its form. */
function findTime(line: string, from: number): number {
  let at = line.indexOf(' [', from);
  while (at >= 0) {
    if (
      line.charCodeAt(at + TIME_LENGTH) === 0x5d /* ] */ &&
      line.charCodeAt(at + 4) === 0x2f /* / */ &&
      line.charCodeAt(at + 13) === 0x3a /* : */
    ) {
      return at + 1;
    }
    at = line.indexOf(' [', at + 2);
  }
  return -1;
}

interface Numbers {
  requestEnd: number;
  status: number;
  size: number;
  end: number;
}

const NUMBERS = /" (\d{1,3}|-) (\d{1,15}|-)(?= |$)/y;

/**
 * The first closing quote that has a status and a size behind it: some loggers leave quotes in the request bare.
 * An escaped quote never closes, so that a client cannot write a status of its own into the line.
 */
function findNumbers(line: string, from: number): Numbers | null {
  let quote = line.indexOf('"', from);
  while (quote >= 0) {
    NUMBERS.lastIndex = quote;
    const match = NUMBERS.exec(line);
    if (match !== null && !isEscaped(line, quote, from)) {
      const [whole, status = '-', size = '-'] = match;
      return {
        requestEnd: quote,
        status: status === '-' ? 0 : Number(status),
        size: size === '-' ? -1 : Number(size),
        end: quote + whole.length,
      };
    }
    quote = line.indexOf('"', quote + 1);
  }
  return null;
}

/** A user that was refused with 401 is only a claim: the account that a sign-in names. */
function setUser(fields: Fields, identAndUser: string, status: number): void {
  const blank = identAndUser.indexOf(' ');
  const user = blank < 0 ? '' : identAndUser.slice(blank + 1).trimEnd();
  if (user === '' || user === '-' || user === '""') return;
  fields[status === 401 ? 'login.subject' : 'user.id'] = undoEscapes(user);
}

function readQuoted(line: string, from: number, shape: LineShape, fields: Fields): Parsed {
  const count = shape.quoted;
  let at = from;
  let forwarded: string | undefined;
  for (let i = 0; i < count; i++) {
    const part = i === 0 ? 'referrer' : i === 1 ? 'user agent' : 'extra';
    if (line.charCodeAt(at) !== 0x20 || line.charCodeAt(at + 1) !== 0x22) {
      return fault('malformed', part, at, `The quoted ${part} is missing.`);
    }
    const isOpen = shape.bareQuotes === true && i === count - 1 && line.charCodeAt(line.length - 1) === 0x22;
    const close = i === count - 1 ? lastClosingQuote : closingQuote;
    let end = isOpen && line.length > at + 2 ? line.length - 1 : close(line, at + 2);
    // A logger that cuts long lines takes the last closing quote with it: what is left is still an event.
    if (end < 0 && i === count - 1) end = line.length;
    if (end < 0) return fault('malformed', part, at + 1, `The ${part} has no closing quote.`);
    if (i === 1) {
      const agent = line.slice(at + 2, end);
      if (agent !== '-' && agent !== '') fields['user_agent.original'] = undoEscapes(agent);
    } else if (i === 2) {
      const extra = line.slice(at + 2, end);
      if (end < line.length && ADDRESSES.test(extra)) forwarded = extra;
    }
    at = end + 1;
  }
  if (at < line.length) {
    if (count === 0 || line.charCodeAt(at + 1) === 0x22) {
      return fault('malformed', 'end', at, 'There is text after the last field.');
    }
    readTail(line, at, fields);
  }
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
}

/** What can only be `X-Forwarded-For`: a list whose last entry, the one that a proxy wrote, looks like an address. */
const ADDRESSES = /(?:^|,\s?)\[?[0-9a-fA-F]*[.:][0-9a-fA-F.:]+\]?(?::\d{1,5})?\s?$/;

/** The next quote that no backslash escapes and that ends a field: a blank and a quote, or the end, follow it. */
function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at >= 0) {
    const ends = at + 1 === line.length || (line.charCodeAt(at + 1) === 0x20 && line.charCodeAt(at + 2) === 0x22);
    if (ends && !isEscaped(line, at, from)) return at;
    at = line.indexOf('"', at + 1);
  }
  return -1;
}

function stripPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '');
}
