const TWICE = /, (?=(?:Bearer|DPoP)[ \t])/i;
const MOST = 16;

/** `Authorization` that came twice is one text here, and two to the API behind: each of them counts. */
export const linesOf = (value: string): string[] => (value.includes(', ') ? value.split(TWICE, MOST) : [value]);
