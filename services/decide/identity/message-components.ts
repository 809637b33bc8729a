import {
  type Dictionary,
  type InnerList,
  type Item,
  parseDictionary,
  serializeInnerList,
  serializeItem,
} from 'structured-headers';
import { authorityOf, type IdentityRequest, schemeOf } from './request.ts';

/** All fields of a request that are read as dictionaries, in characters: more is nothing that a client signs. */
const LONGEST_FIELDS = 8192;

/** Values of the components of one request. Query and fields are taken apart once, however many components ask. */
export interface MessageComponents {
  /**
   * The value of one component (RFC 9421 section 2). The body never reaches the decision path: a `content-digest` is a
   * header like any other here, and comparing it with the body is the API's part.
   * @returns null when it is not there, or asks for what a request does not have.
   */
  valueOf(item: Item): string | null;
}

export function createMessageComponents(request: IdentityRequest): MessageComponents {
  const dictionaries = new Map<string, Dictionary | null>();
  let query: URLSearchParams | undefined;
  let left = LONGEST_FIELDS;

  function dictionaryOf(name: string, text: string): Dictionary | null {
    let dictionary = dictionaries.get(name);
    if (dictionary === undefined) {
      left -= text.length;
      dictionary = left < 0 ? null : readDictionary(text);
      dictionaries.set(name, dictionary);
    }
    return dictionary;
  }

  return {
    valueOf([name, parameters]) {
      if (typeof name !== 'string') return null;
      if (name.startsWith('@')) {
        const wanted = parameters.get('name');
        if (name !== '@query-param') return parameters.size === 0 ? derived(name, request) : null;
        if (parameters.size !== 1 || typeof wanted !== 'string') return null;
        query ??= new URLSearchParams(request.raw.query);
        return queryParameter(query, wanted);
      }
      const value = request.headers(name);
      if (value === null) return null;
      const text = value.trim();
      if (parameters.size === 0) return text;
      const key = parameters.get('key');
      // `sf`, `bs`, `req` and `tr` need the type of a field, its raw bytes, or another message.
      if (parameters.size !== 1 || typeof key !== 'string') return null;
      const member = dictionaryOf(name, text)?.get(key);
      return member === undefined ? null : memberText(member);
    },
  };
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
function queryParameter(query: URLSearchParams, wanted: string): string | null {
  const values = query.getAll(decode(wanted));
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
function readDictionary(text: string): Dictionary | null {
  try {
    return parseDictionary(text);
  } catch {
    return null;
  }
}

/** Null: a value that has no text in RFC 8941, as of a number out of range. */
function memberText(member: Item | InnerList): string | null {
  try {
    return isInnerList(member) ? serializeInnerList(member) : serializeItem(member);
  } catch {
    return null;
  }
}

const isInnerList = (member: Item | InnerList): member is InnerList => Array.isArray(member[0]);
