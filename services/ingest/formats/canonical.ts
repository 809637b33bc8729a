import type { Fields } from './adapter.ts';
import { createJsonAdapter } from './json.ts';

/** The canonical event itself, `schemas/event.ts`: one JSON object a line. */
export const canonical = createJsonAdapter(
  'canonical',
  'the canonical event: one JSON object a line, with OpenTelemetry names',
  { fits: isCanonical, read: (object) => ({ ok: true, fields: object }) },
  { strictUtf8: true },
);

/**
 * ECS has names like ours, but its time under a name of its own. An event of ours may bear that one as well: shippers
 * (Filebeat, Logstash) stamp what they pass on.
 */
export function isCanonical(object: Fields): boolean {
  return (
    (object['url.path'] !== undefined ||
      object['http.request.method'] !== undefined ||
      object['client.address'] !== undefined) &&
    (object['@timestamp'] === undefined || object.time !== undefined)
  );
}
