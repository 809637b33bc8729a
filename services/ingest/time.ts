/** RFC 3339, and its offset without a colon, as `strftime` writes it (`%z`: Apache, HAProxy, most loggers). */
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;
/** Beyond this ClickHouse's DateTime of seconds ends; no gateway's clock is right there. */
const END_OF_TIME = Date.UTC(2100, 0, 1);

/** As epoch seconds 2001 to 2286, as milliseconds a few weeks of 1970: who sends such a number means seconds. */
const SECONDS_FROM = 1e9;
const SECONDS_TO = 1e10;
export const looksLikeSeconds = (value: unknown): boolean =>
  typeof value === 'number' && value >= SECONDS_FROM && value < SECONDS_TO;

/**
 * RFC 3339 text, or epoch milliseconds as a number.
 * @returns whole epoch milliseconds, or null when it is no time between 1970 and 2100, or looks like seconds: taken for
 * milliseconds these would be accepted, and forgotten as too old.
 */
export function parseTime(value: unknown): number | null {
  if (looksLikeSeconds(value)) return null;
  const time = typeof value === 'number' ? Math.floor(value) : typeof value === 'string' ? parseText(value) : null;
  return time !== null && time >= 0 && time < END_OF_TIME ? time : null;
}

function parseText(text: string): number | null {
  if (text.length > 64) return null;
  const match = RFC3339.exec(text);
  if (match === null) return null;
  const [, y, mo, d, h, mi, s, fraction = '', sign, zh = '0', zm = '0'] = match;
  const month = Number(mo);
  const day = Number(d);
  // A leap second is read as the first of the next minute.
  if (month < 1 || month > 12 || Number(h) > 23 || Number(mi) > 59 || Number(s) > 60) return null;
  if (day < 1 || day > daysIn(Number(y), month) || Number(zh) > 23 || Number(zm) > 59) return null;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const local = Date.UTC(Number(y), month - 1, day, Number(h), Number(mi), Number(s), milliseconds);
  const offset = (Number(zh) * 60 + Number(zm)) * 60_000;
  return sign === '-' ? local + offset : local - offset;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
