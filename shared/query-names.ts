import type { ApiDoc } from './openapi.ts';
import { Problem } from './problem.ts';

const SHOWN = 64;

/**
 * A misspelt parameter is told, not left out: an answer to another question looks like the answer to this one. Only where
 * people and scripts ask (paths with a query of their own, and those of the admin): gateways and shippers put there what
 * they like, and so do the probes and browsers that ask open paths, so as to meet no cache.
 * @throws Problem `bad_request` that names every parameter which the path does not know.
 */
export function checkQueryNames(doc: ApiDoc | undefined, query: unknown): void {
  if (doc === undefined || doc.access === 'open' || (doc.query === undefined && doc.access !== 'admin')) return;
  const known = Object.keys(doc.query?.shape ?? {});
  const unknown = Object.keys(typeof query === 'object' && query !== null ? query : {}).filter(
    (name) => !known.includes(name),
  );
  if (unknown.length === 0) return;
  const names = unknown.map((name) => `"${name.slice(0, SHOWN)}"`).join(', ');
  const which = known.length === 0 ? 'none' : known.join(', ');
  throw new Problem('bad_request', `The query has what this path does not know: ${names}. It knows ${which}.`, {
    faults: unknown.map((name) => ({ path: name.slice(0, SHOWN), message: 'is no parameter of this path' })),
  });
}
