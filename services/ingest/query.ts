const MAX_NAME = 64;
const MAX_QUERY = 1024;
/** Base64 with its padding: the `=` of no parameter. */
const PADDED = /^(?=[^=]*[A-Z])(?=[^=]*[a-z])(?:[A-Za-z0-9+/_-]{4}){3,}(?:[A-Za-z0-9+/_-]{2}==|[A-Za-z0-9+/_-]{3}=)$/;

/**
 * Keeps the names of a query and drops its values: `a=1&b=2` → `a=&b=`. Values are the clients' own business, and a
 * part without `=` may be one as well as a name: `?8731`, `?hunter2`, `?flag` → `{}`. So may base64 that ends with its own.
 */
export function dropValues(query: string): string {
  if (query === '') return '';
  let kept = '';
  let from = 0;
  while (from <= query.length && kept.length < MAX_QUERY) {
    let end = query.indexOf('&', from);
    if (end < 0) end = query.length;
    if (end > from) kept += `${kept === '' ? '' : '&'}${nameOf(query.slice(from, end))}`;
    from = end + 1;
  }
  return kept;
}

function nameOf(part: string): string {
  const equals = part.indexOf('=');
  return equals < 0 || PADDED.test(part) ? '{}' : `${part.slice(0, Math.min(equals, MAX_NAME))}=`;
}
