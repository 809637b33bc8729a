/** A run of a log's text: shown as it is, or a character that must not act, by its code point. */
export type LogPart = { kind: 'text'; text: string } | { kind: 'code'; code: string; name: string };

const NAMES: Readonly<Record<number, string>> = {
  0: 'null',
  9: 'tab',
  10: 'line feed',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark',
};

// Control characters, format characters (bidi, zero width, tags), line and paragraph separators, lone surrogates,
// private use. Marks that stack on one letter more than twice are counted below.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u;

/** Splits hostile text so that nothing in it can hide, reverse or move what stands around it. */
export function logParts(text: string): LogPart[] {
  const parts: LogPart[] = [];
  let run = '';
  let marks = 0;
  for (const character of text) {
    marks = /\p{M}/u.test(character) ? marks + 1 : 0;
    if (!HIDDEN.test(character) && marks <= 2) {
      run += character;
      continue;
    }
    if (run !== '') parts.push({ kind: 'text', text: run });
    run = '';
    const point = character.codePointAt(0) ?? 0;
    const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
    parts.push({ kind: 'code', code, name: NAMES[point] ?? 'hidden character' });
  }
  if (run !== '') parts.push({ kind: 'text', text: run });
  return parts;
}

/** The first `most` characters, whole code points; null when the text is short enough. */
export function cutText(text: string, most: number): string | null {
  if (text.length <= most) return null;
  const points = [...text];
  return points.length <= most ? null : points.slice(0, most).join('');
}
