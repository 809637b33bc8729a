import { createLineParser } from './access-line.ts';
import { createTextAdapter } from './adapter.ts';

/** `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, and the same line as nginx writes it; more may stand behind. */
export const combined = createTextAdapter(
  'combined',
  'nginx combined, Apache combined and combinedio, ingress-nginx',
  createLineParser({ vhost: false, quoted: 2 }),
);
