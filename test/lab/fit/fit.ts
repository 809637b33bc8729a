import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EVIDENCE_DB } from '../../../shared/evidence.ts';
import { loadFeatures, RELIEF_DB } from '../../../shared/features.ts';
import { SCORED_KINDS } from '../../../shared/kinds.ts';
import { table } from '../print.ts';
import { ensurePython, runPython } from '../python.ts';
import { GROUPS, hingeTable, STEPS_PER_DB, withReliefs, withUsual, withWeights } from './feature-text.ts';
import { type HeightsFile, STATUSES } from './heights.ts';
import { heightsOfWorlds, readAbout, type WorldsOptions } from './world-heights.ts';

const SCRIPT = join('test', 'lab', 'fit', 'fit.py');
const FEATURES = join('services', 'score', 'features');
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

export interface FitOptions extends WorldsOptions {
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
  const worlds = heightsOfWorlds(options, features);
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

function learntIn(abouts: readonly HeightsFile[]): Parameters<typeof withUsual>[2] {
  return (term, kind) =>
    abouts.flatMap(({ terms, references }) => {
      const high = references.find((one) => one.kind === SCORED_KINDS.indexOf(kind) + 1)?.high[terms.indexOf(term)];
      return high === undefined ? [] : [high];
    });
}
