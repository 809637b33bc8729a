/** From `?` on, without a fragment. */
export function queryOf(target: string): string {
  const from = target.indexOf('?');
  if (from < 0) return '';
  const hash = target.indexOf('#');
  return hash < 0 ? target.slice(from) : hash < from ? '' : target.slice(from, hash);
}
