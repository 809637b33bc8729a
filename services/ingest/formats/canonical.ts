import type { Fields } from './adapter.ts';
import { createJsonAdapter } from './json.ts';

/** The canonical event itself, `schemas/event.ts`: one JSON object a line. */
export const canonical = createJsonAdapter(
  'canonical',
  'the canonical event: one JSON object a line, with OpenTelemetry names',
  { fits, read: (object) => ({ ok: true, fields: object }) },
  { strictUtf8: true },
);

/** ECS has names like ours, but its time under a name of its own. */
function fits(object: Fields): boolean {
  return (
    (object['url.path'] !== undefined ||
      object['http.request.method'] !== undefined ||
      object['client.address'] !== undefined) &&
    object['@timestamp'] === undefined
  );
}
