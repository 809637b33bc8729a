const TWICE = /,[ \t]*(?=(?:Bearer|DPoP)[ \t])/i;
/** Of each end: nobody sends more, and an API takes the first or the last. */
const MOST = 2;

/** `Authorization` that came twice is one text here, and two to the API behind: each of them counts. */
export function linesOf(value: string): string[] {
  const lines = value.includes(',') ? value.split(TWICE) : [value];
  return lines.length <= 2 * MOST ? lines : [...lines.slice(0, MOST), ...lines.slice(-MOST)];
}
