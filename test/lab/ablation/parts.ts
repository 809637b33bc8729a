import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Feature, loadFeatures } from '../../../shared/features.ts';

/** What a copy of the package needs to run. */
const PACKAGE = ['dist', 'schemas', join('services', 'score'), 'package.json'];

/** Something that is taken away. */
export type Part = ScorePart | ProductPart;

/** Out of the sum of parts that a score is: judged by stored heights, so that many cost no more than a few. */
export interface ScorePart {
  by: 'heights';
  name: string;
  /** What is left of a feature. */
  left(feature: Feature): Feature;
}

/** Out of a copy of the package, or out of the events that it reads: judged by a backtest of each world. */
export interface ProductPart {
  by: 'backtest';
  name: string;
  /** Functions of the built package that answer nothing instead. */
  silenced: readonly { file: string; name: string; answer: string }[];
  /** Attestation statuses that events show as `none` instead. */
  hidden: readonly string[];
}

/** Calibration, references, attestation, openings; campaigns, ordinary life; every group of features by OWASP id; every feature. */
export function allParts(): Part[] {
  const features = loadFeatures();
  const owasp = [...new Set(features.map((feature) => feature.owasp))].sort();
  return [
    ofProduct('attestation evidence', { hidden: ['missing', 'failed', 'expired'] }),
    ofProduct('attestation altogether', { hidden: ['missing', 'failed', 'expired', 'genuine'] }),
    ofProduct('calibration', { silenced: [silence('calibrate.js', 'computeCalibrations', 'new Map()')] }),
    ofProduct('learnt scales of peers', { silenced: [silence('reference.js', 'learnReferences', 'undefined')] }),
    ofProduct('profiles: what is usual here', {
      silenced: [silence('profile-in-force.js', 'loadProfiles', 'undefined')],
    }),
    // A statement that writes nothing: neither decisions nor caller-hours know of any.
    ofProduct('what strangers begin with', { silenced: [silence('opening.js', 'openingsSql', `'SELECT 1'`)] }),
    {
      by: 'heights',
      name: 'campaigns (cohorts)',
      left: (feature) => ({ ...feature, weights: { ...feature.weights, cohort: [] } }),
    },
    { by: 'heights', name: 'relief by ordinary life', left: (feature) => ({ ...feature, relief: {} }) },
    ...owasp.map((id) => ofFeatures(`features of ${id || 'no OWASP id'}`, (feature) => feature.owasp === id)),
    ...features.map(({ name }) => ofFeatures(`feature ${name}`, (feature) => feature.name === name)),
  ];
}

const ofProduct = (name: string, more: Partial<ProductPart>): ProductPart => ({
  by: 'backtest',
  name,
  silenced: [],
  hidden: [],
  ...more,
});

const silence = (file: string, name: string, answer: string) => ({
  file: join('dist', 'services', 'score', file),
  name,
  answer,
});

const ofFeatures = (name: string, isGone: (feature: Feature) => boolean): ScorePart => ({
  by: 'heights',
  name,
  left: (feature) => (isGone(feature) ? { ...feature, weights: {}, relief: {} } : feature),
});

/**
 * A copy of the package without the part; the product itself has no switch for this.
 * @throws Error when the package has no such function any more.
 */
export function copyWithout(one: ProductPart, folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const path of PACKAGE) cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  for (const { file, name, answer } of one.silenced) {
    const path = join(folder, file);
    const head = new RegExp(`export (async )?function ${name}\\(`);
    const text = readFileSync(path, 'utf8');
    if (!head.test(text)) throw new Error(`${file} has no function ${name}`);
    writeFileSync(path, text.replace(head, `export $1function ${name}() { return ${answer}; }\n$1function unused(`));
  }
  return folder;
}

/** The events of a world with some attestation statuses shown as `none`; every other line stays as it is. */
export function hideStatuses(one: ProductPart, from: string, to: string): void {
  const lines = readFileSync(from, 'utf8').split('\n');
  writeFileSync(to, lines.map((line) => hideStatus(line, one.hidden)).join('\n'));
}

function hideStatus(line: string, hidden: readonly string[]): string {
  if (!hidden.some((status) => line.includes(`"${status}"`))) return line;
  const event: Record<string, unknown> = JSON.parse(line);
  if (!hidden.some((status) => event['attestation.status'] === status)) return line;
  // A field that is undefined is not written.
  const none = { 'attestation.status': 'none', 'attestation.code': 'cannot_attest' };
  return JSON.stringify({ ...event, ...none, 'attestation.issuer': undefined, 'attestation.token': undefined });
}
