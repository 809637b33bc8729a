import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, logParts } from '../../../dashboards/web/src/log-text.ts';

const shown = (text: string) =>
  logParts(text)
    .map((part) => (part.kind === 'text' ? part.text : `[${part.code}]`))
    .join('');

describe('text out of a log', () => {
  it.each([
    ['plain text, ünïcode, 日本語, עברית', 'plain text, ünïcode, 日本語, עברית'],
    ['a\u0000b\u001b[31m\u007f', 'a[U+0000]b[U+001B][31m[U+007F]'],
    ['user\u202egnp.exe', 'user[U+202E]gnp.exe'],
    ['\u2066\u2069\u200b\u200d\ufeff\u061c', '[U+2066][U+2069][U+200B][U+200D][U+FEFF][U+061C]'],
    ['line\u2028para\u2029\r\n\t', 'line[U+2028]para[U+2029][U+000D][U+000A][U+0009]'],
    ['tag\u{e0041}', 'tag[U+E0041]'],
    ['half \ud800 pair', 'half [U+D800] pair'],
    ['e\u0301\u0301\u0301\u0301', 'e\u0301\u0301[U+0301][U+0301]'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ])('%j is shown as %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('never lets a character through that hides, reverses or moves others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const through = logParts(text).flatMap((part) => (part.kind === 'text' ? [part.text] : []));
        expect(through.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });

  it('is cut between code points, and not at all when it is short', () => {
    expect(cutText('short', 5)).toBeNull();
    expect(cutText('😀😀😀', 3)).toBeNull();
    expect(cutText('😀😀😀', 2)).toBe('😀😀');
  });
});
