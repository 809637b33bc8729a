import type { Unescaped } from './escapes.ts';
import type { NamedSecret } from './secret-names.ts';

/** A part of the source to be replaced. */
interface Span {
  from: number;
  to: number;
  by: string;
}

const DONE = /^(?:(?:bearer|basic|dpop|[\w-]{1,24})[\s+]+)?\[redacted:[a-z]+\]$/i;
/** Words before credentials that stay, so that one sees what was sent. */
export const SCHEME =
  /^(bearer|basic|dpop|digest|hawk|oauth|negotiate|ntlm|apikey|token|signature|gnap|sso-key|aws4-hmac-sha256)[\s+]+(?=\S)/i;

/** Quotes that the source lacks around what stands in the place of a value. */
interface Quotes {
  head?: string;
  tail?: string;
}

/** What is to be replaced in a source; places come from the scan of its text without escapes. */
export interface Redactions {
  /** Place in the source of a place in the text. */
  offset(i: number): number;
  /** Place in the source where the string that opens at `open` ends; a quote's own backslashes begin there. */
  closing(i: number, open: number): number;
  /** Marks the value from `from` to `to` of the source, unless it is empty or was taken out before. */
  replace(from: number, to: number, secret: NamedSecret, label: string, quotes?: Quotes): void;
  /** Marks a part that becomes `by` as it stands. */
  mark(from: number, to: number, by: string): void;
  /** Values of names that name somebody, as they stood. */
  readonly identities: string[];
  /** The source with everything replaced. */
  result(): string;
}

export function createRedactions(source: string, { text, at, slashes }: Unescaped): Redactions {
  const end = text.length;
  const spans: Span[] = [];
  const identities: string[] = [];

  const offset = (i: number) => at[Math.min(i, end)] ?? source.length;
  /** Where a quote's own backslashes begin: those before them are the string's. */
  const closing = (i: number, open: number) => {
    if (i >= end) return source.length;
    const isRaw = isRawQuote(source.charCodeAt(offset(i + 1) - 1));
    return isRaw ? Math.max(offset(i), offset(i + 1) - 1 - (slashes[open] ?? 0)) : offset(i);
  };

  function replace(from: number, to: number, secret: NamedSecret, label: string, quotes: Quotes = {}): void {
    const value = source.slice(from, to);
    const { kind } = secret;
    if (value.trim() === '' || DONE.test(value)) return;
    if (kind === 'token' && secret.weak && /^\d{1,3}$/.test(value)) return;
    if (kind === 'identity') identities.push(value);
    const scheme = kind === 'authorization' ? (SCHEME.exec(value)?.[0] ?? '') : '';
    spans.push({
      from: from + scheme.length,
      to,
      by: `${quotes.head ?? ''}[redacted:${labelOf(kind, scheme, label)}]${quotes.tail ?? ''}`,
    });
  }

  return {
    offset,
    closing,
    replace,
    mark: (from, to, by) => void spans.push({ from, to, by }),
    identities,
    result() {
      let made = '';
      let done = 0;
      for (const { from, to, by } of spans.sort((a, b) => a.from - b.from)) {
        if (from < done) continue;
        made += source.slice(done, from) + by;
        done = Math.max(to, from);
      }
      return made + source.slice(done);
    },
  };
}

const isRawQuote = (code: number) => code === 0x22 || code === 0x27;

function labelOf(kind: NamedSecret['kind'], scheme: string, label: string): string {
  if (kind !== 'authorization') return label;
  if (/^(?:bearer|dpop)/i.test(scheme)) return 'bearer';
  return /^basic/i.test(scheme) ? 'basic' : 'token';
}
