import { createJsonAdapter } from './json.ts';
import { readShippedKeys } from './shipped-keys.ts';

/** The JSON `log_format` that we ship, `docs/gateways/nginx-log.conf` (`escape=json`). */
export const nginxJson = createJsonAdapter(
  'nginx-json',
  'the JSON log_format for nginx and APISIX of docs/gateways/nginx-log.conf',
  { fits: (object) => object.nginx !== undefined && object.msec !== undefined, read: readShippedKeys },
);
