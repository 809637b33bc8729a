/** Shorter ones are ids, and hold no more than a word. */
const BASE64 = /[A-Za-z0-9+/_-]{32,}={0,2}/g;
const HIDDEN = '[redacted:encoded]';
/** Beginnings of gzip, zlib and zstd: what is in there is not looked at. */
const PACKED: readonly Buffer[] = ['1f8b08', '7801', '785e', '789c', '78da', '28b52ffd'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
/** gzip and zstd as base64, behind what is no part of it. */
const PACKED_BEHIND = /[/+_-](?:H4sI|KLUv[/_])/;
/** Base64 in base64, as a shipper makes of what a shipper sent. */
const DEEPEST = 3;
/** Letters and figures decode to anything: what is no text says nothing. */
const MOST_UNPRINTABLE = 0.1;
/** So much text comes out of random bytes by chance once in ten million. */
const STRETCH = /[\t\r\n\x20-\x7e]{16,}/g;

/**
 * Takes out base64 whose content is packed, or is a text that holds something. Deliveries that nobody reads here are kept
 * as samples of dead letters, and the records in them (`{"records":[{"data":"eyJhdX…"}]}`) are lines with all their secrets.
 * In a path a run begins before its base64 does (`/in/eyJhdX…`): it is read from each of the four places where one may begin.
 * @param holds does a decoded text hold something that must not be kept?
 */
export function withoutEncoded(text: string, holds: (text: string) => boolean, depth = 1): string {
  const isTelling = (content: string) =>
    holds(content) || (depth < DEEPEST && withoutEncoded(content, holds, depth + 1) !== content);
  return text.replace(BASE64, (run) => {
    const bytes = Buffer.from(run, 'base64');
    if (PACKED.some((magic) => bytes.subarray(0, magic.length).equals(magic)) || PACKED_BEHIND.test(run)) return HIDDEN;
    const content = bytes.toString('utf8').replaceAll('\0', '');
    if (isText(content) && isTelling(content)) return HIDDEN;
    // A text as well: behind a slash the run may go on with base64 of something else, out of step with it.
    for (let from = 0; from < 4; from++) if (stretchesOf(run.slice(from)).some(isTelling)) return HIDDEN;
    return run;
  });
}

/** What is text among bytes that are none. */
const stretchesOf = (run: string): string[] =>
  Buffer.from(run, 'base64').toString('latin1').replaceAll('\0', '').match(STRETCH) ?? [];

function isText(content: string): boolean {
  const odd = content.match(/[\ufffd\p{Cc}]/gu) ?? [];
  const breaks = content.match(/[\t\r\n]/g) ?? [];
  return content !== '' && odd.length - breaks.length <= content.length * MOST_UNPRINTABLE;
}
