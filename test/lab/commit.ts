import { execFileSync } from 'node:child_process';
import { FIRST_UNSEEN_SEED } from './attacks/kinds.ts';
import { hashText } from './random.ts';

/** Seeds by their use. Nobody looks at worlds of the held-out set while tuning: its seeds follow from the commit. */
export const SEEDS = { tuning: [1, 2, 3, 4, 5, 6], choosing: [101, 102, 103] } as const;

/** Folders that decide what risk an event gets: their content is the method. */
const METHOD = ['services/score', 'services/decide', 'shared', 'schemas'];

export interface Commit {
  id: string;
  /** Short hash of the content that makes the risk: equal for commits that score alike. */
  method: string;
  /** Nothing uncommitted lies in what is judged. */
  clean: boolean;
}

/** The commit that is being judged. */
export function currentCommit(): Commit {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', ...METHOD, 'services', 'test/lab');
  const own = changed.split('\n').filter((line) => line !== '' && !line.endsWith('ledger.ndjson'));
  const trees = METHOD.map((folder) => git('rev-parse', `HEAD:${folder}`)).join(' ');
  const method = [1, 2].map((salt) => hashText(trees, salt).toString(16).padStart(8, '0')).join('');
  return { id: git('rev-parse', 'HEAD'), method, clean: own.length === 0 };
}

/** Seeds that nobody could have tuned for: they come out of the commit's own hash. */
export function heldOutSeeds(commitId: string, count: number): number[] {
  return Array.from({ length: count }, (_, i) => FIRST_UNSEEN_SEED + (hashText(`${commitId}/${i}`) % 1_000_000_000));
}

/** The first `count` seeds of a set. */
export function seedsOf(set: 'tuning' | 'choosing' | 'held-out', commit: Commit, count: number): number[] {
  return set === 'held-out' ? heldOutSeeds(commit.id, count) : SEEDS[set].slice(0, count);
}
