import { canonicalEvent } from '../../schemas/event.ts';
import type { RejectReason } from '../../schemas/reasons.ts';
import type { Adapter, Fields } from './formats/adapter.ts';
import { canonical } from './formats/canonical.ts';
import { detectFormat, FORMAT_NAMES, findAdapter, isFormat } from './formats/registry.ts';
import { unwrap } from './formats/unwrap.ts';

export type Read =
  | { ok: true; format: string; fields: Fields }
  | { ok: false; format: string; reason: RejectReason; detail: string; part: string; at: number };

export type Recogniser = (source: string, line: string, isUtf8: () => boolean) => Read;

/** Sources whose format is remembered; a source more than that costs a detection for each of its lines. */
const MAX_SOURCES = 10_000;

/**
 * Reads lines by the named adapter, or with `auto` by the one that read the source's last good line, and when that
 * fails by any other that fits: a file that begins with bad lines, or changes its format half-way, loses nothing.
 * @throws on a format that nobody knows.
 */
export function createRecogniser(format: string): Recogniser {
  const named = findAdapter(format);
  if (!isFormat(format)) {
    throw new Error(`There is no format "${format}". Choose one of: ${FORMAT_NAMES.join(', ')}.`);
  }
  const known = new Map<string, Adapter>();

  return (source, line, isUtf8) => {
    const text = unwrap(line);
    if (named !== undefined) return readBy(named, text, isUtf8);
    const last = known.get(source);
    const first = last === undefined ? null : readBy(last, text, isUtf8);
    if (first?.ok) return first;
    const adapter = fitting(text);
    if (adapter !== null && adapter !== last) {
      const read = readBy(adapter, text, isUtf8);
      if (read.ok) {
        if (known.size < MAX_SOURCES) known.set(source, adapter);
        return read;
      }
      if (first === null) return read;
    }
    return fromJson(text, isUtf8) ?? first ?? unknown();
  };
}

function fitting(text: string): Adapter | null {
  return detectFormat([text]);
}

function readBy(adapter: Adapter, text: string, isUtf8: () => boolean): Read {
  if (adapter.strictUtf8 && !isUtf8()) {
    const detail = 'The record is not valid UTF-8.';
    return { ok: false, format: adapter.name, reason: 'not_utf8', detail, part: 'bytes', at: -1 };
  }
  const parsed = adapter.parse(text);
  if (parsed.ok) return { ok: true, format: adapter.name, fields: parsed.fields };
  return { ok: false, format: adapter.name, ...parsed.fault };
}

/**
 * JSON that no adapter claims. Broken JSON and canonical events that lack what is required are told as such, by
 * validation too; an object without a single canonical name is of a format that we do not know.
 */
function fromJson(text: string, isUtf8: () => boolean): Read | null {
  const first = text.charCodeAt(0);
  if (first !== 0x7b /* { */ && first !== 0x5b /* [ */) return null;
  const read = readBy(canonical, text, isUtf8);
  return read.ok && !Object.keys(read.fields).some((name) => Object.hasOwn(canonicalEvent.shape, name))
    ? unknown()
    : read;
}

function unknown(): Read {
  const detail = 'No format recognises the line; name one with --format, or ask "explain" what failed.';
  return { ok: false, format: '', reason: 'unknown_format', detail, part: 'line', at: 0 };
}
