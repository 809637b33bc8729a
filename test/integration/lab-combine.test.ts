import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { SCORED_KINDS } from '../../shared/kinds.ts';
import { createScorer } from '../lab/combine/scorer.ts';
import { learntWay } from '../lab/combine/ways.ts';
import { HIGHEST_STEP, STEPS_PER_DB } from '../lab/fit/feature-text.ts';
import { Random } from '../lab/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-lab-combine-'));
const clickhouse = openLane({ kind: 'embedded', path: folder }, 'combine');
afterAll(async () => {
  await clickhouse.close();
  rmSync(folder, { recursive: true });
});

const ENTITIES = 40;

it('scores what one entity shows as the product does where everything is learnt', async () => {
  await clickhouse.run('CREATE DATABASE {db}');
  await clickhouse.run(
    'CREATE TABLE {db}.score_reference (start UInt32, kind UInt8, learnt Float32, proven Float32, low Array(Float32), high Array(Float32)) ENGINE = Memory',
  );
  const query = createRiskQuery();
  const names = query.features.map(({ name }) => name);
  const terms = query.termNames.length;
  // Peers for whom the shipped scale is right: heights stay as they are.
  for (const kind of SCORED_KINDS.keys())
    await clickhouse.run(
      `INSERT INTO {db}.score_reference SELECT 0, ${kind + 1}, 1, 1, arrayWithConstant(${terms}, 10), arrayWithConstant(${terms}, 20)`,
    );
  const random = new Random('entities');
  const score = createScorer(learntWay(), query.features, true);
  for (const [place, kind] of SCORED_KINDS.entries()) {
    const expected: number[] = [];
    const rows = Array.from({ length: ENTITIES }, (_, entity) => {
      const bytes = new Uint8Array(SCORED_KINDS.length * names.length);
      const shown = query.termNames.flatMap((term, i) => {
        if (random.next() < 0.7) return [];
        const step = 2 + Math.floor(random.next() * (HIGHEST_STEP - 1));
        // The loudest window speaks.
        const at = place * names.length + names.indexOf(term.split(':')[0] ?? '');
        bytes[at] = Math.max(bytes[at] ?? 0, step);
        return [{ term: i + 1, height: step / STEPS_PER_DB }];
      });
      expected.push(score(bytes, 0));
      const floats = (numbers: readonly number[]) => `arrayMap(x -> toFloat32(x), [${numbers.join(', ')}])`;
      const ones = floats(shown.map(() => 1));
      return `SELECT toUInt64(${entity}) AS entity, toUInt32(1) AS step, toUInt8(${place + 1}) AS kind, toUInt8(0) AS held,
        arrayMap(x -> toUInt8(x), [${shown.map(({ term }) => term).join(', ')}]) AS term, ${ones} AS value, ${ones} AS usual,
        ${floats(shown.map(({ height }) => height))} AS part`;
    });
    const found = await clickhouse.rows<{ score: number }>(
      `SELECT score FROM (${query.risk(rows.join('\nUNION ALL\n'))}) ORDER BY entity`,
    );
    expect(found).toHaveLength(ENTITIES);
    for (const [entity, row] of found.entries())
      expect(Math.abs(row.score - (expected[entity] ?? Number.NaN)), `${kind} ${entity}`).toBeLessThan(0.01);
    // Weights and reliefs are in it; of keys hardly anything weighs.
    expect(Math.max(...expected), kind).toBeGreaterThan(kind === 'client' ? 10 : 20);
  }
});
