import { describe, expect, it } from 'vitest';
import { createPseudonymise } from '../../../shared/pseudonym.ts';

describe('pseudonyms', () => {
  it('are the same for the same key, and another for another key or kind', () => {
    const one = createPseudonymise('key one');
    expect(one('user', 'alice')).toBe(createPseudonymise('key one')('user', 'alice'));
    expect(one('user', 'alice')).not.toBe(createPseudonymise('key two')('user', 'alice'));
    expect(one('user', 'alice')).not.toBe(one('session', 'alice'));
    expect(one('user', 'alice')).toMatch(/^p_[A-Za-z0-9_-]{22}$/);
  });

  it('leave an absent identity absent, and without a key every identity as it is', () => {
    expect(createPseudonymise('key')('user', '')).toBe('');
    expect(createPseudonymise(null)('user', 'alice')).toBe('alice');
  });
});
