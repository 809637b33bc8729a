import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { credentialsSchema, issuerInput } from '../../schemas/credentials.ts';
import { ATTESTATION_STATUSES } from '../../schemas/event.ts';
import { INTEGRITY_SIGNALS } from '../../schemas/integrity.ts';
import { policySchema } from '../../schemas/policy.ts';
import { ATTESTATION_CODES, DEGRADED_PARTS, PROBLEM_CODES, REJECT_REASONS } from '../../schemas/reasons.ts';
import { settingsSchema } from '../../schemas/settings.ts';
import { COMMANDS } from '../../services/bonafide/commands.ts';
import { MEANING } from '../../services/decide/identity/signals.ts';
import { ADAPTERS } from '../../services/ingest/formats/registry.ts';
import { loadFeatures } from '../../shared/features.ts';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { documents, fencedBlocks, shellCommands, textOf } from '../support/docs.ts';
import { DEMO, entryOf, isKnown, NOT_RUN, RUN, SERVE } from '../support/docs-commands.ts';

const all = documents();
const withoutBlocks = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-');
const anchorsOf = (path: string) => [...textOf(path).matchAll(/^#+ (.*)$/gm)].map((match) => slug(match[1] ?? ''));

/** The tables' rows below a heading (the whole page without one): names in backticks of the first cell, and the row. */
function rowsOf(path: string, heading?: string): { names: string[]; row: string }[] {
  const text = withoutBlocks(textOf(path));
  const level = heading === undefined ? '' : (/^#+/.exec(heading)?.[0] ?? '');
  const from = heading === undefined ? 0 : text.indexOf(`\n${heading}\n`);
  expect([heading, from >= 0]).toEqual([heading, true]);
  const rest = text.slice(from + 1);
  const end = heading === undefined ? -1 : rest.slice(heading.length).search(new RegExp(`^#{1,${level.length}} `, 'm'));
  const section = end < 0 ? rest : rest.slice(0, end + (heading?.length ?? 0));
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((row) => ({
      row,
      names: [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
    }));
}
const namesOf = (path: string, heading?: string) => rowsOf(path, heading).flatMap(({ names }) => names);
const sorted = (names: readonly string[]) => [...names].sort();

describe('links of the docs', () => {
  it('finds the docs at all', () => {
    expect(all).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/operators.md']));
  });

  it.each(all)('%s links only to files and headings that exist', (path) => {
    const wrong: string[] = [];
    for (const [, target = ''] of withoutBlocks(textOf(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const at = file === '' ? path : posix.normalize(posix.join(dirname(path), file));
      if (!existsSync(join(PACKAGE_ROOT, at))) wrong.push(target);
      else if (anchor !== undefined && !anchorsOf(at).includes(anchor)) wrong.push(target);
    }
    expect(wrong).toEqual([]);
  });

  it.each(all)('%s names only paths that exist', (path) => {
    const wrong: string[] = [];
    const named = /`((?:services|schemas|shared|test|docs|dashboards)\/[^`\s<>]*)`/g;
    for (const [, target = ''] of withoutBlocks(textOf(path)).matchAll(named)) {
      if (!target.includes('*') && !existsSync(join(PACKAGE_ROOT, target))) wrong.push(target);
      if (target.includes('*')) {
        const pattern = new RegExp(`^${posix.basename(target).replace(/[.]/g, '\\.').replace(/\*/g, '.*')}$`);
        const folder = join(PACKAGE_ROOT, posix.dirname(target));
        if (!existsSync(folder) || !readdirSync(folder).some((name) => pattern.test(name))) wrong.push(target);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('tables of the docs', () => {
  const operators = 'docs/operators.md';

  it('have one row for each setting, with its default, and for nothing else', () => {
    const rows = rowsOf(operators, '## Settings');
    expect(sorted(rows.flatMap(({ names }) => names))).toEqual(sorted(Object.keys(settingsSchema.shape)));
    for (const { names, row } of rows) {
      for (const name of names) {
        const schema = settingsSchema.shape[name as keyof typeof settingsSchema.shape];
        const { data } = schema.safeParse(undefined);
        if (data !== undefined && data !== '')
          expect([name, row.split('|')[2]?.includes(String(data))]).toEqual([name, true]);
      }
    }
  });

  it('have one row for each command', () => {
    expect(namesOf(operators, '## Commands').filter((name) => !name.includes(' '))).toEqual(
      COMMANDS.map(({ name }) => name),
    );
  });

  it('have one row for each reason of a refused record, problem code and part of /readyz', () => {
    expect(namesOf(operators, '### Why a record was refused')).toEqual([...REJECT_REASONS]);
    expect(sorted(namesOf(operators, '### Problems over HTTP'))).toEqual(sorted(PROBLEM_CODES));
    expect(namesOf(operators, '## Health and metrics')).toEqual(expect.arrayContaining([...DEGRADED_PARTS]));
  });

  it('have one row for each metric', () => {
    const folders = ['services', 'shared'];
    const sources = folders.flatMap((folder) =>
      readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => join(PACKAGE_ROOT, folder, name))
        .filter((path) => path.endsWith('.ts') && statSync(path).isFile()),
    );
    const made = sources.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\.(?:counter|gauge|histogram)\(\s*'(bonafide_\w+)'/g)].map(
        (match) => match[1] ?? '',
      ),
    );
    expect(made.length).toBeGreaterThan(8);
    expect(sorted(namesOf(operators, '## Health and metrics').filter((name) => name.startsWith('bonafide_')))).toEqual(
      sorted(made),
    );
  });

  it('have one row for each feature, as its file says it', () => {
    const rows = rowsOf('docs/analysts.md', '## Reasons');
    const written = rows.filter(({ row }) => /\bAPI\d+\b/.test(row));
    const expected = loadFeatures().map(
      ({ name, title, unit, terms, owasp }) =>
        `| \`${name}\` | ${title} | ${unit} | ${terms.map(({ window }) => window).join(', ')} | ${owasp.split(':')[0]} |`,
    );
    expect(written.map(({ row }) => row)).toEqual(expected);
  });

  it('have one row for each cause of an attestation reason', () => {
    expect(namesOf('docs/analysts.md', '## Reasons')).toEqual(expect.arrayContaining([...ATTESTATION_CODES]));
  });

  it('have one row for each device signal, with its tier, aspect and value', () => {
    const rows = rowsOf('docs/analysts.md', '## Reasons');
    for (const signal of INTEGRITY_SIGNALS) {
      const { aspect, value } = MEANING[signal];
      const tier = value === 96 ? 'contraindicated' : 'warning';
      const wanted = `| \`${signal}\` | ${tier} | ${aspect.replace('_', '-')} ${value} |`;
      expect([signal, rows.some(({ row }) => row.startsWith(wanted))]).toEqual([signal, true]);
    }
  });

  it('have one row for each log format', () => {
    expect(sorted(namesOf('docs/log-formats.md'))).toEqual(
      expect.arrayContaining(sorted(ADAPTERS.map(({ name }) => name))),
    );
  });
});

describe('examples of the docs', () => {
  it('have no command in a sh block that the command test does not know', () => {
    const unknown = all.flatMap((path) =>
      shellCommands(textOf(path))
        .filter((command) => !isKnown(command))
        .map((command) => `${path}: ${command}`),
    );
    expect(unknown).toEqual([]);
  });

  it('leave no entry in the command test that they do not show', () => {
    const shown = new Set(all.flatMap((path) => shellCommands(textOf(path))));
    const used = new Set([...shown].map((command) => entryOf(command)?.command ?? command));
    const known = [SERVE, DEMO, ...Object.keys(NOT_RUN), ...RUN.map(({ command }) => command)];
    expect(known.filter((command) => !used.has(command))).toEqual([]);
  });

  it('show entries of credentials and policies that are valid, and every field of an issuer', () => {
    const page = textOf('docs/who-and-what.md');
    const blocks = fencedBlocks(page, 'yaml');
    expect(blocks.length).toBeGreaterThan(8);
    for (const block of blocks) {
      const filled = block
        .replace(/secret_base64: "…"/g, `secret_base64: "${Buffer.alloc(32).toString('base64')}"`)
        .replace(/sha256: "…"/g, `sha256: "${'0'.repeat(64)}"`);
      const input: unknown = parse(filled);
      const asCredentials = credentialsSchema.safeParse(input).error?.issues;
      const asPolicy = policySchema.safeParse(input).error?.issues;
      if (asPolicy !== undefined) expect([block, asCredentials]).toEqual([block, undefined]);
    }
    expect(sorted(namesOf('docs/who-and-what.md', '## Attestation tokens: what'))).toEqual(
      sorted(Object.keys(issuerInput.shape)),
    );
    expect(namesOf('docs/who-and-what.md', '## The five states')).toEqual([...ATTESTATION_STATUSES]);
  });

  it('show a policy and credentials that are valid', () => {
    const [policy = ''] = fencedBlocks(textOf('docs/operators.md'), 'yaml');
    expect(policySchema.safeParse(parse(policy)).error?.issues).toBeUndefined();
    const [credentials = ''] = fencedBlocks(textOf('docs/gateways.md'), 'yaml');
    const filled = credentials
      .replace(/secret_base64: "…"/, `secret_base64: "${Buffer.alloc(32).toString('base64')}"`)
      .replace(/sha256: "…"/, `sha256: "${'0'.repeat(64)}"`);
    expect(credentialsSchema.safeParse(parse(filled)).error?.issues).toBeUndefined();
    const opaque = fencedBlocks(textOf('docs/gateways.md'), 'yaml').find((text) => text.startsWith('introspection:'));
    expect(credentialsSchema.safeParse(parse(opaque ?? '')).error?.issues).toBeUndefined();
  });
});
