import { ownText } from '../../shared/own-text.ts';
import { isAsset } from './classify.ts';
import { idWithExtension, isObjectId } from './object-id.ts';
import { compileOpenApi } from './openapi-routes.ts';

/** A template that was learned, as `routes_v1` keeps it. */
export interface LearnedRoute {
  host: string;
  template: string;
}

export interface RouteLearner {
  /**
   * The template of a path, and the ids that `{}` replaced, joined by `,`. Deterministic for the same requests in the
   * same order. Only successful requests (2xx, 304; or no status given) teach: a scanner's misses name no routes.
   * @param host as the event has it, `''` when absent.
   * @param path without query.
   * @param status of the response.
   */
  learn(method: string, host: string, path: string, status?: number): { route: string; object: string };
  /** What was learned since the last call; to be stored and given to the next process as `seed`. */
  changes(): LearnedRoute[];
}

/** Distinct literal children that a position may have before it is taken for an id. */
const MAX_CHILDREN = 100;
/** A child with this many times its even share of the requests (and at least so many) stays literal in a collapse. */
const KEEP_TIMES = 2;
const KEEP_HITS = 5;
const MAX_NODES = 20_000;
const MAX_HOSTS = 1_000;
const MAX_DEPTH = 12;
const MAX_OBJECT = 512;
/** Templates that no success has confirmed yet and that are named all the same; past them a stranger is `{}`. */
const MAX_STRANGERS = 1_000;
/** The same over all hosts: a client may ask under any host name. */
const MAX_ALL_STRANGERS = 20_000;
/** What a literal that comes back from the store counts as: it has proven itself before. */
const SEEDED_HITS = 20;

interface Node {
  literals: Map<string, Node>;
  /** What follows an id or slug here. */
  any: Node | null;
  /** Literals unknown here are ids: the position had too many. */
  collapsed: boolean;
  hits: number;
}

interface Host {
  name: string;
  root: Node;
  strangers: Set<string>;
}

const newNode = (): Node => ({ literals: new Map(), any: null, collapsed: false, hits: 0 });

/**
 * Learns the routes of APIs from their paths. Ids are told by form; slugs by number: a position below one parent with
 * more than {@link MAX_CHILDREN} literals keeps those that carry its traffic and turns the rest into `{}`.
 * Bounded: past the caps, what is unknown is `{}`. Assets are told by extension and kept as `dir/*.css`, with no object.
 */
export function createRouteLearner(options: { openapi?: unknown; seed?: readonly LearnedRoute[] } = {}): RouteLearner {
  const hosts = new Map<string, Host>();
  const named = options.openapi === undefined ? null : compileOpenApi(options.openapi);
  let nodes = 0;
  let strangers = 0;
  let fresh: LearnedRoute[] = [];

  function hostOf(name: string): Host {
    const known = hosts.get(name) ?? (hosts.size < MAX_HOSTS ? undefined : hosts.get(''));
    if (known !== undefined) return known;
    const key = hosts.size < MAX_HOSTS ? ownText(name) : '';
    const host = { name: key, root: newNode(), strangers: new Set<string>() };
    hosts.set(key, host);
    return host;
  }

  /** Below `any`, which is made when needed; at the cap the walk goes on without a node. */
  function below(node: Node | null): Node | null {
    if (node === null) return null;
    if (node.any === null && nodes < MAX_NODES) {
      node.any = newNode();
      nodes++;
    }
    return node.any;
  }

  function collapse(host: Host, node: Node, prefix: string): void {
    const least = Math.max(KEEP_HITS, (KEEP_TIMES * node.hits) / node.literals.size);
    const kept: string[] = [];
    for (const [literal, child] of node.literals) {
      if (child.hits >= least && kept.length < MAX_CHILDREN / 2) kept.push(literal);
      else {
        node.literals.delete(literal);
        nodes -= count(child);
      }
    }
    node.collapsed = true;
    fresh.push({ host: host.name, template: `${prefix}/${collapsedMark(kept)}` });
  }

  for (const { host, template } of options.seed ?? []) plant(hostOf(host).root, template);
  for (const host of hosts.values()) nodes += prune(host.root);

  function learn(_method: string, hostName: string, path: string, status?: number) {
    if (path === '' || path === '*') return { route: path, object: '' };
    const byName = named?.(path) ?? null;
    if (byName !== null) return byName;
    const host = hostOf(hostName);
    const teaches = status === undefined || (status >= 200 && status < 300) || status === 304;
    const asset = isAsset(path);
    const segments = path.split('/');
    const last = segments.length - 1;
    const objects: string[] = [];
    let node: Node | null = host.root;
    let route = '';
    let stranger = false;

    for (let i = segments[0] === '' ? 1 : 0; i <= last; i++) {
      if (i > MAX_DEPTH) {
        route += '/{}';
        objects.push(segments.slice(i).join('/'));
        break;
      }
      const segment = withoutParameters(segments[i] ?? '');
      if (asset && i === last) {
        route += `/*${segment.slice(segment.lastIndexOf('.')).toLowerCase()}`;
        break;
      }
      if (segment === '') {
        // A doubled slash names nothing; a last one is part of the route.
        if (i === last) route += '/';
        continue;
      }
      if (isObjectId(segment)) {
        objects.push(segment);
        route += '/{}';
        node = teaches ? below(node) : (node?.any ?? null);
        continue;
      }
      const file = i === last ? idWithExtension(segment) : null;
      if (file !== null) {
        objects.push(file.id);
        route += `/{}.${file.extension}`;
        continue;
      }
      const known: Node | undefined = node?.literals.get(segment);
      if (known !== undefined && node !== null) {
        if (teaches) {
          node.hits++;
          known.hits++;
        }
        node = known;
        route += `/${segment}`;
        continue;
      }
      if (node !== null && teaches && !node.collapsed && nodes < MAX_NODES) {
        const child = newNode();
        child.hits = 1;
        node.hits++;
        node.literals.set(ownText(segment), child);
        nodes++;
        if (node.literals.size > MAX_CHILDREN) {
          collapse(host, node, route);
          if (!node.literals.has(segment)) {
            objects.push(segment);
            route += '/{}';
            node = below(node);
            continue;
          }
        } else fresh.push({ host: host.name, template: `${route}/${escapeLiteral(segment)}` });
        node = child;
        route += `/${segment}`;
        continue;
      }
      if (node?.collapsed || (node !== null && teaches)) {
        objects.push(segment);
        route += '/{}';
        node = teaches ? below(node) : (node?.any ?? null);
        continue;
      }
      stranger = true;
      node = null;
      route += `/${segment}`;
    }
    if (stranger) route = admit(host, route, objects);
    return { route, object: asset ? '' : join(objects) };
  }

  /** A name that no success has confirmed is kept while there is room; a flood of them ends as `/{}`. */
  function admit(host: Host, route: string, objects: string[]): string {
    if (host.strangers.has(route)) return route;
    if (host.strangers.size < MAX_STRANGERS && strangers < MAX_ALL_STRANGERS) {
      host.strangers.add(ownText(route));
      strangers++;
      return route;
    }
    objects.splice(0, objects.length, route.slice(1));
    return '/{}';
  }

  return {
    learn,
    changes() {
      const drained = fresh;
      fresh = [];
      return drained;
    },
  };
}

