import { type Adapter, share } from './adapter.ts';
import { parseObject } from './json.ts';

/** The canonical event itself, `schemas/event.ts`: one JSON object a line. */
export const canonical: Adapter = {
  name: 'canonical',
  description: 'the canonical event: one JSON object a line, with OpenTelemetry names',
  strictUtf8: true,
  detect: (lines) => share(lines, looksCanonical),
  parse: parseObject,
};

function looksCanonical(line: string): boolean {
  return (
    line.charCodeAt(0) === 0x7b /* { */ &&
    (line.includes('"http.request.method"') || line.includes('"url.path"') || line.includes('"client.address"'))
  );
}
