const ENCODED = /%(?:u[0-9a-f]{4}|[0-9a-f]{2})/i;
const ENCODINGS = /%u([0-9a-f]{4})|%([0-9a-f]{2})/gi;
const COMMENT = /\/\*[^*]{0,64}\*\//g;
const ENTITY = /&#(?:x([0-9a-f]{1,5})|([0-9]{1,6}));?/gi;

/**
 * Path and query as the application may come to see them: percent-encoding undone, twice where it was done twice,
 * `+` as blank, comments as blanks, lower case. Bytes are read one by one, as invalid UTF-8 is common in attacks.
 */
export function decodeForMatching(target: string): string {
  let text = target;
  for (let round = 0; round < 2 && ENCODED.test(text); round++) text = decodeOnce(text);
  if (text.includes('&#')) {
    text = text.replace(ENTITY, (whole, hex: string | undefined, decimal: string | undefined) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code < 0x10000 ? String.fromCharCode(code) : whole;
    });
  }
  if (text.includes('/*')) text = text.replace(COMMENT, ' ');
  return text.replaceAll('+', ' ').toLowerCase();
}

function decodeOnce(text: string): string {
  return text.replace(ENCODINGS, (_, wide: string | undefined, byte: string | undefined) =>
    String.fromCharCode(Number.parseInt(wide ?? byte ?? '0', 16)),
  );
}
