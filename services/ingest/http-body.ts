import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import { Problem } from '../../shared/problem.ts';
import { createLogRecordSplitter } from './log-record-splitter.ts';
import { createSplitter } from './split-lines.ts';

/** Bytes of a body once it is unpacked. */
export const MAX_BODY_BYTES = 32 << 20;
/** Records of a body, blank lines too: 32 MiB can hold millions that cost far more than their bytes. */
export const MAX_BODY_RECORDS = 100_000;

/** One record of a body; `line` is 1-based: the line of NDJSON, the element of an array. */
export interface BodyRecord {
  line: number;
  /** Byte offset of the line in the body; of an element the same as `line`. */
  offset: number;
  bytes: Buffer;
}

type Piece = { bytes: Buffer; offset: number };
type Split = { push(chunk: Buffer): Piece[]; end(): Piece[] };

/**
 * Reads a body of records while it arrives, unpacked on the way; what unpacks to more than 32 MiB, or holds more than
 * 100,000 records, stops there.
 * @param fits asked with the bytes and the records that came so far; false ends it.
 * @throws Problem `too_many_requests`, `payload_too_large`, `bad_request` (not an array, broken gzip), `unsupported_media_type` (encoding).
 */
export async function readBody(
  request: IncomingMessage,
  form: 'array' | 'lines' | 'log-records',
  fits: (bytes: number, records: number) => boolean = () => true,
): Promise<{ records: BodyRecord[]; bytes: number }> {
  refuseTooLarge(request);
  const splitter = splitterOf(form);
  const records: BodyRecord[] = [];
  const keep = (pieces: Piece[]) => {
    if (records.length + pieces.length > MAX_BODY_RECORDS) throw tooMany();
    for (const { bytes, offset } of pieces) records.push({ line: records.length + 1, offset, bytes });
  };
  let size = 0;
  const body = unpacked(request);
  try {
    for await (const chunk of body) {
      size += (chunk as Buffer).length;
      if (size > MAX_BODY_BYTES) throw tooLarge();
      // Unpacked chunks may be all lines: what they brought is asked for before more comes.
      keep(splitter.push(chunk as Buffer));
      if (!fits(size, records.length)) throw tooBusy();
    }
    keep(splitter.end());
    if (!fits(size, records.length)) throw tooBusy();
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (request.errored !== null) throw new Problem('bad_request', 'The body ended before it was whole.');
    throw new Problem('bad_request', 'The body is not gzip, or is cut off.');
  } finally {
    // What was not read is let go, so that the caller can read the answer.
    request.resume();
  }
  return { records, bytes: size };
}

function splitterOf(form: 'array' | 'lines' | 'log-records'): Split {
  if (form === 'array') return createArraySplitter();
  if (form === 'lines') return createSplitter('');
  const records = createLogRecordSplitter();
  return {
    push: (chunk) => records.push(chunk),
    end() {
      if (!records.end())
        throw new Problem('bad_request', 'The body is not an OTLP export of logs in JSON, with "resourceLogs" in it.');
      return [];
    },
  };
}

function unpacked(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return request;
  if (encoding !== 'gzip' && encoding !== 'x-gzip')
    throw new Problem('unsupported_media_type', 'The content encoding is gzip or none.');
  return pipeline(request, createGunzip(), () => undefined);
}

const RETRY_AFTER_S = '1';

/** What was not read stays with the caller, who comes back. */
export const tooBusy = () =>
  new Problem('too_many_requests', 'More is waiting to be stored than this process holds. Come back later.', {
    headers: { 'retry-after': RETRY_AFTER_S },
  });

/** Bytes that a request says it brings; packed and chunked ones count as they come. */
export const saidLength = (request: IncomingMessage): number =>
  request.headers['content-encoding'] === undefined
    ? Math.max(0, Number(request.headers['content-length'] ?? 0) || 0)
    : 0;

/** What no wait would make fit. @throws Problem `payload_too_large` when the request says that it brings too much. */
export function refuseTooLarge(request: IncomingMessage): void {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
}

const tooLarge = () =>
  new Problem(
    'payload_too_large',
    `A body is at most ${MAX_BODY_BYTES >> 20} MiB once it is unpacked: send it in parts.`,
  );

export const tooMany = () =>
  new Problem('payload_too_large', `A body brings at most ${MAX_BODY_RECORDS} records: send it in parts.`);

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT, COMMA] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d, 0x2c];
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Cuts a JSON array (or a single object) into the bytes of its elements without reading them: each is judged for itself, so that one bad
 * element is one dead letter. An element that is too large keeps one byte more than allowed.
 */
export function createArraySplitter(): Split {
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

  function release(): Buffer {
    const bytes = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts, held);
    parts = [];
    held = 0;
    begun = false;
    return bytes;
  }

  /** The opening bracket, or that of a single object, after a byte order mark at most. */
  function begin(byte: number): void {
    if (byte === OPEN) state = 'element';
    else if (byte === OPEN_OBJECT) {
      state = 'element';
      isSingle = true;
      begun = true;
      depth = 1;
    } else if (!isSpace(byte) && byte !== BOM[seen]) throw notAnArray();
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
      const records: Piece[] = [];
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
            hold(chunk.subarray(from, i));
            const bytes = release();
            if (whole) records.push({ bytes, offset: ++elements });
            from = i + 1;
          } else if (byte === OPEN || byte === OPEN_OBJECT) {
            depth++;
            begun = true;
          } else if (byte === CLOSE || byte === CLOSE_OBJECT) {
            if (depth === 0) throw malformed('a bracket is closed that was not opened');
            depth--;
            if (isSingle && depth === 0) {
              hold(chunk.subarray(from, i + 1));
              records.push({ bytes: release(), offset: ++elements });
              state = 'after';
            }
          } else if (!begun && !isSpace(byte)) begun = true;
        } else if (state === 'before') {
          begin(byte);
          from = isSingle ? i : i + 1;
        } else if (!isSpace(byte)) throw isSingle ? notAnArray() : malformed('something follows the array');
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
