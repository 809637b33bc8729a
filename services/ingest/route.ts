import { ownText } from '../../shared/own-text.ts';
import { isAsset } from './classify.ts';
import { objectOf } from './given-route.ts';
import { idWithExtension, isObjectId } from './object-id.ts';
import { compileOpenApi } from './openapi-routes.ts';
import { collapsedMark, countNodes, escapeLiteral, newNode, plant, prune, type RouteNode } from './route-tree.ts';

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
   * @param asked the path as it was before pseudonyms stood in it: its words and ids are told apart by this, so that a
   * pseudonym is a word where a name is one; what is kept is of `path`. Default: `path`.
   */
  learn(method: string, host: string, path: string, status?: number, asked?: string): { route: string; object: string };
  /** What was learned since the last call; to be stored and given to the next process as `seed`. */
  changes(): LearnedRoute[];
  /**
   * What successful requests met since the last call, once in each period: templates, and `…/{}` for a position that had
   * too many literals, whichever of them it kept. What is never met needs not be kept.
   */
  used(): LearnedRoute[];
  /** From here on each use is told once again. */
  nextPeriod(): void;
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

interface Host {
  name: string;
  root: RouteNode;
  strangers: Set<string>;
}

/** One path on its way down the tree. */
interface Walk {
  host: Host;
  /** null below a literal that nobody knows. */
  node: RouteNode | null;
  teaches: boolean;
  route: string;
  objects: string[];
  /** Has a literal been met that no success has confirmed? */
  stranger: boolean;
}

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
  let met: LearnedRoute[] = [];
  let period = 0;

  for (const { host, template } of options.seed ?? []) plant(hostOf(host).root, template);
  for (const host of hosts.values()) nodes += prune(host.root);

  function hostOf(name: string): Host {
    const known = hosts.get(name) ?? (hosts.size < MAX_HOSTS ? undefined : hosts.get(''));
    if (known !== undefined) return known;
    const key = hosts.size < MAX_HOSTS ? ownText(name) : '';
    const host = { name: key, root: newNode(), strangers: new Set<string>() };
    hosts.set(key, host);
    return host;
  }

  /** Tells of the collapse of a position that somebody asked below. */
  function tellMark({ host, route, teaches }: Walk, node: RouteNode | null): void {
    if (!teaches || node === null || !node.collapsed || node.markToldIn === period) return;
    node.markToldIn = period;
    met.push({ host: host.name, template: `${route}/${collapsedMark([])}` });
  }

  function tellWord({ host, route }: Walk, node: RouteNode, word: string): void {
    if (node.toldIn === period) return;
    node.toldIn = period;
    met.push({ host: host.name, template: `${route}/${escapeLiteral(word)}` });
  }

  function walkId(walk: Walk, id: string): void {
    tellMark(walk, walk.node);
    walk.objects.push(id);
    walk.route += '/{}';
    const { node } = walk;
    if (node !== null && node.any === null && walk.teaches && nodes < MAX_NODES) {
      node.any = newNode();
      nodes++;
    }
    walk.node = node?.any ?? null;
  }

  function walkWord(walk: Walk, word: string): void {
    const { node } = walk;
    const known = node?.literals.get(word);
    if (node !== null && known !== undefined) {
      if (walk.teaches) {
        node.hits++;
        known.hits++;
        tellMark(walk, node);
        tellWord(walk, known, word);
      }
      walk.node = known;
      walk.route += `/${word}`;
    } else if (node?.collapsed) {
      walkId(walk, word);
    } else if (node !== null && walk.teaches) {
      if (nodes < MAX_NODES && addWord(walk, node, word)) walk.route += `/${word}`;
      else walkId(walk, word);
    } else {
      walk.stranger = true;
      walk.node = null;
      walk.route += `/${word}`;
    }
  }

  /** @returns false when the word was one too many and its position has become `{}`. */
  function addWord(walk: Walk, node: RouteNode, word: string): boolean {
    const child = newNode();
    child.hits = 1;
    child.toldIn = period;
    node.hits++;
    node.literals.set(ownText(word), child);
    nodes++;
    if (node.literals.size <= MAX_CHILDREN) {
      fresh.push({ host: walk.host.name, template: `${walk.route}/${escapeLiteral(word)}` });
      walk.node = child;
      return true;
    }
    collapse(walk, node);
    return false;
  }

  function collapse({ host, route }: Walk, node: RouteNode): void {
    const least = Math.max(KEEP_HITS, (KEEP_TIMES * node.hits) / node.literals.size);
    const kept: string[] = [];
    for (const [literal, child] of node.literals) {
      if (child.hits >= least && kept.length < MAX_CHILDREN / 2) kept.push(literal);
      else {
        node.literals.delete(literal);
        nodes -= countNodes(child);
      }
    }
    node.collapsed = true;
    node.markToldIn = period;
    fresh.push({ host: host.name, template: `${route}/${collapsedMark(kept)}` });
  }

  /** A name that no success has confirmed is kept while there is room; a flood of them ends as `/{}`. */
  function admit({ host, route }: Walk): boolean {
    if (host.strangers.has(route)) return true;
    if (host.strangers.size >= MAX_STRANGERS || strangers >= MAX_ALL_STRANGERS) return false;
    host.strangers.add(ownText(route));
    strangers++;
    return true;
  }

  return {
    learn(_method, hostName, path, status, asked = path) {
      if (path === '' || path === '*') return { route: path, object: '' };
      const byName = named?.(asked);
      if (byName !== undefined && byName !== null)
        return asked === path ? byName : { route: byName.route, object: objectOf(byName.route, path) };
      const host = hostOf(hostName);
      const teaches = status === undefined || (status >= 200 && status < 300) || status === 304;
      const walk: Walk = { host, node: host.root, teaches, route: '', objects: [], stranger: false };
      const asset = isAsset(asked);
      const segments = path.split('/');
      walkPath(walk, segments, asked === path ? segments : asked.split('/'), asset, walkId, walkWord);
      if (walk.stranger && !admit(walk)) return { route: '/{}', object: path.slice(1, MAX_OBJECT) };
      return { route: walk.route, object: asset ? '' : walk.objects.join(',').slice(0, MAX_OBJECT) };
    },
    changes() {
      const drained = fresh;
      fresh = [];
      return drained;
    },
    used() {
      const drained = met;
      met = [];
      return drained;
    },
    nextPeriod: () => void period++,
  };
}

