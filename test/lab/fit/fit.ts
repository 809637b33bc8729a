import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { EVIDENCE_DB } from '../../../shared/evidence.ts';
import { loadFeatures, RELIEF_DB } from '../../../shared/features.ts';
import { SCORED_KINDS } from '../../../shared/kinds.ts';
import { currentCommit, seedsOf } from '../commit.ts';
import { table } from '../print.ts';
import { ensurePython, runPython } from '../python.ts';
import { writeWorld } from '../write.ts';
import { GROUPS, hingeTable, STEPS_PER_DB, withReliefs, withUsual, withWeights } from './feature-text.ts';
import { type HeightsFile, STATUSES } from './heights.ts';

const SCRIPT = join('test', 'lab', 'fit', 'fit.py');
const FEATURES = join('services', 'score', 'features');
const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));
/** Statuses that speak against a request; what they add is compared with `shared/evidence.ts`. */
const AGAINST = ['failed', 'expired', 'missing'] as const;

const fitted = z.object({
  /** By feature and group one weight for each span, decibels. */
  weights: z.array(z.array(z.array(z.number()))),
  /** By group one for each feature that relieves it, decibels. */
  reliefs: z.array(z.array(z.number())),
  /** By status, decibels. */
  evidence: z.array(z.number()),
});

export interface FitOptions {
  set: 'tuning' | 'choosing' | 'held-out';
  kinds: readonly string[];
  /** Worlds of each kind. */
  worlds: number;
  events: number;
  /** Heights of each world stay here; its events only with `keep`. */
  folder: string;
  keep: boolean;
  /** Takes the heights that lie there instead of making worlds. */
  reuse: boolean;
  /** Shows first how weights carry over to what was not seen: nine fits more. */
  transfer: boolean;
  /** Rewrites the feature files. */
  write: boolean;
  /** Features whose shipped `usual` or `rho` is rewritten too. */
  usual: readonly string[];
}

/** Makes worlds, fits the weights of all features on them and prints how they carry over to what was not seen. */
export function fitWeights(options: FitOptions): void {
  if (options.set === 'held-out') throw new Error('Nothing is fitted on the held-out set; --set tuning.');
  if (options.usual.length > 0 && !options.write) throw new Error('--usual says what --write writes; give both.');
  const loaded = loadFeatures();
  const features = loaded.map(({ name }) => name);
  const unknown = options.usual.find((name) => !features.includes(name));
  if (unknown !== undefined) throw new Error(`--usual: there is no feature ${unknown}`);
  // Before the worlds, which take long.
  ensurePython();
  const worlds = seedsOf(options.set, currentCommit(), options.worlds).flatMap((seed) =>
    options.kinds.map((kind) => ({ name: `${kind}-${seed}`, kind, folder: join(options.folder, `${kind}-${seed}`) })),
  );
  for (const { name, kind, folder } of worlds) {
    if (!options.reuse) makeHeights(kind, Number(name.slice(kind.length + 1)), folder, options);
    if (readAbout(folder).features.join() !== features.join())
      throw new Error(`${folder} has heights of other features: fit without --reuse`);
  }
  const job = join(options.folder, 'job.json');
  const out = join(options.folder, 'weights.json');
  const groups = GROUPS.map((group) => group.kinds.map((kind) => SCORED_KINDS.indexOf(kind)));
  // By group the places of the features that have a line for its relief, however large.
  const reliefs = GROUPS.map(({ kinds: [kind] }) =>
    loaded.flatMap(({ relief }, f) => (relief[kind] === undefined ? [] : [f])),
  );
  const statuses = AGAINST.map((status) => STATUSES.indexOf(status) + 1);
  writeFileSync(
    job,
    JSON.stringify({
      worlds,
      features,
      groups,
      statuses,
      hinges: hingeTable(),
      reliefs,
      weightless: loaded.flatMap(({ relievesOnly }, f) => (relievesOnly ? [f] : [])),
      relief_steps: RELIEF_DB * STEPS_PER_DB,
      transfer: options.transfer,
    }),
  );
  runPython(SCRIPT, [job, out], 'the fit failed');
  const { weights, reliefs: relieved, evidence } = fitted.parse(JSON.parse(readFileSync(out, 'utf8')));
  const byGroup = (feature: number) => Object.fromEntries(GROUPS.map(({ name }, g) => [name, weights[feature]?.[g]]));

  const reliefOf = (feature: number) =>
    Object.fromEntries(GROUPS.map(({ name }, g) => [name, relieved[g]?.[reliefs[g]?.indexOf(feature) ?? -1]]));

  const rows = features.flatMap((feature, f) =>
    withWeights('', byGroup(f))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [feature, ...line.replace('-- weight ', '').split(': ')]),
  );
  console.log(`\nDecibels that ten decibels of height add, by span\n${table(['feature', 'of', 'weights'], rows)}`);
  const less = features.flatMap((feature, f) =>
    GROUPS.flatMap(({ name }, g) =>
      reliefs[g]?.includes(f) === true ? [[feature, name, (reliefOf(f)[name] ?? 0).toFixed(1)]] : [],
    ),
  );
  console.log(`\nDecibels that ordinary life takes away\n${table(['feature', 'of', 'relief'], less)}`);
  const shown = AGAINST.map((status, i) => [status, (evidence[i] ?? 0).toFixed(1), String(EVIDENCE_DB[status])]);
  console.log(`\nEvidence of a request's own attestation, dB\n${table(['status', 'fitted', 'shipped'], shown)}`);
  if (!options.write) return;
  const abouts = worlds.map(({ folder }) => readAbout(folder));
  for (const [f, feature] of features.entries()) {
    const path = join(FEATURES, `${feature}.sql`);
    const text = withReliefs(withWeights(readFileSync(path, 'utf8'), byGroup(f)), reliefOf(f));
    writeFileSync(path, options.usual.includes(feature) ? withUsual(feature, text, learntIn(abouts)) : text);
  }
  console.log(`\nWritten into ${FEATURES}.`);
}

/** A process for each world, so that the engine's memory is given back. */
function makeHeights(kind: string, seed: number, folder: string, { events, keep }: FitOptions): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeWorld(kind, seed, events, folder);
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [PROGRAM, 'heights', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${folder}: its heights could not be made`);
  if (!keep) for (const file of ['events.ndjson', 'labels.ndjson', 'policy.yaml']) rmSync(join(folder, file));
  console.error(`${kind}-${seed}: heights in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

function readAbout(folder: string): HeightsFile {
  return JSON.parse(readFileSync(join(folder, 'heights.json'), 'utf8'));
}

function learntIn(abouts: readonly HeightsFile[]): Parameters<typeof withUsual>[2] {
  return (term, kind) =>
    abouts.flatMap(({ terms, references }) => {
      const high = references.find((one) => one.kind === SCORED_KINDS.indexOf(kind) + 1)?.high[terms.indexOf(term)];
      return high === undefined ? [] : [high];
    });
}
