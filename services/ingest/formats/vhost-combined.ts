import { createLineParser } from './access-line.ts';
import { createTextAdapter } from './adapter.ts';

/** `%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"`. */
export const vhostCombined = createTextAdapter(
  'vhost-combined',
  'Apache vhost_combined, the virtual host first',
  createLineParser({ vhost: true, quoted: 2 }),
);
