import { expect, it } from 'vitest';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';

it('a bounded cache keeps what is asked for, forgets the rest, and takes no long keys', () => {
  const cache = createBoundedCache<number>(100, 10);
  cache.set('kept', 1);
  for (let i = 0; i < 1000; i++) {
    cache.set(`k${i}`, i);
    expect(cache.get('kept')).toBe(1);
  }
  let held = 0;
  for (let i = 0; i < 1000; i++) if (cache.get(`k${i}`) !== undefined) held++;
  expect(held).toBeLessThanOrEqual(200);
  cache.set('x'.repeat(11), 1);
  expect(cache.get('x'.repeat(11))).toBeUndefined();
});
