import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadFeatures } from '../../../shared/features.ts';
import { createScorer } from '../combine/scorer.ts';
import { learntWay } from '../combine/ways.ts';
import { currentCommit, seedsOf } from '../commit.ts';
import { evaluateWorld } from '../evaluate.ts';
import { powerOfHeights } from '../fit/power-of-heights.ts';
import { heightsOf } from '../fit/world-heights.ts';
import type { Verdict } from '../judge.ts';
import { table } from '../print.ts';
import { type BacktestOptions, backtest } from '../product.ts';
import { markdownTable, withPart } from '../report/markdown.ts';
import { writeWorld } from '../write.ts';
import { ABLATION_HEAD, ablationNote, ablationRows, type Change, changeOf } from './changes.ts';
import { allParts, copyWithout, hideStatuses, type Part, type ProductPart, type ScorePart } from './parts.ts';

const PAGE = join('docs', 'figures.md');
/** The part of the page between its comments. */
const PART = 'ablation';

export interface AblationOptions {
  /** Worlds that lie there, as `run --keep` left them; empty: some of the set are made. */
  folders: readonly string[];
  set: 'tuning' | 'choosing' | 'held-out';
  kinds: readonly string[];
  worlds: number;
  events: number;
  folder: string;
  /** Only parts whose name contains this. */
  only: string;
  write: boolean;
}

/** Takes parts away one at a time and prints what changes: figures without the part less figures with all. */
export async function ablate(options: AblationOptions): Promise<void> {
  // Before the work, not after it: a page without the place for it is one of before.
  if (options.write) withPart(readFileSync(PAGE, 'utf8'), PART, '');
  mkdirSync(options.folder, { recursive: true });
  const folders = options.folders.length > 0 ? options.folders : makeWorlds(options);
  const parts = allParts().filter(({ name }) => name.includes(options.only));
  const changes = [
    ...(await withoutInProduct(parts.filter(isOfProduct), folders, join(options.folder, 'package'))),
    ...withoutInScore(parts.filter(isOfScore), folders),
  ];
  writeFileSync(join(options.folder, 'ablation.json'), JSON.stringify(changes, null, 1));
  if (options.folders.length === 0) for (const folder of folders) rmSync(folder, { recursive: true });
  const rows = ablationRows(changes);
  console.log(`${folders.length} worlds. ${ablationNote}\n\n${table(ABLATION_HEAD, rows)}`);
  if (!options.write) return;
  const names = folders.map((folder) => basename(folder)).join(', ');
  const text = `${ablationNote} Of ${folders.length} worlds, by method \`${currentCommit().method}\`: ${names}.\n\n${markdownTable(ABLATION_HEAD, rows)}`;
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), PART, text));
  console.error(`Written into ${PAGE}.`);
}

const isOfProduct = (part: Part): part is ProductPart => part.by === 'backtest';
const isOfScore = (part: Part): part is ScorePart => part.by === 'heights';

function makeWorlds(options: AblationOptions): string[] {
  return seedsOf(options.set, currentCommit(), options.worlds).flatMap((seed) =>
    options.kinds.map((kind) => {
      const folder = join(options.folder, `${kind}-${seed}`);
      mkdirSync(folder, { recursive: true });
      writeWorld(kind, seed, options.events, folder);
      return folder;
    }),
  );
}

/** What the product says of each world without a part, beside what it says with all. */
async function withoutInProduct(
  parts: readonly ProductPart[],
  folders: readonly string[],
  copy: string,
): Promise<Change[]> {
  if (parts.length === 0) return [];
  const whole: Verdict[] = [];
  // Decisions that a run kept may be those of another build, and what differs would pass for the part.
  for (const folder of folders) whole.push(await judgeIn(folder, {}));
  const changes: Change[] = [];
  for (const one of parts) {
    const root = copyWithout(one, copy);
    const got: Verdict[] = [];
    for (const folder of folders) got.push(await judgeWithout(one, folder, root));
    changes.push(changeOf(one.name, whole, got));
    console.error(`without ${one.name}: judged`);
  }
  rmSync(copy, { recursive: true, force: true });
  return changes;
}

async function judgeWithout(one: ProductPart, folder: string, root: string): Promise<Verdict> {
  if (one.hidden.length === 0) return judgeIn(folder, { root });
  const events = join(folder, 'events-without.ndjson');
  hideStatuses(one, join(folder, 'events.ndjson'), events);
  const verdict = await judgeIn(folder, { root, events: [events] });
  rmSync(events);
  return verdict;
}

async function judgeIn(folder: string, how: Pick<BacktestOptions, 'root' | 'events'>): Promise<Verdict> {
  const out = 'decisions-ablation.ndjson';
  await backtest({ folder, out, ...how });
  const verdict = await evaluateWorld(folder, out);
  rmSync(join(folder, out));
  return verdict;
}

/** The same of the bare score, by the heights of its features. */
function withoutInScore(parts: readonly ScorePart[], folders: readonly string[]): Change[] {
  if (parts.length === 0) return [];
  const features = loadFeatures();
  const way = learntWay();
  const scorers = [
    createScorer(way, features, true),
    ...parts.map((part) => createScorer(way, features.map(part.left), true)),
  ];
  const powers = folders.map((folder) => {
    heightsOf(
      folder,
      features.map(({ name }) => name),
    );
    return powerOfHeights(folder, scorers).map(({ power }) => power);
  });
  const of = (nth: number) => powers.flatMap((world) => world[nth] ?? []);
  return parts.map((part, i) => changeOf(part.name, of(0), of(i + 1)));
}
