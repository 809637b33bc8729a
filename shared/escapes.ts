const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;
const PERCENT = 0x25;
const HASH = 0x23;
const SHORT: Readonly<Record<number, number>> = { 110: 0x0a, 114: 0x0d, 116: 0x09 };

/** `&quot;`, `&#34;`, `&#x22;`: lines that a page or a template had in its hands. */
const ENTITY = /^&(?:(quot|apos|lt|gt|amp)|#(\d{2,3})|#[xX]([0-9A-Fa-f]{2}));/;
const LONGEST_ENTITY = 7;
const NAMED: Readonly<Record<string, number>> = { quot: 0x22, apos: 0x27, lt: 0x3c, gt: 0x3e, amp: 0x26 };

/** A text as its readers understand it, each character with the place that it comes from. */
export interface Unescaped {
  /** `\u0026`, `\x26`, `%26`, `%2526`, `&quot;` and HAProxy's `#22` are one character each; backslashes before a quote are gone. */
  text: string;
  /** Offset in the source of each character, and one more: the end. */
  at: Uint32Array;
  /** How often a character was percent-encoded; 0: it stood there itself. */
  encoded: Uint8Array;
  /** Of a quote: the backslashes before it, as JSON inside of JSON has 1, 3, 7 of them. */
  slashes: Uint32Array;
}

/** Linear in the text's length, whatever it holds. */
export function unescaped(source: string): Unescaped {
  const length = source.length;
  const codes = new Uint16Array(length);
  const at = new Uint32Array(length + 1);
  const encoded = new Uint8Array(length);
  const slashes = new Uint32Array(length);
  let n = 0;
  let i = 0;

  function put(code: number, from: number, to: number, percents = 0, backslashes = 0): void {
    codes[n] = code;
    at[n] = from;
    encoded[n] = Math.min(percents, 255);
    slashes[n] = backslashes;
    n++;
    i = to;
  }

  function afterBackslashes(from: number): void {
    let to = from;
    while (to < length && source.charCodeAt(to) === BACKSLASH) to++;
    const run = to - from;
    const next = source.charCodeAt(to);
    const isHex = next === 0x75 ? source.startsWith('00', to + 1) : next === 0x78;
    const hex = isHex ? hexAt(source, next === 0x75 ? to + 3 : to + 1) : -1;
    const short = run === 1 ? SHORT[next] : undefined;
    if (next === QUOTE || next === APOSTROPHE) put(next, from, to + 1, 0, run);
    else if (hex >= 0) put(hex, from, to + (next === 0x75 ? 5 : 3), 0, 2 * run - 1);
    else if (short !== undefined) put(short, from, to + 1);
    else while (i < to) put(BACKSLASH, i, i + 1);
  }

  function afterPercent(from: number): void {
    let to = from + 1;
    while (source.startsWith('25', to) && hexAt(source, to + 2) >= 0) to += 2;
    const hex = hexAt(source, to);
    if (hex < 0) put(PERCENT, from, from + 1);
    else put(hex, from, to + 2, 1 + (to - from - 1) / 2, 1);
  }

  /** A quote of HTML's stands inside of a string whose own quotes are none, as an escaped one does. */
  function afterAmpersand(from: number): void {
    const match = ENTITY.exec(source.slice(from, from + LONGEST_ENTITY));
    const [whole = '', name, decimal, hex] = match ?? [];
    const code =
      name === undefined ? Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10) : NAMED[name];
    if (code === undefined || !(code > 0x1f && code < 0x7f)) put(AMPERSAND, from, from + 1);
    else put(code, from, from + whole.length, 0, 1);
  }

  while (i < length) {
    const code = source.charCodeAt(i);
    if (code === BACKSLASH) afterBackslashes(i);
    else if (code === AMPERSAND) afterAmpersand(i);
    else if (code === PERCENT) afterPercent(i);
    else if (code === HASH && source.startsWith('22', i + 1)) put(QUOTE, i, i + 3, 0, 1);
    else put(code, i, i + 1);
  }
  at[n] = length;
  const text = Buffer.from(codes.buffer, 0, n * 2).toString('utf16le');
  return { text, at, encoded, slashes };
}

/** Two hexadecimal digits as a number; -1 when they are none. */
function hexAt(source: string, from: number): number {
  const [high, low] = [digit(source.charCodeAt(from)), digit(source.charCodeAt(from + 1))];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Where the string ends whose quote stands at `open`: the place of its closing quote, or the text's length. */
export function endOfString({ text, slashes }: Unescaped, open: number): number {
  const quote = text.charCodeAt(open);
  const own = slashes[open] ?? 0;
  // An escaped quote within has 2n + 1 backslashes, and pairs of escaped backslashes before them.
  const turn = 2 * (own + 1);
  for (let i = open + 1; i < text.length; i++) {
    if (text.charCodeAt(i) === quote && (slashes[i] ?? 0) % turn !== turn - 1) return i;
  }
  return text.length;
}

/** Where a list or an object ends that opens at `open`: behind its bracket, or the text's length when it was cut. */
export function endOfNest(view: Unescaped, open: number): number {
  const { text } = view;
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE || code === APOSTROPHE) i = endOfString(view, i);
    else if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) {
      depth--;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}
