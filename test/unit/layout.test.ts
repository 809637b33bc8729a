import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../shared/root.ts';

/** Files below these folders, relative, with `/`. */
function filesOf(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(PACKAGE_ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => !path.includes('node_modules')),
  );
}
const sources = filesOf('schemas', 'shared', 'services').filter((path) => path.endsWith('.ts'));
const text = (path: string) => readFileSync(join(PACKAGE_ROOT, path), 'utf8');
const code = (path: string) =>
  text(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');

interface Import {
  from: string;
  to: string;
  /** `import type`: gone at run time. */
  typeOnly: boolean;
}
const STATEMENT = /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)/g;
const imports: Import[] = sources.flatMap((from) =>
  [...code(from).matchAll(STATEMENT)].map((match) => {
    const spec = match[2] ?? match[3] ?? '';
    const to = spec.startsWith('.') ? posix.normalize(posix.join(dirname(from), spec)) : spec;
    return { from, to, typeOnly: match[1] !== undefined };
  }),
);
const layer = (path: string) => path.split('/')[0] ?? '';
const service = (path: string) => (layer(path) === 'services' ? path.split('/')[1] : undefined);
const show = (list: Import[]) => list.map(({ from, to }) => `${from} → ${to}`);

describe('the layout of the house', () => {
  it('sees the imports at all', () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  it('lets arrows go services → shared → schemas, never back', () => {
    const rank: Record<string, number> = { schemas: 0, shared: 1, services: 2 };
    const inside = imports.filter(({ to }) => layer(to) in rank);
    expect(show(inside.filter(({ from, to }) => (rank[layer(from)] ?? 0) < (rank[layer(to)] ?? 0)))).toEqual([]);
    // Product code never leans on tests, dashboards or tools.
    expect(show(imports.filter(({ to }) => /^(test|dashboards|docs)\//.test(to)))).toEqual([]);
  });

  it('lets no service know another: services/bonafide alone composes them', () => {
    const sideways = imports.filter(({ from, to }) => {
      const [a, b] = [service(from), service(to)];
      return a !== undefined && b !== undefined && a !== b && a !== 'bonafide';
    });
    expect(show(sideways)).toEqual([]);
  });

  it('imports kafkajs in two files and @clickhouse/client in one', () => {
    const importers = (name: string) =>
      [...new Set(imports.filter(({ to }) => to === name).map(({ from }) => from))].sort();
    expect(importers('kafkajs')).toEqual(['shared/kafka/consumer.ts', 'shared/kafka/producer.ts']);
    expect(importers('@clickhouse/client')).toEqual(['shared/clickhouse/client.ts']);
  });

  it('reads the environment in services/bonafide/main.ts only', () => {
    const readers = sources.filter((path) => /process\.env|\benv\b[^;\n]*=\s*process\b/.test(code(path)));
    expect(readers.filter((path) => path !== 'services/bonafide/main.ts')).toEqual([]);
  });

  it('has no import cycle at run time', () => {
    const edges = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports) {
      if (!typeOnly && sources.includes(to)) edges.set(from, [...(edges.get(from) ?? []), to]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (path: string, trail: string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (done.has(path) || trail.includes(path)) return;
      for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const path of sources) walk(path, []);
    expect(cycles).toEqual([]);
  });

  it('names files in kebab-case, tables NNN_<subject>_vN.sql', () => {
    const all = filesOf('schemas', 'shared', 'services', 'test').filter((path) => /\.(ts|mjs|sql)$/.test(path));
    const wrong = all.filter((path) => {
      const name = basename(path);
      if (path.startsWith('schemas/clickhouse/')) return !/^\d{3}_[a-z0-9_]+_v\d+\.sql$/.test(name);
      // A feature's file is named by the feature, whose name is a column and a reason code.
      if (path.startsWith('services/score/') && name.endsWith('.sql')) return !/^[a-z0-9_]+\.sql$/.test(name);
      return !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|d))?\.(ts|mjs|sql)$/.test(name);
    });
    expect(wrong).toEqual([]);
  });

  it('numbers every table once', () => {
    const numbers = filesOf('schemas/clickhouse').map((path) => basename(path).slice(0, 3));
    expect(numbers.filter((number, i) => numbers.indexOf(number) !== i)).toEqual([]);
  });

  it('has no any, no barrel and no getInstance', () => {
    // The linter finds every `any`; nobody may switch it off for a line.
    expect(text('biome.json')).toMatch(/"noExplicitAny": "error"/);
    const typed = [...sources, ...filesOf('test')].filter((path) => /(?<!layout\.test)\.ts$/.test(path));
    const told = new RegExp('(biome-ignore[^\\n]*noExplicitAny|@ts-' + '(ignore|nocheck|expect-error))');
    expect(typed.filter((path) => told.test(text(path)))).toEqual([]);
    expect(sources.filter((path) => basename(path) === 'index.ts')).toEqual([]);
    expect(sources.filter((path) => code(path).includes('getInstance'))).toEqual([]);
  });

  it('keeps files and composition roots small enough to read', () => {
    const lines = (path: string) => text(path).split('\n').length;
    expect(
      sources.filter((path) => basename(path) === 'main.ts' && lines(path) > 200).map((p) => `${p} ${lines(p)}`),
    ).toEqual([]);
    expect(sources.filter((path) => lines(path) > 450).map((path) => `${path} ${lines(path)}`)).toEqual([]);
  });
});
