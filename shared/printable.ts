// Control characters and lone surrogates: neither columns nor pages need them, and ClickHouse refuses the latter.
const UNPRINTABLE = /\p{Cc}|\p{Surrogate}/u;
const EVERY_UNPRINTABLE = /\p{Cc}|\p{Surrogate}/gu;

/** Text without control characters and halves of surrogate pairs; U+FFFD stands in their place. */
export function printable(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(EVERY_UNPRINTABLE, '\ufffd') : text;
}

/** A path or query in which control characters are written as a client should have sent them: `%00`. */
export function printableUrl(text: string): string {
  if (!UNPRINTABLE.test(text)) return text;
  return text.replace(EVERY_UNPRINTABLE, (c) =>
    c.charCodeAt(0) > 0x7f ? '\ufffd' : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
