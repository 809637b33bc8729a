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

const SYSLOG_3164 =
  /^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\S{1,255} )?[^\s:[]{1,64}(?:\[\d{1,10}\])?: /;
const SYSLOG_5424 = /^<\d{1,3}>1 \S{1,40} \S{1,255} \S{1,64} \S{1,128} \S{1,32} (?:-|\[[^\]]{0,512}\]) (?:\uFEFF)?/;
const CONTAINER = /^\d{4}-\d\d-\d\dT\S{1,24} (?:stdout|stderr) [FP] /;
const MAX_PREFIX = 1_280;

/** Takes off what syslog (RFC 3164, RFC 5424) or a container runtime (CRI) wrote in front of a line. */
export function withoutPrefix(line: string): string {
  const first = line.charCodeAt(0);
  let form: RegExp | undefined;
  if (first === 0x3c /* < */) form = line.charCodeAt(line.indexOf('>') + 1) === 0x31 ? SYSLOG_5424 : SYSLOG_3164;
  else if (first >= 0x41 && first <= 0x5a && line.charCodeAt(3) === 0x20) form = SYSLOG_3164;
  else if (line.charCodeAt(4) === 0x2d && line.charCodeAt(10) === 0x54) form = CONTAINER;
  if (form === undefined) return line;
  const match = form.exec(line.slice(0, MAX_PREFIX));
  return match === null ? line : line.slice(match[0].length);
}
