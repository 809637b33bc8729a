import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FIRST_UNSEEN_SEED } from '../lab/attacks/kinds.ts';
import { heldOutSeeds, SEEDS } from '../lab/commit.ts';
import { isForeign } from '../lab/foreign/foreign.ts';
import { KINDS, UNSEEN_KINDS } from '../lab/plan.ts';

interface Line {
  commit: string;
  method: string;
  worlds: string[];
  whole?: boolean;
}
const ledger = readFileSync('test/lab/ledger.ndjson', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Line => JSON.parse(line));

describe('seeds of held-out worlds', () => {
  it('follow from the commit that is judged: nobody can have tuned for them', () => {
    const [one, other] = ['a'.repeat(40), 'b'.repeat(40)];
    expect(heldOutSeeds(one, 3)).toEqual(heldOutSeeds(one, 3));
    expect(heldOutSeeds(one, 3).slice(0, 2)).toEqual(heldOutSeeds(one, 2));
    expect(new Set([...heldOutSeeds(one, 3), ...heldOutSeeds(other, 3)]).size).toBe(6);
    for (const seed of heldOutSeeds(one, 50)) expect(seed).toBeGreaterThanOrEqual(FIRST_UNSEEN_SEED);
  });

  it('are none that worlds for tuning or choosing have, nor do those share any', () => {
    const seen: number[] = [...SEEDS.tuning, ...SEEDS.choosing];
    expect(new Set(seen).size).toBe(seen.length);
    expect(Math.max(...seen)).toBeLessThan(FIRST_UNSEEN_SEED);
  });
});

describe('the ledger', () => {
  it.each(ledger)('has, of commit $commit, worlds by the seeds of this commit alone', ({ commit, worlds }) => {
    const seeds = heldOutSeeds(commit, worlds.length);
    const found = worlds.map((world) => /^([a-z0-9]+)-(\d+)$/.exec(world));
    for (const [, kind = '', seed] of found.map((match) => match ?? [])) {
      expect([...KINDS, ...UNSEEN_KINDS].includes(kind) || isForeign(kind), kind).toBe(true);
      expect(seeds).toContain(Number(seed));
    }
    // The first of them, each kind once: none was passed over.
    const drawn = [...new Set(found.map((match) => Number(match?.[2])))];
    expect(drawn).toEqual(seeds.slice(0, drawn.length));
    expect(new Set(worlds).size).toBe(worlds.length);
  });

  it('has the run that the page of figures quotes: the first whole one of its method', () => {
    const page = readFileSync('docs/figures.md', 'utf8');
    const [, method] = /this page has the first one of method `([0-9a-f]+)`/.exec(page) ?? [];
    const first = ledger.find((line) => line.method === method && line.whole !== false);
    expect(page).toContain(`the hash of the commit that is judged (\`${first?.commit.slice(0, 12)}\`)`);
    for (const world of first?.worlds ?? []) expect(page).toContain(`| ${world} |`);
  });
});
