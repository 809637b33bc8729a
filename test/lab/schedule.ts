/** Something that acts at a time: it emits at most a few events and says when it acts next. */
export interface Actor {
  /** Acts at `now` (epoch ms). Answers the next time, or `Infinity` when it is done. */
  act(now: number): number;
}

/**
 * A binary heap of actors by time, then by the order they came in: ties are broken the same way in every run.
 * It is all that a world holds in memory.
 */
export function createSchedule() {
  const times: number[] = [];
  const orders: number[] = [];
  const actors: Actor[] = [];
  let counter = 0;

  const before = (t1: number, o1: number, i: number) => {
    const t2 = times[i] as number;
    return t1 < t2 || (t1 === t2 && o1 < (orders[i] as number));
  };
  const put = (i: number, time: number, order: number, actor: Actor) => {
    times[i] = time;
    orders[i] = order;
    actors[i] = actor;
  };

  function down(time: number, order: number, actor: Actor) {
    const n = times.length;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && before(times[child + 1] as number, orders[child + 1] as number, child)) child++;
      if (before(time, order, child)) break;
      put(i, times[child] as number, orders[child] as number, actors[child] as Actor);
      i = child;
    }
    put(i, time, order, actor);
  }

  function add(actor: Actor, time: number) {
    if (!Number.isFinite(time)) return;
    const order = counter++;
    let i = times.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(time, order, parent)) break;
      put(i, times[parent] as number, orders[parent] as number, actors[parent] as Actor);
      i = parent;
    }
    put(i, time, order, actor);
  }

  /** Lets everyone act in time order until `end` (epoch ms). */
  function run(end: number) {
    while (times.length > 0) {
      const now = times[0] as number;
      if (now >= end) return;
      const actor = actors[0] as Actor;
      const next = actor.act(now);
      if (next < end) {
        down(Math.max(next, now), counter++, actor);
      } else {
        const last = times.length - 1;
        const time = times.pop() as number;
        const order = orders.pop() as number;
        const moved = actors.pop() as Actor;
        if (last > 0) down(time, order, moved);
      }
    }
  }

  return { add, run };
}
export type Schedule = ReturnType<typeof createSchedule>;
