import { isUtf8 } from 'node:buffer';
import type { Claims } from './verdict.ts';

export type JsonRead = { readonly object: Claims } | { readonly fault: 'malformed' | 'duplicate_claim' };

const MALFORMED: JsonRead = { fault: 'malformed' };
const DUPLICATE: JsonRead = { fault: 'duplicate_claim' };
/** Deeper nesting serves nobody, and recursion has an end. */
const DEEPEST = 16;

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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return MALFORMED;
  }
  if (!isObject(value)) return MALFORMED;
  const members = countMembers(value, 0);
  if (members < 0) return MALFORMED;
  return members === countColons(text) ? { object: value } : DUPLICATE;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: every seven-bit character
const ASCII = /^[\x00-\x7f]*$/;

export function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members of all objects within; -1 when it is nested too deeply. A parser keeps one of two members of one name. */
function countMembers(value: object, depth: number): number {
  if (depth > DEEPEST) return -1;
  let count = 0;
  const isArray = Array.isArray(value);
  for (const key in value) {
    if (!isArray) count++;
    const inner: unknown = (value as Claims)[key];
    if (typeof inner !== 'object' || inner === null) continue;
    const below = countMembers(inner, depth + 1);
    if (below < 0) return -1;
    count += below;
  }
  return count;
}

/** In valid JSON each colon outside of a string is a member. */
function countColons(text: string): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 58) count++;
  }
  return count;
}
