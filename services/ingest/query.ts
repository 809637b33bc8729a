import { isObjectId } from './object-id.ts';

const MAX_NAME = 64;
const MAX_BARE = 32;
const MAX_QUERY = 1024;

/**
 * Keeps the names of a query and drops its values: `a=1&b=2` → `a=&b=`. Values are the clients' own business.
 * A part without `=` is a name when it looks like one (`?flag`), else a value: `?8731` → `{}`.
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
  if (equals >= 0) return `${part.slice(0, Math.min(equals, MAX_NAME))}=`;
  return part.length > MAX_BARE || isObjectId(part) ? '{}' : part;
}
