const MONTHS: Readonly<Record<string, number>> = {
  Jan: 0,
  Feb: 1,
  Mar: 2,
  Apr: 3,
  May: 4,
  Jun: 5,
  Jul: 6,
  Aug: 7,
  Sep: 8,
  Oct: 9,
  Nov: 10,
  Dec: 11,
};
const FORM = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;
const HAPROXY_FORM = /^(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d)\.(\d{3})$/;

/**
 * Reads `10/Oct/2000:13:55:36 -0700` as epoch milliseconds; null when there is no such moment.
 * Lines of one second follow each other, so the last answer is kept.
 */
export function createTimeReader(): (text: string) => number | null {
  let lastText = '';
  let lastTime: number | null = null;
  return (text) => {
    if (text === lastText) return lastTime;
    lastTime = read(text);
    lastText = text;
    return lastTime;
  };
}

/** The same for `06/Feb/2009:12:14:14.655`: HAProxy's own time without a zone, taken as UTC. */
export function createHaproxyTimeReader(): (text: string) => number | null {
  const readSecond = createTimeReader();
  return (text) => {
    const match = HAPROXY_FORM.exec(text);
    const second = match === null ? null : readSecond(`${match[1]} +0000`);
    return second === null ? null : second + Number(match?.[2]);
  };
}

/** Digits of an epoch, and how many of its units a second has: no time of this century is like one of another unit. */
const EPOCHS: readonly [RegExp, number][] = [
  [/^\d{9,10}(?:\.\d{1,9})?$/, 1],
  [/^\d{12,13}$/, 1e3],
  [/^\d{15,16}$/, 1e6],
  [/^\d{18,19}$/, 1e9],
];

/** Epoch milliseconds of an epoch in seconds, milliseconds, microseconds or nanoseconds; other values as they are. */
export function epochTime(value: unknown): unknown {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > 24) return value;
  const unit = EPOCHS.find(([form]) => form.test(text))?.[1];
  return unit === undefined
    ? value
    : Math.floor(unit === 1 ? Math.round(Number(text) * 1e6) / 1e3 : (Number(text) * 1000) / unit);
}

function read(text: string): number | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, d, name = '', y, h, m, s, sign, zh, zm] = match;
  const month = MONTHS[name];
  const day = Number(d);
  if (month === undefined || Number(h) > 23 || Number(m) > 59 || Number(s) > 60) return null;
  if (Number(zh) > 23 || Number(zm) > 59) return null;
  const local = Date.UTC(Number(y), month, day, Number(h), Number(m), Number(s));
  if (new Date(Date.UTC(Number(y), month, day)).getUTCDate() !== day) return null;
  const offset = (Number(zh) * 60 + Number(zm)) * 60_000;
  return sign === '+' ? local - offset : local + offset;
}
