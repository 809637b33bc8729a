/** A token of a header, in the one spelling that is verified here. */
export interface Respelled {
  readonly text: string;
  /** Its signature stood there in another spelling. */
  readonly changed: boolean;
}

/** What may stand in front of `{"` or `{` and a line break, in base64. */
const BETWEEN = /[\s,"']+|[:;=](?=e[wy])/;
const MOST = 4;

/**
 * JWTs that a lenient API finds in a header where none was found here: behind another scheme or a tab, in quotes, beside
 * others, with a signature that has padding, the other alphabet, unused bits or characters that decoders skip. Header and
 * claims are signed as they stand, so nobody can spell those anew.
 */
export function respelledIn(value: string): Respelled[] {
  if (!value.includes('.')) return [];
  const found: Respelled[] = [];
  for (const piece of value.split(BETWEEN)) {
    const dot = piece.indexOf('.', piece.indexOf('.') + 1);
    if (dot <= 0) continue;
    const signature = piece.slice(dot + 1);
    // Reads every spelling, and writes one.
    const canonical = Buffer.from(signature, 'base64url').toString('base64url');
    found.push({ text: `${piece.slice(0, dot)}.${canonical}`, changed: canonical !== signature });
    if (found.length === MOST) break;
  }
  return found;
}
