/** How the characters of a name may stand in a text, in any case: as they are, in a URL, as JSON, nginx and HAProxy escape them. */
function formsOf(character: string): string {
  // JSON, and JSON in JSON, write backslashes before quotes, slashes and backslashes.
  const isWord = /[A-Za-z0-9_]/.test(character);
  const plain = isWord ? character : `\\\\*${character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`;
  const cases = [...new Set([character, character.toLowerCase(), character.toUpperCase()])];
  const escaped = cases.flatMap((each) => {
    const bytes = [...Buffer.from(each, 'utf8')].map((byte) => byte.toString(16).padStart(2, '0'));
    const units = each.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
    return [
      bytes.map((byte) => `%(25)*${byte}`).join(''),
      units.map((unit) => `\\\\+u${unit}`).join(''),
      bytes.map((byte) => `\\\\+x${byte}`).join(''),
      bytes.map((byte) => `#${byte}`).join(''),
    ];
  });
  return `(${[plain, ...escaped, ...(character === ' ' ? ['\\+'] : [])].join('|')})`;
}

/** An escape of what is no letter, figure or underscore, in two digits; `%6d` before a name is an `m`. */
const NO_WORD = '([0-289a-f][0-9a-f]|3[a-f]|40|5[b-e]|60|7[b-f])';

/**
 * A pattern (RE2) of any of the names as a word of its own, in any case, written as they are or escaped. A name never
 * begins or ends in the middle of a word, so that `malice` is not `alice`; behind an escape, as in `%2Falice`, it may.
 */
export function wordsOf(names: readonly string[]): string {
  const words = names.map((name) => Array.from(name, formsOf).join('')).join('|');
  const before = `^|[^A-Za-z0-9_]|%(25)*${NO_WORD}|\\\\+(u00${NO_WORD}|u(0[1-9a-f]|[1-9a-f][0-9a-f])[0-9a-f]{2}|x${NO_WORD}|[nrt])|#${NO_WORD}`;
  return `(?i)(${before})(${words})($|[^A-Za-z0-9_])`;
}

/** Base64 in base64 in base64. */
const DEEPEST = 3;

/**
 * SQL that is true where a text names somebody, plain, escaped, or in base64. A run of base64 may begin within a word or a path
 * (`/in/eyJ1c2Vy…`), so it is decoded from each of the four places where one may begin; its end may be cut off.
 * @param text an expression. @param words a pattern as a literal.
 */
export function isNamedIn(text: string, words: string): string {
  const left = '(length(run) - k)';
  // One letter alone is less than a byte; two or three are what the padding, which is no part of the run, completes.
  const whole = `(${left} - (${left} % 4 = 1))`;
  const padded = `rightPad(substring(run, 1 + k, ${whole}), 4 * intDiv(${whole} + 3, 4), '=')`;
  const level = (texts: string) => `arrayFlatten(arrayMap(t -> arrayMap(run -> arrayMap(k ->
    replaceAll(tryBase64Decode(${padded}), '\\0', ''), [0, 1, 2, 3]),
    extractAll(translate(t, '-_', '+/'), '[A-Za-z0-9+/]{32,}')), ${texts}))`;
  let texts = `[${text}]`;
  const all = [texts];
  for (let depth = 0; depth < DEEPEST; depth++) {
    texts = level(texts);
    all.push(texts);
  }
  return `arrayExists(t -> match(t, ${words}), arrayConcat(${all.join(', ')}))`;
}
