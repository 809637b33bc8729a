import { type Fields, fault, type Parsed } from './adapter.ts';

/** Reads one JSON object, or says what stands there instead. */
export function parseObject(line: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(line);
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
