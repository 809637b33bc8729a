/** How the characters of a name may stand in a text: as they are, in a URL, or as JSON and nginx escape them. */
function formsOf(character: string): string {
  if (/[A-Za-z0-9_]/.test(character)) return character;
  // JSON, and JSON in JSON, write backslashes before quotes, slashes and backslashes.
  const plain = `\\\\*${character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`;
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => byte.toString(16).padStart(2, '0'));
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  const inUrl = bytes.map((byte) => `%(25)*${byte}`).join('');
  const inJson = units.map((unit) => `\\\\+u${unit}`).join('');
  const inNginx = bytes.map((byte) => `\\\\+x${byte}`).join('');
  return `(${[plain, inUrl, inJson, inNginx, ...(character === ' ' ? ['\\+'] : [])].join('|')})`;
}

/**
 * A pattern (RE2) of any of the names as a word of its own, in any case, written as they are or escaped. A name never
 * begins or ends in the middle of a word, so that `malice` is not `alice`; behind an escape, as in `%2Falice`, it may.
 */
export function wordsOf(names: readonly string[]): string {
  const words = names.map((name) => Array.from(name, formsOf).join('')).join('|');
  const before = '^|[^A-Za-z0-9_]|%(25)*[0-9a-f]{2}|\\\\+(u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt])';
  return `(?i)(${before})(${words})($|[^A-Za-z0-9_])`;
}
