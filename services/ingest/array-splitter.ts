import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import { Problem } from '../../shared/problem.ts';
import { isBlank } from './blanks.ts';

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT, COMMA] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d, 0x2c];
const BOM = [0xef, 0xbb, 0xbf];
const NOTHING = Buffer.alloc(0);

/** One element of an array; `offset` counts them from 1, `size` are its bytes in the array. */
export interface ArrayElement {
  bytes: Buffer;
  offset: number;
  size: number;
}

export interface ArraySplitter {
  push(chunk: Buffer): ArrayElement[];
  end(): ArrayElement[];
}

/**
 * Cuts a JSON array (or a single object) into the bytes of its elements without reading them: each is judged for itself, so that one bad
 * element is one dead letter. An element that is too large keeps one byte more than allowed.
 * @param keeps asked with the length of each; false: it is counted, and has no bytes.
 * @throws Problem `bad_request` where it is no array.
 */
export function createArraySplitter(keeps: (bytes: number) => boolean = () => true): ArraySplitter {
  let state: 'before' | 'element' | 'after' = 'before';
  let seen = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let begun = false;
  let comma = false;
  let parts: Buffer[] = [];
  let held = 0;
  let elements = 0;
  /** One object that stands for itself, as some loggers send a batch of one. */
  let isSingle = false;

  function hold(part: Buffer): void {
    const room = MAX_RECORD_BYTES + 1 - held;
    if (room <= 0 || part.length === 0) return;
    const kept = part.subarray(0, room);
    parts.push(kept);
    held += kept.length;
  }

  /** The element up to here. */
  function release(last: Buffer, from: number, to: number): ArrayElement {
    const size = held + to - from;
    const isKept = keeps(size);
    if (isKept) hold(last.subarray(from, to));
    const bytes = !isKept ? NOTHING : parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts, held);
    parts = [];
    held = 0;
    begun = false;
    return { bytes, offset: ++elements, size };
  }

  /** The opening bracket, or that of a single object, after a byte order mark at most. */
  function begin(byte: number): void {
    if (byte === OPEN) state = 'element';
    else if (byte === OPEN_OBJECT) {
      state = 'element';
      isSingle = true;
      begun = true;
      depth = 1;
    } else if (!isBlank(byte) && byte !== BOM[seen]) throw notAnArray();
    seen++;
  }

  /** A byte outside of strings and of nested values; true when it ends an element. */
  function ends(byte: number): boolean {
    if (byte === COMMA) {
      if (!begun) throw malformed('an element is missing before a comma');
      comma = true;
      return true;
    }
    if (byte !== CLOSE) return false;
    if (!begun && comma) throw malformed('an element is missing after the last comma');
    state = 'after';
    return begun;
  }

  return {
    push(chunk) {
      const records: ArrayElement[] = [];
      let from = 0;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i] ?? 0;
        if (state === 'element') {
          if (inString) {
            if (escaped) escaped = false;
            else if (byte === BACKSLASH) escaped = true;
            else if (byte === QUOTE) inString = false;
          } else if (byte === QUOTE) {
            inString = true;
            begun = true;
          } else if (depth === 0 && (byte === COMMA || byte === CLOSE)) {
            const whole = ends(byte);
            if (whole) records.push(release(chunk, from, i));
            from = i + 1;
          } else if (byte === OPEN || byte === OPEN_OBJECT) {
            depth++;
            begun = true;
          } else if (byte === CLOSE || byte === CLOSE_OBJECT) {
            if (depth === 0) throw malformed('a bracket is closed that was not opened');
            depth--;
            if (isSingle && depth === 0) {
              records.push(release(chunk, from, i + 1));
              state = 'after';
            }
          } else if (!begun && !isBlank(byte)) begun = true;
        } else if (state === 'before') {
          begin(byte);
          from = isSingle ? i : i + 1;
        } else if (!isBlank(byte)) throw isSingle ? notAnArray() : malformed('something follows the array');
      }
      if (state === 'element') hold(chunk.subarray(from));
      return records;
    },
    end() {
      if (state === 'before') throw notAnArray();
      if (state === 'element') throw malformed('it ends before the array is closed');
      return [];
    },
  };
}

const notAnArray = () =>
  new Problem(
    'bad_request',
    'The body is not a JSON array of events. For one event a line, send content type application/x-ndjson.',
  );
const malformed = (what: string) => new Problem('bad_request', `The body is not a JSON array of events: ${what}.`);
