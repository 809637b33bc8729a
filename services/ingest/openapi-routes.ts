/** Finds the template that an OpenAPI document names for a path; null when it names none. */
export type NamedRoutes = (path: string) => { route: string; object: string } | null;

interface Branch {
  literals: Map<string, Branch>;
  parameter: Branch | null;
  /** The template that ends here, ids as `{}`. */
  route: string | null;
}

const newBranch = (): Branch => ({ literals: new Map(), parameter: null, route: null });

/**
 * Reads `paths` and the path part of `servers[].url` of an OpenAPI document (2 or 3, already parsed).
 * A literal wins over a parameter, as OpenAPI says. Parameters become `{}`, as in learned templates.
 * @throws when the document has no `paths`: a document that names nothing is a mistake of the operator.
 */
export function compileOpenApi(document: unknown): NamedRoutes {
  const paths = record(record(document)?.paths);
  if (paths === null) throw new Error('The OpenAPI document has no "paths" object; give one that describes the API.');
  const root = newBranch();
  for (const base of bases(record(document))) for (const path of Object.keys(paths)) add(root, `${base}${path}`);
  return (path) => find(root, path);
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}

function bases(document: Record<string, unknown> | null): Set<string> {
  const found = new Set(['']);
  const basePath = document?.basePath;
  if (typeof basePath === 'string') found.add(basePath.replace(/\/+$/, ''));
  const servers = document?.servers;
  for (const server of Array.isArray(servers) ? servers : []) {
    const url = record(server)?.url;
    if (typeof url === 'string') found.add(url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/\/+$/, ''));
  }
  return found;
}

function add(root: Branch, template: string): void {
  let branch = root;
  const parts: string[] = [];
  for (const segment of template.split('/').slice(1)) {
    if (segment.includes('{')) {
      branch.parameter ??= newBranch();
      branch = branch.parameter;
      parts.push('{}');
    } else {
      let next = branch.literals.get(segment);
      if (next === undefined) {
        next = newBranch();
        branch.literals.set(segment, next);
      }
      branch = next;
      parts.push(segment);
    }
  }
  branch.route = `/${parts.join('/')}`;
}

/** Depth first with literals before parameters; the document bounds the work, the path's length its depth. */
function find(root: Branch, path: string): { route: string; object: string } | null {
  const segments = path.split('/').slice(1);
  if (segments.length > 32) return null;
  const objects: string[] = [];
  function walk(branch: Branch, i: number): string | null {
    const segment = segments[i];
    if (segment === undefined) return branch.route;
    const literal = branch.literals.get(segment);
    const found = literal === undefined ? null : walk(literal, i + 1);
    if (found !== null || branch.parameter === null || segment === '') return found;
    objects.push(segment);
    const below = walk(branch.parameter, i + 1);
    if (below === null) objects.pop();
    return below;
  }
  const route = walk(root, 0);
  return route === null ? null : { route, object: objects.join(',').slice(0, 512) };
}
