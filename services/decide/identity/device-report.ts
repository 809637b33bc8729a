import { isObject } from './json.ts';

/** The claim in which an SDK reports on the device, taken apart. */
export interface DeviceReport {
  /** What is said to be there, as it was said. */
  words: readonly string[];
  /** Members of which nobody can tell whether they say anything. */
  unread: number;
}

export const NO_REPORT: DeviceReport = { words: [], unread: 0 };
const MOST_WORDS = 64;
/** Members by which an object tells what it is about, and whether that was found. */
const NAMES = ['type', 'name', 'threat', 'id'] as const;
const FINDINGS = ['detected', 'found', 'present', 'value'] as const;
const TRUTHS = new Map<unknown, boolean>([
  [true, true],
  [1, true],
  ['true', true],
  ['1', true],
  ['yes', true],
  [false, false],
  [0, false],
  [null, false],
  [undefined, false],
  ['', false],
  ['false', false],
  ['0', false],
  ['no', false],
]);

/**
 * A list of words, one text of words, an object with a finding for each word, or a list of objects that name one each. A
 * finding is a truth value, written as a text or a number too, or an object that holds one.
 */
export function reportOf(claim: unknown): DeviceReport {
  if (typeof claim === 'string') return { words: claim.split(/[\s,;|]+/, MOST_WORDS).filter(isWord), unread: 0 };
  if (Array.isArray(claim)) return collect(claim.slice(0, MOST_WORDS).map(elementOf));
  if (isObject(claim)) {
    const members = Object.entries(claim).slice(0, MOST_WORDS);
    return collect(members.map(([word, finding]) => ({ word, found: findingOf(finding) })));
  }
  return truthOf(claim) === false ? NO_REPORT : { words: [], unread: 1 };
}

/** `found` undefined: it cannot be told. */
interface Said {
  word: string;
  found: boolean | undefined;
}

function collect(said: readonly Said[]): DeviceReport {
  return {
    words: said.flatMap(({ word, found }) => (found === true && isWord(word) ? [word] : [])),
    unread: said.filter(({ found }) => found === undefined).length,
  };
}

function elementOf(element: unknown): Said {
  if (typeof element === 'string') return { word: element, found: true };
  if (!isObject(element)) return { word: '', found: truthOf(element) === false ? false : undefined };
  for (const name of NAMES) {
    const word = element[name];
    // Whoever lists it without a finding has found it.
    if (typeof word === 'string') return { word, found: hasFinding(element) ? findingOf(element) : true };
  }
  return { word: '', found: undefined };
}

function findingOf(value: unknown): boolean | undefined {
  if (!isObject(value)) return truthOf(value);
  const said = FINDINGS.filter((name) => Object.hasOwn(value, name)).map((name) => truthOf(value[name]));
  // Beside a truth value, `value` may hold what was found: a path, a word.
  const findings = new Set(said.filter((finding) => finding !== undefined));
  const [first] = findings;
  return findings.size === 1 ? first : undefined;
}

const hasFinding = (value: object) => FINDINGS.some((name) => Object.hasOwn(value, name));
const truthOf = (value: unknown) => TRUTHS.get(typeof value === 'string' ? value.trim().toLowerCase() : value);
const isWord = (word: string) => word !== '' && word.toLowerCase() !== 'none';
