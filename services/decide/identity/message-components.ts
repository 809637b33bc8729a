import { type InnerList, type Item, parseDictionary, serializeInnerList, serializeItem } from 'structured-headers';
import { authorityOf, type IdentityRequest, schemeOf } from './request.ts';

/**
 * The value of one component of a request (RFC 9421 section 2). The body never reaches the decision path: a
 * `content-digest` is a header like any other here, and comparing it with the body is the API's part.
 * @returns null when it is not there, or asks for what a request does not have.
 */
export function componentValue([name, parameters]: Item, request: IdentityRequest): string | null {
  if (typeof name !== 'string') return null;
  if (name.startsWith('@')) {
    const wanted = parameters.get('name');
    if (name === '@query-param') {
      return parameters.size === 1 && typeof wanted === 'string' ? queryParameter(request.raw.query, wanted) : null;
    }
    return parameters.size === 0 ? derived(name, request) : null;
  }
  const value = request.headers(name);
  if (value === null) return null;
  const text = value.trim();
  if (parameters.size === 0) return text;
  const key = parameters.get('key');
  // `sf`, `bs`, `req` and `tr` need the type of a field, its raw bytes, or another message.
  if (parameters.size !== 1 || typeof key !== 'string') return null;
  return dictionaryMember(text, key);
}

function derived(name: string, request: IdentityRequest): string | null {
  const { method, path, query } = request.raw;
  switch (name) {
    case '@method':
      return method;
    case '@authority':
      return authorityOf(request.raw);
    case '@scheme':
      return schemeOf(request.raw) || 'https';
    case '@path':
      return path === '' ? '/' : path;
    case '@query':
      return query === '' ? '?' : query;
    case '@request-target':
      return `${path}${query}`;
    case '@target-uri':
      return `${schemeOf(request.raw) || 'https'}://${authorityOf(request.raw)}${path}${query}`;
    default:
      return null;
  }
}

/** Section 2.2.8: a parameter that is there once; twice is nothing that can be signed here. */
function queryParameter(query: string, wanted: string): string | null {
  const values = new URLSearchParams(query).getAll(decode(wanted));
  const [value] = values;
  return values.length === 1 && value !== undefined ? encodeURIComponent(value) : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Throws nothing: a field that is no dictionary has no members. */
function dictionaryMember(text: string, key: string): string | null {
  try {
    const member = parseDictionary(text).get(key);
    if (member === undefined) return null;
    return isInnerList(member) ? serializeInnerList(member) : serializeItem(member);
  } catch {
    return null;
  }
}

const isInnerList = (member: Item | InnerList): member is InnerList => Array.isArray(member[0]);
