import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_UNSEEN_SEED } from './attacks/kinds.ts';
import { evaluateWorld } from './evaluate.ts';
import type { Verdict } from './judge.ts';
import { median } from './metrics.ts';
import { hashText } from './random.ts';
import { writeWorld } from './write.ts';

/** The product as users run it; the laboratory judges nothing else. */
const PROGRAM = join('dist', 'services', 'bonafide', 'main.js');
const LEDGER = join('test', 'lab', 'ledger.ndjson');

/** Seeds by their use. Nobody looks at worlds of the last set while tuning: its seeds follow from the commit. */
export const SEEDS = { tuning: [1, 2, 3], choosing: [101, 102, 103] } as const;

/** The commit that is being judged; held-out seeds need it whole: nothing uncommitted may lie in what is judged. */
function commit(): { id: string; clean: boolean } {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'services', 'shared', 'schemas', 'test/lab');
  const own = changed.split('\n').filter((line) => line !== '' && !line.endsWith('ledger.ndjson'));
  return { id: git('rev-parse', 'HEAD'), clean: own.length === 0 };
}

/** Seeds that nobody could have tuned for: they come out of the commit's own hash. */
export function heldOutSeeds(commitId: string, count: number): number[] {
  return Array.from({ length: count }, (_, i) => FIRST_UNSEEN_SEED + (hashText(`${commitId}/${i}`) % 1_000_000_000));
}

export interface RunOptions {
  set: 'tuning' | 'choosing' | 'held-out';
  kinds: readonly string[];
  /** Worlds of each kind. */
  worlds: number;
  events: number;
  /** Where worlds are written, one after the other, and removed. */
  folder: string;
  keep: boolean;
}

/** Makes worlds of a set, lets the product decide, judges. A held-out run is written to the ledger. */
export async function runSet(options: RunOptions): Promise<{ name: string; verdict: Verdict }[]> {
  const { id, clean } = commit();
  const heldOut = options.set === 'held-out';
  if (heldOut && !clean)
    throw new Error('A held-out run judges a commit: commit services, shared, schemas and test/lab first.');
  const seeds = heldOut
    ? heldOutSeeds(id, options.worlds)
    : SEEDS[options.set as 'tuning' | 'choosing'].slice(0, options.worlds);
  const verdicts: { name: string; verdict: Verdict }[] = [];
  for (const seed of seeds)
    for (const kind of options.kinds) {
      const folder = join(options.folder, `${kind}-${seed}`);
      mkdirSync(folder, { recursive: true });
      writeWorld(kind, seed, options.events, folder);
      backtest(folder);
      const verdict = await evaluateWorld(folder, 'decisions.ndjson');
      verdicts.push({ name: `${kind}-${seed}`, verdict });
      console.error(
        `${kind}-${seed}: AUC ${verdict.auc.toFixed(4)}, kinds at 0.1 % ${(100 * verdict.recall01).toFixed(1)} %`,
      );
      if (!options.keep) rmSync(folder, { recursive: true });
    }
  if (heldOut) appendFileSync(LEDGER, `${JSON.stringify(ledgerLine(id, options.events, verdicts))}\n`);
  return verdicts;
}

function backtest(folder: string): void {
  const file = (name: string) => join(folder, name);
  const { status, stderr } = spawnSync(
    process.execPath,
    [PROGRAM, 'backtest', file('events.ndjson'), '--policy', file('policy.yaml'), '--out', file('decisions.ndjson')],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (status !== 0) throw new Error(`backtest of ${folder} ended with ${status}: ${stderr.slice(-2000)}`);
}

/** What is kept of a held-out run: which commit, which worlds, the figures that are promised. */
function ledgerLine(id: string, events: number, worlds: readonly { name: string; verdict: Verdict }[]) {
  const of = (get: (verdict: Verdict) => number) =>
    Number(median(worlds.map((world) => get(world.verdict))).toPrecision(4));
  return {
    commit: id,
    events,
    worlds: worlds.map((world) => world.name),
    median: {
      auc: of((v) => v.auc),
      recall_0_1: of((v) => v.recall01),
      recall_1: of((v) => v.recall1),
      benign_refused: of((v) => v.benignRefused),
      genuine_caller_hours_refused: of((v) => v.callerHoursRefused),
      attacks_refused: of((v) => v.attacksRefused),
      instances_in_20: of((v) => v.instancesIn20),
    },
  };
}