type Step = (walk: Walk, segment: string) => void;

/** @param forms the segments by whose form it is told what they are; as many as there are segments. */
function walkPath(
  walk: Walk,
  segments: readonly string[],
  forms: readonly string[],
  asset: boolean,
  walkId: Step,
  walkWord: Step,
): void {
  const last = segments.length - 1;
  for (let i = segments[0] === '' ? 1 : 0; i <= last; i++) {
    if (i > MAX_DEPTH) {
      walk.route += '/{}';
      walk.objects.push(segments.slice(i).join('/'));
      return;
    }
    const segment = withoutParameters(segments[i] ?? '');
    const form = withoutParameters(forms[i] ?? '');
    const file = i === last ? idWithExtension(form) : null;
    if (asset && i === last) walk.route += `/*${form.slice(form.lastIndexOf('.')).toLowerCase()}`;
    // A doubled slash names nothing; a last one is part of the route.
    else if (form === '') walk.route += i === last ? '/' : '';
    else if (isObjectId(form)) walkId(walk, segment);
    else if (file !== null) {
      walk.objects.push(form === segment ? file.id : (idWithExtension(segment)?.id ?? segment));
      walk.route += `/{}.${file.extension}`;
    } else walkWord(walk, segment);
  }
}

/** `;jsessionid=…` and its like belong to the request, not to the route. */
function withoutParameters(segment: string): string {
  const semicolon = segment.indexOf(';');
  return semicolon < 0 ? segment : segment.slice(0, semicolon);
}
