/**
 * What an upstream may take a path for. Gateways hand on the path as it came, and frameworks do not agree: `/v1//auth`,
 * `/v1/%61uth` and `/v1/auth;x` are `/v1/auth` to most, `/v1%2Fauth` to WSGI and PHP, `/v1\auth`, `/v1%5Cauth` and
 * `//x/v1/auth` to whoever reads a request's target as an address, `/V1/auth` to Express and IIS; and what is mounted at
 * `/v1/auth` by its beginning gets `/v1/auth/../public` too. Lower case, each once.
 * @returns null for one that could be read in several ways and is too long to be: reading 60 KB of slashes takes 20 ms, in which
 *   nobody else is answered.
 */
export function pathReadings(path: string): readonly string[] | null {
  const lower = path.toLowerCase();
  if (lower.startsWith('/') && !ODD.test(lower)) return [lower];
  if (path.length > LONGEST_ODD) return null;
  const target = lower.replace(ABSOLUTE, '');
  const plain = target.replace(UNRESERVED, (escaped) => CHARACTERS.get(escaped) ?? escaped);
  const slashed = plain.replace(/\\|%2f|%5c/g, '/');
  const readings = new Set<string>();
  const add = (text: string) => {
    const bare = withoutParameters(text);
    const merged = mergeSlashes(bare);
    // Whether slashes are merged first tells what `a//../b` is.
    readings
      .add(merged)
      .add(resolved(merged))
      .add(mergeSlashes(resolved(bare)));
  };
  add(plain);
  if (slashed !== plain) add(slashed);
  if (slashed.startsWith('//')) add(slashed.replace(AUTHORITY, '/'));
  return [...readings];
}

/** Half of what nginx takes by default; where paths are longer they hold ids, not slashes and dots. */
const LONGEST_ODD = 4096;
const ODD = /[%;\\]|\/[/.]/;
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/;
/** Behind two slashes or more, as the URL standard has it. */
const AUTHORITY = /^\/{2,}[^/]*\/?/;
/** Escapes of what needs none (RFC 3986 section 2.3), in lower case. */
const UNRESERVED = /%(?:2[de]|3\d|[46][1-9a-f]|5[\daf]|7[\dae])/g;
const CHARACTERS = new Map(
  Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~', (character) => [
    `%${character.charCodeAt(0).toString(16)}`,
    character.toLowerCase(),
  ]),
);

/** Without parameters of segments (`;a=b`, RFC 3986 section 3.3). */
export const withoutParameters = (path: string): string => path.replace(/;[^/]*/g, '');

const mergeSlashes = (path: string): string => path.replace(/\/{2,}/g, '/');

/** Dot segments resolved; an empty segment is one like others. */
function resolved(path: string): string {
  const segments: string[] = [];
  const parts = (path.startsWith('/') ? path.slice(1) : path).split('/');
  for (const [i, part] of parts.entries()) {
    const isDots = part === '.' || part === '..';
    if (part === '..') segments.pop();
    if (!isDots) segments.push(part);
    else if (i === parts.length - 1) segments.push('');
  }
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}
