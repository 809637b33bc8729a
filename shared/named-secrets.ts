import { endOfNest, endOfString, type Unescaped, unescaped } from './escapes.ts';
import { createRedactions, SCHEME } from './redactions.ts';
import type { NamedSecret, NamesSecret } from './secret-names.ts';
import { createValueEnds, SPACE } from './value-ends.ts';

export interface WithoutNamed {
  text: string;
  /** Values of names that name somebody, as they stood. */
  identities: string[];
}

const WORD = /[A-Za-z_][\w.-]*/g;
/** Those whose parameters carry the secret, also where no name stands before them. */
const PARAMETERS = /^(?:digest|hawk|oauth|signature|aws4-hmac-sha256)$/i;
/** Names under which a header or parameter says its name, or its value, as in HAR and OpenTelemetry. */
const SAYS_NAME = /^(?:key|name|header|k|n)$/i;
const SAYS_VALUE = /^(?:values?|val|v)$/i;
const VALUE_AHEAD = /^\s{0,16},(?:[^{}[\]]{0,160},)?\s{0,16}["'](?:values?|val|v)["']\s{0,16}:/i;
const NEAR = 240;
const LITERAL = /^(?:null|true|false|undefined|none)$/i;

/**
 * Takes out the values of names that name secrets: in JSON (nested, in lists, as pairs, as `{name, value}`), queries,
 * headers, XML and forms, with JSON's, nginx's, HAProxy's and URLs' escapes, cut off or whole. Linear in the text.
 */
export function withoutNamed(source: string, names: NamesSecret): WithoutNamed {
  const view = unescaped(source);
  const scan = createScan(source, view, names);
  WORD.lastIndex = 0;
  for (let match = WORD.exec(view.text); match !== null; match = WORD.exec(view.text)) {
    const next = scan.word(match[0], match.index);
    WORD.lastIndex = Math.max(WORD.lastIndex, next);
  }
  return { text: scan.result(), identities: scan.identities };
}

function createScan(source: string, view: Unescaped, names: NamesSecret) {
  const { text, encoded } = view;
  const end = text.length;
  const { isQuote, skipSpace, endsHere, headerEnd, parameterEnd } = createValueEnds(view);
  const { offset, closing, replace, mark, identities, result: replaced } = createRedactions(source, view);
  /** The last value of a `{value, name}` whose name may still come. */
  let before: { from: number; to: number } | null = null;

  /** The value of a member that begins at `i`; answers where it ends. */
  function member(i: number, secret: NamedSecret, quote: string): number {
    let from = skipSpace(i);
    if (/[bur]/i.test(text.charAt(from)) && isQuote(from + 1)) from++;
    const code = text.charCodeAt(from);
    if (isQuote(from)) {
      const to = endOfString(view, from);
      replace(offset(from + 1), closing(to, from), secret, secret.kind, to < end ? {} : { tail: quote });
      return to + 1;
    }
    if (code === 0x5b || code === 0x7b) {
      // A word of everyday use before an object is a heading, not a secret.
      if (secret.weak && code === 0x7b) return from;
      const to = endOfNest(view, from);
      for (const found of secret.kind === 'identity' ? stringsIn(text.slice(from, to)) : []) identities.push(found);
      const kind = secret.kind === 'authorization' ? 'token' : secret.kind;
      mark(offset(from), offset(to), `${quote}[redacted:${kind}]${quote}`);
      return to;
    }
    let to = from;
    while (to < end && !/[\s,}\]"']/.test(text.charAt(to))) to++;
    if (!LITERAL.test(text.slice(from, Math.min(to, from + 16)))) {
      replace(offset(from), offset(to), secret, secret.kind, { head: quote, tail: quote });
    }
    return to;
  }

  function parameter(i: number, start: number, secret: NamedSecret): number {
    if (text.charAt(i) === '=' || text.charAt(i) === '>') i++;
    const level = encoded[i - 1] ?? 0;
    if (isQuote(i)) {
      if (endsHere(i)) return i;
      const to = endOfString(view, i);
      replace(offset(i + 1), closing(to, i), secret, secret.kind);
      return to + 1;
    }
    const inQuery = /[?&[]/.test(text.charAt(start - 1));
    const isHeader = secret.kind === 'cookie' || (secret.kind === 'authorization' && !secret.weak);
    const to = isHeader && !inQuery ? headerEnd(i) : parameterEnd(i, level);
    const scheme = isHeader && inQuery ? SCHEME.exec(text.slice(i, i + 64))?.[0].length : undefined;
    const last = scheme === undefined ? to : Math.max(to, parameterEnd(i + scheme, level));
    replace(offset(i), offset(last), secret, secret.kind);
    return last;
  }

  function header(i: number, start: number, secret: NamedSecret): number {
    const isSpaced = SPACE.test(text.charAt(i));
    // `/credentials:rotate` and `//token:8080` are addresses.
    if (!isSpaced && (secret.weak || text.charAt(start - 1) === '/')) return i;
    const from = skipSpace(i);
    if (isQuote(from)) {
      const to = endOfString(view, from);
      replace(offset(from + 1), closing(to, from), secret, secret.kind);
      return to + 1;
    }
    const isOneWord = secret.weak || secret.kind === 'identity';
    const to = isOneWord ? parameterEnd(from, 0) : headerEnd(from);
    replace(offset(from), offset(to), secret, secret.kind);
    return to;
  }

  /** `"name": "authorization", "value": "…"`, in either order. */
  function named(i: number, open: number): number {
    const from = skipSpace(i);
    if (!isQuote(from)) return i;
    const to = endOfString(view, from);
    if (to - from > 160) return i;
    const secret = names(text.slice(from + 1, to));
    const ahead = VALUE_AHEAD.exec(text.slice(to + 1, to + 1 + NEAR));
    // A name of no secret; what stands in it is looked at like any text.
    if (secret === null) return ahead === null ? i : from + 1;
    const quote = source.slice(offset(from), offset(from + 1));
    if (ahead !== null) return member(to + 1 + ahead[0].length, { ...secret, weak: false }, quote);
    const value = before;
    before = null;
    if (value !== null && open - value.to < NEAR && !/[{}]/.test(text.slice(value.to + 1, open)))
      replace(offset(value.from + 1), closing(value.to, value.from), secret, secret.kind);
    return to + 1;
  }

  /** `<password>…</password>`, with a prefix or attributes. */
  function element(start: number, after: number, secret: NamedSecret): number {
    const close = text.slice(after, after + NEAR).search(/[<>]/);
    if (close < 0 || text.charAt(after + close) !== '>' || text.charAt(after + close - 1) === '/') return start;
    const from = after + close + 1;
    const to = text.indexOf('<', from);
    replace(offset(from), to < 0 ? source.length : offset(to), secret, secret.kind);
    return to < 0 ? end : to;
  }

  function word(name: string, start: number): number {
    // Our own mark names a kind.
    if (text.startsWith('[redacted:', start - 10)) return start + name.length;
    let after = start + name.length;
    if (text.charAt(after) === ']') after++;
    else if (text.charAt(after) === '[')
      after += /^\[[\w-]{0,32}\]/.exec(text.slice(after, after + 40))?.[0].length ?? 0;
    const isQuoted = isQuote(after);
    const quoteAt = after;
    if (isQuoted) after++;
    const i = skipSpace(after);
    const sign = text.charAt(i);
    const quote = isQuoted ? source.slice(offset(quoteAt), offset(after)) : '"';
    const isWhole = isQuoted && text.charAt(start - 1) === text.charAt(quoteAt);

    if (isWhole && sign === ':') {
      if (SAYS_NAME.test(name)) {
        const next = named(i + 1, start);
        if (next > i + 1) return next;
      }
      if (SAYS_VALUE.test(name)) {
        const from = skipSpace(i + 1);
        if (isQuote(from)) before = { from, to: endOfString(view, from) };
        return i + 1;
      }
    }
    const isMember = isQuoted && sign === ':';
    // `/confirm/<token>` is a template.
    const isTag =
      /[<:]/.test(text.charAt(start - 1)) &&
      /(^|[^/])<(?:[\w-]{1,24}:)?$/.test(text.slice(Math.max(0, start - 27), start));
    const isPair = isWhole && sign === ',';
    const isForm = isQuoted && text.slice(Math.max(0, start - 6), start - 1) === 'name=';
    if (sign !== ':' && sign !== '=' && !isTag && !isPair && !isForm) return schemeAt(name, start, i);
    // `\\nX-Api-Key`: the end of a line in JSON inside of JSON, before a name.
    const isEscaped = text.charAt(start - 1) === '\\' && /^[nrt]/.test(name);
    const secret = names(name) ?? (isEscaped ? names(name.slice(1)) : null);
    if (secret === null) return start + name.length;
    if (isForm) return formField(i, after, secret);
    if (isTag && sign !== '=') return element(start + name.length, start + name.length, secret);
    if (isMember) return member(i + 1, secret, quote);
    if (isPair) return secret.weak ? after : pair(i + 1, secret, quote);
    if (sign === ':') return header(i + 1, start, secret);
    return parameter(i === after ? i + 1 : skipSpace(/[=>]/.test(text.charAt(i + 1)) ? i + 2 : i + 1), start, secret);
  }

  function pair(i: number, secret: NamedSecret, quote: string): number {
    const from = skipSpace(i);
    const isValue =
      isQuote(from) || text.charAt(from) === '[' || (/[bur]/i.test(text.charAt(from)) && isQuote(from + 1));
    if (!isValue) return from;
    const open = isQuote(from) ? from : from + 1;
    // `"token","name":` is the end of one member and the beginning of the next.
    const isName = isQuote(open) && text.charAt(skipSpace(endOfString(view, open) + 1)) === ':';
    return isName ? from : member(from, secret, quote);
  }

  /** `name="password"`, an empty line, and the value, as in `multipart/form-data`. */
  function formField(i: number, after: number, secret: NamedSecret): number {
    const gap = /^[^\r\n]{0,120}\r?\n(?:[^\r\n]{1,120}\r?\n)?\r?\n/.exec(text.slice(after, after + NEAR))?.[0].length;
    if (gap === undefined) return i;
    const from = after + gap;
    let to = from;
    while (to < end && text.charAt(to) !== '\n' && text.charAt(to) !== '\r') to++;
    replace(offset(from), offset(to), secret, secret.kind);
    return to;
  }

  /** `Digest username="…", response="…"` where no name stands before it. */
  function schemeAt(name: string, start: number, i: number): number {
    const after = start + name.length;
    if (!PARAMETERS.test(name) || i === after || !/^[\w-]{1,32}=/.test(text.slice(i, i + 40))) return after;
    const to = headerEnd(i);
    replace(offset(i), offset(to), { kind: 'token', weak: false }, 'token');
    return to;
  }

  function result(): string {
    // Cut off before the name came: it may have been any.
    if (before !== null && !text.slice(before.to + 1).includes('}'))
      replace(
        offset(before.from + 1),
        closing(before.to, before.from),
        { kind: 'key', weak: false },
        'key',
        before.to < end ? {} : { tail: '"' },
      );
    return replaced();
  }

  return { word, result, identities };
}

const stringsIn = (json: string) =>
  [...json.matchAll(/"([^"]{3,128})"\s{0,8}(?![:\s])/g)].map((match) => match[1] ?? '');
