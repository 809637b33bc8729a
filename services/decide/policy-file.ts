import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { Problem } from '../../shared/problem.ts';
import { type PolicyFault, type ToldFault, toldFault } from './policy-check.ts';

export interface PolicyFile {
  /** What the file says; judged by `checkPolicy`. */
  input: unknown;
  /** The same faults, their place with its line in the file: `line 3, limits.0.rate`. */
  located(faults: readonly PolicyFault[]): ToldFault[];
}

/** Reads YAML or JSON. @throws Problem `invalid_policy`, with the line, when it is neither. */
export function readPolicyFile(path: string): PolicyFile {
  const lines = new LineCounter();
  try {
    const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines });
    const [error] = document.errors;
    if (error?.code === 'MULTIPLE_DOCS') {
      throw new Error(`it holds several documents; the second begins at line ${lines.linePos(error.pos[0]).line}`);
    }
    if (error !== undefined) throw error;
    const input: unknown = document.toJS();
    const located = (fault: PolicyFault) => {
      const offset = offsetOf(document, fault.path);
      const { path: place, message } = toldFault(fault);
      return { path: `line ${lines.linePos(offset).line}${place === '' ? '' : `, ${place}`}`, message };
    };
    return { input, located: (faults) => faults.map(located) };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Problem('invalid_policy', `${path} cannot be read as YAML or JSON: ${message.replace(/:$/, '')}`);
  }
}

/** Where a key or an element stands; of one that is missing, where it would belong. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) break;
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (item === undefined) break;
      node = item;
      if (isMap(item) || isSeq(item) || isScalar(item) || isAlias(item)) offset = item.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
