/** Offset of a zone at a moment, in milliseconds ahead of UTC. */
type Offset = (epochMs: number) => number;

const FIXED = /^([+-])(\d\d):?(\d\d)$/;
const QUARTER_MS = 900_000;

/**
 * Gives times their zone that were written without one and read as UTC.
 * @param name a name of the IANA database, or `+02:00` (`BONAFIDE_LOG_ZONE`).
 * @returns epoch milliseconds from those that were read. Where clocks are put back an hour comes twice, and which of the two
 *   was meant is not known.
 */
export function createZone(name: string): (readAsUtc: number) => number {
  const offset = offsetOf(name);
  return (readAsUtc) => readAsUtc - offset(readAsUtc - offset(readAsUtc));
}

function offsetOf(name: string): Offset {
  const fixed = FIXED.exec(name);
  if (fixed !== null) {
    const ahead = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000 * (fixed[1] === '-' ? -1 : 1);
    return () => ahead;
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  // Offsets change at full quarters of an hour, and lines of one quarter follow each other.
  const known = new Map<number, number>();
  return (epochMs) => {
    const quarter = Math.floor(epochMs / QUARTER_MS);
    const before = known.get(quarter);
    if (before !== undefined) return before;
    const at = new Date(quarter * QUARTER_MS);
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
    if (known.size > 100) known.clear();
    known.set(quarter, local - at.getTime());
    return local - at.getTime();
  };
}
