/** A cache that cannot grow beyond twice `size`: what was not asked for during one generation is dropped. */
export interface BoundedCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** Longer keys are not kept: strangers choose paths and hosts, and a few thousand long ones would fill the memory. */
const LONGEST_KEY = 1024;

/**
 * Two generations instead of an order of use: a hit costs one look-up, eviction nothing.
 * @param longestKey in UTF-16 units
 */
export function createBoundedCache<V>(size: number, longestKey: number = LONGEST_KEY): BoundedCache<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();

  function set(key: string, value: V): void {
    if (key.length > longestKey) return;
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  }

  return {
    get(key) {
      const hit = young.get(key);
      if (hit !== undefined) return hit;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    set,
  };
}
