/** Deeper than anything that is asked for here; a body may hold what the asker likes beside. */
export const DEEPEST_BODY = 64;

/**
 * Members of all objects in a text that is valid JSON: each colon outside of a string is one. Asked before the text is
 * parsed, since nesting costs a parser far more than its length tells: a megabyte of brackets takes a quarter of a second.
 * @returns -1 when objects and lists are nested more than `deepest` deep.
 */
export function membersIn(text: string, deepest: number): number {
  let count = 0;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 58) count++;
    else if (code === 123 || code === 91) {
      if (++depth > deepest) return -1;
    } else if (code === 125 || code === 93) depth--;
  }
  return count;
}
