import { type Adapter, type Fields, fault, type JsonFormat, type Parsed, share } from './adapter.ts';
import { undoEscapes } from './unescape.ts';

const OPEN_OBJECT = 0x7b;

/**
 * nginx without `escape=json`, and Apache, write bytes as `\xHH`, which is no JSON: whoever sends a quote in an agent
 * would hide. A backslash that is escaped itself begins none.
 */
const BYTES_OR_BACKSLASH = /\\\\|(?:\\x[0-9A-Fa-f]{2})+/g;

function withoutByteEscapes(line: string): string {
  return line.replace(BYTES_OR_BACKSLASH, (run) =>
    run.charCodeAt(1) === 0x78 /* x */ ? JSON.stringify(undoEscapes(run)).slice(1, -1) : run,
  );
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!line.includes('\\x')) throw error;
    return JSON.parse(withoutByteEscapes(line));
  }
}

/** Reads one JSON object, or says what stands there instead. */
export function parseObject(line: string): Parsed {
  let value: unknown;
  try {
    value = parse(line);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const at = /position (\d+)/.exec(message)?.[1];
    // The engine's message quotes the line; the place is enough and quotes nothing.
    return fault('malformed', 'json', at === undefined ? -1 : Number(at), 'The line is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
    return fault('not_an_object', 'json', 0, `The line is JSON, but ${found} and not an object.`);
  }
  return { ok: true, fields: value as Fields };
}

/** An adapter of lines that are JSON objects, told by their keys. */
export function createJsonAdapter(
  name: string,
  description: string,
  json: JsonFormat,
  { strictUtf8 = false } = {},
): Adapter {
  return {
    name,
    description,
    strictUtf8,
    json,
    detect: (lines) =>
      share(lines, (line) => {
        if (line.charCodeAt(0) !== OPEN_OBJECT) return false;
        const parsed = parseObject(line);
        return parsed.ok && json.fits(parsed.fields);
      }),
    parse(line) {
      const parsed = parseObject(line);
      return parsed.ok ? json.read(parsed.fields) : parsed;
    },
  };
}
