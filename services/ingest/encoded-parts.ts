/** Shorter ones are ids, and hold no more than a word. */
const BASE64 = /[A-Za-z0-9+/_-]{32,}={0,2}/g;
const HIDDEN = '[redacted:encoded]';
/** Beginnings of gzip, zlib and zstd: what is in there is not looked at. */
const PACKED: readonly Buffer[] = ['1f8b08', '7801', '785e', '789c', '78da', '28b52ffd'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
/** Base64 in base64, as a shipper makes of what a shipper sent. */
const DEEPEST = 3;
/** Letters and figures decode to anything: what is no text says nothing. */
const MOST_UNPRINTABLE = 0.1;

/**
 * Takes out base64 whose content is packed, or is a text that holds something. Deliveries that nobody reads here are kept
 * as samples of dead letters, and the records in them (`{"records":[{"data":"eyJhdX…"}]}`) are lines with all their secrets.
 * @param holds does a decoded text hold something that must not be kept?
 */
export function withoutEncoded(text: string, holds: (text: string) => boolean, depth = 1): string {
  return text.replace(BASE64, (run) => {
    const bytes = Buffer.from(run, 'base64');
    if (PACKED.some((magic) => bytes.subarray(0, magic.length).equals(magic))) return HIDDEN;
    const content = bytes.toString('utf8').replaceAll('\0', '');
    if (!isText(content)) return run;
    return holds(content) || (depth < DEEPEST && withoutEncoded(content, holds, depth + 1) !== content) ? HIDDEN : run;
  });
}

function isText(content: string): boolean {
  const odd = content.match(/[\ufffd\p{Cc}]/gu) ?? [];
  const breaks = content.match(/[\t\r\n]/g) ?? [];
  return content !== '' && odd.length - breaks.length <= content.length * MOST_UNPRINTABLE;
}
