/** Events of all partitions of a process that are read and not stored: half a dozen full blocks, some hundred MiB. */
const MOST = 60_000;

/** What one block holds of it, until it is stored. */
export interface Share {
  holds(events: number): void;
  leave(): void;
}

export interface ReadingRoom {
  /**
   * Waits until there is room for a full block; who comes first goes first.
   * @returns null when the caller is gone by then.
   */
  enter(isGone: () => boolean): Promise<Share | null>;
  /** Lets those go that wait and are gone. */
  look(): void;
}

/**
 * Bounds what the partitions of a process hold as rows: each reads a block while another one of it is stored, and
 * blocks go into ClickHouse one after another, so that fifty partitions with a backlog would hold a hundred of them.
 * @param full events that a block is counted with before it is cut.
 */
export function createReadingRoom(full: number): ReadingRoom {
  let events = 0;
  let waiters: { isGone: () => boolean; resolve: (share: Share | null) => void }[] = [];

  function shareOf(first: number): Share {
    let own = first;
    events += own;
    return {
      holds(now) {
        events += now - own;
        own = now;
        look();
      },
      leave() {
        events -= own;
        own = 0;
        look();
      },
    };
  }

  function look(): void {
    const gone = waiters.filter(({ isGone }) => isGone());
    waiters = waiters.filter((each) => !gone.includes(each));
    for (const { resolve } of gone) resolve(null);
    while (events + full <= MOST) {
      const next = waiters.shift();
      if (next === undefined) return;
      next.resolve(shareOf(full));
    }
  }

  return {
    enter: (isGone) =>
      new Promise((resolve) => {
        waiters.push({ isGone, resolve });
        look();
      }),
    look,
  };
}
