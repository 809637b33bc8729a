import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFeatures, parseFeature } from '../../shared/features.ts';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { withReliefs, withUsual, withWeights } from '../lab/fit/feature-text.ts';

const textOf = (name: string) => readFileSync(join(PACKAGE_ROOT, 'services/score/features', `${name}.sql`), 'utf8');
const HEAD = '-- title: t\n-- unit: u\n-- says: {value} {usual} {window}\n-- windows: 10m 1h\n';

describe('writing fitted numbers into a feature file', () => {
  it('puts one line for each group that weighs something, rounded, before the expression, instead of the old ones', () => {
    const before = '-- title: t\n-- weight own: 1 1 1 1\n-- weight net: 9\n-- A comment.\nrequests_{w}\n';
    expect(withWeights(before, { own: [0, 0.04, 0, 0.049], ip: [0.25, 0, 12, 3.149], cohort: [0, 0, 0, 0.05] })).toBe(
      '-- title: t\n-- A comment.\n-- weight ip: 0.3 0 12 3.1\n-- weight cohort: 0 0 0 0.1\nrequests_{w}\n',
    );
  });

  it('leaves every shipped file as it is when it writes the weights that stand in it', () => {
    for (const { name, weights } of loadFeatures()) {
      const { user: own, ip, net, client, cohort } = weights;
      const given = Object.entries({ own, ip, net, client, cohort }).filter(([, numbers]) => numbers !== undefined);
      const again = withWeights(textOf(name), Object.fromEntries(given));
      expect(parseFeature(name, again), name).toEqual(parseFeature(name, textOf(name)));
    }
  });

  it('writes a relief where the file has a line for it, and nowhere else', () => {
    const before = '-- title: t\n-- relief own: 0\n-- relief ip: 3\nrequests_{w}\n';
    expect(withReliefs(before, { own: 7.04, net: 2 })).toBe(
      '-- title: t\n-- relief own: 7\n-- relief ip: 3\nrequests_{w}\n',
    );
  });

  it('makes usual what 1 in 100 reached in the median world, by window and kind', () => {
    const text = `${HEAD}-- tail: count\n-- shape: 2\n-- usual user: 10\n-- usual ip: 40 50\nrequests_{w}`;
    // At 20 dB nothing changes; at 40 dB of shape 2 the tail is (10^2 - 1) / (10 - 1) = 11 times as far.
    const seen = withUsual('x', text, (term, kind) => (kind !== 'user' ? [] : term === 'x:1h' ? [10, 40, 60] : [20]));
    expect(seen).toContain('-- usual user: 10 110\n');
    expect(seen).toContain('-- usual ip: 40 50\n');
  });

  it('makes the correlation of a share as large as genuine entities are louder than shipped, within limits', () => {
    const text = (rho: number) =>
      `${HEAD}-- tail: share\n-- of: requests_{w}\n-- rho: ${rho}\n-- base user: 0.1\nx_{w}`;
    expect(withUsual('x', text(0.1), () => [30])).toContain('-- rho: 0.15\n');
    expect(withUsual('x', text(0.8), () => [60])).toContain('-- rho: 0.9\n');
    expect(withUsual('x', text(0.1), () => [])).toBe(text(0.1));
  });
});
