import { createLineParser } from './access-line.ts';
import { type Adapter, share } from './adapter.ts';

const parse = createLineParser({ vhost: false, quoted: 0 });

/** `%h %l %u %t "%r" %>s %b`; `-` for what is not known. */
export const common: Adapter = {
  name: 'common',
  description: 'Apache common, without referrer and agent',
  strictUtf8: false,
  detect: (lines) => share(lines, (line) => parse(line).ok),
  parse,
};
