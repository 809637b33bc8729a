import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FEATURES = join('services', 'score', 'features');
/** What a copy of the package needs to run. */
const PACKAGE = ['dist', 'schemas', join('services', 'score'), 'package.json'];

/** One thing that is taken away: out of a copy of the package, or out of the events that it reads. */
export interface Part {
  name: string;
  /** Feature files that are removed. */
  features: readonly string[];
  /** Functions of the built package that answer nothing instead. */
  silenced: readonly { file: string; name: string; answer: string }[];
  /** Attestation statuses that events show as `none` instead. */
  hidden: readonly string[];
}

const part = (name: string, more: Partial<Part>): Part => ({ name, features: [], silenced: [], hidden: [], ...more });

/** Every feature, every group of features by OWASP id and by first word, calibration, references, attestation. */
export function allParts(): Part[] {
  const features = readdirSync(FEATURES)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const groups = new Map<string, string[]>();
  const enter = (group: string, file: string) => groups.set(group, [...(groups.get(group) ?? []), file]);
  for (const file of features) {
    const owasp = /^-- owasp:[ \t]*(\S*)/m.exec(readFileSync(join(FEATURES, file), 'utf8'))?.[1] ?? '';
    enter(`features of ${owasp === '' ? 'no OWASP id' : owasp}`, file);
    enter(`features ${file.split(/[_.]/)[0]}*`, file);
  }
  const evidence = features.filter((file) => file.startsWith('attestation'));
  const score = (file: string) => join('dist', 'services', 'score', file);
  return [
    part('attestation evidence', { features: evidence, hidden: ['missing', 'failed', 'expired'] }),
    part('attestation altogether', {
      features: evidence,
      hidden: ['missing', 'failed', 'expired', 'genuine'],
    }),
    part('calibration', {
      silenced: [{ file: score('calibrate.js'), name: 'computeCalibrations', answer: 'new Map()' }],
    }),
    part('learnt references', {
      silenced: [{ file: score('reference.js'), name: 'learnReferences', answer: 'undefined' }],
    }),
    ...[...groups].filter(([, files]) => files.length > 1).map(([name, files]) => part(name, { features: files })),
    ...features.map((file) => part(`feature ${file.replace('.sql', '')}`, { features: [file] })),
  ];
}

/**
 * A copy of the package without the part; the product itself has no switch for this.
 * @throws Error when the package has no such function any more.
 */
export function copyWithout(one: Part, folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const path of PACKAGE) cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  for (const file of one.features) rmSync(join(folder, FEATURES, file));
  for (const { file, name, answer } of one.silenced) {
    const path = join(folder, file);
    const head = `export async function ${name}(`;
    const text = readFileSync(path, 'utf8');
    if (!text.includes(head)) throw new Error(`${file} has no async function ${name}`);
    writeFileSync(
      path,
      text.replace(head, `export async function ${name}() { return ${answer}; }\nasync function unused(`),
    );
  }
  return folder;
}

/** The events of a world with some attestation statuses shown as `none`. */
export function hideStatuses(one: Part, from: string, to: string): void {
  const statuses = one.hidden.join('|');
  const shown = new RegExp(
    `"attestation\\.status":"(?:${statuses})","attestation\\.code":"[^"]*"(?:,"attestation\\.issuer":"[^"]*","attestation\\.token":"[^"]*")?`,
    'g',
  );
  writeFileSync(
    to,
    readFileSync(from, 'utf8').replace(shown, '"attestation.status":"none","attestation.code":"cannot_attest"'),
  );
}
