import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ablate } from './ablation/ablate.ts';
import { findArtefacts } from './artefacts.ts';
import { evaluateWorld } from './evaluate.ts';
import { KINDS } from './plan.ts';
import { printInstances, printVerdicts } from './print.ts';
import { runSet } from './run.ts';
import { writeWorld } from './write.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    kind: { type: 'string', default: 'shop' },
    seed: { type: 'string', default: '1' },
    events: { type: 'string', default: '100000' },
    out: { type: 'string' },
    set: { type: 'string', default: 'tuning' },
    kinds: { type: 'string', default: KINDS.join(',') },
    worlds: { type: 'string', default: '2' },
    large: { type: 'string', default: '0' },
    rivals: { type: 'boolean', default: true },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    instances: { type: 'boolean', default: false },
    decisions: { type: 'string', default: 'decisions.ndjson' },
  },
});
const [command, ...folders] = positionals;
function setOf(name: string): 'tuning' | 'choosing' | 'held-out' {
  if (name !== 'tuning' && name !== 'choosing' && name !== 'held-out')
    throw new Error(`--set is tuning, choosing or held-out, not ${name}`);
  return name;
}
switch (command) {
  case 'world': {
    const out = values.out ?? join('.tools', 'worlds', `${values.kind}-${values.seed}`);
    mkdirSync(out, { recursive: true });
    const { count, seconds } = writeWorld(values.kind, Number(values.seed), Number(values.events), out);
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
      kinds: values.kinds.split(','),
      worlds: Number(values.worlds),
      events: Number(values.events),
      large: Number(values.large),
      rivals: values.rivals,
      folder: values.out ?? join('.tools', 'worlds', set),
      keep: values.keep,
    });
    console.log(printVerdicts(results.worlds));
    break;
  }
  case 'ablate': {
    await ablate({
      set: setOf(values.set),
      kinds: values.kinds.split(','),
      worlds: Number(values.worlds),
      events: Number(values.events),
      folder: values.out ?? join('.tools', 'worlds', 'ablation'),
      only: values.only,
    });
    break;
  }
  case 'artefacts':
    for (const folder of folders) console.log(`${folder}\n${await findArtefacts(folder)}`);
    break;
  default:
    console.error('npm run -s lab -- world --kind shop --seed 1 --events 100000 --out DIR');
    console.error('npm run -s lab -- evaluate DIR… [--decisions NAME] [--instances]');
    console.error(
      'npm run -s lab -- run --set tuning|choosing|held-out [--worlds 2] [--kinds shop,bank] [--large N] [--no-rivals]',
    );
    console.error('npm run -s lab -- ablate --set choosing [--worlds 1] [--kinds shop] [--events N] [--only TEXT]');
    console.error('npm run -s lab -- artefacts DIR…');
    process.exitCode = 2;
}
