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
 * (Filebeat, Logstash) stamp what they pass on. And a logger may write ECS with a `time` of its own beside: then it has names that
 * are no names of ours, or lacks what an event of ours has.
 */
export function isCanonical(object: Fields): boolean {
  if (object['@timestamp'] !== undefined) return isStamped(object);
  return (
    object['url.path'] !== undefined ||
    object['http.request.method'] !== undefined ||
    object['client.address'] !== undefined
  );
}

/** What ECS calls otherwise than we do. */
const ECS_NAMES = [
  'source.ip',
  'client.ip',
  'event.duration',
  'url.original',
  'url.domain',
  'http.response.body.bytes',
];

function isStamped(object: Fields): boolean {
  const { time } = object;
  return (
    (typeof time === 'number' || (typeof time === 'string' && !Number.isNaN(Date.parse(time)))) &&
    object['client.address'] !== undefined &&
    object['http.response.status_code'] !== undefined &&
    !ECS_NAMES.some((name) => object[name] !== undefined)
  );
}
