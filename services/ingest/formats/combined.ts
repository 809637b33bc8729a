import { createLineParser } from './access-line.ts';
import { createTextAdapter } from './adapter.ts';

/** `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, and the same line as nginx writes it. */
export const combined = createTextAdapter(
  'combined',
  'nginx combined and Apache combined',
  createLineParser({ vhost: false, quoted: 2 }),
);
