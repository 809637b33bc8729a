import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join('test', 'lab', 'foreign');

/** Kinds of worlds by others, each a script and the policy that its owner would write. */
export const FOREIGN_KINDS: readonly string[] = [
  'retail',
  'wallet',
  'saas',
  'media',
  'telco',
  'exchange',
  'gov',
  'home',
  'food',
  'learn',
];
/** Some that nobody tunes on: in the held-out set alone. */
export const UNSEEN_FOREIGN_KINDS: readonly string[] = ['ride', 'social', 'health'];

export function isForeign(kind: string): boolean {
  return FOREIGN_KINDS.includes(kind) || UNSEEN_FOREIGN_KINDS.includes(kind);
}

/**
 * Writes `events.ndjson`, `labels.ndjson` and `policy.yaml` of a foreign world into the folder `out`. Its size is drawn from
 * the seed like everything else: 60,000 to 100,000 events of 2 to 4 days.
 * @returns how many events there are.
 * @throws Error with the sentence that says what to install.
 */
export function writeForeignWorld(kind: string, seed: number, out: string): number {
  const { status, error, stderr } = spawnSync('python3', [join(FOLDER, `${kind}.py`), String(seed), out], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT')
    throw new Error('foreign worlds need python3: apt-get install python3');
  if (status !== 0) throw new Error(`${kind}.py failed: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? ''}`);
  copyFileSync(join(FOLDER, `${kind}.yaml`), join(out, 'policy.yaml'));
  return readFileSync(join(out, 'labels.ndjson'), 'latin1').trimEnd().split('\n').length;
}
