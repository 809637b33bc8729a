import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRiskQuery } from '../../services/score/risk-query.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { HIGHEST_STEP, hingeTable, STEPS_PER_DB } from '../lab/fit/feature-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-lab-fit-'));
const clickhouse = openLane({ kind: 'embedded', path: folder }, 'fit');
afterAll(async () => {
  await clickhouse.close();
  rmSync(folder, { recursive: true });
});

it('the hinges that the laboratory fits on add up to the score that the product gives, at every height', async () => {
  await clickhouse.run('CREATE DATABASE {db}');
  await clickhouse.run(
    'CREATE TABLE {db}.score_reference (start UInt32, kind UInt8, learnt Float32, proven Float32, low Array(Float32), high Array(Float32)) ENGINE = Memory',
  );
  expect(HIGHEST_STEP).toBeLessThan(256);
  const query = createRiskQuery();
  const hinges = hingeTable();
  for (const { name, weights, least } of query.features) {
    const own = weights.user ?? [];
    // Nothing is learnt here, so that the bounds hold.
    const bounds = least.user ?? [];
    const term = query.termNames.findIndex((term) => term.startsWith(`${name}:`)) + 1;
    // No entity is loud in two windows here; beyond the last step nothing more is added.
    const rows = await clickhouse.rows<{ step: number; score: number }>(
      `SELECT step, score FROM (${query.risk(`SELECT number AS entity, toUInt32(number) AS step, toUInt8(1) AS kind, toUInt8(0) AS held,
         [toUInt8(${term})] AS term, [toFloat32(1)] AS value, [toFloat32(1)] AS usual, [toFloat32(number / ${STEPS_PER_DB})] AS part
       FROM numbers(${2 * HIGHEST_STEP})`)}) ORDER BY step`,
    );
    for (const { step, score } of rows) {
      const spans = hinges[Math.min(step, HIGHEST_STEP)] ?? [];
      const by = (numbers: readonly number[]) =>
        spans.reduce((sum, filled, span) => sum + filled * (numbers[span] ?? 0), 0);
      const expected = Math.max(by(own), by(bounds));
      expect(score, `${name} at ${step / STEPS_PER_DB} dB`).toBeCloseTo(expected, 4);
    }
    expect(rows).toHaveLength(2 * HIGHEST_STEP);
  }
});
