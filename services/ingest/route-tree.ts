/** A position in the tree of one host's paths. */
export interface RouteNode {
  literals: Map<string, RouteNode>;
  /** What follows an id or slug here. */
  any: RouteNode | null;
  /** Literals unknown here are ids: the position had too many. */
  collapsed: boolean;
  hits: number;
  /** The period in which its use, and that of its collapse, was last told; -1: in none. */
  toldIn: number;
  markToldIn: number;
  /** Of a seed only: the literals that a collapse had kept, until {@link prune} has dropped the others. */
  kept?: ReadonlySet<string>;
}

/** What a literal that comes back from the store counts as: it has proven itself before. */
const SEEDED_HITS = 20;

export const newNode = (): RouteNode => ({
  literals: new Map(),
  any: null,
  collapsed: false,
  hits: 0,
  toldIn: -1,
  markToldIn: -1,
});

export function countNodes(node: RouteNode): number {
  let sum = 1;
  for (const child of node.literals.values()) sum += countNodes(child);
  return node.any === null ? sum : sum + countNodes(node.any);
}

// The stored form: a template's last segment is a literal, or `{}` for a collapsed position with the literals that it
// kept: `{}`, `{a|b}`. Braces, bars and percent signs inside a literal are percent-encoded.
export const escapeLiteral = (text: string) =>
  text.replace(/[%{}|]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const restoreLiteral = (text: string) =>
  text.replace(/%(25|7B|7C|7D)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
export const collapsedMark = (kept: readonly string[]) => `{${kept.map(escapeLiteral).join('|')}}`;

/** Adds a stored template. In any order: {@link prune} comes when all are planted. */
export function plant(root: RouteNode, template: string): void {
  const segments = template.split('/').slice(1);
  let node = root;
  for (const [i, segment] of segments.entries()) {
    const isMark = segment.startsWith('{') && segment.endsWith('}');
    if (isMark && i === segments.length - 1) {
      const kept = segment.slice(1, -1);
      node.collapsed = true;
      node.kept = new Set(kept === '' ? [] : kept.split('|').map(restoreLiteral));
    } else if (isMark) {
      node.any ??= newNode();
      node = node.any;
    } else if (segment !== '') {
      node = plantLiteral(node, restoreLiteral(segment));
    }
  }
}

function plantLiteral(node: RouteNode, literal: string): RouteNode {
  const known = node.literals.get(literal);
  if (known !== undefined) return known;
  const child = newNode();
  child.hits = SEEDED_HITS;
  node.hits += SEEDED_HITS;
  node.literals.set(literal, child);
  return child;
}

/** Drops the literals that a collapse had dropped; counts the nodes that are left below. */
export function prune(node: RouteNode): number {
  let sum = 0;
  for (const [literal, child] of node.literals) {
    if (node.kept?.has(literal) === false) node.literals.delete(literal);
    else sum += 1 + prune(child);
  }
  delete node.kept;
  return node.any === null ? sum : sum + 1 + prune(node.any);
}
