import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Problem } from '../../shared/problem.ts';
import { createArraySplitter } from './array-splitter.ts';
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

type Piece = Pick<BodyRecord, 'bytes' | 'offset'>;
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
    // A request that is destroyed half-way is read no further, and neither is the next one of its connection.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
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
    // What was not read is let go, so that the caller can read the answer and send the next body.
    if (body !== request) {
      request.unpipe();
      body.destroy();
    }
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
  // No `pipeline`: where unpacking fails it would destroy the request.
  const gunzip = createGunzip();
  request.once('close', () => {
    if (!request.readableEnded) gunzip.destroy(new Error('The caller is gone.'));
  });
  return request.pipe(gunzip);
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
