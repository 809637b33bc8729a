import { describe, expect, it } from 'vitest';
import { methodOf } from '../../../services/score/method.ts';
import { createRiskQuery } from '../../../services/score/risk-query.ts';

describe('the hash of the method', () => {
  const query = createRiskQuery();
  const ours = methodOf(query);

  it('is the same in every process of a version, also where its SQL is only laid out in another way', () => {
    expect(methodOf(createRiskQuery())).toEqual(ours);
    expect(methodOf({ ...query, terms: query.terms.replaceAll('\n', '\n   ') })).toEqual(ours);
    expect(ours.method).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is another one with another tail or window, another weight, another count', () => {
    const [usual = ''] = /\d+\.\d+/.exec(query.terms) ?? [];
    expect(usual).not.toBe('');
    const others = [
      { ...query, terms: query.terms.replace(usual, '7.7') },
      { ...query, risk: (rows: string) => query.risk(rows).replace('/ 10', '/ 11') },
      { ...query, fill: (wanted: string, range: { from: number; to: number }) => query.fill(wanted, range).slice(1) },
    ];
    for (const other of others) {
      expect(methodOf(other).method).not.toBe(ours.method);
      // Profiles are plain counts, which these leave as they were.
      expect(methodOf(other).topics).toBe(ours.topics);
    }
  });
});
