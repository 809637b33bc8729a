import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Feature, loadFeatures } from '../../../shared/features.ts';
import { type HeightsPower, powerOfHeights } from '../fit/power-of-heights.ts';
import { heightsOfWorlds, readAbout, type WorldHeights, type WorldsOptions } from '../fit/world-heights.ts';
import { median, worldInterval } from '../metrics.ts';
import { table } from '../print.ts';
import { Random } from '../random.ts';
import { markdownTable, withPart } from '../report/markdown.ts';
import { percent } from '../report/tables.ts';
import { createScorer } from './scorer.ts';
import { countTails, learntWay, plainWays, type Way } from './ways.ts';

const PAGE = join('docs', 'method.md');
/** The part of the page between its comments. */
export const PART = 'combine';
/** The product's own scores carry reliefs; the others are shown in both forms. */
const FORMS = [
  { words: ', with reliefs', isRelieved: true },
  { words: ', without reliefs', isRelieved: false },
] as const;

/** One way in one form in one world. */
interface Found extends HeightsPower {
  name: string;
}

/**
 * Combines the same heights of the same worlds in every way, judges each at the score that 0.1 % and 1 % of benign events
 * pass, which is the same calibration for all, and prints the power of each; `write` puts it into docs/method.md.
 */
export function compareWays(options: WorldsOptions & { write: boolean }): void {
  if (options.set === 'held-out') throw new Error('Held-out worlds judge the product alone; --set choosing.');
  const features = loadFeatures();
  const worlds = heightsOfWorlds(
    options,
    features.map(({ name }) => name),
  );
  const ways = [learntWay(), ...plainWays(countTails(features))];
  const found = worlds.map((world) => {
    const lines = judgeWays(world, features, ways);
    console.error(`${world.name}: ${lines.map(({ name, power }) => `${name} ${percent(power.recall01)}`).join('; ')}`);
    return lines;
  });
  const head = [
    '',
    'AUC',
    'at 0.1 %',
    '95 % interval',
    'ahead in',
    'at 1 %',
    '95 % interval',
    'bare: at 0.1 %',
    'at 1 %',
  ];
  const rows = (found[0] ?? []).map(({ name }, i) =>
    rowOf(
      name,
      found.flatMap((lines) => lines[i] ?? []),
      found.flatMap((lines) => lines[0] ?? []),
    ),
  );
  console.log(table(head, rows));
  if (!options.write) return;
  const events = worlds.reduce((sum, { folder }) => sum + readAbout(folder).events, 0);
  const note =
    `Medians over ${worlds.length} worlds of the ${options.set} set (${worlds.map(({ name }) => name).join(', ')}; ${events.toLocaleString('en')} events), ` +
    'the interval by drawing worlds again; recall is averaged over attack kinds. The first row is the way of the product; ahead of it at 0.1 % are the others in so many worlds. ' +
    'Bare: without what the attestation of the request itself adds, the same for all.';
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), PART, `${note}\n\n${markdownTable(head, rows)}`));
  console.error(`Written into ${PAGE}.`);
}

/** A row of figures over worlds. @param own those of the product in the same worlds. */
function rowOf(name: string, lines: readonly Found[], own: readonly Found[]): string[] {
  const recall = (get: (line: Found) => number, interval: string) => {
    const values = lines.map(get);
    const [low, high] = worldInterval(values, new Random(`${interval} ${name}`));
    return [percent(median(values)), `${percent(low)} to ${percent(high)}`];
  };
  const ahead = lines.filter(({ power }, i) => power.recall01 > (own[i]?.power.recall01 ?? 0)).length;
  return [
    name,
    median(lines.map(({ power }) => power.auc)).toFixed(3),
    ...recall(({ power }) => power.recall01, '0.1'),
    name === own[0]?.name ? '' : `${ahead} of ${lines.length}`,
    ...recall(({ power }) => power.recall1, '1'),
    percent(median(lines.map(({ bare }) => bare.recall01))),
    percent(median(lines.map(({ bare }) => bare.recall1))),
  ];
}

/** Every way in both forms on the heights of one world. */
function judgeWays({ folder }: WorldHeights, features: readonly Feature[], ways: readonly Way[]): Found[] {
  const formed = FORMS.flatMap(({ words, isRelieved }) =>
    ways.map((way) => ({ way, isRelieved, name: way.name + words })),
  );
  const found = powerOfHeights(
    folder,
    formed.map(({ way, isRelieved }) => createScorer(way, features, isRelieved)),
  );
  return found.map((one, i) => ({ name: formed[i]?.name ?? '', ...one }));
}
