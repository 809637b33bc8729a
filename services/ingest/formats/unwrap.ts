/** Takes off one more pair of double quotes around a whole line, as some exports add it; other lines stay. */
export function unwrap(line: string): string {
  if (line.charCodeAt(0) !== 0x22 || line.length < 3 || line.charCodeAt(line.length - 1) !== 0x22) return line;
  return line.slice(1, -1);
}
