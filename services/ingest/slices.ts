/** Decisions share this thread: long work gives it back after so many milliseconds. */
export const SLICE_MS = 3;
/** The clock is looked at once in so many items. */
const EACH = 31;

/** Lets whoever waits for the thread go first. */
export const giveBack = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** `items.map(make)` that gives the thread back in between. */
export async function mapInSlices<T, R>(items: readonly T[], make: (item: T, index: number) => R): Promise<R[]> {
  const made: R[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const [i, item] of items.entries()) {
    if ((i & EACH) === EACH && performance.now() > sliceEnd) {
      await giveBack();
      sliceEnd = performance.now() + SLICE_MS;
    }
    made.push(make(item, i));
  }
  return made;
}
