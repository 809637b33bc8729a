import { canonicalEvent } from '../../schemas/event.ts';
import type { RejectReason } from '../../schemas/reasons.ts';
import type { Adapter, Fields, Parsed } from './formats/adapter.ts';
import { canonical } from './formats/canonical.ts';
import { carriedBy, withoutPrefix } from './formats/carriers.ts';
import { isCriPart, isDockerPart } from './formats/container-line.ts';
import { parseObject } from './formats/json.ts';
import { detectFormat, FORMAT_NAMES, findAdapter, isFormat, JSON_ADAPTERS, TEXT_ADAPTERS } from './formats/registry.ts';
import { unwrap } from './formats/unwrap.ts';

export type Read =
  | { ok: true; format: string; fields: Fields; forwarded?: string; zoneless?: true; skip?: true }
  | { ok: false; format: string; reason: RejectReason; detail: string; part: string; at: number };

export type Recogniser = (source: string, line: string, isUtf8: () => boolean) => Read;

/** Sources whose format is remembered; a source more than that costs a detection for each of its lines. */
const MAX_SOURCES = 10_000;
/** A line in an object in a line: shippers that ship for shippers. */
const MAX_DEPTH = 2;
/** What a shipper reads of a file that was emptied under a writer which does not append: `hole.ts`. */
const HOLE = /^\0+/;

/**
 * Reads lines by the named adapter, or with `auto` by their form. JSON objects are told by their keys, each for itself.
 * Text is read by the adapter that read the source's last good line of text, and when that fails by any other that
 * fits. So a source that begins with bad lines, changes its format half-way or mixes several loses nothing.
 * @throws on a format that nobody knows.
 */
export function createRecogniser(format: string): Recogniser {
  const named = findAdapter(format);
  if (!isFormat(format)) {
    throw new Error(`There is no format "${format}". Choose one of: ${FORMAT_NAMES.join(', ')}.`);
  }
  if (named !== undefined)
    return (_source, line, isUtf8) => {
      const text = unwrap(line);
      return isCriPart(text) ? partial() : readBy(named, withoutPrefix(text), isUtf8);
    };
  const known = new Map<string, Adapter>();

  function readLine(source: string, line: string, isUtf8: () => boolean, depth: number): Read {
    const unwrapped = unwrap(line);
    if (isCriPart(unwrapped)) return partial();
    const text = withoutPrefix(unwrapped);
    const first = text.charCodeAt(0);
    if (first === 0x7b /* { */) {
      const parsed = parseObject(text);
      if (parsed.ok) return readObject(source, parsed.fields, isUtf8, depth);
      return isUtf8() ? toRead(canonical.name, parsed) : notUtf8(canonical.name);
    }
    const last = known.get(source);
    const read = last === undefined ? null : readBy(last, text, isUtf8);
    if (read?.ok) return read;
    const adapter = detectFormat([text], TEXT_ADAPTERS);
    if (adapter !== null && adapter !== last) {
      if (known.size < MAX_SOURCES || last !== undefined) known.set(source, adapter);
      return readBy(adapter, text, isUtf8);
    }
    if (first === 0x5b /* [ */ && read === null) return toRead(canonical.name, parseObject(text));
    return read ?? unknown();
  }

  function readObject(source: string, object: Fields, isUtf8: () => boolean, depth: number): Read {
    for (const { name, strictUtf8, json } of JSON_ADAPTERS) {
      if (!json.fits(object)) continue;
      return strictUtf8 && !isUtf8() ? notUtf8(name) : toRead(name, json.read(object));
    }
    const carried = depth < MAX_DEPTH ? carriedBy(object) : null;
    if (carried !== null) {
      if (typeof object.log === 'string' && typeof object.stream === 'string' && isDockerPart(object.log))
        return partial();
      if ('line' in carried) return readLine(source, carried.line.replace(HOLE, '').trim(), isUtf8, depth + 1);
      const read = readObject(source, carried.object, isUtf8, depth + 1);
      if (read.ok && read.fields.time === undefined && carried.time !== undefined) read.fields.time = carried.time;
      return read;
    }
    // Events that lack what is required are told as such; an object without a canonical name is of no format.
    return Object.keys(object).some((name) => Object.hasOwn(canonicalEvent.shape, name))
      ? toRead(canonical.name, { ok: true, fields: object })
      : unknown();
  }

  return (source, line, isUtf8) => readLine(source, line, isUtf8, 0);
}

function readBy(adapter: Adapter, text: string, isUtf8: () => boolean): Read {
  if (adapter.strictUtf8 && !isUtf8()) return notUtf8(adapter.name);
  return toRead(adapter.name, adapter.parse(text));
}

function toRead(format: string, parsed: Parsed): Read {
  if (!parsed.ok) return { ok: false, format, ...parsed.fault };
  const { ok, ...read } = parsed;
  return { ok, format, ...read };
}

function notUtf8(format: string): Read {
  const detail = 'The record is not valid UTF-8.';
  return { ok: false, format, reason: 'not_utf8', detail, part: 'bytes', at: -1 };
}

function partial(): Read {
  const detail = 'A part of a line that a container runtime cut; the rest of the line did not come behind it.';
  return { ok: false, format: '', reason: 'partial_line', detail, part: 'line', at: -1 };
}

function unknown(): Read {
  const detail = 'No format recognises the line; name one with --format, or ask "explain" what failed.';
  return { ok: false, format: '', reason: 'unknown_format', detail, part: 'line', at: 0 };
}
