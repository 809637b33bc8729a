/**
 * A writer that does not append goes on at its old place when its log is emptied (`copytruncate`): the file begins with a
 * hole as large as what was in it, which reads as NUL bytes before the next line.
 * @returns where the NUL bytes end that the text begins with.
 */
export function endOfHole(bytes: Buffer): number {
  let end = 0;
  while (bytes[end] === 0) end++;
  return end;
}
