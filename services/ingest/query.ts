const MAX_NAME = 64;
const MAX_QUERY = 1024;

/** Keeps the names of a query and drops its values: `a=1&b=2` → `a=&b=`. Values are the clients' own business. */
export function dropValues(query: string): string {
  if (query === '') return '';
  let kept = '';
  let from = 0;
  while (from <= query.length && kept.length < MAX_QUERY) {
    let end = query.indexOf('&', from);
    if (end < 0) end = query.length;
    const equals = query.indexOf('=', from);
    const hasValue = equals >= 0 && equals < end;
    const nameEnd = Math.min(hasValue ? equals : end, from + MAX_NAME);
    if (end > from) kept += `${kept === '' ? '' : '&'}${query.slice(from, nameEnd)}${hasValue ? '=' : ''}`;
    from = end + 1;
  }
  return kept;
}
