import { endOfString, type Unescaped } from './escapes.ts';

export const SPACE = /\s/;
const NEXT_PARAMETER = /^(?:\s|$|[\w.-]{1,48}=)/;

/** Where values end that no grammar ends: headers to the end of their line, parameters to the next one. */
export interface ValueEnds {
  isQuote(i: number): boolean;
  /** The first place from `i` on without white space, `most` characters away at most. */
  skipSpace(i: number, most?: number): number;
  /** Does a quote end the value in which it stands? What follows tells. */
  endsHere(i: number): boolean;
  /** The value of a header: to the end of its line, folded lines too, or to the quote around it. */
  headerEnd(i: number): number;
  /** The value of a parameter: to what divides parameters, encoded no deeper than its `=` is. */
  parameterEnd(i: number, level: number, most?: number): number;
}

export function createValueEnds(view: Unescaped): ValueEnds {
  const { text, encoded } = view;
  const end = text.length;

  const isQuote = (i: number) => text.charCodeAt(i) === 0x22 || text.charCodeAt(i) === 0x27;
  const skipSpace = (i: number, most = 64) => {
    const limit = Math.min(end, i + most);
    while (i < limit && SPACE.test(text.charAt(i))) i++;
    return i;
  };

  function endsHere(i: number): boolean {
    const next = text.charAt(i + 1);
    return next === '' || /[\s,}\]):;|\\]/.test(next);
  }

  function headerEnd(i: number): number {
    for (; i < end; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x0a || code === 0x0d) {
        const next = text.charCodeAt(i + 1);
        if (next !== 0x20 && next !== 0x09 && !(code === 0x0d && next === 0x0a && SPACE.test(text.charAt(i + 2))))
          return i;
      } else if (code === 0x22) {
        if (text.charCodeAt(i - 1) === 0x3d && !SPACE.test(text.charAt(i + 1))) i = endOfString(view, i);
        else if (endsHere(i)) return i;
      } else if (code === 0x27 && endsHere(i) && text.charCodeAt(i + 1) !== 0x3b) return i;
    }
    return end;
  }

  function parameterEnd(i: number, level: number, most = end): number {
    for (; i < Math.min(end, most); i++) {
      const c = text.charAt(i);
      if ((encoded[i] ?? 0) > level) continue;
      if (c === '&' || c === '#' || SPACE.test(c)) return i;
      if ((c === ',' || c === ';') && NEXT_PARAMETER.test(text.slice(i + 1, i + 52))) return i;
      if ((c === '"' || c === "'") && endsHere(i)) return i;
      if (c === '<' && text.charAt(i + 1) === '/') return i;
    }
    return i;
  }

  return { isQuote, skipSpace, endsHere, headerEnd, parameterEnd };
}
