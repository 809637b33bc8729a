import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { policySchema } from '../../schemas/policy.ts';
import { createPipeline } from '../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { systemClock } from '../../shared/clock.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { FOREIGN_KINDS, isForeign, UNSEEN_FOREIGN_KINDS, writeForeignWorld } from '../lab/foreign/foreign.ts';

interface Label {
  event_id: string;
  label: string;
  kind: string;
  instance: string;
  caller: string;
}
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
function world(kind: string, seed: number): { folder: string; count: number } {
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-foreign-'));
  folders.push(folder);
  return { folder, count: writeForeignWorld(kind, seed, folder) };
}
const lines = <T>(folder: string, name: string): T[] =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.each([...FOREIGN_KINDS, ...UNSEEN_FOREIGN_KINDS])('a foreign world of %s', (kind) => {
  it('is what ingest takes, in the order of time, each event once and with its label', { timeout: 120_000 }, () => {
    // Names are drawn too: by this seed the wallet's and the service's app are called as by few others.
    const { folder, count } = world(kind, 2);
    expect(isForeign(kind)).toBe(true);
    const events = lines<{ time: number; event_id: string }>(folder, 'events.ndjson');
    const labels = lines<Label>(folder, 'labels.ndjson');
    expect(count).toBe(events.length);
    expect(labels.map(({ event_id }) => event_id)).toEqual(events.map(({ event_id }) => event_id));
    expect(new Set(labels.map(({ event_id }) => event_id)).size).toBe(count);
    expect(events.every(({ time }, i) => i === 0 || time >= (events[i - 1]?.time ?? 0))).toBe(true);
    const policy = compilePolicy(policySchema.parse(parse(readFileSync(join(folder, 'policy.yaml'), 'utf8'))));
    const pipeline = createPipeline({
      format: 'auto',
      scopes: () => policy,
      routes: createRouteLearner({}),
      clock: systemClock,
      pseudonymKey: null,
      live: false,
    });
    const genuine = { all: 0, known: 0 };
    const refused = events.filter((event, offset) => {
      // Every seventh: what one generator writes wrongly it writes often.
      if (offset % 7 !== 0) return false;
      const result = pipeline.ingest({
        source: 'file',
        partition: 0,
        offset,
        bytes: Buffer.from(JSON.stringify(event)),
      });
      if (result.kind !== 'event') return true;
      if (result.row.attestation_status === 'genuine') {
        genuine.all++;
        genuine.known += Number(result.row.platform !== '');
      }
      return false;
    });
    expect(refused.slice(0, 3)).toEqual([]);
    // Its policy knows the clients that can attest.
    expect(genuine.known / genuine.all).toBeGreaterThan(0.95);
    const attacks = labels.filter(({ label }) => label === 'attack');
    expect(attacks.length / count).toBeGreaterThan(0.02);
    expect(attacks.length / count).toBeLessThan(0.1);
    expect(new Set(attacks.map((attack) => attack.kind)).size).toBeGreaterThan(15);
    expect(attacks.every(({ instance }) => instance !== '')).toBe(true);
  });
});

describe('a seed', () => {
  it('gives the same world again, and another seed another', { timeout: 120_000 }, () => {
    const [kind = ''] = FOREIGN_KINDS;
    const [one, again, other] = [world(kind, 7), world(kind, 7), world(kind, 8)].map(({ folder }) =>
      readFileSync(join(folder, 'events.ndjson'), 'latin1'),
    );
    expect(one === again).toBe(true);
    expect(one === other).toBe(false);
  });
});
