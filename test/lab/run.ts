import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Commit, currentCommit, seedsOf } from './commit.ts';
import { judgeWorld } from './evaluate.ts';
import { isForeign } from './foreign/foreign.ts';
import { ledgerLine, ledgerLines } from './ledger.ts';
import { backtest, type Cost } from './product.ts';
import { pooledLines, type Reliability } from './reliability.ts';
import { reliabilityChart } from './report/charts.ts';
import { figuresPage } from './report/figures.ts';
import { keepPart } from './report/markdown.ts';
import { reportPage } from './report/page.ts';
import { headlinesOf, type Results, rivalsOf, type WorldResult } from './results.ts';
import { askRivals } from './rivals/rivals.ts';
import { writeWorld } from './write.ts';

const LEDGER = join('test', 'lab', 'ledger.ndjson');
/** About ten events a genuine caller-hour. */
const LARGE_KIND = 'bank';
const FIGURES = join('docs', 'figures.md');
const PICTURE = join('docs', 'images', 'reliability.svg');

/** What a run needs to be quoted in the docs; foreign worlds count. */
const WHOLE = { worlds: 10, events: 100_000 };

export interface RunOptions {
  set: 'tuning' | 'choosing' | 'held-out';
  kinds: readonly string[];
  /** Worlds of each kind. */
  worlds: number;
  events: number;
  /** Events of one more world that is judged for the promise alone; 0 for none. */
  large: number;
  rivals: boolean;
  /** The slowest of the rivals. */
  boosting: boolean;
  /** Where worlds are written and removed; results and report stay there. */
  folder: string;
  keep: boolean;
}

interface Made {
  name: string;
  kind: string;
  seed: number;
  folder: string;
  cost: Cost;
}

/**
 * Makes worlds of a set, lets the product and its rivals judge them, judges both. Writes `results.json` and
 * `report.html`; a held-out run is appended to the ledger, and the first whole one of a method becomes docs/figures.md.
 */
export async function runSet(options: RunOptions): Promise<Results> {
  const commit = currentCommit();
  if (options.set === 'held-out' && !commit.clean)
    throw new Error('A held-out run judges a commit: commit services, shared, schemas and test/lab first.');
  const made: Made[] = [];
  for (const seed of seedsOf(options.set, commit, options.worlds))
    for (const kind of options.kinds) made.push(await makeWorld(options.folder, kind, seed, options.events));
  const leftOut = options.rivals
    ? await askRivals(
        made.map((one) => ({ folder: one.folder, kind: one.kind })),
        options.boosting,
      )
    : ['every rival but the two plain rules (--no-rivals)'];
  const results = await judgeAll(options, commit, made, leftOut);
  mkdirSync(options.folder, { recursive: true });
  writeFileSync(join(options.folder, 'results.json'), JSON.stringify(results, null, 1));
  writeFileSync(join(options.folder, 'report.html'), reportPage(results));
  writeFileSync(join(options.folder, 'figures.md'), figuresPage(results, readLedger()));
  if (options.set === 'held-out') publish(commit, results);
  return results;
}

async function makeWorld(parent: string, kind: string, seed: number, events: number): Promise<Made> {
  const name = `${kind}-${seed}`;
  const folder = join(parent, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeWorld(kind, seed, events, folder);
  const cost = await backtest({ folder });
  console.error(`${name}: backtest in ${cost.seconds.toFixed(0)} s, ${cost.peakMiB.toFixed(0)} MiB`);
  return { name, kind, seed, folder, cost };
}

async function judgeAll(
  options: RunOptions,
  commit: Commit,
  made: readonly Made[],
  leftOut: string[],
): Promise<Results> {
  const worlds: WorldResult[] = [];
  const reliabilities: Reliability[] = [];
  const judge = async (one: Made): Promise<WorldResult> => {
    const { verdict, reliability } = await judgeWorld(one.folder, 'decisions.ndjson');
    reliabilities.push(reliability);
    if (!options.keep) rmSync(one.folder, { recursive: true });
    console.error(
      `${one.name}: AUC ${verdict.auc.toFixed(4)}, kinds at 0.1 % ${(100 * verdict.recall01).toFixed(1)} %`,
    );
    return { name: one.name, kind: one.kind, seed: one.seed, cost: one.cost, verdict };
  };
  for (const one of made) worlds.push(await judge(one));
  const pooled = pooledLines(reliabilities);
  const [own, others] = [false, true].map((foreign) => worlds.filter(({ kind }) => isForeign(kind) === foreign));
  const figures = (of: readonly WorldResult[] = []) =>
    of.length === 0 ? null : { headlines: headlinesOf(of), rivals: rivalsOf(of) };
  return {
    set: options.set,
    commit: commit.id,
    method: commit.method,
    events: options.events,
    worlds,
    large: options.large > 0 ? await judge(await makeLarge(options, commit)) : null,
    own: figures(own),
    foreign: figures(others),
    leftOut,
    pooled,
  };
}

/** A world with enough genuine caller-hours for the smallest budget: the kind with most of them an event, another seed. */
async function makeLarge(options: RunOptions, commit: Commit): Promise<Made> {
  const seed = seedsOf(options.set, commit, options.worlds + 1).at(-1) ?? 0;
  return makeWorld(options.folder, LARGE_KIND, seed, options.large);
}

const readLedger = () => ledgerLines(existsSync(LEDGER) ? readFileSync(LEDGER, 'utf8') : '');

/**
 * The ledger has every held-out run; the docs quote the first whole one of a method, so that nobody picks a lucky one.
 * A run is whole with ten worlds of the usual size: a short one, to see whether everything works, takes nobody's place.
 */
function publish(commit: Commit, results: Results): void {
  const isWhole = results.worlds.length >= WHOLE.worlds && results.events >= WHOLE.events;
  const earlier = readLedger();
  const known = earlier.some((line) => line.method === commit.method && line.whole);
  const line = ledgerLine(commit, results, isWhole);
  appendFileSync(LEDGER, `${JSON.stringify(line)}\n`);
  if (isWhole && !known) {
    // An ablation has worlds of its own and names its method: it stays until it is taken again.
    const before = existsSync(FIGURES) ? readFileSync(FIGURES, 'utf8') : '';
    writeFileSync(FIGURES, keepPart(figuresPage(results, [...earlier, line]), 'ablation', before));
    writeFileSync(PICTURE, reliabilityChart(results, 'genuine'));
  } else console.error(`${FIGURES} stays: it quotes the first whole run of a method.`);
}
