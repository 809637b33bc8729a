import type { IncomingHttpHeaders } from 'node:http';

/**
 * Headers of the original request, by lower-case name; null when absent. A header that came twice reads as its values
 * joined by `, `, which no token and no key contains: a second copy never passes for the first.
 */
export type HeaderView = (name: string) => string | null;

export const NO_HEADERS: HeaderView = () => null;

/** Callers name some of the headers that are looked for (RFC 9421), `constructor` too, which every object has. */
export function incomingHeaders(headers: IncomingHttpHeaders): HeaderView {
  return (name) => {
    const value = headers[name];
    if (typeof value === 'string') return value;
    return Array.isArray(value) ? value.join(', ') : null;
  };
}

/** Headers as a gateway passes them in JSON: names in any case, a string or an array each. Anything else is ignored. */
export function contextHeaders(value: unknown): HeaderView {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_HEADERS;
  let byName: Map<string, string> | undefined;
  return (name) => {
    byName ??= readAll(value);
    return byName.get(name) ?? null;
  };
}

function readAll(value: object): Map<string, string> {
  const byName = new Map<string, string>();
  for (const [name, content] of Object.entries(value)) {
    const text = typeof content === 'string' ? content : arrayText(content);
    if (text === undefined) continue;
    const lower = name.toLowerCase();
    const before = byName.get(lower);
    byName.set(lower, before === undefined ? text : `${before}, ${text}`);
  }
  return byName;
}

function arrayText(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  const texts = content.filter((item) => typeof item === 'string');
  return texts.length === 0 ? undefined : texts.join(', ');
}
