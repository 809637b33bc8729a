/**
 * Undoes what Apache (`\"`, `\\`, `\n`, `\xhh`) and nginx (`\xHH`) do to bytes that would break the line.
 * `\x` escapes are bytes: neighbours join to UTF-8, and what is no UTF-8 becomes U+FFFD.
 */
export function undoEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPES, (run) => {
    if (run.charCodeAt(1) === 0x78 /* x */ && run.length >= 4) {
      return Buffer.from(run.replaceAll('\\x', ''), 'hex').toString('utf8');
    }
    return SIMPLE[run.charAt(1)] ?? run;
  });
}

const ESCAPES = /(?:\\x[0-9a-fA-F]{2})+|\\["\\nrtbvf]/g;
const SIMPLE: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  v: '\v',
  f: '\f',
};
