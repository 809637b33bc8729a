import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ablate } from './ablation/ablate.ts';
import { findArtefacts } from './artefacts.ts';
import { compareWays } from './combine/combine.ts';
import { evaluateWorld } from './evaluate.ts';
import { enforce } from './experiments/enforce.ts';
import { hammer } from './experiments/hammer.ts';
import { poison } from './experiments/poison.ts';
import { release } from './experiments/release.ts';
import { scale } from './experiments/scale.ts';
import { fitWeights } from './fit/fit.ts';
import { writeHeights } from './fit/heights.ts';
import { printReached } from './fit/reached.ts';
import { readAbout } from './fit/world-heights.ts';
import { FOREIGN_KINDS, UNSEEN_FOREIGN_KINDS } from './foreign/foreign.ts';
import { KINDS, UNSEEN_KINDS } from './plan.ts';
import { printInstances, printVerdicts } from './print.ts';
import { writeRealData } from './real.ts';
import { runSet } from './run.ts';
import { writeWorld } from './write.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    kind: { type: 'string', default: 'shop' },
    seed: { type: 'string', default: '1' },
    events: { type: 'string' },
    out: { type: 'string' },
    set: { type: 'string', default: 'tuning' },
    kinds: { type: 'string' },
    worlds: { type: 'string', default: '2' },
    large: { type: 'string' },
    rivals: { type: 'boolean', default: true },
    boosting: { type: 'boolean', default: true },
    days: { type: 'string', default: '30' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    reuse: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    transfer: { type: 'boolean', default: true },
    usual: { type: 'string' },
    instances: { type: 'boolean', default: false },
    decisions: { type: 'string', default: 'decisions.ndjson' },
  },
});
const [command, ...folders] = positionals;
const events = Number(values.events ?? '100000');

function setOf(name: string): 'tuning' | 'choosing' | 'held-out' {
  if (name !== 'tuning' && name !== 'choosing' && name !== 'held-out')
    throw new Error(`--set is tuning, choosing or held-out, not ${name}`);
  return name;
}
/** Events of the held-out world that is large enough for a budget of 0.01 %. */
const LARGE_WORLD = 4_500_000;

/** The kinds asked for; by default all, and those that nobody tunes on in the held-out set alone. */
function kindsFor(set: 'tuning' | 'choosing' | 'held-out'): string[] {
  const held = [...UNSEEN_KINDS, ...UNSEEN_FOREIGN_KINDS];
  const kinds = values.kinds?.split(',') ?? [...KINDS, ...FOREIGN_KINDS, ...(set === 'held-out' ? held : [])];
  const unseen = kinds.find((kind) => held.includes(kind));
  if (set !== 'held-out' && unseen !== undefined) throw new Error(`${unseen} is a kind that only the held-out set has`);
  return kinds;
}

async function experiment(name: string): Promise<void> {
  const usual = { kind: values.kind, seed: Number(values.seed), folder: values.out ?? join('.tools', 'worlds') };
  const options = (events: number) => ({
    ...usual,
    events: values.events === undefined ? events : Number(values.events),
  });
  switch (name) {
    case 'poison':
      return poison(options(40_000));
    case 'enforce':
      return enforce(options(30_000), Number(values.days));
    case 'hammer':
      return hammer(options(15_000));
    case 'release':
      return release(options(80_000));
    case 'scale':
      return scale(options(0), (values.events ?? '300000,3000000').split(',').map(Number));
    default:
      throw new Error('experiment poison, enforce, hammer, release or scale');
  }
}

switch (command) {
  case 'world': {
    const out = values.out ?? join('.tools', 'worlds', `${values.kind}-${values.seed}`);
    mkdirSync(out, { recursive: true });
    const { count, seconds } = writeWorld(values.kind, Number(values.seed), events, out);
    console.log(`${out}: ${count} events in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s`);
    break;
  }
  case 'evaluate': {
    const worlds = [];
    for (const folder of folders)
      worlds.push({ name: basename(folder), verdict: await evaluateWorld(folder, values.decisions) });
    console.log(printVerdicts(worlds));
    if (values.instances) console.log(`\n${printInstances(worlds)}`);
    break;
  }
  case 'run': {
    const set = setOf(values.set);
    const results = await runSet({
      set,
      kinds: kindsFor(setOf(values.set)),
      worlds: Number(values.worlds),
      events,
      large: Number(values.large ?? (set === 'held-out' ? LARGE_WORLD : 0)),
      rivals: values.rivals,
      boosting: values.boosting,
      folder: values.out ?? join('.tools', 'worlds', set),
      keep: values.keep,
    });
    console.log(printVerdicts(results.worlds));
    break;
  }
  case 'ablate': {
    await ablate({
      folders,
      write: values.write,
      set: setOf(values.set),
      kinds: kindsFor(setOf(values.set)),
      worlds: Number(values.worlds),
      events,
      folder: values.out ?? join('.tools', 'worlds', 'ablation'),
      only: values.only,
    });
    break;
  }
  case 'fit':
    fitWeights({
      set: setOf(values.set),
      kinds: kindsFor(setOf(values.set)),
      worlds: Number(values.worlds),
      events,
      folder: values.out ?? join('.tools', 'worlds', 'fit'),
      keep: values.keep,
      reuse: values.reuse,
      write: values.write,
      transfer: values.transfer,
      usual: values.usual?.split(',') ?? [],
    });
    break;
  case 'combine':
    compareWays({
      set: setOf(values.set),
      kinds: kindsFor(setOf(values.set)),
      worlds: Number(values.worlds),
      events,
      folder: values.out ?? join('.tools', 'worlds', 'combine'),
      keep: values.keep,
      reuse: values.reuse,
      write: values.write,
    });
    break;
  case 'real':
    writeRealData(folders);
    break;
  case 'heights':
    for (const folder of folders) await writeHeights(folder);
    break;
  case 'curves':
    console.log(
      printReached(folders.map((folder) => ({ name: basename(folder), reached: readAbout(folder).reached }))),
    );
    break;
  case 'experiment':
    await experiment(folders[0] ?? '');
    break;
  case 'artefacts':
    for (const folder of folders) console.log(`${folder}\n${await findArtefacts(folder)}`);
    break;
  default:
    console.error('npm run -s lab -- world --kind shop --seed 1 --events 100000 --out DIR');
    console.error('npm run -s lab -- evaluate DIR… [--decisions NAME] [--instances]');
    console.error(
      'npm run -s lab -- run --set tuning|choosing|held-out [--worlds 2] [--kinds shop,bank] [--large N] [--no-rivals] [--no-boosting] [--keep]',
    );
    console.error(
      'npm run -s lab -- ablate DIR… | --set choosing [--worlds 1] [--kinds shop] [--events N] [--only TEXT] [--write]',
    );
    console.error(
      'npm run -s lab -- experiment poison|enforce|hammer|release|scale [--kind shop] [--seed 1] [--events N]',
    );
    console.error(
      'npm run -s lab -- fit --set tuning [--worlds 2] [--kinds shop] [--events N] [--reuse] [--no-transfer] [--write [--usual FEATURE,…]]',
    );
    console.error(
      'npm run -s lab -- combine --set choosing [--worlds 1] [--kinds shop] [--events N] [--reuse] [--write]',
    );
    console.error('npm run -s lab -- heights DIR…');
    console.error('npm run -s lab -- curves DIR…');
    console.error('npm run -s lab -- real LOG…');
    console.error('npm run -s lab -- artefacts DIR…');
    process.exitCode = 2;
}
