import type { RejectReason } from '../../schemas/reasons.ts';
import type { DeadLetter } from './read-block.ts';

/** Dead letters of one record: a bound on what few bytes can make. */
export interface RecordLetters {
  add(letter: DeadLetter): void;
  /** Counts a part of so many bytes when it is too short for any event and its letter would be none of its own; false: it is to be read. */
  tellsShort(bytes: number): boolean;
  /** All that there are; ascending by element. */
  all(): DeadLetter[];
}

const MOST = 1_000;
const FEWEST = 50;
/** No event of any format is this short, so that a batch of ordinary bad events has a letter for each. */
const BYTES_FOR_ONE = 64;
/** Letters of a block beyond which a record has one of its own, and one for all others: small records may be many. */
const FULL_BLOCK = 20_000;
/** Time, caller and status take more than this in every format. */
const SHORTEST_EVENT = 32;
const REASON_OF_SHORT: RejectReason = 'missing_field';

/**
 * Each part that is no event has a dead letter of its own, up to a thousand of a record and one for each 64 bytes of it.
 * The others have one together, at the place of the first of them, that says how many and why: `{},` made half a
 * kilobyte of letter of three bytes.
 * @param bytes of the record.
 * @param before letters of the records before it in its block.
 */
export function createRecordLetters(bytes: number, before: number): RecordLetters {
  const most = before > FULL_BLOCK ? 1 : Math.min(MOST, Math.max(FEWEST, Math.ceil(bytes / BYTES_FOR_ONE)));
  const own: DeadLetter[] = [];
  const reasons = new Map<RejectReason, number>();
  let rest: DeadLetter | null = null;

  const tell = (reason: RejectReason) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);

  return {
    add(letter) {
      if (own.length < most) own.push(letter);
      else {
        rest ??= letter;
        tell(letter.reason);
      }
    },
    tellsShort(length) {
      if (rest === null || length > SHORTEST_EVENT) return false;
      tell(REASON_OF_SHORT);
      return true;
    },
    all() {
      if (rest === null) return own;
      const causes = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, n]) => `${n} ${reason}`);
      return [
        ...own,
        { ...rest, detail: `${rest.detail} It stands for all further bad parts of its record: ${causes.join(', ')}.` },
      ];
    },
  };
}
