/** ` <requests since start> "<router>" "<server>" <duration>ms`; behind everything that a client can write. */
const TAIL = / (?:\d{1,18}|-) (?:"[^"]{0,256}"|-) (?:"[^"]{0,2048}"|-) (\d{1,12})ms$/;
const MAX_TAIL = 2_400;

/** Where the end of a line begins that only Traefik writes, and the duration that it says; null for other lines. */
export function traefikTail(line: string): { at: number; seconds: number } | null {
  if (line.charCodeAt(line.length - 1) !== 0x73 /* s */) return null;
  const from = Math.max(0, line.length - MAX_TAIL);
  const match = TAIL.exec(line.slice(from));
  return match === null ? null : { at: from + match.index, seconds: Number(match[1]) / 1000 };
}
