import type { Fields } from './adapter.ts';

/** Gateways write nothing, `-` or null for what they do not know. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '' || value === '-';

/** Sets a text that is known; numbers are written out, values that are no text are left out. */
export function setText(fields: Fields, name: string, value: unknown): void {
  if (typeof value === 'string') {
    if (value !== '' && value !== '-') fields[name] = value;
  } else if (typeof value === 'number') fields[name] = String(value);
}

/**
 * Sets a number that is known and not negative: gateways write -1 for "none". `scale` brings it to our unit. What is
 * no number stays what it is, so that validation names it.
 */
export function setNumber(fields: Fields, name: string, value: unknown, scale = 1): void {
  if (isAbsent(value)) return;
  const number = numberOf(value);
  if (number >= 0) fields[name] = number * scale;
  else if (Number.isNaN(number)) fields[name] = value;
}

/** Sets a degree of latitude or longitude, which may be negative; what is no number stays what it is. */
export function setDegrees(fields: Fields, name: string, value: unknown): void {
  if (isAbsent(value)) return;
  const number = numberOf(value);
  fields[name] = Number.isNaN(number) ? value : number;
}

/**
 * A number, or a text that is one; NaN for all else. `Number()` of a list or an object runs what these call their
 * `toString`, which throws where a record has a member of that name, or a list is nested too deep.
 */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? Number(value) : Number.NaN;
}

/**
 * The status: 0 where the gateway knows none because the client went away; other text stays what it is, so that
 * validation names it.
 */
export function setStatus(fields: Fields, value: unknown): void {
  if (value === undefined) return;
  const name = 'http.response.status_code';
  if (typeof value === 'number') fields[name] = value < 0 ? 0 : value;
  else if (isAbsent(value) || value === '-1') fields[name] = 0;
  else {
    const number = typeof value === 'string' ? Number(value) : Number.NaN;
    fields[name] = Number.isFinite(number) ? number : value;
  }
}

/** Sets what validation requires as it stands, so that a wrong type is named. */
export function setGiven(fields: Fields, name: string, value: unknown): void {
  if (!isAbsent(value)) fields[name] = value;
}

/** The object at this place, or one without keys. */
export function objectAt(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : EMPTY;
}
const EMPTY: Fields = Object.freeze({});

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text itself, the first one of a list, or `''`. */
export function textAt(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && typeof value[0] === 'string' ? value[0] : '';
}

/** A header that several lines may have brought, as one list; undefined when it is not there. */
export function listAt(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value === '-' ? undefined : value;
  return Array.isArray(value) && value.length > 0 ? value.filter((v) => typeof v === 'string').join(',') : undefined;
}

/** An address that may have a port behind it: `192.0.2.1:80`, `[2001:db8::1]:80` and, as some write it, `::1:80`. */
export function withoutPort(address: string): string {
  if (address.charCodeAt(0) === 0x5b /* [ */) {
    const end = address.indexOf(']');
    return end < 0 ? address : address.slice(1, end);
  }
  const colon = address.lastIndexOf(':');
  return colon < 0 ? address : address.slice(0, colon);
}

/** The host of a `Host` header, without its port. */
export function withoutHostPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '');
}

/** A user whom the gateway answered 401 is only a claim: the account that a sign-in names. */
export function setUser(fields: Fields, user: unknown): void {
  setText(fields, fields['http.response.status_code'] === 401 ? 'login.subject' : 'user.id', user);
}

/** `a.b.c` as three nested objects, as one dotted name, or as a nested object with dotted names below. */
export function valueAt(object: Fields, name: string): unknown {
  const whole = object[name];
  if (whole !== undefined) return whole;
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const inner = object[name.slice(0, dot)];
    if (isObject(inner)) return valueAt(inner, name.slice(dot + 1));
  }
  return undefined;
}
