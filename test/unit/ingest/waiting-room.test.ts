import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWaitingRoom, type Guest } from '../../../services/ingest/waiting-room.ts';

/** A guest that must have been let in. */
function guest(found: Guest | null): Guest {
  if (found === null) throw new Error('no room');
  return found;
}

describe('the room of what waits', () => {
  it('lets the largest body come through, however much others bring, and refuses what comes beside it', () => {
    const room = createWaitingRoom();
    const largest = guest(room.admit(0));
    const second = guest(room.admit(0));
    expect(second.holds(1_000, 40_000)).toBe(true);
    expect(largest.holds(1_000, 100_000)).toBe(true);
    expect(guest(room.admit(0)).holds(1_000, 20_000)).toBe(false);
    second.leave();
    expect(largest.holds(2_000, 100_000)).toBe(true);
  });

  it('refuses the one that brings too much, and none of those beside it', () => {
    const room = createWaitingRoom();
    const [largest, second, third] = [guest(room.admit(0)), guest(room.admit(0)), guest(room.admit(0))];
    expect([largest.holds(1_000, 99_000), second.holds(1_000, 30_000)]).toEqual([true, true]);
    expect(second.holds(40 << 20, 60_000)).toBe(false);
    expect([largest.holds(30 << 20, 100_000), third.holds(1_000, 10_000)]).toEqual([true, true]);
  });

  it('never holds more than it says, and is empty when all are gone', () => {
    const step = fc.record({ who: fc.nat(9), bytes: fc.nat(32 << 20), events: fc.nat(100_000), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const room = createWaitingRoom();
        const inside = new Map<number, { guest: Guest; bytes: number; events: number }>();
        for (const { who, bytes, events, leaves } of steps) {
          const known = inside.get(who);
          const found = known?.guest ?? room.admit(0);
          if (found === null) continue;
          const fits = found.holds(bytes, events);
          const now = {
            guest: found,
            bytes: Math.max(bytes, known?.bytes ?? 0),
            events: Math.max(events, known?.events ?? 0),
          };
          if (leaves || !fits) {
            found.leave();
            // Twice is once.
            found.leave();
            inside.delete(who);
          } else inside.set(who, now);
          const all = [...inside.values()];
          const held = all.map((each) => each.events);
          expect(all.reduce((sum, each) => sum + each.bytes, 0)).toBeLessThanOrEqual(64 << 20);
          expect(held.reduce((sum, n) => sum + n, 0) - Math.max(0, ...held)).toBeLessThanOrEqual(50_000);
        }
        for (const { guest: each } of inside.values()) each.leave();
        expect(room.admit(64 << 20)).not.toBeNull();
      }),
    );
  });
});
