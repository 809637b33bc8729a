/**
 * As many items from the front as are sent together; one at least, however large it is.
 * @param most how many of them, and how much of `sizeOf` they may come to.
 */
export function firstBatch<T>(
  all: readonly T[],
  most: { items: number; size: number },
  sizeOf: (item: T) => number,
): T[] {
  let size = 0;
  const end = all.findIndex((item, i) => {
    size += sizeOf(item);
    return i > 0 && (i >= most.items || size > most.size);
  });
  return all.slice(0, end < 0 ? all.length : end);
}