/** `;jsessionid=…` and its like belong to the request, not to the route. */
function withoutParameters(segment: string): string {
  const semicolon = segment.indexOf(';');
  return semicolon < 0 ? segment : segment.slice(0, semicolon);
}

function join(objects: readonly string[]): string {
  if (objects.length === 0) return '';
  const joined = objects.join(',');
  return joined.length > MAX_OBJECT ? joined.slice(0, MAX_OBJECT) : joined;
}

function count(node: Node): number {
  let sum = 1;
  for (const child of node.literals.values()) sum += count(child);
  return node.any === null ? sum : sum + count(node.any);
}

// The stored form: a template's last segment is a literal, or `{}` for a collapsed position with the literals that it
// kept: `{}`, `{a|b}`. Braces, bars and slashes inside a literal are percent-encoded.
const escapeLiteral = (text: string) =>
  text.replace(/[%{}|]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const restoreLiteral = (text: string) =>
  text.replace(/%(25|7B|7C|7D)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
const collapsedMark = (kept: readonly string[]) => `{${kept.map(escapeLiteral).join('|')}}`;

/** Kept literals of a collapsed seed, until {@link prune} has dropped the others. */
const keptOf = new WeakMap<Node, Set<string>>();

function plant(root: Node, template: string): void {
  const segments = template.split('/').slice(1);
  let node = root;
  segments.forEach((segment, i) => {
    const isMark = segment.startsWith('{') && segment.endsWith('}');
    if (isMark && i === segments.length - 1) {
      const kept = segment.slice(1, -1);
      node.collapsed = true;
      keptOf.set(node, new Set(kept === '' ? [] : kept.split('|').map(restoreLiteral)));
    } else if (isMark) {
      node.any ??= newNode();
      node = node.any;
    } else if (segment !== '') {
      const literal = restoreLiteral(segment);
      let child = node.literals.get(literal);
      if (child === undefined) {
        child = newNode();
        child.hits = SEEDED_HITS;
        node.hits += SEEDED_HITS;
        node.literals.set(literal, child);
      }
      node = child;
    }
  });
}

/** Drops literals that a collapse had dropped; counts the nodes that are left. */
function prune(node: Node): number {
  const kept = keptOf.get(node);
  let sum = 0;
  for (const [literal, child] of node.literals) {
    if (kept !== undefined && !kept.has(literal)) node.literals.delete(literal);
    else sum += 1 + prune(child);
  }
  return node.any === null ? sum : sum + 1 + prune(node.any);
}
