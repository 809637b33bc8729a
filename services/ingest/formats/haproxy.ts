import { createTextAdapter, type Fields, fault, type Parsed } from './adapter.ts';
import { createHaproxyTimeReader } from './log-time.ts';
import { withoutPort } from './pick.ts';
import { splitRequest } from './request-line.ts';

/**
 * HAProxy's `option httplog`, up to 3.x:
 * `address:port [date] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes CC CS tsc a/f/b/s/r q/q {captures} "request"`.
 * Its date has no zone. Quotes and braces in the request are `#XX`, so that it ends at its quote;
 * `option httpslog` has more behind it.
 */
export const haproxy = createTextAdapter('haproxy', 'HAProxy option httplog and httpslog', parse);

const readTime = createHaproxyTimeReader();
const DATE_LENGTH = 26; // [06/Feb/2009:12:14:14.655]
const NUMBERS =
  /^(\S{1,256}) (\S{1,256}) ([-+\d]{1,12}(?:\/[-+\d]{1,12}){4}) (-?\d{1,3}) \+?(\d{1,15}) \S{1,256} \S{1,256} \S{2,4} \d+\/\d+\/\d+\/\d+\/\+?\d+ \d+\/\d+ /;
/** `frontend/bind: Connection closed during SSL handshake`: what is said of a connection that brought no request. */
const CONNECTION = /^[^\s/"]{1,256}\/[^\s/"]{1,256}: [A-Z][^"/[\]]{4,256}$/;

function parse(line: string): Parsed {
  const addressEnd = line.indexOf(' ');
  if (addressEnd <= 0) return fault('malformed', 'address', 0, 'There is no client address.');
  const opening = addressEnd + 1;
  if (line.charCodeAt(opening) !== 0x5b || line.charCodeAt(opening + DATE_LENGTH - 1) !== 0x5d) {
    return fault('malformed', 'time', opening, 'There is no date of the form [06/Feb/2009:12:14:14.655].');
  }
  const time = readTime(line.slice(opening + 1, opening + DATE_LENGTH - 1));
  if (time === null) return fault('invalid_time', 'time', opening + 1, 'This date and time do not exist.');
  const from = opening + DATE_LENGTH + 1;
  // Names, timers and counters are short: what a client can write stands behind them.
  const match = NUMBERS.exec(line.slice(from, from + 1024));
  if (match === null) {
    if (CONNECTION.test(line.slice(from))) return { ok: true, fields: {}, skip: true };
    return fault('malformed', 'numbers', from, 'There are no timers, status and counters.');
  }
  const captures = from + match[0].length;
  const quote = line.indexOf('"', captures);
  if (quote < 0) return fault('malformed', 'request', captures, 'There is no quoted request.');
  const end = line.indexOf('"', quote + 1);
  const [, , , timers = '', status = '', bytes = ''] = match;
  const fields: Fields = { time, 'client.address': withoutPort(line.slice(0, addressEnd)) };
  // A log line that was cut for its length has lost the closing quote.
  splitRequest(undoHashes(line.slice(quote + 1, end < 0 ? line.length : end)), fields);
  fields['http.response.status_code'] = Math.max(0, Number(status));
  fields['http.response.size'] = Number(bytes);
  const total = Number(timers.slice(timers.lastIndexOf('/') + 1));
  if (total >= 0) fields['http.server.request.duration'] = total / 1000;
  return { ok: true, fields, zoneless: true };
}

/** HAProxy writes bytes that would break the line as `#` and two hexadecimal digits. */
function undoHashes(text: string): string {
  if (!text.includes('#')) return text;
  return text.replace(/(?:#[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('#', ''), 'hex').toString('utf8'));
}
