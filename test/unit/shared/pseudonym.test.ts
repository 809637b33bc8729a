import { describe, expect, it } from 'vitest';
import { policySchema } from '../../../schemas/policy.ts';
import { compilePolicy } from '../../../shared/policy.ts';
import { createPseudonymise, isPseudonym, storedForms } from '../../../shared/pseudonym.ts';

describe('pseudonyms', () => {
  it('are the same for the same key, and another for another key or kind', () => {
    const one = createPseudonymise('key one');
    expect(one('user', 'alice')).toBe(createPseudonymise('key one')('user', 'alice'));
    expect(one('user', 'alice')).not.toBe(createPseudonymise('key two')('user', 'alice'));
    expect(one('user', 'alice')).not.toBe(one('session', 'alice'));
    expect(one('user', 'alice')).toMatch(/^p_[A-Za-z0-9_-]{22}$/);
  });

  it('are all looked for while a key is being replaced, and the name as it was before there was one', () => {
    const [pseudonymise, formerly] = [createPseudonymise('key two'), createPseudonymise('key one')];
    const forms = storedForms({ pseudonymise, formerly }, 'user', 'alice');
    expect(forms).toEqual([pseudonymise('user', 'alice'), formerly('user', 'alice'), 'alice']);
    expect(storedForms({ pseudonymise: createPseudonymise(null) }, 'user', 'alice')).toEqual(['alice']);
    // One that is shown somewhere is looked up as it is.
    const [shown = ''] = forms;
    expect(isPseudonym(shown)).toBe(true);
    expect(storedForms({ pseudonymise, formerly }, 'user', shown)).toEqual([shown]);
  });

  it('let an override hold for who it names, under each key and as the dashboard shows it', () => {
    const [pseudonymise, formerly] = [createPseudonymise('key two'), createPseudonymise('key one')];
    const until = '2030-01-01T00:00:00Z';
    const of = (id: string) => ({ entity: { kind: 'user', id }, outcome: 'block', until, reason: 'r' });
    const shown = formerly('user', 'bob');
    const policy = policySchema.parse({ overrides: [of('alice'), of(shown)] });
    const { overrideOf } = compilePolicy(policy, { pseudonymise, formerly });
    const found = (id: string) => overrideOf([{ kind: 'user', id }], '', '', 0)?.entity;
    expect([pseudonymise('user', 'alice'), formerly('user', 'alice')].map(found)).toEqual(['user:alice', 'user:alice']);
    expect(found(shown)).toBe(`user:${shown}`);
    expect(found(pseudonymise('user', 'carol'))).toBeUndefined();
  });

  it('leave an absent identity absent, and without a key every identity as it is', () => {
    expect(createPseudonymise('key')('user', '')).toBe('');
    expect(createPseudonymise(null)('user', 'alice')).toBe('alice');
  });
});
