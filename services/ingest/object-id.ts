const NUMBERS = /^[-+]?\d[\d.,:_-]*$/; // 12, 2024-01-31, 1.5, 3-4
const UUID = /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;
const HEX = /^(?:0x)?[0-9a-f]{8,}$/i;
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const TOKEN = /^[A-Za-z0-9_~+=-]{16,}$/;
const PREFIXED = /^[A-Za-z]{1,8}[-_]([A-Za-z0-9]*\d[A-Za-z0-9]*)$/; // ord-8731, cus_9s6XKzkNR
const OURS = /^[hp]_[\w-]{22}$/; // a pseudonym, or the hash of a token
const EMAIL = /^[^@\s]+(?:@|%40)[^@\s]+\.[A-Za-z]{2,}$/;
const EXTENSION = /^(.+)\.([A-Za-z][A-Za-z0-9]{0,4})$/;
const LONGEST_LITERAL = 64;

/** Does this path segment name one object by its form alone: number, date, UUID, hash, token, email? */
export function isObjectId(segment: string): boolean {
  const first = segment.charCodeAt(0);
  if (segment.length > LONGEST_LITERAL || OURS.test(segment)) return true;
  // Most segments are plain words; without a digit only emails are left.
  if (!/\d/.test(segment)) return first !== 0 && EMAIL.test(segment);
  if (NUMBERS.test(segment) || UUID.test(segment) || ULID.test(segment)) return true;
  if (HEX.test(segment)) return true;
  const suffix = PREFIXED.exec(segment)?.[1];
  if (suffix !== undefined && suffix.length > 1) {
    return digits(suffix) === suffix.length || (suffix.length >= 6 && looksRandom(suffix, 3));
  }
  if (TOKEN.test(segment)) return looksRandom(segment, 4);
  return EMAIL.test(segment);
}

/** An id with a short extension, `8731.json`: the id, and what stays literal; null when it is none. */
export function idWithExtension(segment: string): { id: string; extension: string } | null {
  const match = EXTENSION.exec(segment);
  if (match === null) return null;
  const [, id = '', extension = ''] = match;
  return isObjectId(id) ? { id, extension } : null;
}

/** Words joined by dashes are slugs or names, not tokens: a token changes between letters and digits all the time. */
function looksRandom(segment: string, charactersPerChange: number): boolean {
  let changes = 0;
  let last = 0;
  for (let i = 0; i < segment.length; i++) {
    const code = segment.charCodeAt(i);
    const kind = code >= 0x30 && code <= 0x39 ? 1 : code >= 0x41 && code <= 0x5a ? 2 : code >= 0x61 ? 3 : 4;
    if (kind === 4) continue;
    if (last !== 0 && kind !== last) changes++;
    last = kind;
  }
  return digits(segment) >= 2 && changes * charactersPerChange >= segment.length;
}

function digits(segment: string): number {
  let count = 0;
  for (let i = 0; i < segment.length; i++) {
    const code = segment.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) count++;
  }
  return count;
}
