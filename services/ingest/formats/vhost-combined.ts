import { createLineParser } from './access-line.ts';
import { type Adapter, share } from './adapter.ts';

const parse = createLineParser({ vhost: true, quoted: 2 });

/** `%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"`. */
export const vhostCombined: Adapter = {
  name: 'vhost-combined',
  description: 'Apache vhost_combined, the virtual host first',
  strictUtf8: false,
  detect: (lines) => share(lines, (line) => parse(line).ok),
  parse,
};
