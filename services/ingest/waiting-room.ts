/**
 * What is read, waits or is being stored, all sources together; a body of unknown length may go a little beyond. An
 * event costs some KiB of memory, however few bytes say it, so that both are counted.
 */
const ROOM = { bytes: 64 << 20, jobs: 256, events: 50_000 };

/** The share of one job in the room of a process, from before its first byte until `leave`. */
export interface Guest {
  /** So many bytes, and events in them, are in memory by now; false: more than there is room for, give up; the last ones do not count. */
  holds(bytes: number, events: number): boolean;
  leave(): void;
}

export interface WaitingRoom {
  /** Room for a body that is about to be read, or null while too much waits. @param said bytes as its caller says, 0 when it does not. */
  admit(said: number): Guest | null;
  /** For what is in memory anyway. */
  enter(bytes: number, events: number): Guest;
}

/**
 * Bounds what waits in memory. The job with the most events counts nothing toward their number: a body may hold twice
 * what the room does, and has to come through, however much others send.
 */
export function createWaitingRoom(): WaitingRoom {
  const guests = new Set<{ bytes: number; events: number }>();
  let bytes = 0;
  let events = 0;

  function mostEvents(): number {
    let most = 0;
    for (const guest of guests) most = Math.max(most, guest.events);
    return most;
  }
  const fits = () => bytes <= ROOM.bytes && (events <= ROOM.events || events - mostEvents() <= ROOM.events);

  function enter(firstBytes: number, firstEvents: number): Guest {
    const own = { bytes: firstBytes, events: firstEvents };
    guests.add(own);
    bytes += own.bytes;
    events += own.events;
    const grow = (moreBytes: number, moreEvents: number) => {
      own.bytes += moreBytes;
      own.events += moreEvents;
      bytes += moreBytes;
      events += moreEvents;
    };
    return {
      holds(nowBytes, nowEvents) {
        const more = { bytes: Math.max(0, nowBytes - own.bytes), events: Math.max(0, nowEvents - own.events) };
        if (more.bytes === 0 && more.events === 0) return true;
        grow(more.bytes, more.events);
        if (fits()) return true;
        // Until it has left, others that ask would be refused for what it brought.
        grow(-more.bytes, -more.events);
        return false;
      },
      leave() {
        if (!guests.delete(own)) return;
        bytes -= own.bytes;
        events -= own.events;
      },
    };
  }

  return {
    admit(said) {
      if (bytes + said > ROOM.bytes || guests.size >= ROOM.jobs || !fits()) return null;
      return enter(said, 0);
    },
    enter,
  };
}
