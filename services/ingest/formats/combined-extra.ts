import { createLineParser } from './access-line.ts';
import { type Adapter, share } from './adapter.ts';

const parse = createLineParser({ vhost: false, quoted: 3 });

/** Combined and one quoted field, mostly `"$http_x_forwarded_for"` or `"-"`: a claim of the client, so it is left out. */
export const combinedExtra: Adapter = {
  name: 'combined-extra',
  description: 'combined with one more quoted field at the end',
  strictUtf8: false,
  detect: (lines) => share(lines, (line) => parse(line).ok),
  parse,
};
