import type { Fields } from './adapter.ts';
import { bodyOf, recordOf, timeOf } from './otlp.ts';
import { plainObject } from './otlp-value.ts';
import { isObject } from './pick.ts';

/** What a shipper of logs put around a record: its own line or object, and a time for one that has none. */
export type Carried = { line: string } | { object: Fields; time?: number };

/**
 * The record inside of an object that is none itself: a log record of OpenTelemetry with the gateway's line as body or
 * its keys as attributes; `log` of Docker and Fluent Bit; `message` of Beats, Vector and Logstash. Null: nothing.
 */
export function carriedBy(object: Fields): Carried | null {
  const record = recordOf(object);
  if (record !== null) {
    const body = bodyOf(record);
    if (typeof body === 'string' && body !== '') return { line: body };
    const attributes = { ...plainObject(record.attributes), ...(isObject(body) ? body : {}) };
    const time = timeOf(record);
    return time === undefined ? { object: attributes } : { object: attributes, time };
  }
  if (typeof object.log === 'string') return { line: object.log };
  return typeof object.message === 'string' ? { line: object.message } : null;
}

/**
 * `<PRI>`, a date and `host tag[pid]: `, each as far as it is there: RFC 3164, rsyslog's files (ISO 8601), HAProxy's log
 * formats `short`, `iso`, `timed` and `priority`, and a container runtime (CRI). Neither host nor tag begins JSON, a quoted
 * line or a time in brackets.
 */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? )?(?:(?:stdout|stderr) [FP] |(?:[^\s"{}[\]]{1,255} )?[^\s"{}[\]:]{1,64}(?:\[\d{1,10}\])?: +)?/;
/** The same without priority and date, which only the number of a process tells from a line. */
const TAG = /^(?:[^\s"{}[\]]{1,255} )?[^\s"{}[\]:]{1,64}\[\d{1,10}\]: +/;
/** Structured data are elements side by side, in whose values a backslash escapes quotes and brackets. */
const SYSLOG_5424 =
  /^<\d{1,3}>1 \S{1,40} \S{1,255} \S{1,64} \S{1,128} \S{1,32} (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+) (?:\uFEFF)?/;
const MAX_PREFIX = 4_096;

/** Takes off what syslog or a container runtime wrote in front of a line. */
export function withoutPrefix(line: string): string {
  const form = formOf(line);
  if (form === null) return line;
  const match = form.exec(line.slice(0, MAX_PREFIX));
  return match === null ? line : line.slice(match[0].length);
}

/** By the first characters: nearly all lines begin with an address or a brace. */
function formOf(line: string): RegExp | null {
  const first = line.charCodeAt(0);
  if (first === 0x3c /* < */) return line.startsWith('1 ', line.indexOf('>') + 1) ? SYSLOG_5424 : SYSLOG;
  if (first >= 0x30 && first <= 0x39) {
    return line.charCodeAt(4) === 0x2d /* - */ && line.charCodeAt(10) === 0x54 /* T */ ? SYSLOG : null;
  }
  if (first < 0x41 || first > 0x7a || first === 0x5b /* [ */) return null;
  if (first <= 0x5a && line.charCodeAt(3) === 0x20 && line.charCodeAt(6) === 0x20) return SYSLOG;
  // A blank before the bracket: it is the time of an access line.
  const bracket = line.indexOf('[');
  return bracket > 0 && line.charCodeAt(bracket - 1) !== 0x20 ? TAG : null;
}
