import { createLineParser } from './access-line.ts';
import { createTextAdapter } from './adapter.ts';

/**
 * Combined and one quoted field, mostly `"$http_x_forwarded_for"` or `"-"`: a claim of the client, so it is left out
 * but for the entries of trusted proxies.
 */
export const combinedExtra = createTextAdapter(
  'combined-extra',
  'combined with one more quoted field at the end',
  createLineParser({ vhost: false, quoted: 3 }),
);
