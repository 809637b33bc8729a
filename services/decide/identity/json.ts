import { isUtf8 } from 'node:buffer';
import { membersIn } from '../../../shared/json-members.ts';
import type { Claims } from './verdict.ts';

export type JsonRead = { readonly object: Claims } | { readonly fault: 'malformed' | 'duplicate_claim' };

const MALFORMED: JsonRead = { fault: 'malformed' };
const DUPLICATE: JsonRead = { fault: 'duplicate_claim' };
/** Deeper nesting serves nobody, and recursion has an end; anybody may send a token. */
const DEEPEST = 16;

let lastPart = '';
let lastRead: JsonRead = MALFORMED;

/** Claims of a token. The same are asked for by each issuer whose it may be, one after the other: what was read last is kept. */
export function readClaims(part: string): JsonRead {
  if (part !== lastPart) {
    lastRead = readObject(part);
    lastPart = part;
  }
  return lastRead;
}

/**
 * A base64url part of a token as a JSON object. Refused: invalid UTF-8 (two readers would see two texts), a byte order
 * mark, anything but an object, and a member that is there twice (RFC 7515 section 4, RFC 7519 section 4).
 */
export function readObject(part: string): JsonRead {
  const bytes = Buffer.from(part, 'base64url');
  let text = bytes.toString('latin1');
  if (!ASCII.test(text)) {
    if (!isUtf8(bytes)) return MALFORMED;
    text = bytes.toString('utf8');
  }
  const written = membersIn(text, DEEPEST);
  if (written < 0) return MALFORMED;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return MALFORMED;
  }
  if (!isObject(value)) return MALFORMED;
  return countMembers(value) === written ? { object: value } : DUPLICATE;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: every seven-bit character
const ASCII = /^[\x00-\x7f]*$/;

export function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members of all objects within. A parser keeps one of two members of one name. */
function countMembers(value: object): number {
  let count = 0;
  const isArray = Array.isArray(value);
  for (const key in value) {
    if (!isArray) count++;
    const inner: unknown = (value as Claims)[key];
    if (typeof inner === 'object' && inner !== null) count += countMembers(inner);
  }
  return count;
}
