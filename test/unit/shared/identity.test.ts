import { describe, expect, it } from 'vitest';
import { identityId } from '../../../shared/identity.ts';

const TOKEN = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhbGljZSJ9', 'c2lnbmF0dXJlLW9mLWEtdG9rZW4'].join('.');

describe('ids of entities', () => {
  it.each(['alice', 'u-1', 'bob@example.com', '6f9619ff-8b86-d011-b42d-00c04fc964ff', ''])('keep %j as it is', (id) => {
    expect(identityId(id)).toBe(id);
  });

  it('keep callers apart whose gateway gives tokens for ids, without keeping the token', () => {
    expect(identityId(TOKEN)).toMatch(/^h_[\w-]{22}$/);
    expect(identityId(TOKEN)).toBe(identityId(TOKEN));
    expect(identityId(TOKEN)).not.toBe(identityId(`${TOKEN}x`));
  });

  it('are absent when they hold a secret that could be guessed from a hash', () => {
    expect(identityId('password=hunter2')).toBe('');
  });

  it('are cut, and hold no control characters', () => {
    expect(identityId('x'.repeat(1_000))).toHaveLength(512);
    expect(identityId('a\0b\ud800')).toBe('a\ufffdb\ufffd');
  });
});
