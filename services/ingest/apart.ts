import { endOfHole } from './hole.ts';
import { createLogRecordSplitter } from './log-record-splitter.ts';
import type { SourceRecord } from './pipeline.ts';

/** Events in one record at most: loggers batch hundreds; more is taken for one broken record. */
const MAX_ELEMENTS = 10_000;
const HEAD_BYTES = 64;
const ARRAY = /^\s*\[\s*\{/;
const EXPORT = /^\s*\{\s*"resourceLogs"/;

/**
 * Takes a record apart that holds several events: a JSON array (batches of APISIX and Kong), or an OpenTelemetry export
 * of several log records. Each keeps the place of the whole and its number in it. A hole before a record is no part of it.
 * @returns the record itself when it is one event, or is broken.
 */
export function apart(record: SourceRecord): readonly SourceRecord[] {
  const first = record.bytes[0];
  if (first === 0) return apart({ ...record, bytes: record.bytes.subarray(endOfHole(record.bytes)) });
  // Nearly all lines begin with neither, nor with a blank.
  if (first !== 0x5b && first !== 0x7b && first !== 0x20) return [record];
  const head = record.bytes.toString('latin1', 0, HEAD_BYTES);
  const elements = ARRAY.test(head) ? elementsOf(record.bytes) : EXPORT.test(head) ? logRecordsOf(record.bytes) : null;
  if (elements === null || elements.length === 0 || elements.length > MAX_ELEMENTS) return [record];
  return elements.map((bytes, element) => ({ ...record, bytes, element }));
}

function elementsOf(bytes: Buffer): Buffer[] | null {
  try {
    const list: unknown = JSON.parse(bytes.toString('utf8'));
    return Array.isArray(list) ? list.map((element) => Buffer.from(JSON.stringify(element))) : null;
  } catch {
    return null;
  }
}

function logRecordsOf(bytes: Buffer): Buffer[] | null {
  const splitter = createLogRecordSplitter();
  const records = splitter.push(bytes);
  return splitter.end() && records.length > 1 ? records.map((each) => each.bytes) : null;
}
