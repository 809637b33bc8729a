/** Bits of `ATTACK_BITS` that a request shows. */
export function findAttacks(_method: string, _path: string, _query: string, _userAgent: string): number {
  return 0;
}
