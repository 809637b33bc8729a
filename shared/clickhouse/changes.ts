import type { ClickHouse } from './client.ts';

/** The same lane, whose changes go by way of `change`. */
export function withChanges(lane: ClickHouse, change: (statement: () => Promise<void>) => Promise<void>): ClickHouse {
  return {
    ...lane,
    run: (...args) => change(() => lane.run(...args)),
    insert: (...args) => change(() => lane.insert(...args)),
    insertEncoded: (...args) => change(() => lane.insertEncoded(...args)),
  };
}
