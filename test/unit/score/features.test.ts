import { describe, expect, it } from 'vitest';
import { createRiskQuery } from '../../../services/score/risk-query.ts';
import { featureText } from '../../../shared/feature-text.ts';
import { loadFeatures, parseFeature } from '../../../shared/features.ts';

describe('feature files', () => {
  const features = loadFeatures();

  it('each say what they count, in which unit, and a sentence with value, usual and window', () => {
    expect(features.length).toBeGreaterThan(15);
    for (const feature of features) {
      expect(feature.says, feature.name).toMatch(/\{value\}/);
      expect(feature.says, feature.name).toMatch(/\{usual\}/);
      expect(feature.says, feature.name).toMatch(/\{window\}/);
      expect(feature.owasp, feature.name).toMatch(/^(API\d{1,2}:2023)?$/);
      for (const term of feature.terms)
        expect(featureText(`${feature.name}:${term.window}`).sentence(7, 3)).toContain('7');
    }
  });

  it('name only columns that the roll-up has', () => {
    expect(() => createRiskQuery()).not.toThrow();
  });

  it('say what ordinary life relieves, of the caller itself and of its address, and never less than nothing', () => {
    const relieving = features.filter(({ relief }) => Object.keys(relief).length > 0);
    expect(relieving.map(({ name }) => name)).toEqual([
      'acquainted',
      'at_home',
      'bursts',
      'regularity',
      'requests',
      'returns',
      'routes',
      'signed_in',
    ]);
    // What never speaks against anybody has no weight, whatever a fit finds.
    const only = features.filter(({ relievesOnly }) => relievesOnly);
    expect(only.map(({ name }) => name)).toEqual(['acquainted', 'at_home', 'bursts', 'returns', 'signed_in']);
    for (const { weights, least } of only) expect([weights, least]).toEqual([{}, {}]);
    const text = (relief: string) =>
      `-- title: x\n-- unit: x\n-- says: {value}\n-- windows: 1h\n-- tail: count\n-- usual ip: 3\n-- relief own: ${relief}\nx_{w}`;
    expect(parseFeature('calm', text('7.5')).relief).toEqual({ user: 7.5, session: 7.5, device: 7.5 });
    expect(() => parseFeature('calm', text('-1'))).toThrow('feature calm: a weight is never below 0');
  });

  it('refuse a file that leaves out what a person must be told, naming the line', () => {
    expect(() =>
      parseFeature('broken', '-- title: x\n-- windows: 10m\n-- tail: count\n-- usual ip: 3\nrequests_{w}'),
    ).toThrow(/feature broken: the header line "-- (says|unit)/);
    expect(() =>
      parseFeature(
        'broken',
        '-- title: x\n-- unit: x\n-- says: {value}\n-- windows: 11m\n-- tail: count\n-- usual ip: 3\nx_{w}',
      ),
    ).toThrow(/11m is no window/);
  });
});
