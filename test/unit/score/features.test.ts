import { describe, expect, it } from 'vitest';
import { loadFeatures, parseFeature } from '../../../services/score/features.ts';
import { createRiskQuery } from '../../../services/score/risk-query.ts';
import { featureText } from '../../../shared/feature-text.ts';

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
