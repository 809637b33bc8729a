import { createJsonAdapter } from './json.ts';
import { readShippedKeys } from './shipped-keys.ts';

/** The JSON `log-format` that we ship, `docs/gateways/haproxy-log.cfg`. */
export const haproxyJson = createJsonAdapter(
  'haproxy-json',
  'the JSON log-format for HAProxy of docs/gateways/haproxy-log.cfg',
  { fits: (object) => object.haproxy !== undefined && object.msec !== undefined, read: readShippedKeys },
);
