import { createLineParser } from './access-line.ts';
import { type Adapter, share } from './adapter.ts';

const parse = createLineParser({ vhost: false, quoted: 2 });

/** `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, and the same line as nginx writes it. */
export const combined: Adapter = {
  name: 'combined',
  description: 'nginx combined and Apache combined',
  strictUtf8: false,
  detect: (lines) => share(lines, (line) => parse(line).ok),
  parse,
};
